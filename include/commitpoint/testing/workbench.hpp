#pragma once

/// \file
/// What every conformance check begins with: an empty directory, and a system that can be made to fail.

#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>
#include <commitpoint/testing/conformance_report.hpp>
#include <commitpoint/testing/recording.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <algorithm>
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
  using handle = suite_system::handle;

  explicit workbench(const path& base) : directory_(base), root(system.open_root(directory_.path().native()).value()) {
    for (const auto* name : {"a", "b"}) native.make_directory(root, name, 0700).value();
    a = system.open(root, "a", {.directory = true}).value();
    b = system.open(root, "b", {.directory = true}).value();
  }

  /// A whole file, made anew, with a time from long ago, as files have that were not written just now.
  void put(const handle& where, const std::string& name, std::string_view content) {
    if (has(where, name)) native.remove_file(where, name).value();
    detail::write_new_file(native, where, name, content, 0640).value();
    native.set_modified(where, name, long_ago).value();
  }
  /// Writes into the file itself.
  void overwrite(const handle& where, const std::string& name, std::string_view content) {
    const auto file =
        commitpoint::detail::open_beneath(native, where, name, {.access = system::open_how::access_mode::read_write})
            .value();
    native.truncate(file, 0).value();
    detail::write_all(native, file, 0, content).value();
  }
  [[nodiscard]] std::string content(const handle& where, const std::string& name) {
    const auto file = commitpoint::detail::open_beneath(native, where, name, {}).value();
    return commitpoint::detail::read_whole(native, file, std::uint64_t{1} << 30U).value();
  }
  [[nodiscard]] bool has(const handle& where, const std::string& name) {
    return native.status(where, name).value().type != system::node_type::none;
  }
  [[nodiscard]] std::vector<std::string> names(const handle& where) {
    std::vector<std::string> all;
    const auto listed = native.list(where).value();
    for (const auto& entry : listed) all.push_back(entry.name);
    std::ranges::sort(all);
    return all;
  }

  /// From the nth change on nothing changes any more, as if the process had ended there. Small transfers show what a
  /// reader may see in the middle of a write.
  void end_before_change(std::uint64_t nth, std::size_t largest_transfer = std::numeric_limits<std::size_t>::max()) {
    system.arm({.nth = nth,
                .times = std::numeric_limits<std::uint64_t>::max(),
                .only_changes = true,
                .largest_transfer = largest_transfer});
  }

  static constexpr std::int64_t long_ago = 1'000'000'000'123'456'789;

 private:
  temporary_directory directory_;

 public:
  system::native native;  ///< what is looked at through: nothing of it fails or is recorded
  suite_system system;
  handle root;
  handle a;
  handle b;
};

/// Where the suites work unless they are told: where a sync costs nothing, if there is such a place.
[[nodiscard]] inline path suite_place() {
  const system::native native;
  return native.open_root("/dev/shm") ? "/dev/shm" : "/tmp";
}

}  // namespace commitpoint::testing
