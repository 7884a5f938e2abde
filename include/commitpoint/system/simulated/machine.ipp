#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/system/simulated/machine.hpp>

#include <algorithm>
#include <mutex>
#include <vector>

namespace commitpoint::system::simulation {

COMMITPOINT_INLINE bool machine::can_lock(inode_number file, std::uint64_t description, lock_mode mode) const {
  return std::ranges::none_of(locks, [&](const held_lock& l) {
    return l.file == file && l.description != description &&
           (mode == lock_mode::exclusive || l.mode == lock_mode::exclusive);
  });
}

COMMITPOINT_INLINE void machine::unlock(std::uint64_t description) {
  std::erase_if(locks, [&](const held_lock& l) { return l.description == description; });
  lock_given_back.notify_all();
}

COMMITPOINT_INLINE open_node::~open_node() {
  if (!may_lock_) return;
  const std::scoped_lock guard(of_->mutex);
  of_->unlock(description_);
}

}  // namespace commitpoint::system::simulation
