#pragma once

/// \file
/// The version of the library. The formats on disk have versions of their own (docs/formats/).

namespace commitpoint {

/// The version of the library, by semantic versioning.
struct version {
  static constexpr int major_part = 0;
  static constexpr int minor_part = 1;
  static constexpr int patch_part = 0;
  static constexpr const char* text = "0.1.0";
};

}  // namespace commitpoint
