#pragma once

/// \file
/// A tree on a simulated machine whose owners leave marks in the lock file.

#include <commitpoint/coordinator.hpp>
#include <commitpoint/detail/root/settled_mark.hpp>
#include <commitpoint/durability/power_loss.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/system/simulated/hand.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace marked {

namespace cp = commitpoint;
using machine = cp::system::faulty<cp::system::simulated>;
using coordinator = cp::coordinator<machine>;
using cp::durability::settle;

inline constexpr auto lock_file = "/tree/.commitpoint/lock";

struct tree {
  cp::system::simulated disk;
  machine system{disk};
  cp::system::hand hand{disk};

  explicit tree(bool ordered = false) : disk(cp::system::simulation::world({.ordered_metadata = ordered})) {
    hand.make_directory("/tree");
  }

  [[nodiscard]] coordinator open(settle when = settle::at_release) {
    return coordinator::open("/tree", {}, system, cp::durability::power_loss{.settles = when}).value();
  }
  /// One mutation of the file `file`.
  void write(cp::owner& mine, const std::string& text) {
    disk.pause(std::chrono::seconds(1));  // so that the times of the state directory say something
    mine.run({.operation = "n"}, [&](cp::mutation& m) { return m.write("file", text); }).value();
  }
  [[nodiscard]] std::optional<cp::detail::settled_mark> mark() { return cp::detail::decode_mark(hand.read(lock_file)); }
};

}  // namespace marked
