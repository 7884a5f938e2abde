#pragma once

/// \file
/// Files outside of the knowledge base. Each is read once, and hashed by the way: what is hashed, converted and
/// stored is one and the same copy, whatever happens to the file meanwhile.

#include "knowledge_base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

namespace openkb {

struct source_file {
  std::string bytes;
  std::string sha256;   ///< 64 hex digits
  std::string version;  ///< as `version_of` gives it
};

/// A file that was copied instead of held in memory.
struct copied_file {
  std::uint64_t size = 0;  ///< in bytes
  std::string sha256;      ///< 64 hex digits
  std::string version;     ///< as `version_of` gives it
};

/// \errors the system's; not_a_file (a directory, device, pipe, socket: never waited for); too_large.
[[nodiscard]] cp::result<source_file> read_source(const std::filesystem::path& file, std::uint64_t largest);

/// Copies a file, and hashes it by the way; only hashes it when `to` is empty. \errors as `read_source`; cancelled.
[[nodiscard]] cp::result<copied_file> copy_source(const std::filesystem::path& file, const std::filesystem::path& to,
                                                  std::uint64_t largest, const std::stop_token& stop);

/// What changes when a file is written or replaced; empty when there is none.
[[nodiscard]] std::string version_of(const std::filesystem::path& file);

/// Has the system write a file below a root to the disk that somebody else may just have made.
[[nodiscard]] cp::result<void> make_durable(const std::filesystem::path& root, const std::string& file);

/// Where a file is, absolute; the directories without links, the name itself as it was given, so that a link to the
/// newest version of something stays one place.
[[nodiscard]] cp::result<std::string> place_of(const std::filesystem::path& file);

}  // namespace openkb
