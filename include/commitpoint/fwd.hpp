#pragma once

/// \file
/// Declarations, and what stands for a policy that a pack does not name.

#include <commitpoint/policy.hpp>

namespace commitpoint {

namespace snapshot {
struct adaptive;
class copy;
class hardlink;
class reflink;
}  // namespace snapshot
namespace journal {
struct json_file;
struct log;
struct memory;
struct sqlite;
}  // namespace journal
namespace publish {
class rename;
class exchange;
class copy;
}  // namespace publish
namespace durability {
struct power_loss;
class process_crash;
}  // namespace durability
namespace observe {
template <class... Observers>
class all;
class chrome_trace;
class json_lines;
struct nothing;
class statistics;
}  // namespace observe
namespace system {
class native;
}

/// The policy of each kind that is meant when a pack does not name one.
template <class Kind>
struct default_policy;
template <>
struct default_policy<kind::snapshot> {
  using type = snapshot::adaptive;
};
template <>
struct default_policy<kind::journal> {
  using type = journal::log;
};
template <>
struct default_policy<kind::publish> {
  using type = publish::rename;
};
template <>
struct default_policy<kind::durability> {
  using type = durability::power_loss;
};
template <>
struct default_policy<kind::observe> {
  using type = observe::nothing;
};
template <>
struct default_policy<kind::system> {
  using type = system::native;
};

class any_coordinator;
class mutation;
class enlisting_mutation;
class owner;
class reader;
template <class... Policies>
class coordinator;

}  // namespace commitpoint
