#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/system/faulty.ipp>
#include <commitpoint/testing/conformance_report.ipp>
#include <commitpoint/testing/recording.ipp>
#include <commitpoint/testing/workbench.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::testing {

COMMITPOINT_INLINE workbench::workbench(const path& base)
    : directory_(base), root(system.open_root(directory_.path().native()).value()) {
  for (const auto* name : {"a", "b"}) native.make_directory(root, name, 0700).value();
  a = system.open(root, "a", {.directory = true}).value();
  b = system.open(root, "b", {.directory = true}).value();
}

COMMITPOINT_INLINE void workbench::put(const system::handle& where, const std::string& name, std::string_view content) {
  if (has(where, name)) native.remove_file(where, name).value();
  commitpoint::files::write_new_file(native, where, name, content, 0640).value();
  native.set_modified(where, name, long_ago).value();
}

COMMITPOINT_INLINE void workbench::overwrite(const system::handle& where, const std::string& name,
                                             std::string_view content) {
  const auto file =
      commitpoint::files::open_beneath(native, where, name, {.access = system::open_how::access_mode::read_write})
          .value();
  native.truncate(file, 0).value();
  commitpoint::files::write_all(native, file, 0, content).value();
}

COMMITPOINT_INLINE std::string workbench::content(const system::handle& where, const std::string& name) {
  const auto file = commitpoint::files::open_beneath(native, where, name, {}).value();
  return commitpoint::files::read_whole(native, file, std::uint64_t{1} << 30U).value();
}

COMMITPOINT_INLINE bool workbench::has(const system::handle& where, const std::string& name) {
  return native.status(where, name).value().type != system::node_type::none;
}

COMMITPOINT_INLINE std::vector<std::string> workbench::names(const system::handle& where) {
  std::vector<std::string> all;
  const auto listed = native.list(where).value();
  for (const auto& entry : listed) all.push_back(entry.name);
  std::ranges::sort(all);
  return all;
}

COMMITPOINT_INLINE void workbench::end_before_change(std::uint64_t nth, std::size_t largest_transfer) {
  system.arm({.nth = nth,
              .times = std::numeric_limits<std::uint64_t>::max(),
              .only_changes = true,
              .largest_transfer = largest_transfer});
}

COMMITPOINT_INLINE path suite_place() {
  system::native native;
  return native.open_root("/dev/shm") ? "/dev/shm" : "/tmp";
}

}  // namespace commitpoint::testing
