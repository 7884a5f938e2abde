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
        entry.hash = one.content.hash();
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

namespace detail {

[[nodiscard]] COMMITPOINT_INLINE bool has_loose_time(const std::string& name, const tree_entry& expected,
                                                     const tolerances& but) {
  if (expected.modified && *expected.modified > not_long_ago) return true;
  if (!but.ignored.empty() && name == but.ignored.substr(0, but.ignored.rfind('/'))) return true;
  return std::ranges::find(but.ignored_times, name) != but.ignored_times.end();
}

[[nodiscard]] COMMITPOINT_INLINE bool same_but_for_time(const tree_entry& a, const tree_entry& b) {
  const auto& [mode, user, group, size, hash, content, target, modified, attributes, same_as] = a;
  return mode == b.mode && user == b.user && group == b.group && size == b.size && hash == b.hash &&
         content == b.content && target == b.target && attributes == b.attributes && same_as == b.same_as;
}

}  // namespace detail

COMMITPOINT_INLINE bool is_like(const tree_image& expected, const tree_image& found, const tolerances& but) {
  auto e = expected.entries.begin();
  auto f = found.entries.begin();
  for (;;) {
    if (e != expected.entries.end() && e->first == but.ignored) ++e;
    if (f != found.entries.end() && f->first == but.ignored) ++f;
    if (f == found.entries.end()) return e == expected.entries.end();
    if (e == expected.entries.end() || f->first < e->first) {
      if (std::ranges::find(but.orphans, f->first) == but.orphans.end()) return false;
      ++f;
      continue;
    }
    if (e->first != f->first || !detail::same_but_for_time(e->second, f->second)) return false;
    if (e->second.modified != f->second.modified && !detail::has_loose_time(e->first, e->second, but)) return false;
    ++e;
    ++f;
  }
}

COMMITPOINT_INLINE std::string unlike_text(tree_image expected, tree_image found, const tolerances& but) {
  if (is_like(expected, found, but)) return {};
  expected.entries.erase(but.ignored);
  found.entries.erase(but.ignored);
  for (const auto& orphan : but.orphans) {
    const auto there = found.entries.find(orphan);
    if (there != found.entries.end()) expected.entries.insert(*there);
  }
  for (auto& [name, entry] : expected.entries) {
    if (!detail::has_loose_time(name, entry, but)) continue;
    entry.modified.reset();
    if (const auto same = found.entries.find(name); same != found.entries.end()) same->second.modified.reset();
  }
  auto text = difference_text(expected, found);
  return text.empty() ? "something that has no words\n" : text;
}

}  // namespace commitpoint::testing
