#pragma once

/// \file
/// What a durability policy must do.

#include <commitpoint/detail/sync_set.hpp>
#include <commitpoint/system/concept.hpp>

#include <concepts>
#include <cstddef>

namespace commitpoint::durability {

/// The working part of a durability policy `D` is `D::template backend<S>`, made from the settings.
///
/// | member | contract |
/// | --- | --- |
/// | `survives_power_loss` | static; whether journal records have to be synced |
/// | `few()` | up to how many nodes a barrier wants the handles of |
/// | `barrier(system, set)` | everything in the set is durable; true if whole file systems were synced; never retried |
template <class B, class S, class Settings>
concept Durability = std::constructible_from<B, const Settings&> &&
    requires(const B& b, S& s, const detail::sync_set<S>& set) {
  { B::survives_power_loss } -> std::convertible_to<bool>;
  { b.few() } -> std::same_as<std::size_t>;
  { b.barrier(s, set) } -> std::same_as<result<bool>>;
};

}  // namespace commitpoint::durability
