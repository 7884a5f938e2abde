#pragma once

/// \file
/// The turnstile and the lock. A waiting owner holds the turnstile, so that readers, who pass through it, cannot
/// starve it. After locking, the names are checked to still lead to the locked inode, from the root on: a lock on a
/// file that was removed, or in a state directory that was moved away, excludes nobody.

#include <commitpoint/detail/root/settled_mark.hpp>
#include <commitpoint/detail/root/workspace.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

/// A held lock on one lock file; given back by its destructor, unless that runs in a forked child, where giving it
/// back would take it from the parent.
class held_lock {
 public:
  /// `status` is that of the file, which nothing is written to if there is a reason.
  held_lock(system::door& system, system::handle file, const system::file_status& status,
            std::optional<failure> why_read_only = {})
      : system_(&system),
        file_(std::move(file)),
        why_read_only_(std::move(why_read_only)),
        inode_(status.inode),
        device_(status.device),
        process_(system.process()) {}
  held_lock(held_lock&&) noexcept = default;
  held_lock& operator=(held_lock&&) = delete;
  ~held_lock() {
    if (file_ && system_->process() == process_) (void)system_->unlock(file_);  // closing gives it back as well
  }

  /// Whether the names still lead from the root to the locked file, and this is the process that locked it.
  [[nodiscard]] result<bool> still_held(const workspace& where, const char* name) const {
    if (system_->process() != process_) return false;
    BOOST_OUTCOME_TRY(const bool there, state_is_in_its_place(*system_, where));
    if (!there) return false;
    return leads_to(where, name);
  }

  [[nodiscard]] result<bool> leads_to(const workspace& where, const char* name) const {
    return leads_to(where.state, name);
  }
  [[nodiscard]] result<bool> leads_to(const system::handle& directory, const char* name) const {
    BOOST_OUTCOME_TRY(const auto named, system_->status(directory, name));
    return named.type == node::regular && named.inode == inode_ && named.device == device_;
  }

  [[nodiscard]] std::int64_t process() const noexcept { return process_; }

  /// The locked file. Whoever takes it gives the lock back.
  [[nodiscard]] system::handle take() && { return std::move(file_); }

  struct found_mark {
    bool may_stand = true;                   ///< whether there is anything to be erased
    std::optional<settled_mark> sound = {};  ///< of this very file
  };
  /// The mark in the file.
  [[nodiscard]] found_mark mark() const {
    std::array<char, largest_mark> buffer{};
    const auto read = system_->read(file_, 0, buffer);  // less than there is, and it is none
    if (!read) return {};
    const std::string_view bytes(buffer.data(), read.value());
    if (bytes.find_first_not_of('\0') == std::string_view::npos) return {!bytes.empty() && bytes.size() < 8, {}};
    auto found = decode_mark(bytes);
    if (!found) return {};
    if (inode_ != found->inode) return {};
    return {true, std::move(found)};
  }
  /// Writes a mark; what fails leaves none that is sound.
  void leave(settled_mark mark) {
    mark.inode = inode_;
    const auto bytes = encode_mark(mark);
    if (bytes.size() <= largest_mark) (void)write_all(*system_, file_, 0, bytes);
  }
  result<void> erase() {
    if (why_read_only_) return *why_read_only_;
    return erase_mark(*system_, file_);
  }

 private:
  system::door* system_;
  system::handle file_;
  std::optional<failure> why_read_only_;
  std::uint64_t inode_;
  std::uint64_t device_;
  std::int64_t process_;
};

/// Waits for one lock file. Without deadline and stop token in the kernel; with one, by asking again after a pause
/// that grows from 0.1 to 10 ms.
[[nodiscard]] inline result<void> wait_for_lock(system::door& system, const system::handle& file,
                                                system::lock_mode mode, const lock_options& how) {
  if (!how.deadline && !how.stop.stop_possible()) {
    BOOST_OUTCOME_TRYV(system.lock(file, mode, true));
    return success();
  }
  constexpr std::chrono::nanoseconds longest = std::chrono::milliseconds(10);
  std::chrono::nanoseconds pause = std::chrono::microseconds(100);
  while (true) {
    if (how.stop.stop_requested()) {
      return failure(make_error_code(errc::cancelled), {}, "lock_options::stop was triggered");
    }
    BOOST_OUTCOME_TRY(const bool got, system.lock(file, mode, false));
    if (got) return success();
    if (how.deadline && system.steady_now() >= *how.deadline) {
      const auto holder = system.lock_holder(file);
      return failure(make_error_code(errc::lock_timeout), {},
                     "another owner or reader holds it" + (holder.empty() ? "" : ": " + holder));
    }
    system.pause(pause);
    pause = std::min(pause * 2, longest);
  }
}

/// Who takes a lock, as far as it matters to the file.
struct lock_taker {
  system::lock_mode mode = system::lock_mode::exclusive;  ///< of the lock, not of the turnstile
  bool is_trusted = true;                                 ///< whether anything may be made in the state directory
};

struct lock_file_opened : own_file {
  std::optional<failure> why_read_only = {};
};

