#pragma once

/// \file
/// The simulated machine while it runs: its disks, its locks, and who has what open.

#include <commitpoint/system/simulated/world.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::system::simulation {

/// A call that is about to change something.
struct about_to_change {
  call what;
  std::string_view name;          ///< the name that it was given; empty where it has none
  std::string_view by_hand = {};  ///< the path that a `hand` works on; empty where it is somebody else
};

/// What handles and copies of a `simulated` share.
struct machine {
  explicit machine(world with) : disks(std::move(with)) {}

  struct held_lock {
    inode_number file;
    std::uint64_t description;
    lock_mode mode;
  };

  std::mutex mutex;
  std::condition_variable lock_given_back;
  world disks;
  std::vector<held_lock> locks;
  std::uint64_t next_description = 1;
  std::int64_t process = 1000;
  std::uint32_t umask = 022;
  bool has_open_beneath = true;  ///< else ENOSYS, as a kernel before 5.6
  bool has_identity = true;      ///< `cache_identity` is known
  /// Told before every call that changes something, with the world as it is; must not call the machine.
  std::function<void(const about_to_change&, const world&)> before_change;
  std::string by_hand;  ///< for `about_to_change`

  /// Under the mutex.
  [[nodiscard]] bool can_lock(inode_number file, std::uint64_t description, lock_mode mode) const;
  /// Under the mutex.
  void unlock(std::uint64_t description);
};

/// An open file, directory or link: what a handle of the machine stands for. Its end gives its lock back.
class open_node {
 public:
  open_node(std::shared_ptr<machine> of, inode_number node, open_how::access_mode access, std::uint64_t description)
      : of_(std::move(of)), node_(node), access_(access), description_(description) {}
  open_node(const open_node&) = delete;
  open_node& operator=(const open_node&) = delete;
  ~open_node();

  [[nodiscard]] inode_number node() const noexcept { return node_; }
  [[nodiscard]] open_how::access_mode access() const noexcept { return access_; }
  [[nodiscard]] std::uint64_t description() const noexcept { return description_; }
  /// From now on its end has to give a lock back.
  void note_lock() const noexcept { may_lock_ = true; }

 private:
  std::shared_ptr<machine> of_;
  inode_number node_;
  open_how::access_mode access_;
  std::uint64_t description_;
  mutable bool may_lock_ = false;
};

}  // namespace commitpoint::system::simulation

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/system/simulated/machine.ipp>
#endif
