#pragma once

/// \file
/// What makes a type a policy: it names its kind. A pack of policies may stand in any order and name only what
/// differs from the defaults; a wrong pack is one error at the head of `coordinator`, which then goes on with the
/// default so that nothing else is said.

#include <concepts>
#include <type_traits>

namespace commitpoint {

/// The kinds of policy. A policy says which it is with `using kind = commitpoint::kind::snapshot;` and the like.
namespace kind {
struct snapshot {};
struct journal {};
struct publish {};
struct durability {};
struct observe {};
struct system {};
}  // namespace kind

}  // namespace commitpoint
