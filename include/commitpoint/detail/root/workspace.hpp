#pragma once

/// \file
/// The root and the state directory, opened and checked.

#include <commitpoint/codec/flat_json.hpp>
#include <commitpoint/detail/root/group_door.hpp>
#include <commitpoint/detail/root/trusted_owners.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/system/door.hpp>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
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
  bool is_shared = false;  ///< by a group that is trusted: group_door.hpp
  system::file_status root_status;
  bool ordered = false;             ///< whether renames in the state directory's file system reach the disk in order
  bool counts_directories = false;  ///< whether the link count of `staging` says how many directories are in it
  std::string root_id = {};         ///< of this root and its copies; empty where `format` says none
};

/// A file of the state directory, opened, and what was found out about it then.
struct own_file {
  system::handle handle;
  system::file_status status;
};

/// Opens a file of the state directory; whatever else somebody has put there is neither waited for nor read.
/// \errors not_a_regular_file; the system's. Each carries the path.
[[nodiscard]] inline result<own_file> open_own(system::door& system, const system::handle& state, const char* name,
                                               const system::open_how& how, const std::string& state_directory) {
  const auto shown = joined(state_directory, name);
  const auto not_a_file = [&] {
    return failure(make_error_code(errc::not_a_regular_file), shown,
                   "nothing but a regular file belongs there: remove it while no program has the root open");
  };
  auto opened = system.open(state, name, how);
  if (!opened) {
    const auto there = system.status(state, name);
    const bool is_file = !there || there.value().type == node::regular || there.value().type == node::none;
    return is_file ? std::move(opened).error().on(shown) : not_a_file();
  }
  auto status = system.status(opened.value());
  if (!status) return std::move(status).error().on(shown);
  if (status.value().type != node::regular) return not_a_file();
  return own_file{std::move(opened).value(), status.value()};
}

/// The content of a small one; nothing where it is not there.
/// \errors as `open_own`; EFBIG.
[[nodiscard]] inline result<std::optional<std::string>> read_own(system::door& system, const system::handle& state,
                                                                 const char* name, std::uint64_t limit,
                                                                 const std::string& state_directory) {
  auto file = open_own(system, state, name, {}, state_directory);
  if (!file && file.error() == std::errc::no_such_file_or_directory) return std::optional<std::string>{};
  if (!file) return std::move(file).error();
  auto text = read_whole(system, file.value().handle, limit);
  if (!text) return std::move(text).error().on(joined(state_directory, name));
  return std::optional<std::string>(std::move(text).value());
}

/// Whether the state directory's name leads from the root to the one that is open.
[[nodiscard]] inline result<bool> state_is_in_its_place(system::door& system, const workspace& where) {
  const bool is_deep = where.state_directory.find('/') != std::string::npos;
  auto there = is_deep ? status_beneath(system, where.root, where.state_directory)
                       : system.status(where.root, where.state_directory);
  if (!there && there.error() == errc::outside_root) return false;
  if (!there) return std::move(there).error().on(where.state_directory);
  return there.value().inode == where.state_status.inode && there.value().device == where.state_status.device;
}

[[nodiscard]] inline failure state_was_moved(const workspace& where) {
  return {make_error_code(errc::not_owner), where.state_directory,
          "the state directory was removed, moved or replaced: open the root again"};
}

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

/// Reads the `format` file and refuses what a newer version wrote. Gives the id that tells a root from all others but
/// its own copies, empty where the file says none; nothing where there is no file.
[[nodiscard]] inline result<std::optional<std::string>> check_format(system::door& system, const system::handle& state,
                                                                     const std::string& state_directory) {
  BOOST_OUTCOME_TRY(const auto text, read_own(system, state, names::format, 4096, state_directory));
  if (!text) return std::optional<std::string>{};
  const auto shown = joined(state_directory, names::format);
  const auto parsed = codec::flat_object::from(*text);
  const auto version = parsed ? parsed->number("version") : std::nullopt;
  if (!version) {
    return failure(make_error_code(errc::needs_repair), shown, "this file is damaged; restore it from a copy");
  }
  if (*version > state_format) {
    return failure(make_error_code(errc::newer_format), shown,
                   "version " + std::to_string(*version) + "; this library knows up to " +
                       std::to_string(state_format) + ": use a newer one");
  }
  return std::optional<std::string>(parsed->text("root").value_or(std::string()));
}

