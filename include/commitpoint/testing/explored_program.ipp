#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/testing/explored_program.hpp>

namespace commitpoint::testing {

COMMITPOINT_INLINE system::simulation::world built(const exploration& what) {
  system::simulation::world empty(what.disk);
  empty.tick = what.tick;
  const system::simulated machine(std::move(empty));
  system::hand builder(machine, explored_root);
  builder.make_directory("");
  builder.make_directory(".commitpoint", 0700);
  what.build(builder);
  system::hand(machine).age("");
  builder.sync_all();
  return machine.world();
}

COMMITPOINT_INLINE tree_image image_of(const system::simulation::world& disks, const exploration& what) {
  auto image = image_of(disks, explored_state);
  if (what.look) what.look(image, disks);
  return image;
}

COMMITPOINT_INLINE std::string name_in_image(const std::string& path) {
  if (path.starts_with("../")) return path.substr(3);
  const std::string root(explored_root + 1);
  return path.empty() ? root : root + "/" + path;
}

COMMITPOINT_INLINE std::vector<std::string> names_in_image(std::vector<std::string> paths) {
  for (auto& path : paths) path = name_in_image(path);
  return paths;
}

COMMITPOINT_INLINE std::string surprise_of(const run_result& end, const exploration& what) {
  for (std::size_t i = 0; i < end.mutations.size(); ++i) {
    const auto& failed = end.mutations[i];
    if (failed.has_value() == what.mutations[i].fails) continue;
    return "mutation " + std::to_string(i + 1) + " of " + std::to_string(what.mutations.size()) +
           (failed ? " failed: " + failed->message() : " was to fail, and did not");
  }
  return {};
}

}  // namespace commitpoint::testing
