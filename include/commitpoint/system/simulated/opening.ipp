#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/system/simulated.hpp>

#include <algorithm>
#include <cerrno>

namespace commitpoint::system {

COMMITPOINT_INLINE handle simulated::opened(simulation::inode_number n, open_how::access_mode access) const {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the number is made of a pointer below
  constexpr auto close = [](std::intptr_t box) noexcept { delete reinterpret_cast<simulation::open_node*>(box); };
  auto* box = new simulation::open_node(machine_, n, access, machine_->next_description++);
  return handle(reinterpret_cast<std::intptr_t>(box), close);
}

COMMITPOINT_INLINE result<simulation::inode_number> simulated::existing(const simulation::world& w,
                                                                        simulation::inode_number directory,
                                                                        const std::string& name) {
  BOOST_OUTCOME_TRY(const auto n, w.find(directory, name));
  if (n == 0) return system_error(ENOENT);
  return n;
}

COMMITPOINT_INLINE result<simulation::inode_number> simulated::resolve(const simulation::world& w,
                                                                       simulation::inode_number from,
                                                                       std::string_view path, int links_left) {
  if (path.empty() || links_left == 0) return system_error(path.empty() ? ENOENT : ELOOP);
  auto here = path.front() == '/' ? w.root() : from;
  while (!path.empty()) {
    const auto name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    if (name.empty()) continue;
    if (name == "..") {
      here = w.at(here).parent;
      continue;
    }
    BOOST_OUTCOME_TRY(const auto next, w.find(here, name));
    if (next == 0) return system_error(ENOENT);
    if (w.at(next).type != node_type::symlink) {
      here = next;
      continue;
    }
    BOOST_OUTCOME_TRY(const auto target, resolve(w, here, w.at(next).target, links_left - 1));
    here = target;
  }
  return here;
}

COMMITPOINT_INLINE result<handle> simulated::open_in(simulation::world& w, simulation::inode_number directory,
                                                     const std::string& name, const open_how& how) const {
  using access_mode = open_how::access_mode;
  if (name.empty()) return system_error(ENOENT);
  if (name == ".." || name.find('/') != std::string::npos) return system_error(EINVAL);
  BOOST_OUTCOME_TRY(auto n, w.find(directory, name));
  if (n == 0 && !how.create && !how.create_exclusive) return system_error(ENOENT);
  if (n != 0 && how.create_exclusive) return system_error(EEXIST);
  if (n == 0) {
    BOOST_OUTCOME_TRY(n, w.create(directory, name, node_type::regular, how.mode & ~machine_->umask));
  }
  const auto type = w.at(n).type;
  if (type == node_type::symlink && (how.access != access_mode::path || how.create)) return system_error(ELOOP);
  if (how.directory && type != node_type::directory) return system_error(ENOTDIR);
  const bool writes = how.access == access_mode::write || how.access == access_mode::read_write;
  if (writes && type == node_type::directory) return system_error(EISDIR);
  if (writes) {
    BOOST_OUTCOME_TRYV(w.writable(n));
  }
  return opened(n, how.access);
}

COMMITPOINT_INLINE result<handle> simulated::open_below(simulation::world& w, simulation::inode_number directory,
                                                        std::string_view path, const open_how& how) const {
  if (!machine_->has_open_beneath) return system_error(ENOSYS);
  if (path.starts_with('/')) return system_error(EXDEV);
  std::vector<simulation::inode_number> way{directory};
  for (;;) {
    const auto name = path.substr(0, path.find('/'));
    const bool is_last = name.size() == path.size();
    if (name == "..") {
      if (way.size() == 1) return system_error(EXDEV);
      way.pop_back();
      if (is_last) return open_in(w, way.back(), ".", how);
    } else if (is_last) {
      return open_in(w, way.back(), std::string(name), how);
    } else if (!name.empty() && name != ".") {
      BOOST_OUTCOME_TRY(const auto next, existing(w, way.back(), std::string(name)));
      if (w.at(next).type == node_type::symlink) return system_error(ELOOP);
      if (w.at(next).type != node_type::directory) return system_error(ENOTDIR);
      way.push_back(next);
    }
    path.remove_prefix(name.size() + 1);
  }
}

}  // namespace commitpoint::system
