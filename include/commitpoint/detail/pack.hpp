#pragma once

/// \file
/// From a pack of policies, in any order, to one working part of each kind; and what is said of a pack that is wrong.

#include <commitpoint/durability/interface.hpp>
#include <commitpoint/fwd.hpp>
#include <commitpoint/journal/interface.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/observe/interface.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/publish/interface.hpp>
#include <commitpoint/snapshot/interface.hpp>
#include <commitpoint/system/door.hpp>
#include <commitpoint/working_parts.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace commitpoint::detail {

// Whether a type is more than declared.
template <class T>
inline constexpr bool is_complete = requires {
  sizeof(T);
};
// A type, or one that says nothing in its place.
template <class T>
using complete_or_int = std::conditional_t<is_complete<T>, T, int>;

// The kind that a type says it is of; `void` for what is no policy.
template <class T>
struct kind_in {
  using type = void;
};
template <class T>
  requires requires { typename T::kind; }
struct kind_in<T> {
  using type = typename T::kind;
};
template <class T>
using kind_of = typename kind_in<T>::type;

template <class T>
inline constexpr bool any_policy =
    std::same_as<kind_of<T>, kind::snapshot> || std::same_as<kind_of<T>, kind::journal> ||
    std::same_as<kind_of<T>, kind::publish> || std::same_as<kind_of<T>, kind::durability> ||
    std::same_as<kind_of<T>, kind::observe> || std::same_as<kind_of<T>, kind::system>;

template <class Kind, class... Ps>
inline constexpr std::size_t count_of_kind = (std::size_t{std::same_as<kind_of<Ps>, Kind>} + ... + 0);

// The first policy of a kind in the pack, or the default. That of an incomplete one as well, of which `coordinator`
// says what it lacks, so that nothing else is said.
template <class Kind, class... Ps>
struct first_of_kind : default_policy<Kind> {};
template <class Kind, class Chosen, class... Ps>
struct first_of_kind<Kind, Chosen, Ps...>
    : std::conditional_t<std::same_as<kind_of<Chosen>, Kind> && !std::is_abstract_v<complete_or_int<Chosen>>,
                         std::type_identity<Chosen>, first_of_kind<Kind, Ps...>> {};

// What a body is handed by owners of a coordinator with this journal policy.
template <class Journal>
struct mutation_of {
  using type = mutation;
};
template <class Journal>
  requires requires { typename Journal::mutation_type; }
struct mutation_of<Journal> {
  using type = typename Journal::mutation_type;
};

template <class Interface, class Chosen>
concept makes = requires(const Chosen& policy) {
  { policy.make() } -> std::convertible_to<std::shared_ptr<Interface>>;
};
template <class Chosen>
concept has_open = requires(const Chosen& policy, const journal::place& where) {
  { policy.open(where) } -> std::same_as<result<std::unique_ptr<journal::backend>>>;
};
// What is asserted is no concept: a compiler would explain at length what is not satisfied, and the message says it.
template <class Chosen>
inline constexpr bool opens_journals = has_open<Chosen>;
template <class O>
inline constexpr bool hears_events = observe::Observer<O>;

// Whether a policy gives a working part in one of the two ways.
template <class Interface, class Chosen>
inline constexpr bool gives = std::derived_from<Chosen, Interface> || makes<Interface, Chosen>;

// The working part of a policy: a copy of it, or what it makes. Nothing where the policy does neither.
template <class Interface, class Chosen>
[[nodiscard]] std::shared_ptr<Interface> working_part(const Chosen& policy) {
  if constexpr (std::derived_from<Chosen, Interface>) {
    return std::shared_ptr<Interface>(new Chosen(policy));
  } else if constexpr (makes<Interface, Chosen>) {
    return policy.make();
  } else {
    return nullptr;
  }
}

