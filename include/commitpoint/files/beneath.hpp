#pragma once

/// \file
/// Containment: from the root's handle and a plain path to a handle, with nothing outside the root ever opened.
///
/// Paths were checked by `plain_path`, so they have no `..` and are not absolute; what is left to refuse is a symbolic
/// link in them. The kernel does that in one call where it can (openat2), and otherwise each component is opened by
/// itself, without following. Both ways give the same handle or the same error.

#include <commitpoint/failure.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/system/door.hpp>

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace commitpoint::files {

/// A name, and the directory it stands in. The directory is open for reading, so that it can be synced.
struct located {
  system::handle directory;
  std::string name;
};

/// Opens `plain` beneath `root`; an empty path is the root itself. As with `open`, a symbolic link as the last
/// component can be held with `path` access and not be opened otherwise.
/// \errors outside_root at a symbolic link; the system's codes for all else (ENOENT, ENOTDIR, EACCES, EEXIST ...).
/// The failure carries `plain`.
/// \source openat2(2), RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS; open(2), O_NOFOLLOW
[[nodiscard]] inline result<system::handle> open_beneath(system::door& s, const system::handle& root,
                                                         const std::string& plain, const system::open_how& how);

/// Opens the directory that `plain` stands in, whether or not there is something with its name. `plain` is not empty.
/// \errors as `open_beneath`; the failure carries `plain`.
[[nodiscard]] inline result<located> locate(system::door& s, const system::handle& root, const std::string& plain);

/// Whether a failure of these says that there is nothing at the path. All others may pass, and say nothing of it.
[[nodiscard]] inline bool says_absent(const failure& f) {
  return f == std::errc::no_such_file_or_directory || f == std::errc::not_a_directory || f == errc::outside_root;
}

// What follows is the implementation.

// How a component is held on the way. No right to read it is needed, as the kernel needs none either.
inline constexpr system::open_how on_the_way{.access = system::open_how::access_mode::path, .directory = true};

// ELOOP, EXDEV and, at a link where a directory was asked for, ENOTDIR all mean the same here.
[[nodiscard]] inline bool led_outside(system::door& s, const std::error_code& code, const system::handle& dir,
                                      const std::string& component) {
  if (code == std::errc::too_many_symbolic_link_levels || code == std::errc::cross_device_link) return true;
  if (code != std::errc::not_a_directory) return false;
  const auto there = s.status(dir, component);
  return there && there.value().type == system::node_type::symlink;
}

// One component. The failure says outside_root where it is a symbolic link.
[[nodiscard]] inline result<system::handle> open_component(system::door& s, const system::handle& dir,
                                                           const std::string& component, const system::open_how& how) {
  auto opened = s.open(dir, component, how);
  if (!opened && led_outside(s, opened.error().code, dir, component)) return errc::outside_root;
  return opened;
}

[[nodiscard]] inline result<system::handle> walk_beneath(system::door& s, const system::handle& root,
                                                         const std::string& plain, const system::open_how& how) {
  system::handle held;
  std::string_view rest = plain;
  for (auto slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
    const std::string component(rest.substr(0, slash));
    BOOST_OUTCOME_TRY(held, open_component(s, held ? held : root, component, on_the_way));
    rest.remove_prefix(slash + 1);
  }
  return open_component(s, held ? held : root, std::string(rest), how);
}

// The kernel's error in the words of the walk. Where the last component is a link that was to be a directory, the
// kernel says ENOTDIR, so it has to be looked at.
[[nodiscard]] inline failure explain_beneath(system::door& s, const system::handle& root, const std::string& plain,
                                             failure&& f) {
  if (f == std::errc::too_many_symbolic_link_levels || f == std::errc::cross_device_link) return errc::outside_root;
  if (f != std::errc::not_a_directory) return std::move(f);
  auto parent = s.open_beneath(root, parent_of(plain).empty() ? "." : std::string(parent_of(plain)), on_the_way);
  if (parent && led_outside(s, f.code, parent.value(), std::string(name_of(plain)))) return errc::outside_root;
  return std::move(f);
}

inline result<system::handle> open_beneath(system::door& s, const system::handle& root, const std::string& plain,
                                           const system::open_how& how) {
  const std::string& path_text = plain.empty() ? std::string(".") : plain;
  auto opened = s.open_beneath(root, path_text, how);
  if (opened) return opened;
  // A path may be too long for one call, and each of its components short enough.
  if (opened.error() == std::errc::function_not_supported || opened.error() == std::errc::filename_too_long) {
    opened = walk_beneath(s, root, path_text, how);
    if (opened) return opened;
    return std::move(opened).error().on(path_text);
  }
  return explain_beneath(s, root, path_text, std::move(opened).error()).on(path_text);
}

inline result<located> locate(system::door& s, const system::handle& root, const std::string& plain) {
  auto directory = open_beneath(s, root, std::string(parent_of(plain)), {.directory = true});
  if (directory) return located{std::move(directory).value(), std::string(name_of(plain))};
  return failure(directory.error().code, plain);
}

}  // namespace commitpoint::files
