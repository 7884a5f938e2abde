#pragma once

/// \file
/// What a publish step must do.

#include <commitpoint/system/concept.hpp>

#include <concepts>
#include <string>

namespace commitpoint::publish {

/// One new version on its way to its live name. Source and spare are in the same directory, and on the same device as
/// the target. The spare is a free name that the step may use; whatever is left at it is removed later.
template <class Handle>
struct move {
  const Handle& from;
  const std::string& source;
  const std::string& spare;
  const Handle& to;
  const std::string& target;
  bool ordered;  ///< whether renames reach the disk in order, so that the source need not be kept
};

/// The working part of a publish policy `P` is `P::template backend<S>`, made from the settings.
///
/// | member | contract |
/// | --- | --- |
/// | `prepare(system, move)` | before the commit point: everything of `put` that may need room or be refused |
/// | `put(system, move)` | the target has the new version; no reader sees it missing or half; the same call again after a crash in it succeeds |
///
/// Each member is a constraint of its own, so that the compiler names the first that is missing and no more.
template <class B, class S, class Settings>
concept PublishStep = std::constructible_from<B, const Settings&> &&
                      requires(const B& b, S& s, const move<typename S::handle>& m) {
                        { b.prepare(s, m) } -> std::same_as<result<void>>;
                      } && requires(const B& b, S& s, const move<typename S::handle>& m) {
                        { b.put(s, m) } -> std::same_as<result<void>>;
                      };

}  // namespace commitpoint::publish
