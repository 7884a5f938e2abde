#pragma once

/// \file
/// The disks of the simulated machine, as a value: a copy shares everything until one of the two changes, so that a
/// test can keep the world as it was before every call.

#include <commitpoint/system/simulated/node.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::system::simulation {

/// What a file system can do.
struct device_settings {
  bool ordered_metadata = false;  ///< names reach the disk in order, each rename as one step
  bool clones = true;             ///< files can share blocks; else EOPNOTSUPP
  bool exchanges = true;          ///< two names can be exchanged; else EINVAL
  bool attributes = true;         ///< extended attributes; else EOPNOTSUPP
  bool links = true;              ///< a file can have several names; else EPERM
  bool birth_times = true;
  bool read_only = false;
  std::uint64_t capacity = std::numeric_limits<std::uint64_t>::max();  ///< bytes; beyond it ENOSPC
  std::int64_t stamps = 1;  ///< ns: times are kept in multiples of it, a second on ext3
};

/// From now on a name leads to a node, or to nothing (0).
struct name_change {
  inode_number directory = 0;
  std::string name;
  inode_number leads_to = 0;
};

/// One step of the metadata that no sync has covered yet.
using name_step = std::vector<name_change>;

struct device {
  device_settings settings;
  inode_number root = 0;
  std::uint64_t used = 0;        ///< bytes, of 4,096 each
  std::vector<name_step> steps;  ///< names that are not durable, in order
};

/// All files of one machine. No call of it is safe beside another one; `simulated` sees to that.
class world {
 public:
  /// One empty file system.
  explicit world(const device_settings& settings = {});

  /// Mounts an empty file system on a directory.
  void mount(inode_number on, const device_settings& settings) { mounts_[on] = devices_[add_device(settings)].root; }

  [[nodiscard]] inode_number root() const noexcept { return devices_.front().root; }
  [[nodiscard]] const node& at(inode_number n) const { return *nodes_[n]; }
  [[nodiscard]] bool has(inode_number n) const noexcept { return n < nodes_.size() && nodes_[n] != nullptr; }
  [[nodiscard]] const std::vector<device>& devices() const noexcept { return devices_; }
  [[nodiscard]] device_settings& settings_of(inode_number n) { return devices_[at(n).device].settings; }
  [[nodiscard]] inode_number last() const noexcept { return static_cast<inode_number>(nodes_.size() - 1); }
  [[nodiscard]] const std::map<inode_number, inode_number>& mounts() const noexcept { return mounts_; }

  std::int64_t clock = 1'700'000'000'000'000'000;  ///< ns; every call takes some, and it never goes back
  std::int64_t tick = 1;                           ///< ns: the clock that is read, and stamped with, goes on by so much
  std::int64_t set_by = 0;                         ///< ns: by how much somebody has set that clock
  std::uint32_t boots = 0;                         ///< power cuts so far
  std::uint64_t seed = 0x9e3779b97f4a7c15U;        ///< of random numbers

  // Looking.

  /// The clock that is read, ns since the epoch.
  [[nodiscard]] std::int64_t now() const noexcept { return clock - clock % tick + set_by; }
  /// The node that a name leads to, through a mount; 0 for none.
  [[nodiscard]] result<inode_number> find(inode_number directory, std::string_view name) const;
  [[nodiscard]] file_status status(inode_number n) const;
  /// An absolute path, of a node that has one.
  [[nodiscard]] result<std::string> path_of(inode_number n) const;

  // Names. The errors are those of the system calls.

  result<inode_number> create(inode_number directory, const std::string& name, node_type type, std::uint32_t mode,
                              std::string target = {});
  result<void> remove_file(inode_number directory, const std::string& name);
  result<void> remove_directory(inode_number directory, const std::string& name);
  result<void> link(inode_number from, const std::string& old_name, inode_number to, const std::string& new_name);
  result<void> rename(inode_number from, const std::string& old_name, inode_number to, const std::string& new_name,
                      rename_how how);

  // Content and metadata.

  result<std::size_t> write(inode_number file, std::uint64_t offset, std::string_view bytes);
  result<void> resize(inode_number file, std::uint64_t size);
  result<void> clone(inode_number from, inode_number to);
  result<void> set_mode(inode_number n, std::uint32_t mode);
  result<void> set_owner(inode_number n, std::uint32_t user, std::uint32_t group);
  result<void> set_modified(inode_number n, std::int64_t time);
  result<void> set_attribute(inode_number n, const std::string& name, const std::string* value);
  [[nodiscard]] result<void> writable(inode_number n) const;

  // Durability.

  void sync(inode_number n, bool with_metadata);
  void sync_device(std::uint32_t d);
  /// A sync that fails: the content that it was to make durable is lost, and a second one has nothing left to do.
  void fail_to_sync(inode_number n);
  void fail_to_sync_device(std::uint32_t d);

 private:
  friend class power_cut;  // power_cut.hpp

  static commitpoint::failure error(int code) { return commitpoint::system_error(code); }
  static constexpr std::uint64_t unit = 4096;
  [[nodiscard]] static std::uint64_t units(std::uint64_t bytes) noexcept { return (bytes + unit - 1) / unit * unit; }

  std::uint32_t add_device(const device_settings& settings);

  node& edit(inode_number n);
  // A time as a file system keeps it.
  [[nodiscard]] std::int64_t kept(std::uint32_t d, std::int64_t time) const noexcept {
    return time - time % devices_[d].settings.stamps;
  }
  [[nodiscard]] std::int64_t stamp_of(std::uint32_t d) const noexcept { return kept(d, now()); }
  void stamp(node& n) { n.now.modified = n.now.changed = stamp_of(n.device); }

  result<void> take_room(std::uint32_t d, std::uint64_t more);

  // The directory's own node for a name in it, mounts aside; 0 for none.
  [[nodiscard]] inode_number own_name(inode_number directory, std::string_view name) const;
  [[nodiscard]] result<void> can_change(inode_number directory, std::string_view name) const;

  // Puts names in place and remembers them as one step; in a world without order every name is a step of its own, and
  // a name that changes hands is gone in between.
  void change_names(name_step step);
  void unlink(inode_number n);
  void sync_names(inode_number directory);
  [[nodiscard]] bool is_below(inode_number n, inode_number top) const;
  result<void> can_replace(inode_number moved, inode_number there) const;
  void adopt(inode_number moved, inode_number by);

  std::vector<std::shared_ptr<node>> nodes_;
  std::vector<device> devices_;
  std::map<inode_number, inode_number> mounts_;
};

}  // namespace commitpoint::system::simulation

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/system/simulated/world.ipp>
#endif
