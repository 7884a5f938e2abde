#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/system/simulated/world.hpp>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace commitpoint::system::simulation {

COMMITPOINT_INLINE result<void> world::take_room(std::uint32_t d, std::uint64_t more) {
  if (devices_[d].settings.capacity - std::min(devices_[d].used, devices_[d].settings.capacity) < more) {
    return error(ENOSPC);
  }
  devices_[d].used += more;
  return success();
}

COMMITPOINT_INLINE result<std::size_t> world::write(inode_number file, std::uint64_t offset, std::string_view bytes) {
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

COMMITPOINT_INLINE result<void> world::resize(inode_number file, std::uint64_t size) {
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

COMMITPOINT_INLINE result<void> world::clone(inode_number from, inode_number to) {
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

COMMITPOINT_INLINE result<void> world::set_mode(inode_number n, std::uint32_t mode) {
  BOOST_OUTCOME_TRYV(writable(n));
  auto& one = edit(n);
  one.note_metadata(true);
  one.now.mode = mode & 07777U;
  one.now.changed = stamp_of(one.device);
  return success();
}

COMMITPOINT_INLINE result<void> world::set_owner(inode_number n, std::uint32_t user, std::uint32_t group) {
  BOOST_OUTCOME_TRYV(writable(n));
  auto& one = edit(n);
  one.note_metadata(true);
  one.now.user = user;
  one.now.group = group;
  one.now.changed = stamp_of(one.device);
  return success();
}

COMMITPOINT_INLINE result<void> world::set_modified(inode_number n, std::int64_t time) {
  BOOST_OUTCOME_TRYV(writable(n));
  auto& one = edit(n);
  one.note_metadata(true);
  one.now.modified = kept(one.device, time);
  one.now.changed = stamp_of(one.device);
  return success();
}

COMMITPOINT_INLINE result<void> world::set_attribute(inode_number n, const std::string& name,
                                                     const std::string* value) {
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
  one.now.changed = stamp_of(one.device);
  return success();
}

COMMITPOINT_INLINE result<void> world::writable(inode_number n) const {
  if (devices_[at(n).device].settings.read_only) return error(EROFS);
  return success();
}

}  // namespace commitpoint::system::simulation
