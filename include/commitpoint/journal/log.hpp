#pragma once

/// \file
/// `journal::log`: the append-only log in two files that are used in turn, one generation at a time.
/// What works on it is in log_backend.hpp.

#include <commitpoint/journal/interface.hpp>
#include <commitpoint/policy.hpp>

#include <cstdint>
#include <memory>

namespace commitpoint::journal {

/// The journal that costs one write and one sync a commit, however much the tree holds.
struct log {
  using kind = commitpoint::kind::journal;

  /// The step in which the files grow, in bytes (at least 4,096). When so much was used, the next mutation begins a new
  /// generation, so that each file has about this size, and room for the largest mutation of late.
  std::uint64_t preallocate = std::uint64_t{256} * 1024;

  [[nodiscard]] result<std::unique_ptr<backend>> open(const place& where) const;
};

}  // namespace commitpoint::journal
