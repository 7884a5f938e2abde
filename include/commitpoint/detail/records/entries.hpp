#pragma once

/// \file
/// What journal records say: what can undo an effect in place, and what publishes a staged one. codec.hpp has their
/// bytes.

#include <commitpoint/detail/records/boxed.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/details.hpp>
#include <commitpoint/files/end.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/journal/record.hpp>
#include <commitpoint/publish/interface.hpp>
#include <commitpoint/snapshot/interface.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace commitpoint::detail {

/// How one effect in place is undone.
struct undo_entry {
  enum class way : std::uint8_t {
    restore_absence,  ///< protected or registered when nothing was there
    restore_file,
    restore_link,
    restore_tree,
    restore_length,
    remove_created,    ///< only the very inode that was registered
    remove_scratch,    ///< private: removed whatever is in it
    restore_database,  ///< by SQLite
    compensate,        ///< no file: by a function of the application's
  };
  journal::record_kind record = journal::record_kind::protect;
  way how = way::restore_absence;
  std::string path = {};
  std::string backup = {};                           ///< below the mutation's staging directory
  metadata about = {};                               ///< of what was there
  std::string compensation = {};                     ///< its name; there is no path then
  details arguments = {};                            ///< of the compensation
  version_state state = {};                          ///< of what was there, or of what was created
  std::int64_t changed = 0;                          ///< its ctime then: equal means untouched
  std::optional<std::int64_t> born = {};             ///< of what was there, or of what was created
  std::uint64_t links = 0;                           ///< how many names it had; 0: one, or it is not known
  snapshot::evidence evidence = {};                  ///< of the backup
  file_end end = {};                                 ///< of a file that only grows
  std::optional<std::int64_t> parent_modified = {};  ///< the time of the directory above, before
  std::uint64_t device = 0;                          ///< of the directory above, or of the tree itself; not in the
  std::uint64_t mount = 0;                           ///< journal, since a reboot or a move of the root changes both
  bool undone = false;                               ///< with a savepoint, while its owner lived, says a later record
};

/// One step of publishing, and how to know whether it was done.
struct redo_entry {
  enum class action : std::uint8_t {
    remove,            ///< a file or link goes to staging
    remove_directory,  ///< an empty directory
    make_directory,
    put,     ///< a staged file or link goes live
    append,  ///< staged bytes go to the end of a file
  };
  action what = action::put;
  std::string path = {};
  std::string source = {};   ///< below the mutation's staging directory: what goes live, or where what was live goes
  std::string sibling = {};  ///< instead of `source`, where the target is on another device: a root-relative path
  version_state pre = {};
  version_state post = {};
  boxed<metadata> about = {};  ///< for directories: what they get when everything below them is done
  file_end end = {};           ///< for appending
  std::uint64_t length = 0;    ///< for appending: how many bytes
  std::uint32_t mode = 0777;   ///< for a directory without `about`: its permission bits
  bool is_live_file = false;   ///< for `put`: `source` is another link to the file that is renamed
  std::string how = {};        ///< for `put`: the way of the publish step; empty is a rename
  std::string old = {};        ///< what is known of the old version, in staging: block sums, or the entries of a tree
  std::optional<std::uint32_t> live_mode = {};  ///< what a live file gets that is written to
  std::optional<std::int64_t> pre_born = {};    ///< with `pre` and `post` it tells a directory from its copy
  std::optional<std::int64_t> post_born = {};

  /// Whether publishing it changes a file that is live, and not only names.
  [[nodiscard]] bool writes_to_live_file() const { return what == action::append || how == publish::by_copy; }
};

}  // namespace commitpoint::detail
