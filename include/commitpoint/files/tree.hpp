#pragma once

/// \file
/// Walking and removing whole trees, without recursion, so that no depth can exhaust the stack.

#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::files {

/// `directory/name`, or `name` in the root.
[[nodiscard]] inline std::string joined(std::string_view directory, std::string_view name) {
  std::string text(directory);
  if (!text.empty()) text += '/';
  return text += name;
}

/// One entry of a tree: its path relative to the handle that the walk began at.
struct tree_entry {
  std::string path;
  system::file_status status;
};

/// Everything below the directory `plain` (not itself), parents before children, names of a directory in order.
/// `before_listing(path)` is called before a directory is opened.
template <class F>
[[nodiscard]] result<std::vector<tree_entry>> entries_below(system::door& system, const system::handle& root,
                                                            const std::string& plain, F before_listing) {
  std::vector<tree_entry> found;
  std::string directory = plain;
  for (std::size_t next = 0;;) {
    BOOST_OUTCOME_TRYV(before_listing(directory));
    BOOST_OUTCOME_TRY(const auto opened, open_beneath(system, root, directory, {.directory = true}));
    BOOST_OUTCOME_TRY(auto names, system.list(opened));
    std::ranges::sort(names, {}, &system::directory_entry::name);
    for (const auto& [name, type] : names) {
      BOOST_OUTCOME_TRY(const auto status, system.status(opened, name));
      if (status.type != node::none) found.push_back({joined(directory, name), status});
    }
    while (next < found.size() && found[next].status.type != node::directory) ++next;
    if (next == found.size()) return found;
    directory = found[next++].path;
  }
}

[[nodiscard]] inline result<std::vector<tree_entry>> entries_below(system::door& system, const system::handle& root,
                                                                   const std::string& plain) {
  return entries_below(system, root, plain, [](const std::string&) -> result<void> { return success(); });
}

/// Gives a directory its owner's permissions, without which nothing can be taken out of it.
[[nodiscard]] inline result<void> make_accessible(system::door& system, const system::handle& directory,
                                                  const std::string& name, std::uint32_t mode) {
  if ((mode & 0700U) == 0700U) return success();
  BOOST_OUTCOME_TRY(const auto held, system.open(directory, name, {.access = system::open_how::access_mode::path}));
  return system.set_mode(held, (mode | 0700U) & 07777U);
}

/// `entries_below` of what is to be taken apart: on its file system, directories that keep their owner out let him in
/// again, and keep that.
[[nodiscard]] inline result<std::vector<tree_entry>> accessible_entries_below(system::door& system,
                                                                              const system::handle& root,
                                                                              const std::string& plain) {
  std::optional<std::uint64_t> device;
  return entries_below(system, root, plain, [&](const std::string& directory) -> result<void> {
    BOOST_OUTCOME_TRY(const auto at, locate(system, root, directory));
    BOOST_OUTCOME_TRY(const auto status, system.status(at.directory, at.name));
    if (!device) device = status.device;
    if (status.device != *device) return success();
    return make_accessible(system, at.directory, at.name, status.mode);
  });
}

/// Removes `name` in `directory` and everything below it; one that is not there is a success. Directories that lost
/// their owner's permissions get them back first.
[[nodiscard]] inline result<void> remove_tree(system::door& system, const system::handle& directory,
                                              const std::string& name) {
  BOOST_OUTCOME_TRY(const auto status, system.status(directory, name));
  if (status.type == node::none) return success();
  if (status.type != node::directory) return system.remove_file(directory, name);
  std::vector<std::string> directories{name};
  for (std::size_t i = 0; i < directories.size(); ++i) {
    auto opened = open_beneath(system, directory, directories[i], {.directory = true});
    if (!opened && opened.error() == std::errc::permission_denied) {
      BOOST_OUTCOME_TRY(const auto held, open_beneath(system, directory, directories[i], {.access = access::path}));
      BOOST_OUTCOME_TRYV(system.set_mode(held, 0700));
      opened = open_beneath(system, directory, directories[i], {.directory = true});
    }
    BOOST_OUTCOME_TRY(const auto held, std::move(opened));
    BOOST_OUTCOME_TRY(const auto about, system.status(held));
    if ((about.mode & 0700U) != 0700U) {
      BOOST_OUTCOME_TRYV(system.set_mode(held, 0700));
    }
    BOOST_OUTCOME_TRY(const auto names, system.list(held));
    for (const auto& [entry, type] : names) {
      auto kind_of = type;
      if (kind_of == node::other) {
        BOOST_OUTCOME_TRY(const auto s, system.status(held, entry));
        kind_of = s.type;
      }
      if (kind_of == node::directory) {
        directories.push_back(directories[i] + "/" + entry);
      } else {
        BOOST_OUTCOME_TRYV(system.remove_file(held, entry));
      }
    }
  }
  for (auto d = directories.rbegin(); d != directories.rend(); ++d) {
    BOOST_OUTCOME_TRY(const auto where, locate(system, directory, *d));
    BOOST_OUTCOME_TRYV(system.remove_directory(where.directory, where.name));
  }
  return success();
}

/// What stands at a root-relative path; type `none` also where a directory above is missing.
/// \errors outside_root when a directory above is a symbolic link.
[[nodiscard]] inline result<system::file_status> status_beneath(system::door& system, const system::handle& root,
                                                                const std::string& plain) {
  auto where = locate(system, root, plain);
  if (!where) {
    if (where.error() == std::errc::no_such_file_or_directory || where.error() == std::errc::not_a_directory) {
      return system::file_status{};
    }
    return std::move(where).error();
  }
  return system.status(where.value().directory, where.value().name);
}

}  // namespace commitpoint::files
