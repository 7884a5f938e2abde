#pragma once

/// \file
/// A whole tree as a value, so that a test can say "exactly as before". It looks at the real file system by itself,
/// not through a System, so that it does not share a mistake with what it checks.

#include <commitpoint/path.hpp>
#include <commitpoint/result.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace commitpoint::testing {

/// What is left out of an image. Paths are plain and relative to the tree's root; the root itself is `.`.
struct tree_options {
  std::vector<std::string> ignored{};        ///< these paths and everything below them
  std::vector<std::string> ignored_times{};  ///< the modification times of these
  bool ignore_directory_times = false;       ///< the modification times of all directories
  std::uint64_t keep_content_up_to = 65536;  ///< bytes; of a larger file only a hash is kept
};

/// One name in a tree: everything that a restore has to bring back. Access and change times, inode numbers and the
/// sizes of directories are not part of it, and neither is which blocks are allocated.
struct tree_entry {
  std::uint32_t mode = 0;  ///< type and permission bits, as in `st_mode`
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::uint64_t size = 0;                           ///< 0 for what is not a regular file
  std::uint64_t hash = 0;                           ///< of the content, always
  std::string content{};                            ///< of a regular file that is not too large
  std::string target{};                             ///< of a symbolic link
  std::optional<std::int64_t> modified{};           ///< ns since the epoch; empty when ignored
  std::map<std::string, std::string> attributes{};  ///< extended attributes, ACLs among them
  std::string same_as{};                            ///< the first path in the tree that is the same file, if another

  bool operator==(const tree_entry&) const = default;
};

/// The names of a tree and what stands at each.
struct tree_image {
  std::map<std::string, tree_entry> entries{};

  bool operator==(const tree_image&) const = default;
  [[nodiscard]] bool has(const std::string& name) const { return entries.contains(name); }
};

/// Reads the tree at `root`. Nothing may change it meanwhile.
/// \errors the system's, with the path; a file that cannot be read is an error, since its image would hide a change
[[nodiscard]] result<tree_image> read_tree(const commitpoint::path& root, const tree_options& options = {});

/// What differs, a line for each difference; empty when the images are equal.
[[nodiscard]] std::vector<std::string> difference(const tree_image& before, const tree_image& after);

/// The same as one text.
[[nodiscard]] std::string difference_text(const tree_image& before, const tree_image& after);

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/tree_image.ipp>
#endif
