#pragma once

/// \file
/// Files outside of the knowledge base. Each is read once, and hashed by the way: what is hashed, converted and
/// stored is one and the same copy, whatever happens to the file meanwhile.

#include "error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace openkb {

struct source_file {
  std::string bytes;
  std::string sha256;  ///< 64 hex digits
};

/// \errors the system's; not_a_file (a directory, device, pipe, socket: never waited for); too_large.
[[nodiscard]] cp::result<source_file> read_source(const std::filesystem::path& file, std::uint64_t largest);

/// Where a file is, absolute; the directories without links, the name itself as it was given, so that a link to the
/// newest version of something stays one place.
[[nodiscard]] cp::result<std::string> place_of(const std::filesystem::path& file);

}  // namespace openkb