// The value that was given for a policy, or a default-made one.
template <class Chosen>
[[nodiscard]] Chosen given_or_default() {
  return Chosen{};
}
template <class Chosen, class First, class... Rest>
[[nodiscard]] Chosen given_or_default(const First& first, const Rest&... rest) {
  if constexpr (std::same_as<Chosen, First>) {
    return first;
  } else {
    return given_or_default<Chosen>(rest...);
  }
}

template <class O>
[[nodiscard]] std::shared_ptr<const observe::observer> listening(const O& observer) {
  if constexpr (!std::same_as<O, observe::nothing> && observe::Observer<O>) {
    return std::make_shared<observe::calling<O>>(observer);
  } else {
    return nullptr;
  }
}
template <class O>
[[nodiscard]] const O& callable_of(const observe::observer* listening) noexcept {
  if constexpr (std::same_as<O, observe::nothing>) {
    static constexpr O none{};
    return none;
  } else {
    return static_cast<const observe::calling<O>*>(listening)->callable();
  }
}

/// One policy of each kind, and what they make. Each kind has one error for a policy that is none.
template <class... Ps>
struct chosen_policies {
  using system = typename first_of_kind<kind::system, Ps...>::type;
  using snapshot = typename first_of_kind<kind::snapshot, Ps...>::type;
  using journal = typename first_of_kind<kind::journal, Ps...>::type;
  using publish = typename first_of_kind<kind::publish, Ps...>::type;
  using durability = typename first_of_kind<kind::durability, Ps...>::type;
  using observer = typename first_of_kind<kind::observe, Ps...>::type;

  static_assert(std::is_base_of_v<commitpoint::system::door, system>,
                "commitpoint: the system policy does not derive from commitpoint::system::door");
  static_assert(gives<commitpoint::snapshot::strategy, snapshot>,
                "commitpoint: the snapshot policy neither derives from commitpoint::snapshot::strategy nor has "
                "'std::unique_ptr<commitpoint::snapshot::strategy> make() const'");
  static_assert(opens_journals<journal>,
                "commitpoint: the journal policy lacks 'commitpoint::result<std::unique_ptr<commitpoint::journal::"
                "backend>> open(const commitpoint::journal::place&) const'");
  static_assert(gives<commitpoint::publish::way, publish>,
                "commitpoint: the publish policy neither derives from commitpoint::publish::way nor has "
                "'std::unique_ptr<commitpoint::publish::way> make() const'");
  static_assert(gives<commitpoint::durability::promise, durability>,
                "commitpoint: the durability policy neither derives from commitpoint::durability::promise nor has "
                "'std::unique_ptr<commitpoint::durability::promise> make() const'");
  static_assert(hears_events<observer>,
                "commitpoint: the observe policy lacks 'void operator()(const commitpoint::observe::event&) const'");

  template <class... Values>
  [[nodiscard]] static working_parts make(const Values&... values) {
    working_parts parts;
    parts.system = working_part<commitpoint::system::door>(given_or_default<system>(values...));
    parts.snapshot = working_part<commitpoint::snapshot::strategy>(given_or_default<snapshot>(values...));
    parts.open_journal = [policy = given_or_default<journal>(values...)](const commitpoint::journal::place& where) {
      return policy.open(where);
    };
    parts.publish = working_part<commitpoint::publish::way>(given_or_default<publish>(values...));
    parts.durability = working_part<commitpoint::durability::promise>(given_or_default<durability>(values...));
    parts.observer = listening(given_or_default<observer>(values...));
    return parts;
  }
};

/// Whether a value given to `open` will be used. One that is not would leave its giver with a promise nobody made. No
/// concept, because a compiler would explain at length which of six types it is not.
template <class T, class Chosen>
inline constexpr bool is_chosen =
    std::same_as<T, typename Chosen::system> || std::same_as<T, typename Chosen::observer> ||
    std::same_as<T, typename Chosen::snapshot> || std::same_as<T, typename Chosen::journal> ||
    std::same_as<T, typename Chosen::publish> || std::same_as<T, typename Chosen::durability>;

}  // namespace commitpoint::detail
