#pragma once

/// \file
/// What every conformance check begins with: an empty directory, and a system that can be made to fail.

#include <commitpoint/path.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/handle.hpp>
#include <commitpoint/system/native.hpp>
#include <commitpoint/testing/conformance_report.hpp>
#include <commitpoint/testing/recording.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::testing {

/// The system that the suites hand to a policy: the machine's, recorded, with faults.
using suite_system = system::faulty<recording<system::native>>;

/// A directory for one check, with two directories `a` and `b` in it, and vocabulary to say what is in them.
class workbench {
 public:
  explicit workbench(const path& base);

  /// A whole file, made anew, with a time from long ago, as files have that were not written just now.
  void put(const system::handle& where, const std::string& name, std::string_view content);
  /// Writes into the file itself.
  void overwrite(const system::handle& where, const std::string& name, std::string_view content);
  [[nodiscard]] std::string content(const system::handle& where, const std::string& name);
  [[nodiscard]] bool has(const system::handle& where, const std::string& name);
  [[nodiscard]] std::vector<std::string> names(const system::handle& where);

  /// From the nth change on nothing changes any more, as if the process had ended there. Small transfers show what a
  /// reader may see in the middle of a write.
  void end_before_change(std::uint64_t nth, std::size_t largest_transfer = std::numeric_limits<std::size_t>::max());

  static constexpr std::int64_t long_ago = 1'000'000'000'123'456'789;

 private:
  temporary_directory directory_;

 public:
  system::native native;  ///< what is looked at through: nothing of it fails or is recorded
  suite_system system;
  system::handle root;
  system::handle a;
  system::handle b;
};

/// Where the suites work unless they are told: where a sync costs nothing, if there is such a place.
[[nodiscard]] path suite_place();

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/system/native.ipp>
#include <commitpoint/testing/workbench.ipp>
#endif
