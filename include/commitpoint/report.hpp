#pragma once

/// \file
/// What a drain, or a mutation, has to tell beyond its result.

#include <commitpoint/failure.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace commitpoint {

/// One mutation that a crash left, and what is or was decided about it.
struct recovered_mutation {
  enum class decision : std::uint8_t { roll_back, roll_forward };
  std::uint64_t number = 0;
  std::string operation;
  decision decided = decision::roll_back;
};

/// Bytes that were displaced and might be a person's.
struct kept_file {
  std::string path;   ///< where they stood, relative to the root
  std::string place;  ///< where they are now, relative to the root
  std::string why;
};

/// Why recovery is blocked, and by which name to accept it.
struct blockage {
  std::string id;
  std::string reason;
  std::string evidence;  ///< the directory, relative to the root, that holds copies of what could not be used
};

/// What was found, what was done, what is left to look at.
struct report {
  std::vector<recovered_mutation> mutations;  ///< drained (or, from `coordinator::pending`, to be drained), by number
  std::vector<kept_file> kept;                ///< displaced bytes; purge them when they were looked at
  std::vector<std::string> edited_later;      ///< published paths that somebody changed afterwards; left alone
  std::vector<failure> failed_hooks;          ///< after_commit hooks that failed
  std::optional<blockage> blocked;            ///< set when nothing can go on before `accept`

  /// Whether there is nothing to tell.
  [[nodiscard]] bool empty() const noexcept {
    return mutations.empty() && kept.empty() && edited_later.empty() && failed_hooks.empty() && !blocked;
  }
};

}  // namespace commitpoint