/// Writes `format` under another name first, so that nobody sees half of it; whoever comes first wins.
[[nodiscard]] inline result<void> make_format(system::door& system, const system::handle& state) {
  const auto content =
      codec::object_text().text("root", std::to_string(system.random())).number("version", state_format).done();
  const auto temporary = "format." + std::to_string(system.random());
  return write_aside(system, state, names::format, temporary, content + "\n", system::rename_how::keep);
}

/// Gives a state directory of this user's to the group that is to share it, and so the directories on the way to it
/// that are closed to everybody else, as they are where they were made for it.
[[nodiscard]] inline result<void> share(system::door& system, const system::handle& root, const std::string& plain,
                                        std::uint32_t group) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = plain.find('/', end + 1);
    const auto prefix = plain.substr(0, end);
    BOOST_OUTCOME_TRY(const auto directory, open_beneath(system, root, prefix, {.directory = true}));
    BOOST_OUTCOME_TRY(const auto made, system.status(directory));
    const bool is_closed = (made.mode & 0077U) == 0;
    if (made.user != system.user() || (end != std::string::npos && !is_closed)) continue;
    BOOST_OUTCOME_TRY(const auto at, locate(system, root, prefix));
    if (made.group != group) {
      BOOST_OUTCOME_TRYV(system.set_owner(at.directory, at.name, made.user, group));
    }
    BOOST_OUTCOME_TRYV(system.set_mode(directory, 02770));
  }
  return success();
}

/// Opens a root and its state directory, which is made if it is not there.
/// \errors newer_format; untrusted_owner where something would have to be made in another user's state directory; and
/// the system's own with the path that it stopped at.
[[nodiscard]] inline result<workspace> open_workspace(system::door& plain_door, const std::string& root_path,
                                                      std::string_view state_directory, const trust& trusted = {}) {
  BOOST_OUTCOME_TRY(auto plain, plain_path(state_directory));
  auto root = plain_door.open_root(root_path);
  if (!root) return std::move(root).error().on(root_path);
  BOOST_OUTCOME_TRY(auto absolute, plain_door.path_of(root.value()));
  auto opened = open_state_directory(plain_door, root.value(), plain);
  if (!opened) return std::move(opened).error().on(plain);
  auto& state = opened.value();
  BOOST_OUTCOME_TRY(auto root_id, check_format(plain_door, state, plain));
  if (!root_id && trusted.group) {
    auto shared = share(plain_door, root.value(), plain, *trusted.group);
    if (!shared) return std::move(shared).error().on(plain);
  }
  BOOST_OUTCOME_TRY(const auto root_status, plain_door.status(root.value()));
  BOOST_OUTCOME_TRY(const auto status, plain_door.status(state));
  const bool shared = is_shared(status, root_status, trusted);
  group_door for_group(std::shared_ptr<system::door>(std::shared_ptr<void>(), &plain_door));
  system::door& system = shared ? for_group : plain_door;
  const trusted_owners owners(system, root.value(), state, plain, trusted);
  if (!root_id) {
    BOOST_OUTCOME_TRYV(owners.check_directory());
    // Whoever made the directories may have ended before their entries were durable.
    for (auto above = parent_of(plain);; above = parent_of(above)) {
      BOOST_OUTCOME_TRY(const auto directory,
                        open_beneath(system, root.value(), std::string(above), {.directory = true}));
      BOOST_OUTCOME_TRYV(system.sync(directory));
      if (above.empty()) break;
    }
    BOOST_OUTCOME_TRYV(make_format(system, state));
    BOOST_OUTCOME_TRY(root_id, check_format(system, state, plain));
  }
  auto staging = system.open(state, names::staging, {.directory = true});
  if (!staging && staging.error() == std::errc::no_such_file_or_directory) {
    BOOST_OUTCOME_TRYV(owners.check_directory());
    BOOST_OUTCOME_TRYV(make_directory_if_missing(system, state, names::staging, 0700));
    BOOST_OUTCOME_TRYV(system.sync(state));
    staging = system.open(state, names::staging, {.directory = true});
  }
  if (!staging) return std::move(staging).error().on(joined(plain, names::staging));
  const bool ordered = system.ordered_metadata(state);
  const bool counts = system.counts_subdirectories(staging.value());
  return workspace{std::move(root).value(),
                   std::move(opened).value(),
                   std::move(staging).value(),
                   std::move(absolute),
                   std::move(plain),
                   status,
                   shared,
                   root_status,
                   ordered,
                   counts,
                   std::move(root_id).value_or(std::string())};
}

}  // namespace commitpoint::detail
