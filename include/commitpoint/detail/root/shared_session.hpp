#pragma once

/// \file
/// What a reader holds.

#include <commitpoint/detail/root/holders.hpp>
#include <commitpoint/detail/root/lock.hpp>
#include <commitpoint/detail/root/opened_root.hpp>
#include <commitpoint/report.hpp>

#include <memory>
#include <utility>

namespace commitpoint::detail {

/// One shared acquisition.
class shared_session {
 public:
  shared_session(std::shared_ptr<opened_root> shared, held_lock lock, report found)
      : recovered(std::move(found)), shared_(std::move(shared)), entry_(shared_->threads), lock_(std::move(lock)) {}

  [[nodiscard]] const opened_root& shared() const noexcept { return *shared_; }
  /// A forked child has copies of its parent's handles, and must do nothing with them.
  [[nodiscard]] bool is_mine() const { return shared_->system.process() == lock_.process(); }
  /// The thread that uses it is the one that would wait for itself.
  void used_here() noexcept { entry_.pass(); }

  report recovered;

 private:
  std::shared_ptr<opened_root> shared_;
  holder_entry entry_;  // goes after the lock: from then on the thread may acquire again
  held_lock lock_;
};

}  // namespace commitpoint::detail
