#pragma once

/// \file
/// The holder of the shared lock.

#include <commitpoint/config.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/report.hpp>
#include <commitpoint/result.hpp>

#include <memory>
#include <string>

namespace commitpoint {

namespace detail {
class shared_session;
}

/// Sees committed states only: as long as it lives no owner changes anything, and what a crash left was drained before
/// it was made. Made by `coordinator::read`; movable; gives the lock back when it goes.
class reader {
 public:
  reader(reader&& other) noexcept;
  reader& operator=(reader&&) = delete;
  ~reader();

  /// The content of a file.
  /// \errors outside_root, reserved_path, not_a_regular_file, ENOENT, EFBIG above `options::largest_read`, not_owner
  /// (of one that was moved from, or in a forked child); ENOMEM; the system's. \durability nothing is written. What it
  /// shows is committed, so that a power cut takes none of it, or a drain puts it back. \crash the lock goes with the
  /// process.
  result<std::string> read(path_view p) const;

  /// The absolute path of the root.
  [[nodiscard]] path root() const;
  /// What the drain that came first found and did; empty if nothing was pending.
  [[nodiscard]] const report& recovered() const noexcept;

 private:
  friend class any_coordinator;
  explicit reader(std::unique_ptr<detail::shared_session> held) noexcept;

  std::unique_ptr<detail::shared_session> session_;
};

}  // namespace commitpoint
