#pragma once

/// \file
/// Files whose names are written otherwise than they are asked for.

#include <filesystem>

namespace openkb {

/// The file that is meant: this one when it is there, and otherwise the one on whose way every name is the same but for
/// the way in which its accents are written. The path as it is when there is none.
[[nodiscard]] std::filesystem::path file_of_same_name(const std::filesystem::path& path);

}  // namespace openkb
