#pragma once

/// \file
/// What the policies of a coordinator make: one working part of each kind.

#include <commitpoint/result.hpp>

#include <functional>
#include <memory>

namespace commitpoint {

namespace system {
class door;
}
namespace snapshot {
class strategy;
}
namespace journal {
class backend;
struct place;
}  // namespace journal
namespace publish {
class way;
}
namespace durability {
class promise;
}
namespace observe {
class observer;
}

/// The parts that a root is worked on with. None but the observer is null.
struct working_parts {
  std::shared_ptr<system::door> system;
  std::shared_ptr<snapshot::strategy> snapshot;
  std::function<result<std::unique_ptr<journal::backend>>(const journal::place&)> open_journal;  ///< as of a policy
  std::shared_ptr<const publish::way> publish;
  std::shared_ptr<const durability::promise> durability;
  std::shared_ptr<const observe::observer> observer;
};

}  // namespace commitpoint
