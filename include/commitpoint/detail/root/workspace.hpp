#pragma once

/// \file
/// The root and the state directory, opened and checked.

#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/system/door.hpp>

#include <nlohmann/json.hpp>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

/// The version of the state directory that this library writes.
inline constexpr int state_format = 1;

/// Names in the state directory (docs/formats/state_directory.md).
namespace names {
inline constexpr const char* format = "format";
inline constexpr const char* lock = "lock";
inline constexpr const char* turnstile = "lock.turnstile";
inline constexpr const char* staging = "staging";
inline constexpr const char* lease_lock = "lock";  // in the directory of a lease, as the next
inline constexpr const char* lease_files = "files";
inline constexpr const char* kept = "kept";
inline constexpr const char* quarantine = "quarantine";
inline constexpr const char* blocked = "blocked";
}  // namespace names

/// Handles that stay open as long as anything uses the coordinator. The state directory's handle is opened before
/// anything is written, so that no write-back error of its file system can be missed by a later sync.
struct workspace {
  system::handle root;
  system::handle state;
  system::handle staging;
  std::string root_path;        ///< absolute, for tools that know no handles
  std::string state_directory;  ///< relative to the root
  system::file_status state_status;
  bool ordered = false;  ///< whether renames in the state directory's file system reach the disk in order
};

[[nodiscard]] inline result<void> make_directory_if_missing(system::door& system, const system::handle& parent,
                                                            const std::string& name, std::uint32_t mode) {
  auto made = system.make_directory(parent, name, mode);
  if (!made && made.error() != std::errc::file_exists) return made;
  return success();
}

/// Opens the state directory, made with its parents if it is not there; what is made is durable when this returns.
[[nodiscard]] inline result<system::handle> open_state_directory(system::door& system, const system::handle& root,
                                                                 const std::string& plain) {
  auto there = open_beneath(system, root, plain, {.directory = true});
  if (there || there.error() != std::errc::no_such_file_or_directory) return there;
  for (std::size_t end = 0; end != std::string::npos;) {
    end = plain.find('/', end + 1);
    BOOST_OUTCOME_TRY(const auto where, locate(system, root, plain.substr(0, end)));
    BOOST_OUTCOME_TRYV(make_directory_if_missing(system, where.directory, where.name, 0700));
    BOOST_OUTCOME_TRYV(system.sync(where.directory));
  }
  return open_beneath(system, root, plain, {.directory = true});
}

/// Reads the `format` file and refuses what a newer version wrote.
[[nodiscard]] inline result<bool> check_format(system::door& system, const system::handle& state,
                                               const std::string& shown) {
  BOOST_OUTCOME_TRY(const auto status, system.status(state, names::format));
  if (status.type == node::none) return false;
  BOOST_OUTCOME_TRY(const auto file, system.open(state, names::format, {}));
  BOOST_OUTCOME_TRY(const auto text, read_whole(system, file, 4096));
  const auto parsed = nlohmann::json::parse(text, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("version") || !parsed["version"].is_number_integer()) {
    return failure(make_error_code(errc::needs_repair), shown, "this file is damaged; restore it from a copy");
  }
  if (parsed["version"].template get<std::int64_t>() > state_format) {
    return failure(make_error_code(errc::newer_format), shown,
                   "version " + parsed["version"].dump() + "; this library knows up to " +
                       std::to_string(state_format) + ": use a newer one");
  }
  return true;
}

/// Writes `format` under another name first, so that nobody sees half of it; whoever comes first wins.
[[nodiscard]] inline result<void> make_format(system::door& system, const system::handle& state) {
  const nlohmann::json content{{"version", state_format}, {"root", std::to_string(system.random())}};
  const auto temporary = "format." + std::to_string(system.random());
  return write_aside(system, state, names::format, temporary, content.dump() + "\n", system::rename_how::keep);
}

/// Opens a root and its state directory, which is made if it is not there.
/// \errors newer_format, and the system's own with the path that it stopped at.
[[nodiscard]] inline result<workspace> open_workspace(system::door& system, const std::string& root_path,
                                                      std::string_view state_directory) {
  BOOST_OUTCOME_TRY(auto plain, plain_path(state_directory));
  auto root = system.open_root(root_path);
  if (!root) return std::move(root).error().on(root_path);
  BOOST_OUTCOME_TRY(auto absolute, system.path_of(root.value()));
  auto opened = open_state_directory(system, root.value(), plain);
  if (!opened) return std::move(opened).error().on(plain);
  auto& state = opened.value();
  BOOST_OUTCOME_TRY(const auto known, check_format(system, state, joined(plain, names::format)));
  if (!known) {
    // Whoever made the directories may have ended before their entries were durable.
    for (auto above = parent_of(plain);; above = parent_of(above)) {
      BOOST_OUTCOME_TRY(const auto directory,
                        open_beneath(system, root.value(), std::string(above), {.directory = true}));
      BOOST_OUTCOME_TRYV(system.sync(directory));
      if (above.empty()) break;
    }
    BOOST_OUTCOME_TRYV(make_format(system, state));
  }
  auto staging = system.open(state, names::staging, {.directory = true});
  if (!staging && staging.error() == std::errc::no_such_file_or_directory) {
    BOOST_OUTCOME_TRYV(make_directory_if_missing(system, state, names::staging, 0700));
    BOOST_OUTCOME_TRYV(system.sync(state));
    staging = system.open(state, names::staging, {.directory = true});
  }
  if (!staging) return std::move(staging).error().on(joined(plain, names::staging));
  BOOST_OUTCOME_TRY(const auto status, system.status(state));
  const bool ordered = system.ordered_metadata(state);
  return workspace{std::move(root).value(),
                   std::move(opened).value(),
                   std::move(staging).value(),
                   std::move(absolute),
                   std::move(plain),
                   status,
                   ordered};
}

}  // namespace commitpoint::detail
