#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/system/simulated/world.hpp>
#include <commitpoint/system/simulated/world_content.ipp>
#include <commitpoint/system/simulated/world_names.ipp>
#include <commitpoint/system/simulated/world_sync.ipp>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

namespace commitpoint::system::simulation {

COMMITPOINT_INLINE world::world(const device_settings& settings) {
  nodes_.emplace_back();  // number 0 is none
  add_device(settings);
}

COMMITPOINT_INLINE std::uint32_t world::add_device(const device_settings& settings) {
  const auto d = static_cast<std::uint32_t>(devices_.size());
  devices_.push_back({settings, 0, 0, {}});
  auto top = std::make_shared<node>();
  top->type = node_type::directory;
  top->device = d;
  top->now.mode = 0755;
  top->now.modified = top->now.changed = top->born = stamp_of(d);
  top->durable_names = std::make_shared<const names_of_directory>();
  top->links = 2;
  nodes_.push_back(std::move(top));
  devices_[d].root = last();
  edit(last()).parent = last();
  return d;
}

COMMITPOINT_INLINE node& world::edit(inode_number n) {
  auto& held = nodes_[n];
  if (held.use_count() > 1) held = std::make_shared<node>(*held);
  return *held;
}

COMMITPOINT_INLINE result<inode_number> world::find(inode_number directory, std::string_view name) const {
  if (at(directory).type != node_type::directory) return error(ENOTDIR);
  if (name == ".") return directory;
  if (name.size() > 255) return error(ENAMETOOLONG);
  auto found = own_name(directory, name);
  const auto mounted = mounts_.find(found);
  if (found != 0 && mounted != mounts_.end()) found = mounted->second;
  return found;
}

COMMITPOINT_INLINE file_status world::status(inode_number n) const {
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

COMMITPOINT_INLINE result<std::string> world::path_of(inode_number n) const {
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

}  // namespace commitpoint::system::simulation
