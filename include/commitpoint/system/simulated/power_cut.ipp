#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/system/simulated/power_cut.hpp>

#include <functional>
#include <limits>
#include <memory>

namespace commitpoint::system::simulation {

COMMITPOINT_INLINE power_cut::power_cut(const world& of) : of_(of) {
  ask_names();
  ask_nodes();
}

COMMITPOINT_INLINE std::uint64_t power_cut::states() const noexcept {
  std::uint64_t product = 1;
  for (const auto count : counts_) {
    if (product > std::numeric_limits<std::uint64_t>::max() / count) return std::numeric_limits<std::uint64_t>::max();
    product *= count;
  }
  return product;
}

COMMITPOINT_INLINE world power_cut::survivor(std::span<const std::uint32_t> chosen) const {
  world left = of_;
  ++left.boots;
  left.clock += 1'000'000'000;
  left.seed = 0xd1342543de82ef95U * (left.boots + 1U);  // not on the way of an earlier start's numbers
  for (auto& d : left.devices_) d.steps.clear();
  restore_names(left, chosen);
  for (std::size_t i = 0; i < questions_.size(); ++i) answer(left, questions_[i], chosen[i]);
  for (const auto& [file, blocks] : collect_blocks(chosen))
    left.edit(file).content.survive(blocks.size, blocks.versions);
  settle(left);
  return left;
}

COMMITPOINT_INLINE std::string power_cut::describe(std::span<const std::uint32_t> chosen) const {
  std::string text;
  for (std::size_t i = 0; i < questions_.size(); ++i) {
    if (chosen[i] + 1 == counts_[i]) continue;
    text += (text.empty() ? "lost: " : "; ") + describe(questions_[i], chosen[i], counts_[i]);
  }
  return text.empty() ? "everything survived" : text;
}

COMMITPOINT_INLINE void power_cut::ask(question q, std::size_t count) {
  questions_.push_back(std::move(q));
  counts_.push_back(static_cast<std::uint32_t>(count));
}

COMMITPOINT_INLINE std::string power_cut::place_of(inode_number n) const {
  const auto path = of_.path_of(n);
  return path ? path.value() : "an unnamed file";
}

COMMITPOINT_INLINE std::string power_cut::describe(const question& q, std::uint32_t chosen, std::uint32_t count) const {
  const auto part = " (" + std::to_string(chosen) + " of " + std::to_string(count - 1) + " changes)";
  switch (q.what) {
    case about::steps: return "names of disk " + std::to_string(q.node) + part;
    case about::name: return "the name '" + std::string(q.name) + "' in " + place_of(q.node) + part;
    case about::metadata: return "metadata of " + place_of(q.node) + part;
    case about::size: return "the size of " + place_of(q.node) + part;
    case about::block: break;
  }
  return "block " + std::to_string(q.which) + " of " + place_of(q.node) + part;
}

COMMITPOINT_INLINE void power_cut::ask_names() {
  for (std::uint32_t d = 0; d < of_.devices_.size(); ++d) {
    const auto& one = of_.devices_[d];
    if (one.steps.empty()) continue;
    if (one.settings.ordered_metadata) {
      ask({.what = about::steps, .node = d}, one.steps.size() + 1);
      continue;
    }
    std::map<std::pair<inode_number, std::string_view>, std::vector<inode_number>> names;
    for (const auto& step : one.steps) {
      for (const auto& c : step) names[{c.directory, c.name}].push_back(c.leads_to);
    }
    for (auto& [name, leads_to] : names) {
      const auto count = leads_to.size() + 1;
      ask({.what = about::name, .node = name.first, .name = name.second, .leads_to = std::move(leads_to)}, count);
    }
  }
}

COMMITPOINT_INLINE std::vector<bool> power_cut::findable() const {
  std::vector<bool> found(of_.nodes_.size(), false);
  const auto mark = [&](inode_number n) {
    if (n != 0) found[n] = true;
  };
  for (const auto& d : of_.devices_) {
    mark(d.root);
    for (const auto& step : d.steps) {
      for (const auto& c : step) mark(c.leads_to);
    }
  }
  for (const auto& held : of_.nodes_) {
    if (!held || held->type != node_type::directory) continue;
    for (const auto& [name, n] : *held->durable_names) mark(n);
  }
  return found;
}

COMMITPOINT_INLINE void power_cut::ask_nodes() {
  const auto found = findable();
  for (inode_number n = 1; n < of_.nodes_.size(); ++n) {
    if (!of_.nodes_[n] || !found[n]) continue;
    const auto& one = of_.at(n);
    if (!one.older.empty()) ask({.what = about::metadata, .node = n}, one.older.size() + 1);
    if (one.content.is_durable()) continue;
    const auto sizes = one.content.sizes().size();
    ask({.what = about::size, .node = n}, sizes);  // of only one, where a failed sync has lost the rest
    const bool garbage = !of_.devices_[one.device].settings.ordered_metadata;
    for (const auto block : one.content.torn_blocks()) {
      const auto extra = garbage && one.content.is_new(block) ? 1U : 0U;
      ask({.what = about::block, .node = n, .which = block}, one.content.versions_of(block) + extra);
    }
  }
}

COMMITPOINT_INLINE void power_cut::restore_names(world& left, std::span<const std::uint32_t> chosen) const {
  for (inode_number n = 1; n < left.nodes_.size(); ++n) {
    const auto& held = left.nodes_[n];
    if (!held || held->type != node_type::directory || held->names == *held->durable_names) continue;
    left.edit(n).names = *of_.at(n).durable_names;
  }
  (void)chosen;
}

COMMITPOINT_INLINE void power_cut::lead(world& left, inode_number directory, std::string_view name, inode_number to) {
  auto& names = left.edit(directory).names;
  if (to != 0) {
    names[std::string(name)] = to;
  } else if (const auto there = names.find(name); there != names.end()) {
    names.erase(there);
  }
}

COMMITPOINT_INLINE void power_cut::answer(world& left, const question& q, std::uint32_t chosen) const {
  switch (q.what) {
    case about::steps:
      for (std::uint32_t i = 0; i < chosen; ++i) {
        for (const auto& c : of_.devices_[q.node].steps[i]) lead(left, c.directory, c.name, c.leads_to);
      }
      break;
    case about::name:
      if (chosen != 0) lead(left, q.node, q.name, q.leads_to[chosen - 1]);
      break;
    case about::metadata: {
      const auto& was = of_.at(q.node);
      auto& one = left.edit(q.node);
      if (chosen < was.older.size()) one.now = was.older[chosen];
      one.sync_metadata();
      break;
    }
    case about::size:
    case about::block: break;  // together, in collect_blocks
  }
}

COMMITPOINT_INLINE std::map<inode_number, power_cut::content_left> power_cut::collect_blocks(
    std::span<const std::uint32_t> chosen) const {
  std::map<inode_number, content_left> files;
  for (std::size_t i = 0; i < questions_.size(); ++i) {
    const auto& q = questions_[i];
    if (q.what != about::size && q.what != about::block) continue;
    const auto sizes = of_.at(q.node).content.sizes();
    auto& file = files.try_emplace(q.node, content_left{sizes.front(), {}}).first->second;
    if (q.what == about::size) {
      file.size = sizes[chosen[i]];
    } else {
      file.versions.emplace_back(q.which, chosen[i]);
    }
  }
  return files;
}

COMMITPOINT_INLINE void power_cut::settle(world& left) {
  std::vector<std::uint32_t> links(left.nodes_.size(), 0);
  std::vector<inode_number> open;
  for (const auto& d : left.devices_) {
    links[d.root] = 2;
    open.push_back(d.root);
  }
  while (!open.empty()) {
    const auto n = open.back();
    open.pop_back();
    std::vector<std::string> twice;
    for (const auto& [name, to] : left.at(n).names) {
      const bool is_directory = left.at(to).type == node_type::directory;
      if (is_directory && links[to] != 0) {
        twice.push_back(name);
        continue;
      }
      links[to] += is_directory ? 2 : 1;
      if (!is_directory) continue;
      if (left.at(to).parent != n) left.edit(to).parent = n;
      open.push_back(to);
    }
    for (const auto& name : twice) left.edit(n).names.erase(name);
  }
  for (auto& d : left.devices_) d.used = 0;
  for (inode_number n = 1; n < left.nodes_.size(); ++n) {
    if (!left.nodes_[n]) continue;
    if (links[n] == 0) {
      left.nodes_[n] = nullptr;
      continue;
    }
    const auto& one = left.at(n);
    left.devices_[one.device].used += world::units(one.content.size()) + world::unit;
    if (one.links != links[n]) left.edit(n).links = links[n];
    if (one.type == node_type::directory && *one.durable_names != left.at(n).names) {
      left.edit(n).durable_names = std::make_shared<const names_of_directory>(left.at(n).names);
    }
    if (!left.at(n).content.is_durable()) left.edit(n).content.sync();
    if (!left.at(n).older.empty()) left.edit(n).sync_metadata();
  }
}

COMMITPOINT_INLINE std::uint64_t fingerprint(const world& of) {
  std::uint64_t sum = 0xcbf29ce484222325U;
  const auto add = [&](std::uint64_t value) { sum = (sum ^ value) * 0x100000001b3U + (sum >> 29U); };
  const auto add_text = [&](std::string_view text) { add(std::hash<std::string_view>{}(text)); };
  for (inode_number n = 1; n <= of.last(); ++n) {
    if (!of.has(n)) continue;
    const auto& one = of.at(n);
    if (one.links == 0) continue;
    add(n);
    add(static_cast<std::uint64_t>(one.type));
    add(one.now.mode);
    add(one.now.user);
    add(one.now.group);
    add(static_cast<std::uint64_t>(one.now.modified));
    if (one.now.extended) {
      for (const auto& [name, value] : *one.now.extended) {
        add_text(name);
        add_text(value);
      }
    }
    if (one.type == node_type::regular) add(one.content.hash());
    if (one.type == node_type::symlink) add_text(one.target);
    for (const auto& [name, to] : one.names) {
      add_text(name);
      add(to);
    }
  }
  add(of.boots);
  return sum;
}

}  // namespace commitpoint::system::simulation
