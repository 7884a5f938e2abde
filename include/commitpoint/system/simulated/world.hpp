#pragma once

/// \file
/// The disks of the simulated machine, as a value: a copy shares everything until one of the two changes, so that a
/// test can keep the world as it was before every call.

#include <commitpoint/system/simulated/node.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::system::simulation {

/// What a file system can do.
struct device_settings {
  bool ordered_metadata = false;  ///< names reach the disk in order, each rename as one step
  bool clones = true;             ///< files can share blocks; else EOPNOTSUPP
  bool exchanges = true;          ///< two names can be exchanged; else EINVAL
  bool attributes = true;         ///< extended attributes; else EOPNOTSUPP
  bool birth_times = true;
  bool read_only = false;
  std::uint64_t capacity = std::numeric_limits<std::uint64_t>::max();  ///< bytes; beyond it ENOSPC
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
  explicit world(const device_settings& settings = {}) {
    nodes_.emplace_back();  // number 0 is none
    add_device(settings);
  }

  /// Mounts an empty file system on a directory.
  void mount(inode_number on, const device_settings& settings) { mounts_[on] = devices_[add_device(settings)].root; }

  [[nodiscard]] inode_number root() const noexcept { return devices_.front().root; }
  [[nodiscard]] const node& at(inode_number n) const { return *nodes_[n]; }
  [[nodiscard]] bool has(inode_number n) const noexcept { return n < nodes_.size() && nodes_[n] != nullptr; }
  [[nodiscard]] const std::vector<device>& devices() const noexcept { return devices_; }
  [[nodiscard]] device_settings& settings_of(inode_number n) { return devices_[at(n).device].settings; }
  [[nodiscard]] inode_number last() const noexcept { return static_cast<inode_number>(nodes_.size() - 1); }
  [[nodiscard]] const std::map<inode_number, inode_number>& mounts() const noexcept { return mounts_; }

  std::int64_t clock = 1'700'000'000'000'000'000;  ///< ns since the epoch; every call takes some
  std::uint32_t boots = 0;                         ///< power cuts so far
  std::uint64_t seed = 0x9e3779b97f4a7c15U;        ///< of random numbers

  // Looking.

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
  [[nodiscard]] result<void> writable(inode_number n) const {
    if (devices_[at(n).device].settings.read_only) return error(EROFS);
    return success();
  }

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

  std::uint32_t add_device(const device_settings& settings) {
    const auto d = static_cast<std::uint32_t>(devices_.size());
    devices_.push_back({settings, 0, 0, {}});
    auto top = std::make_shared<node>();
    top->type = node_type::directory;
    top->device = d;
    top->now.mode = 0755;
    top->now.modified = top->now.changed = top->born = clock;
    top->durable_names = std::make_shared<const names_of_directory>();
    top->links = 2;
    nodes_.push_back(std::move(top));
    devices_[d].root = last();
    edit(last()).parent = last();
    return d;
  }

  node& edit(inode_number n) {
    auto& held = nodes_[n];
    if (held.use_count() > 1) held = std::make_shared<node>(*held);
    return *held;
  }
  void stamp(node& n) { n.now.modified = n.now.changed = clock; }

  result<void> take_room(std::uint32_t d, std::uint64_t more) {
    if (devices_[d].settings.capacity - std::min(devices_[d].used, devices_[d].settings.capacity) < more) {
      return error(ENOSPC);
    }
    devices_[d].used += more;
    return success();
  }

