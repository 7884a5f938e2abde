#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/testing/simulated_image.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace commitpoint::testing {

COMMITPOINT_INLINE tree_image image_of(const system::simulation::world& disks, std::string_view ignored) {
  using system::node_type;
  namespace sim = system::simulation;
  tree_image image;
  std::map<sim::inode_number, std::string> first_names;
  const std::function<void(sim::inode_number, const std::string&)> add = [&](sim::inode_number n,
                                                                             const std::string& name) {
    const auto& one = disks.at(n);
    tree_entry entry{.mode = one.now.mode, .user = one.now.user, .group = one.now.group};
    entry.modified = one.now.modified;
    if (one.now.extended) entry.attributes = *one.now.extended;
    switch (one.type) {
      case node_type::regular: {
        entry.mode |= static_cast<std::uint32_t>(S_IFREG);
        entry.content = one.content.bytes();
        entry.size = entry.content.size();
        entry.hash = std::hash<std::string_view>{}(entry.content);
        if (one.links > 1) {
          const auto first = first_names.try_emplace(n, name).first;
          if (first->second != name) entry.same_as = first->second;
        }
        break;
      }
      case node_type::symlink:
        entry.mode |= static_cast<std::uint32_t>(S_IFLNK);
        entry.target = one.target;
        break;
      default: entry.mode |= static_cast<std::uint32_t>(S_IFDIR); break;
    }
    image.entries.emplace(name, std::move(entry));
    if (one.type != node_type::directory) return;
    for (const auto& [child, number] : one.names) {
      auto path = name == "." ? std::string() : name + '/';
      path += child;
      if (path == ignored) continue;
      const auto mounted = disks.mounts().find(number);
      add(mounted == disks.mounts().end() ? number : mounted->second, path);
    }
  };
  add(disks.root(), ".");
  return image;
}

COMMITPOINT_INLINE void drop_siblings(tree_image& image) {
  const auto is_sibling = [](std::string_view name) {
    return name.starts_with(".commitpoint-") || name.find("/.commitpoint-") != std::string_view::npos;
  };
  std::erase_if(image.entries, [&](const auto& entry) { return is_sibling(entry.first); });
  for (auto& [name, entry] : image.entries) {
    if (is_sibling(entry.same_as)) entry.same_as.clear();
  }
}

COMMITPOINT_INLINE void drop_unforeseeable_times(tree_image& expected, tree_image& found,
                                                 const std::vector<std::string>& ignored_times) {
  for (auto& [name, entry] : expected.entries) {
    const bool written = entry.modified && *entry.modified > not_long_ago;
    if (!written && std::ranges::find(ignored_times, name) == ignored_times.end()) continue;
    entry.modified.reset();
    if (const auto same = found.entries.find(name); same != found.entries.end()) same->second.modified.reset();
  }
}

}  // namespace commitpoint::testing