/// Opens a lock file, and makes it if it is not there. A reader who may not write is content with what stands.
[[nodiscard]] inline result<lock_file_opened> open_lock_file(system::door& system, const workspace& where,
                                                             const char* name, const lock_taker& taker) {
  const auto as_it_stands = [&](std::optional<failure> why) -> result<lock_file_opened> {
    BOOST_OUTCOME_TRY(auto file, open_own(system, where.state, name, {}, where.state_directory));
    return lock_file_opened{std::move(file), std::move(why)};
  };
  if (!taker.is_trusted) return as_it_stands(failure(make_error_code(errc::untrusted_owner)));
  auto file = open_own(system, where.state, name, {.access = access::read_write, .create = true, .mode = 0600},
                       where.state_directory);
  if (file) return lock_file_opened{std::move(file).value(), {}};
  const bool is_reader = taker.mode == system::lock_mode::shared;
  const bool may_look =
      file.error() == std::errc::read_only_file_system || (is_reader && file.error() == std::errc::permission_denied);
  return may_look ? as_it_stands(std::move(file).error()) : std::move(file).error();
}

[[nodiscard]] inline result<held_lock> lock_file(system::door& system, const workspace& where, const char* name,
                                                 system::lock_mode mode, const lock_taker& taker,
                                                 const lock_options& how) {
  while (true) {
    auto file = open_lock_file(system, where, name, taker);
    if (!file) return std::move(file).error();
    BOOST_OUTCOME_TRYV(wait_for_lock(system, file.value().handle, mode, how));
    held_lock held(system, std::move(file.value().handle), file.value().status, std::move(file.value().why_read_only));
    BOOST_OUTCOME_TRY(const bool current, held.leads_to(where, name));
    if (current) return held;
    // Somebody has replaced it meanwhile, and may go on doing so.
    if (how.deadline && system.steady_now() >= *how.deadline) {
      return failure(make_error_code(errc::lock_timeout), {}, "somebody keeps removing or replacing it");
    }
  }
}

/// A lock that was had without waiting, and the file as it was found.
struct free_lock {
  held_lock lock;
  system::file_status file;
};

/// Passes the turnstile and takes the lock, if both are there and nobody holds them, and in the fewest calls. Nothing
/// where anything is unusual: `take_lock` says what, or waits.
[[nodiscard]] inline std::optional<free_lock> take_free_lock(system::door& system, const workspace& where,
                                                             system::lock_mode mode) {
  constexpr system::open_how how{.access = access::read_write};
  auto queue = system.open(where.state, names::turnstile, how);
  if (!queue) return std::nullopt;
  const auto passed = system.lock(queue.value(), system::lock_mode::exclusive, false);
  if (!passed || !passed.value()) return std::nullopt;
  const held_lock turnstile(system, std::move(queue).value(), {});
  auto file = system.open(where.state, names::lock, how);
  if (!file) return std::nullopt;
  // One file with the turnstile is never free.
  const auto locked = system.lock(file.value(), mode, false);
  if (!locked || !locked.value()) return std::nullopt;
  const auto status = system.status(file.value());
  if (!status) {
    (void)system.unlock(file.value());
    return std::nullopt;
  }
  held_lock held(system, std::move(file).value(), status.value());
  const auto current = held.leads_to(where, names::lock);
  if (!current || !current.value()) return std::nullopt;
  return free_lock{std::move(held), status.value()};
}

/// Passes the turnstile and takes the lock.
/// \errors lock_timeout, cancelled, and the system's own with the lock's path.
[[nodiscard]] inline result<held_lock> take_lock(system::door& system, const workspace& where, system::lock_mode mode,
                                                 const lock_options& how, bool is_trusted = true) {
  const lock_taker taker{mode, is_trusted};
  auto turnstile = lock_file(system, where, names::turnstile, system::lock_mode::exclusive, taker, how);
  if (!turnstile)
    return std::move(turnstile).error().at(step::lock).on(joined(where.state_directory, names::turnstile));
  // One file, as a tool that links equal files leaves it: this process would wait for itself. Removing the one name is
  // safe. Whoever holds `lock` by then holds the inode that was just locked exclusively, so that nobody does; whoever
  // waits for it finds, when he has it, that the name leads elsewhere, and waits for the new one.
  const auto both = turnstile.value().leads_to(where, names::lock);
  if (!both) return failure(both.error()).at(step::lock).on(joined(where.state_directory, names::lock));
  if (both.value() && !is_trusted) {
    return failure(make_error_code(errc::untrusted_owner), joined(where.state_directory, names::lock),
                   "it is one file with the turnstile, which an owner of this tree mends, and nobody else")
        .at(step::lock);
  }
  if (both.value()) {
    auto removed = system.remove_file(where.state, names::lock);
    if (!removed) return std::move(removed).error().at(step::lock).on(joined(where.state_directory, names::lock));
  }
  auto held = lock_file(system, where, names::lock, mode, taker, how);
  if (!held) return std::move(held).error().at(step::lock).on(joined(where.state_directory, names::lock));
  BOOST_OUTCOME_TRY(const bool there, state_is_in_its_place(system, where));
  if (!there) return state_was_moved(where).at(step::lock);
  return held;
}

}  // namespace commitpoint::detail
