#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/system/simulated/world.hpp>

#include <cerrno>
#include <memory>
#include <utility>

namespace commitpoint::system::simulation {

COMMITPOINT_INLINE inode_number world::own_name(inode_number directory, std::string_view name) const {
  const auto found = at(directory).names.find(name);
  return found == at(directory).names.end() ? 0 : found->second;
}

COMMITPOINT_INLINE result<void> world::can_change(inode_number directory, std::string_view name) const {
  if (at(directory).type != node_type::directory) return error(ENOTDIR);
  if (name.empty()) return error(ENOENT);
  if (name == "." || name == ".." || name.find('/') != std::string_view::npos) return error(EINVAL);
  if (name.size() > 255) return error(ENAMETOOLONG);
  if (at(directory).links == 0) return error(ENOENT);  // it was removed
  return writable(directory);
}

COMMITPOINT_INLINE void world::change_names(name_step step) {
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

COMMITPOINT_INLINE void world::unlink(inode_number n) {
  auto& gone = edit(n);
  gone.links = gone.type == node_type::directory ? 0 : gone.links - 1;
  gone.now.changed = stamp_of(gone.device);
  if (gone.links == 0) devices_[gone.device].used -= units(gone.content.size()) + unit;
}

COMMITPOINT_INLINE result<inode_number> world::create(inode_number directory, const std::string& name, node_type type,
                                                      std::uint32_t mode, std::string target) {
  BOOST_OUTCOME_TRYV(can_change(directory, name));
  if (own_name(directory, name) != 0) return error(EEXIST);
  const auto d = at(directory).device;
  BOOST_OUTCOME_TRYV(take_room(d, unit));
  auto made = std::make_shared<node>();
  made->type = type;
  made->device = d;
  made->born = stamp_of(d);
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

COMMITPOINT_INLINE result<void> world::remove_file(inode_number directory, const std::string& name) {
  BOOST_OUTCOME_TRYV(can_change(directory, name));
  const auto n = own_name(directory, name);
  if (n == 0) return error(ENOENT);
  if (at(n).type == node_type::directory) return error(EISDIR);
  unlink(n);
  change_names({{directory, name, 0}});
  return success();
}

COMMITPOINT_INLINE result<void> world::remove_directory(inode_number directory, const std::string& name) {
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

COMMITPOINT_INLINE result<void> world::link(inode_number from, const std::string& old_name, inode_number to,
                                            const std::string& new_name) {
  BOOST_OUTCOME_TRY(const auto n, find(from, old_name));
  if (n == 0) return error(ENOENT);
  BOOST_OUTCOME_TRYV(can_change(to, new_name));
  if (own_name(to, new_name) != 0) return error(EEXIST);
  if (at(n).type == node_type::directory) return error(EPERM);
  if (at(n).device != at(to).device) return error(EXDEV);
  if (!devices_[at(n).device].settings.links) return error(EPERM);
  auto& linked = edit(n);
  ++linked.links;
  linked.now.changed = stamp_of(linked.device);
  change_names({{to, new_name, n}});
  return success();
}

COMMITPOINT_INLINE bool world::is_below(inode_number n, inode_number top) const {
  for (;;) {
    if (n == top) return true;
    const auto above = at(n).parent;
    if (above == n || above == 0) return false;
    n = above;
  }
}

COMMITPOINT_INLINE result<void> world::can_replace(inode_number moved, inode_number there) const {
  const bool moves_directory = at(moved).type == node_type::directory;
  const bool onto_directory = at(there).type == node_type::directory;
  if (moves_directory && !onto_directory) return error(ENOTDIR);
  if (!moves_directory && onto_directory) return error(EISDIR);
  if (onto_directory && !at(there).names.empty()) return error(ENOTEMPTY);
  return success();
}

COMMITPOINT_INLINE void world::adopt(inode_number moved, inode_number by) {
  auto& one = edit(moved);
  one.now.changed = stamp_of(one.device);
  if (one.type == node_type::directory) one.parent = by;
}

COMMITPOINT_INLINE result<void> world::rename(inode_number from, const std::string& old_name, inode_number to,
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

}  // namespace commitpoint::system::simulation
