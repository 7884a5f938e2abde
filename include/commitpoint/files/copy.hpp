#pragma once

/// \file
/// Copies of nodes and trees, exact in everything that is restored; and of parts of files.

#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>

namespace commitpoint::files {

/// Copies one file or link with its metadata; the copy must not exist.
[[nodiscard]] inline result<void> copy_node(system::door& system, const system::handle& from, const std::string& name,
                                            const system::handle& to, const std::string& copy) {
  BOOST_OUTCOME_TRY(const auto about, read_metadata(system, from, name));
  if (about.type == node::symlink) {
    BOOST_OUTCOME_TRYV(system.make_symlink(about.target, to, copy));
  } else if (about.type == node::regular) {
    BOOST_OUTCOME_TRY(const auto source, system.open(from, name, {}));
    BOOST_OUTCOME_TRY(const auto target, write_new_file(system, to, copy, {}, 0600));
    BOOST_OUTCOME_TRYV(copy_content(system, source, target));
  } else {
    return failure(make_error_code(errc::not_a_regular_file), name);
  }
  return apply_metadata(system, to, copy, about);
}

/// Copies a file, a link, or a directory with everything below it; the copy must not exist.
[[nodiscard]] inline result<void> copy_tree(system::door& system, const system::handle& from, const std::string& name,
                                            const system::handle& to, const std::string& copy) {
  BOOST_OUTCOME_TRY(const auto top, system.status(from, name));
  if (top.type != node::directory) return copy_node(system, from, name, to, copy);
  BOOST_OUTCOME_TRY(auto entries, entries_below(system, from, name));
  entries.insert(entries.begin(), tree_entry{name, top});
  for (const auto& [entry, status] : entries) {
    BOOST_OUTCOME_TRY(const auto target, locate(system, to, copy + entry.substr(name.size())));
    if (status.type == node::directory) {
      BOOST_OUTCOME_TRYV(system.make_directory(target.directory, target.name, 0700));
      continue;
    }
    BOOST_OUTCOME_TRY(const auto source, locate(system, from, entry));
    BOOST_OUTCOME_TRYV(copy_node(system, source.directory, source.name, target.directory, target.name));
  }
  for (auto e = entries.rbegin(); e != entries.rend(); ++e) {
    if (e->status.type != node::directory) continue;
    BOOST_OUTCOME_TRY(const auto source, locate(system, from, e->path));
    BOOST_OUTCOME_TRY(const auto about, read_metadata(system, source.directory, source.name));
    BOOST_OUTCOME_TRY(const auto target, locate(system, to, copy + e->path.substr(name.size())));
    BOOST_OUTCOME_TRYV(apply_metadata(system, target.directory, target.name, about));
  }
  return success();
}

/// Copies `length` bytes between two files, at any offsets.
[[nodiscard]] inline result<void> copy_range(system::door& system, const system::handle& from, std::uint64_t at,
                                             const system::handle& to, std::uint64_t offset, std::uint64_t length) {
  while (length > 0) {
    BOOST_OUTCOME_TRY(const auto bytes, read_range(system, from, at, std::min<std::uint64_t>(length, stream_block)));
    if (bytes.empty()) return failure(system_error(EIO)).because("the staged bytes are shorter than they were");
    BOOST_OUTCOME_TRYV(write_all(system, to, offset, bytes));
    at += bytes.size();
    offset += bytes.size();
    length -= bytes.size();
  }
  return success();
}

}  // namespace commitpoint::files
