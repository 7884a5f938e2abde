#pragma once

/// \file
/// What a publish step must do.

#include <commitpoint/system/concept.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace commitpoint::publish {

/// The word for a way of publishing, as the journal has it: a drain of a program that was compiled with another policy
/// knows by it how to go on. What is published by `rename` has none.
inline constexpr std::string_view by_rename;
inline constexpr std::string_view by_exchange = "exchange";
inline constexpr std::string_view by_copy = "copy";

/// Behind the name of a spare: a second free name.
inline constexpr std::string_view half_suffix = ".half";

/// One new version on its way to its live name. Source and spare are in the same directory, and on the same device as
/// the directory of the target. The spare is a free name that the step may use, and so is that name with `half_suffix`
/// behind it, for a spare that is not whole yet; whatever is left at them is removed later.
template <class Handle>
struct move {
  const Handle& from;
  const std::string& source;
  const std::string& spare;
  const Handle& to;
  const std::string& target;
  bool ordered = false;       ///< whether renames reach the disk in order, so that the source need not be kept
  std::int64_t modified = 0;  ///< the time of the new version, ns since the epoch
  std::optional<std::uint32_t> mode = {};  ///< permission bits for a live file that is written to
};

/// The working part of a publish policy `P` is `P::template backend<S>`, made from the settings.
///
/// | member | contract |
/// | --- | --- |
/// | `prepare(system, move)` | before the commit point: everything of `put` that may need room or be refused |
/// | `put(system, move)` | the target has the new version; the same call again after a crash in it succeeds |
/// | `way()` | may be missing: the word for it in the journal. Without, a drain finishes by renaming |
/// | `replaces_directories()` | may be missing: whether a staged directory may take the place of a live one |
///
/// Each member is a constraint of its own, so that the compiler names the first that is missing and no more.
template <class B, class S, class Settings>
concept PublishStep = std::constructible_from<B, const Settings&> &&
    requires(const B& b, S& s, const move<typename S::handle>& m) {
  { b.prepare(s, m) } -> std::same_as<result<void>>;
} && requires(const B& b, S& s, const move<typename S::handle>& m) {
  { b.put(s, m) } -> std::same_as<result<void>>;
};

/// The word of a publish step; that of `rename` where it has none.
template <class B>
[[nodiscard]] std::string_view way_of(const B& step) {
  if constexpr (requires {
                  { step.way() } -> std::convertible_to<std::string_view>;
                })
    return step.way();
  return by_rename;
}

/// Whether a publish step can put a directory in the place of another.
template <class B>
[[nodiscard]] bool replaces_directories(const B& step) {
  if constexpr (requires {
                  { step.replaces_directories() } -> std::convertible_to<bool>;
                }) {
    return step.replaces_directories();
  }
  return false;
}

}  // namespace commitpoint::publish
