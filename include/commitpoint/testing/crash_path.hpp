#pragma once

/// \file
/// One crash after another, and how that is written: what a finding of an exploration is found again by.
///
///     57k         killed before the 57th change of the undisturbed run
///     57c0.2.1    power cut there; the answers to the questions of power_cut.hpp
///     57c0.2.1/9k the drain of that, or what its process does next, killed before its 9th change, and so on
///     57k+0       killed, and somebody makes edit 0 before the drain

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::testing {

/// One crash.
struct crash {
  std::size_t moment = 0;                    ///< counted from 1
  bool power_cut = false;                    ///< else a kill
  std::vector<std::uint32_t> survived = {};  ///< answers of power_cut.hpp
  std::optional<std::size_t> edit = {};      ///< what somebody does before the drain

  [[nodiscard]] std::string text() const;
};

/// Crashes, of which all but the first are crashes in the drain of the one before.
using crash_path = std::vector<crash>;

[[nodiscard]] std::string text_of(const crash_path& path);

/// The other way. Throws `std::invalid_argument` for what is no such text.
[[nodiscard]] crash_path parse_crashes(std::string_view text);

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/crash_path.ipp>
#endif