  // The directory's own node for a name in it, mounts aside; 0 for none.
  [[nodiscard]] inode_number own_name(inode_number directory, std::string_view name) const {
    const auto found = at(directory).names.find(name);
    return found == at(directory).names.end() ? 0 : found->second;
  }
  [[nodiscard]] result<void> can_change(inode_number directory, std::string_view name) const {
    if (at(directory).type != node_type::directory) return error(ENOTDIR);
    if (name.empty()) return error(ENOENT);
    if (name == "." || name == ".." || name.find('/') != std::string_view::npos) return error(EINVAL);
    if (name.size() > 255) return error(ENAMETOOLONG);
    if (at(directory).links == 0) return error(ENOENT);  // it was removed
    return writable(directory);
  }

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

// What follows is the implementation.

inline result<inode_number> world::find(inode_number directory, std::string_view name) const {
  if (at(directory).type != node_type::directory) return error(ENOTDIR);
  if (name == ".") return directory;
  if (name.size() > 255) return error(ENAMETOOLONG);
  auto found = own_name(directory, name);
  const auto mounted = mounts_.find(found);
  if (found != 0 && mounted != mounts_.end()) found = mounted->second;
  return found;
}

inline file_status world::status(inode_number n) const {
  const auto& one = at(n);
  file_status s;
  s.type = one.type;
  s.mode = one.now.mode;
  s.user = one.now.user;
  s.group = one.now.group;
  s.size = one.type == node_type::regular ? one.content.size() : one.target.size();
  s.blocks = units(s.size) / 512;
  s.links = one.links;
  s.inode = n;
  s.device = one.device + 1;
  s.mount = one.device + 1;
  s.modified = one.now.modified;
  s.changed = one.now.changed;
  if (devices_[one.device].settings.birth_times) s.born = one.born;
  return s;
}

inline result<std::string> world::path_of(inode_number n) const {
  struct place {
    inode_number directory;
    std::string path;
  };
  if (n == root()) return std::string("/");
  std::vector<place> left{{root(), ""}};
  while (!left.empty()) {
    const auto here = std::move(left.back());
    left.pop_back();
    for (const auto& [name, own] : at(here.directory).names) {
      const auto mounted = mounts_.find(own);
      const auto leads_to = mounted == mounts_.end() ? own : mounted->second;
      auto path = here.path + "/" + name;
      if (leads_to == n) return path;
      if (at(leads_to).type == node_type::directory) left.push_back({leads_to, std::move(path)});
    }
  }
  return error(ENOENT);
}

inline void world::change_names(name_step step) {
  auto& d = devices_[at(step.front().directory).device];
  for (const auto& change : step) {
    auto& directory = edit(change.directory);
    directory.note_metadata(false);
    stamp(directory);
    const auto before = own_name(change.directory, change.name);
    if (!d.settings.ordered_metadata) {
      if (before != 0 && change.leads_to != 0) d.steps.push_back({{change.directory, change.name, 0}});
      d.steps.push_back({change});
    }
    if (change.leads_to == 0) {
      directory.names.erase(change.name);
    } else {
      directory.names[change.name] = change.leads_to;
    }
  }
  if (d.settings.ordered_metadata) d.steps.push_back(std::move(step));
}

inline void world::unlink(inode_number n) {
  auto& gone = edit(n);
  gone.links = gone.type == node_type::directory ? 0 : gone.links - 1;
  gone.now.changed = clock;
  if (gone.links == 0) devices_[gone.device].used -= units(gone.content.size()) + unit;
}

inline result<inode_number> world::create(inode_number directory, const std::string& name, node_type type,
                                          std::uint32_t mode, std::string target) {
  BOOST_OUTCOME_TRYV(can_change(directory, name));
  if (own_name(directory, name) != 0) return error(EEXIST);
  const auto d = at(directory).device;
  BOOST_OUTCOME_TRYV(take_room(d, unit));
  auto made = std::make_shared<node>();
  made->type = type;
  made->device = d;
  made->born = clock;
  made->now.mode = mode & 07777U;
  made->target = std::move(target);
  made->links = type == node_type::directory ? 2 : 1;
  stamp(*made);
  if ((at(directory).now.mode & 02000U) != 0) {
    made->now.group = at(directory).now.group;
    if (type == node_type::directory) made->now.mode |= 02000U;
  }
  if (type == node_type::directory) {
    made->durable_names = std::make_shared<const names_of_directory>();
    made->parent = directory;
  }
  nodes_.push_back(std::move(made));
  const auto number = last();
  change_names({{directory, name, number}});
  return number;
}

inline result<void> world::remove_file(inode_number directory, const std::string& name) {
  BOOST_OUTCOME_TRYV(can_change(directory, name));
  const auto n = own_name(directory, name);
  if (n == 0) return error(ENOENT);
  if (at(n).type == node_type::directory) return error(EISDIR);
  unlink(n);
  change_names({{directory, name, 0}});
  return success();
}

inline result<void> world::remove_directory(inode_number directory, const std::string& name) {
  BOOST_OUTCOME_TRYV(can_change(directory, name));
  const auto n = own_name(directory, name);
  if (n == 0) return error(ENOENT);
  if (at(n).type != node_type::directory) return error(ENOTDIR);
  if (mounts_.contains(n)) return error(EBUSY);
  if (!at(n).names.empty()) return error(ENOTEMPTY);
  unlink(n);
  change_names({{directory, name, 0}});
  return success();
}

inline result<void> world::link(inode_number from, const std::string& old_name, inode_number to,
                                const std::string& new_name) {
  BOOST_OUTCOME_TRY(const auto n, find(from, old_name));
  if (n == 0) return error(ENOENT);
  BOOST_OUTCOME_TRYV(can_change(to, new_name));
  if (own_name(to, new_name) != 0) return error(EEXIST);
  if (at(n).type == node_type::directory) return error(EPERM);
  if (at(n).device != at(to).device) return error(EXDEV);
  auto& linked = edit(n);
  ++linked.links;
  linked.now.changed = clock;
  change_names({{to, new_name, n}});
  return success();
}

inline bool world::is_below(inode_number n, inode_number top) const {
  for (;;) {
    if (n == top) return true;
    const auto above = at(n).parent;
    if (above == n || above == 0) return false;
    n = above;
  }
}

inline result<void> world::can_replace(inode_number moved, inode_number there) const {
  const bool moves_directory = at(moved).type == node_type::directory;
  const bool onto_directory = at(there).type == node_type::directory;
  if (moves_directory && !onto_directory) return error(ENOTDIR);
  if (!moves_directory && onto_directory) return error(EISDIR);
  if (onto_directory && !at(there).names.empty()) return error(ENOTEMPTY);
  return success();
}

inline void world::adopt(inode_number moved, inode_number by) {
  auto& one = edit(moved);
  one.now.changed = clock;
  if (one.type == node_type::directory) one.parent = by;
}

inline result<void> world::rename(inode_number from, const std::string& old_name, inode_number to,
                                  const std::string& new_name, rename_how how) {
  BOOST_OUTCOME_TRYV(can_change(from, old_name));
  BOOST_OUTCOME_TRYV(can_change(to, new_name));
  const auto moved = own_name(from, old_name);
  const auto there = own_name(to, new_name);
  if (moved == 0) return error(ENOENT);
  if (at(from).device != at(to).device) return error(EXDEV);
  if (mounts_.contains(moved) || mounts_.contains(there)) return error(EBUSY);
  if (how == rename_how::keep && there != 0) return error(EEXIST);
  if (at(moved).type == node_type::directory && is_below(to, moved)) return error(EINVAL);
  if (how == rename_how::exchange) {
    if (!devices_[at(from).device].settings.exchanges) return error(EINVAL);
    if (there == 0) return error(ENOENT);
    if (at(there).type == node_type::directory && is_below(from, there)) return error(EINVAL);
    change_names({{from, old_name, there}, {to, new_name, moved}});
    adopt(moved, to);
    adopt(there, from);
    return success();
  }
  if (there == moved) return success();  // two names of one file: rename(2) does nothing
  if (there != 0) {
    BOOST_OUTCOME_TRYV(can_replace(moved, there));
    unlink(there);
  }
  change_names({{from, old_name, 0}, {to, new_name, moved}});
  adopt(moved, to);
  return success();
}

inline result<std::size_t> world::write(inode_number file, std::uint64_t offset, std::string_view bytes) {
  if (at(file).type != node_type::regular) return error(EINVAL);
  BOOST_OUTCOME_TRYV(writable(file));
  const auto before = at(file).content.size();
  const auto after = std::max<std::uint64_t>(before, offset + bytes.size());
  BOOST_OUTCOME_TRYV(take_room(at(file).device, units(after) - units(before)));
  auto& one = edit(file);
  one.note_metadata(false);
  one.content.write(offset, bytes);
  stamp(one);
  return bytes.size();
}

inline result<void> world::resize(inode_number file, std::uint64_t size) {
  if (at(file).type != node_type::regular) return error(EINVAL);
  BOOST_OUTCOME_TRYV(writable(file));
  const auto before = units(at(file).content.size());
  if (units(size) > before) {
    BOOST_OUTCOME_TRYV(take_room(at(file).device, units(size) - before));
  } else {
    devices_[at(file).device].used -= before - units(size);
  }
  auto& one = edit(file);
  one.note_metadata(false);
  one.content.resize(size);
  stamp(one);
  return success();
}

inline result<void> world::clone(inode_number from, inode_number to) {
  if (at(from).type != node_type::regular || at(to).type != node_type::regular) return error(EINVAL);
  if (at(from).device != at(to).device) return error(EXDEV);
  BOOST_OUTCOME_TRYV(writable(to));
  if (!devices_[at(to).device].settings.clones) return error(EOPNOTSUPP);
  if (at(to).content.size() != 0) return error(EINVAL);
  auto& one = edit(to);
  one.note_metadata(false);
  one.content.clone(at(from).content);
  devices_[one.device].used += units(one.content.size());  // shared, and yet given back when it is removed
  stamp(one);
  return success();
}

inline result<void> world::set_mode(inode_number n, std::uint32_t mode) {
  BOOST_OUTCOME_TRYV(writable(n));
  auto& one = edit(n);
  one.note_metadata(true);
  one.now.mode = mode & 07777U;
  one.now.changed = clock;
  return success();
}

inline result<void> world::set_owner(inode_number n, std::uint32_t user, std::uint32_t group) {
  BOOST_OUTCOME_TRYV(writable(n));
  auto& one = edit(n);
  one.note_metadata(true);
  one.now.user = user;
  one.now.group = group;
  one.now.changed = clock;
  return success();
}

inline result<void> world::set_modified(inode_number n, std::int64_t time) {
  BOOST_OUTCOME_TRYV(writable(n));
  auto& one = edit(n);
  one.note_metadata(true);
  one.now.modified = time;
  one.now.changed = clock;
  return success();
}

inline result<void> world::set_attribute(inode_number n, const std::string& name, const std::string* value) {
  BOOST_OUTCOME_TRYV(writable(n));
  if (!devices_[at(n).device].settings.attributes) return error(EOPNOTSUPP);
  auto all = at(n).now.extended ? *at(n).now.extended : attribute_map{};
  if (value == nullptr && !all.contains(name)) return error(ENODATA);
  if (value != nullptr) {
    all[name] = *value;
  } else {
    all.erase(name);
  }
  auto& one = edit(n);
  one.note_metadata(true);
  one.now.extended = all.empty() ? nullptr : std::make_shared<const attribute_map>(std::move(all));
  one.now.changed = clock;
  return success();
}

inline void world::sync_names(inode_number directory) {
  auto& d = devices_[at(directory).device];
  const auto is_of = [&](const name_step& step) {
    return std::ranges::any_of(step, [&](const name_change& c) { return c.directory == directory; });
  };
  if (!d.settings.ordered_metadata) {
    std::erase_if(d.steps, is_of);
    edit(directory).durable_names = std::make_shared<const names_of_directory>(at(directory).names);
    return;
  }
  // In order: nothing that came before the last step in this directory can still be missing.
  auto end = d.steps.size();
  while (end > 0 && !is_of(d.steps[end - 1])) --end;
  std::map<inode_number, names_of_directory> changed;
  for (std::size_t i = 0; i < end; ++i) {
    for (const auto& change : d.steps[i]) {
      auto [names, fresh] = changed.try_emplace(change.directory);
      if (fresh) names->second = *at(change.directory).durable_names;
      if (change.leads_to == 0) {
        names->second.erase(change.name);
      } else {
        names->second[change.name] = change.leads_to;
      }
    }
  }
  for (auto& [n, names] : changed) {
    edit(n).durable_names = std::make_shared<const names_of_directory>(std::move(names));
  }
  d.steps.erase(d.steps.begin(), d.steps.begin() + static_cast<std::ptrdiff_t>(end));
}

inline void world::sync(inode_number n, bool with_metadata) {
  const auto& one = at(n);
  if (!one.content.is_durable()) edit(n).content.sync();
  if (with_metadata && !at(n).older.empty()) edit(n).sync_metadata();
  if (with_metadata && at(n).type == node_type::directory) sync_names(n);
}

inline void world::sync_device(std::uint32_t d) {
  for (inode_number n = 1; n <= last(); ++n) {
    if (!has(n) || at(n).device != d) continue;
    sync(n, true);
  }
}

inline void world::fail_to_sync(inode_number n) {
  if (!at(n).content.is_durable()) edit(n).content.fail_to_sync();
}
inline void world::fail_to_sync_device(std::uint32_t d) {
  for (inode_number n = 1; n < nodes_.size(); ++n) {
    if (nodes_[n] && nodes_[n]->device == d) fail_to_sync(n);
  }
}

}  // namespace commitpoint::system::simulation
