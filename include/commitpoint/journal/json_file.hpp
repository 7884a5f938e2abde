#pragma once

/// \file
/// `journal::json_file`: one readable file a mutation, below `journal/` in the state directory.
/// What works on it is in json_backend.hpp.

#include <commitpoint/journal/interface.hpp>
#include <commitpoint/policy.hpp>

#include <cstdint>
#include <memory>

namespace commitpoint::journal {

/// The journal that a person can read: whoever looks after the tree sees what is pending with any editor. Every record
/// writes the whole file of its mutation again, so that a mutation with many records costs their number squared.
struct json_file {
  using kind = commitpoint::kind::journal;

  /// What the records of a running mutation can take, in bytes, before more room is set aside for settling them on a
  /// full disk; that much stands twice in the directory (at least 4,096). A new generation is wanted when the one that
  /// rules has so much in it.
  std::uint64_t reserve = std::uint64_t{16} * 1024;

  [[nodiscard]] result<std::unique_ptr<backend>> open(const place& where) const;
};

}  // namespace commitpoint::journal

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/journal/json_file.ipp>
#endif
