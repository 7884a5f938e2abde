#pragma once

/// \file
/// Private staging that is filled without the lock.
///
/// Calling sequence:
///
///     auto leased = notes.lease();                              // any thread; neither waits for the lock nor takes it
///     run_converter(input, leased.value().path() / "page.md");  // as slow as it likes
///     auto owner = notes.acquire();                             // any thread of this process
///     owner.value().run({}, [&](commitpoint::mutation& m) {
///       return m.publish(leased.value().path() / "page.md", "wiki/page.md");
///     });
///
/// What the mutation did not adopt goes with the lease.

#include <commitpoint/path.hpp>
#include <commitpoint/result.hpp>

#include <memory>
#include <utility>

namespace commitpoint {

namespace detail {

// What stands behind a lease; it is a template over the policies, a lease is not.
class leased_directory {
 public:
  leased_directory() = default;
  leased_directory(const leased_directory&) = delete;
  leased_directory& operator=(const leased_directory&) = delete;
  virtual ~leased_directory() = default;
  [[nodiscard]] virtual const commitpoint::path& place() const noexcept = 0;
  virtual result<void> write(path_view name, bytes_view bytes) = 0;
};

}  // namespace detail

/// A private directory under the state directory, kept from every drain as long as this lives. Made by
/// `coordinator::lease`; movable; removes the directory, with what was not adopted, when it goes. One lease is for one
/// thread at a time; different ones are independent of each other.
///
/// It is held by a lock on a file (flock), which belongs to this process and is not inherited by programs that it
/// starts. A forked child may look at a copy of the lease but not adopt from it, and its end leaves the directory
/// alone; as long as such a child lives, no drain removes the directory, even if the parent has died.
///
/// \crash nothing in it was live; the next drain removes it.
class lease {
 public:
  explicit lease(std::unique_ptr<detail::leased_directory> held) noexcept : held_(std::move(held)) {}

  /// The absolute path of the directory, empty at first. Whatever is put below it can be given to
  /// `mutation::publish`, once every descriptor that it was written through is closed. Must not be moved from.
  [[nodiscard]] const commitpoint::path& path() const noexcept { return held_->place(); }

  /// Writes a new file, for those who have the bytes and no tool. `name` is relative to `path()`.
  /// \errors EEXIST; ENOENT (no such directory); outside_root and invalid_path (the name); the system's.
  /// \durability none: the commit of the mutation that adopts it makes it durable.
  /// \crash the next drain removes it.
  result<commitpoint::path> write(path_view name, bytes_view bytes) {
    BOOST_OUTCOME_TRYV(held_->write(name, bytes));
    return held_->place() / std::string(name.text());
  }

 private:
  std::unique_ptr<detail::leased_directory> held_;
};

}  // namespace commitpoint
