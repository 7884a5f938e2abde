#pragma once

/// \file
/// From a pack of policies, in any order, to one of each kind; and what is said of a pack that is wrong.

#include <commitpoint/durability/concept.hpp>
#include <commitpoint/fwd.hpp>
#include <commitpoint/journal/concept.hpp>
#include <commitpoint/observe/concept.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/publish/concept.hpp>
#include <commitpoint/snapshot/concept.hpp>
#include <commitpoint/system/concept.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace commitpoint::detail {

template <class T, class Kind>
concept policy_of_kind = requires {
  typename T::kind;
}
&&std::same_as<typename T::kind, Kind>;

template <class T>
inline constexpr bool any_policy =
    policy_of_kind<T, kind::snapshot> || policy_of_kind<T, kind::journal> || policy_of_kind<T, kind::publish> ||
    policy_of_kind<T, kind::durability> || policy_of_kind<T, kind::observe> || policy_of_kind<T, kind::system>;

template <class Kind, class... Ps>
inline constexpr std::size_t count_of_kind = (std::size_t{policy_of_kind<Ps, Kind>} + ... + 0);

// The first policy of a kind in the pack, or the default.
template <class Kind, class... Ps>
struct first_of_kind : default_policy<Kind> {};
template <class Kind, class P, class... Ps>
struct first_of_kind<Kind, P, Ps...>
    : std::conditional_t<policy_of_kind<P, Kind>, std::type_identity<P>, first_of_kind<Kind, Ps...>> {};

template <class Kind, class... Ps>
using chosen = typename first_of_kind<Kind, Ps...>::type;

template <class P, class S>
concept has_backend = requires {
  typename P::template backend<S>;
};

// Whether a policy does what its kind must; asked of the chosen one only.
template <class P>
concept sound_system = system::System<P>;
template <class P>
concept sound_observer = observe::Observer<P>;
template <class P, class S>
concept sound_snapshot = has_backend<P, S> && snapshot::SnapshotStrategy<typename P::template backend<S>, S, P>;
template <class P, class S>
concept sound_journal = has_backend<P, S> && journal::JournalBackend<typename P::template backend<S>, S, P>;
template <class P, class S>
concept sound_publish = has_backend<P, S> && publish::PublishStep<typename P::template backend<S>, S, P>;
template <class P, class S>
concept sound_durability = has_backend<P, S> && durability::Durability<typename P::template backend<S>, S, P>;

/// One policy of each kind. Where the pack is wrong it is the default, so that a wrong pack is one error and not many.
template <class... Ps>
struct parts {
 private:
  template <class Kind, bool Sound>
  using sound_or_default = typename std::conditional_t<Sound, first_of_kind<Kind, Ps...>, default_policy<Kind>>::type;

 public:
  using system = sound_or_default<kind::system, sound_system<chosen<kind::system, Ps...>>>;
  using observer = sound_or_default<kind::observe, sound_observer<chosen<kind::observe, Ps...>>>;
  using snapshot_settings = sound_or_default<kind::snapshot, sound_snapshot<chosen<kind::snapshot, Ps...>, system>>;
  using journal_settings = sound_or_default<kind::journal, sound_journal<chosen<kind::journal, Ps...>, system>>;
  using publish_settings = sound_or_default<kind::publish, sound_publish<chosen<kind::publish, Ps...>, system>>;
  using durability_settings =
      sound_or_default<kind::durability, sound_durability<chosen<kind::durability, Ps...>, system>>;

  using snapshot_backend = typename snapshot_settings::template backend<system>;
  using journal_backend = typename journal_settings::template backend<system>;
  using publish_backend = typename publish_settings::template backend<system>;
  using durability_backend = typename durability_settings::template backend<system>;
};

/// Whether a value given to `open` will be used. One that is not would leave its giver with a promise nobody made. No
/// concept, because a compiler would explain at length which of six types it is not.
template <class T, class Parts>
inline constexpr bool is_part =
    std::same_as<T, typename Parts::system> || std::same_as<T, typename Parts::observer> ||
    std::same_as<T, typename Parts::snapshot_settings> || std::same_as<T, typename Parts::journal_settings> ||
    std::same_as<T, typename Parts::publish_settings> || std::same_as<T, typename Parts::durability_settings>;

template <class P, class... Given>
[[nodiscard]] P given_or_default(const Given&... given) {
  P value{};
  (
      [&] {
        if constexpr (std::same_as<P, Given>) value = given;
      }(),
      ...);
  return value;
}

}  // namespace commitpoint::detail
