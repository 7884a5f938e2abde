#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/system/simulated/world.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <utility>

namespace commitpoint::system::simulation {

COMMITPOINT_INLINE void world::sync_names(inode_number directory) {
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

COMMITPOINT_INLINE void world::sync(inode_number n, bool with_metadata) {
  const auto& one = at(n);
  if (!one.content.is_durable()) edit(n).content.sync();
  if (with_metadata && !at(n).older.empty()) edit(n).sync_metadata();
  if (with_metadata && at(n).type == node_type::directory) sync_names(n);
}

COMMITPOINT_INLINE void world::sync_device(std::uint32_t d) {
  for (inode_number n = 1; n <= last(); ++n) {
    if (!has(n) || at(n).device != d) continue;
    sync(n, true);
  }
}

COMMITPOINT_INLINE void world::fail_to_sync(inode_number n) {
  if (!at(n).content.is_durable()) edit(n).content.fail_to_sync();
}

COMMITPOINT_INLINE void world::fail_to_sync_device(std::uint32_t d) {
  for (inode_number n = 1; n < nodes_.size(); ++n) {
    if (nodes_[n] && nodes_[n]->device == d) fail_to_sync(n);
  }
}

}  // namespace commitpoint::system::simulation
