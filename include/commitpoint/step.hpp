#pragma once

/// \file
/// The points of the protocol, in the order in which a mutation passes them. Failures carry one, observers hear
/// them, and a program may end itself at one to let a recovery be watched.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace commitpoint {

/// One point of the protocol. Each name says what is about to happen; `committed` is the first point after which a
/// crash is finished instead of undone.
enum class step : std::uint8_t {
  none,          ///< outside the protocol: an argument, a call on a handle that owns nothing; for observers, its end
  open,          ///< opening the root and the state directory
  lock,          ///< waiting for the turnstile and the lock
  drain_read,    ///< reading the journal
  drain_verify,  ///< checking everything that the decisions need; nothing live was touched
  drain_decide,  ///< making the decisions durable, before the first live effect
  drain_undo,    ///< undoing one uncommitted mutation
  drain_redo,    ///< finishing one committed mutation
  drain_finish,  ///< removing what the drained mutations left in the state directory
  begin,         ///< a mutation begins
  snapshot,      ///< saving a live path before it is written in place
  undo_record,   ///< making an undo record durable
  body,          ///< the caller's body runs
  stage,         ///< writing one new version off to the side
  sibling,       ///< writing a new version beside a target on another device
  barrier,       ///< making everything durable that was staged or written in place
  check,         ///< checking expectations and targets, immediately before the commit record
  commit,        ///< writing the commit record
  committed,     ///< the commit record is durable; nothing is published yet
  publish,       ///< one path goes live
  published,     ///< every path is live
  hooks,         ///< the after_commit hooks
  rolling_back,  ///< a failure before the commit point; nothing is undone yet
  undo,          ///< undoing one effect
  rolled_back,   ///< every effect is undone and durable
  retire,        ///< removing backups and staging
  release,       ///< giving the lock back
};

/// The names of all steps, by value.
inline constexpr std::array<std::string_view, 27> step_names{
    "none",       "open",         "lock",  "drain-read",  "drain-verify", "drain-decide", "drain-undo",
    "drain-redo", "drain-finish", "begin", "snapshot",    "undo-record",  "body",         "stage",
    "sibling",    "barrier",      "check", "commit",      "committed",    "publish",      "published",
    "hooks",      "rolling-back", "undo",  "rolled-back", "retire",       "release"};

/// The name of a step, as `--crash-at` and traces spell it.
[[nodiscard]] constexpr std::string_view to_string(step s) noexcept { return step_names[static_cast<std::size_t>(s)]; }

/// The step with this name, or nothing.
[[nodiscard]] constexpr std::optional<step> step_from(std::string_view name) noexcept {
  for (std::size_t i = 0; i < step_names.size(); ++i) {
    if (step_names[i] == name) return static_cast<step>(i);
  }
  return std::nullopt;
}

}  // namespace commitpoint
