#pragma once

/// \file
/// A lease that subprocesses of a mutation inherit, so that a drain knows of those that outlive a killed owner. It is a
/// locked file in the mutation's staging directory; the lock lasts as long as any process has the descriptor open.
///
/// Nothing has to be durable: no process survives a power cut.

#include <commitpoint/detail/root/lock.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/root/staging_area.hpp>
#include <commitpoint/options.hpp>

#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

inline constexpr const char* lease_name = "lease";

/// The owner's end. It is closed without being unlocked, which would unlock it for the subprocesses as well.
class subprocess_lease {
 public:
  /// Whether a subprocess may have it.
  [[nodiscard]] bool is_given() const noexcept { return static_cast<bool>(file_); }
  /// The descriptor to inherit; the same every time.
  [[nodiscard]] result<int> descriptor(system::door& system, staging_area& staging) {
    if (!file_) {
      BOOST_OUTCOME_TRY(const auto* area, staging.directory());
      BOOST_OUTCOME_TRY(auto made, system.open(*area, lease_name,
                                               {.access = access::read_write, .create_exclusive = true, .mode = 0600}));
      BOOST_OUTCOME_TRYV(system.lock(made, system::lock_mode::exclusive, true));
      file_ = std::move(made);
    }
    return system.inheritable(file_);
  }

 private:
  system::handle file_;
};

/// Whether a file is the lock or the turnstile, as a tool that links equal files may have made it. Whoever has passed
/// these would wait for itself, or for one who waits for it.
[[nodiscard]] inline result<bool> is_own_lock(session& by, const system::file_status& file) {
  for (const auto* name : {names::lock, names::turnstile}) {
    BOOST_OUTCOME_TRY(const auto lock, by.system().status(by.where().state, name));
    if (lock.inode == file.inode && lock.device == file.device) return true;
  }
  return false;
}

/// Waits until no subprocess of a dead owner holds a lease. Under the exclusive lock, where no lease can be new.
/// \errors lock_timeout, with the number of the mutation; cancelled; the system's.
[[nodiscard]] inline result<void> wait_for_subprocesses(session& by, const lock_options& how,
                                                        const std::vector<system::directory_entry>& staged) {
  auto& system = by.system();
  for (const auto& [name, type] : staged) {
    if (!name.starts_with('m')) continue;
    const auto plain = name + "/" + lease_name;
    BOOST_OUTCOME_TRY(const auto there, status_beneath(system, by.where().staging, plain));
    if (there.type != node::regular) continue;
    BOOST_OUTCOME_TRY(const bool own, is_own_lock(by, there));
    if (own) continue;
    BOOST_OUTCOME_TRY(const auto lease, open_beneath(system, by.where().staging, plain, {}));
    auto free = wait_for_lock(system, lease, system::lock_mode::exclusive, how);
    if (free) continue;
    auto why = free.error() != errc::lock_timeout
                   ? std::move(free).error()
                   : failure(make_error_code(errc::lock_timeout), {},
                             "a subprocess of mutation " + name.substr(1) +
                                 ", whose owner is gone, is still running and may be writing; nothing was touched");
    return std::move(why).at(step::drain_verify).on(by.where().state_directory + "/" + names::staging + "/" + plain);
  }
  return success();
}
[[nodiscard]] inline result<void> wait_for_subprocesses(session& by, const lock_options& how) {
  BOOST_OUTCOME_TRY(const auto staged, by.system().list(by.where().staging));
  return wait_for_subprocesses(by, how, staged);
}

}  // namespace commitpoint::detail
