#pragma once

/// \file
/// The bodies of journal records: what can undo an effect in place, and what publishes a staged one. What comes from
/// a journal is not believed: every path and name in it is checked as a caller's would be.

#include <commitpoint/codec/crc32c.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/journal/record.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/publish/interface.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace commitpoint::detail {

/// A root-relative path from a journal.
[[nodiscard]] inline std::string journaled_path(const nlohmann::json& j, const char* key) {
  auto text = j.at(key).get<std::string>();
  const auto plain = plain_path(text);
  if (!plain || plain.value() != text) throw bad_record("it names the path '" + text + "'");
  return text;
}

/// A path below the mutation's own staging directory, from a journal; may be absent.
[[nodiscard]] inline std::string journaled_name(const nlohmann::json& j, const char* key) {
  return j.contains(key) ? journaled_path(j, key) : std::string{};
}

/// The name of a backup, one component: it is opened and linked as a name, which follows links before the last one.
[[nodiscard]] inline std::string journaled_backup(const nlohmann::json& j, const char* key) {
  auto text = journaled_name(j, key);
  if (text.find('/') != std::string::npos) throw bad_record("its backup '" + text + "' is not a name");
  return text;
}

/// What stood at the end of a file: enough to know again whether what precedes an appended part is what was there.
struct file_end {
  std::uint64_t offset = 0;  ///< where the appended part begins
  std::uint64_t window = 0;  ///< how many bytes before it the checksum covers
  std::uint32_t sum = 0;     ///< their CRC32C
};

/// The largest `file_end::window`, so that appending costs what is appended.
inline constexpr std::uint64_t largest_window = 4096;

inline void to_json(nlohmann::json& j, const file_end& e) {
  j = {{"offset", e.offset}, {"window", e.window}, {"crc32c", e.sum}};
}
inline void from_json(const nlohmann::json& j, file_end& e) {
  e = {j.at("offset").get<std::uint64_t>(), j.at("window").get<std::uint64_t>(), j.at("crc32c").get<std::uint32_t>()};
  if (e.window > largest_window || e.window > e.offset) throw bad_record("its window is impossible");
}

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
  nlohmann::json arguments = nullptr;                ///< of the compensation
  version_state state = {};                          ///< of what was there, or of what was created
  std::int64_t changed = 0;                          ///< its ctime then: equal means untouched
  std::optional<std::int64_t> born = {};             ///< of what was created
  nlohmann::json evidence = nullptr;                 ///< of the backup
  file_end end = {};                                 ///< of a file that only grows
  std::optional<std::int64_t> parent_modified = {};  ///< the time of the directory above, before
  std::uint64_t device = 0;                          ///< of the directory above, or of the tree itself; not in the
  std::uint64_t mount = 0;                           ///< journal, since a reboot or a move of the root changes both
  bool undone = false;                               ///< with a savepoint, while its owner lived, says a later record
};

NLOHMANN_JSON_SERIALIZE_ENUM(undo_entry::way, {{undo_entry::way::restore_absence, "absent"},
                                               {undo_entry::way::restore_file, "file"},
                                               {undo_entry::way::restore_link, "symlink"},
                                               {undo_entry::way::restore_tree, "tree"},
                                               {undo_entry::way::restore_length, "appended"},
                                               {undo_entry::way::remove_created, "created"},
                                               {undo_entry::way::remove_scratch, "scratch"},
                                               {undo_entry::way::restore_database, "sqlite"},
                                               {undo_entry::way::compensate, "compensate"}})

inline void to_json(nlohmann::json& j, const undo_entry& u) {
  using way = undo_entry::way;
  if (u.how == way::compensate) {
    j = {{"how", u.how}, {"name", u.compensation}, {"arguments", u.arguments}};
    return;
  }
  j = {{"path", u.path}, {"how", u.how}};
  if (u.parent_modified) j["parent_modified"] = *u.parent_modified;
  if (!u.backup.empty()) j["backup"] = u.backup;
  if (!u.evidence.is_null()) j["evidence"] = u.evidence;
  if (u.how == way::restore_length) j["end"] = u.end;
  if (u.how == way::restore_file || u.how == way::restore_link || u.how == way::restore_tree ||
      u.how == way::restore_length || u.how == way::restore_database) {
    j["metadata"] = u.about;
  }
  if (u.how == way::restore_file || u.how == way::restore_length || u.how == way::remove_created ||
      (u.how == way::remove_scratch && u.state.inode != 0)) {
    j["state"] = u.state;
    j["changed"] = u.changed;
  }
  if (u.born) j["born"] = *u.born;
}

inline void from_json(const nlohmann::json& j, undo_entry& u) {
  using way = undo_entry::way;
  u.how = j.at("how").get<way>();
  // An unknown word would become the first enumerator.
  if (nlohmann::json(u.how) != j.at("how")) throw bad_record("it undoes in an unknown way");
  if (u.how == way::compensate) {
    u.compensation = j.at("name").get<std::string>();
    u.arguments = j.at("arguments");
    return;
  }
  u.path = journaled_path(j, "path");
  if (j.contains("parent_modified")) u.parent_modified = j["parent_modified"].get<std::int64_t>();
  u.backup = journaled_backup(j, "backup");
  if (j.contains("evidence")) u.evidence = j["evidence"];
  if (j.contains("end")) u.end = j["end"].get<file_end>();
  if (j.contains("metadata")) u.about = j["metadata"].get<metadata>();
  if (j.contains("state")) u.state = j["state"].get<version_state>();
  u.changed = j.value("changed", std::int64_t{0});
  if (j.contains("born")) u.born = j["born"].get<std::int64_t>();
  const bool has_backup = u.how == way::restore_file || u.how == way::restore_tree || u.how == way::restore_database;
  if (has_backup && u.backup.empty()) {
    throw bad_record("it names no backup");
  }
}

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
  std::optional<metadata> about = {};  ///< for directories: what they get when everything below them is done
  file_end end = {};                   ///< for appending
  std::uint64_t length = 0;            ///< for appending: how many bytes
  std::uint32_t mode = 0777;           ///< for a directory without `about`: its permission bits
  bool is_live_file = false;           ///< for `put`: `source` is another link to the file that is renamed
  std::string how = {};                ///< for `put`: the way of the publish step; empty is a rename
  std::string old = {};  ///< what is known of the old version, in staging: block sums, or the entries of a tree
  std::optional<std::uint32_t> live_mode = {};  ///< what a live file gets that is written to
  std::optional<std::int64_t> pre_born = {};    ///< with `pre` and `post` it tells a directory from its copy
  std::optional<std::int64_t> post_born = {};

  /// Whether publishing it changes a file that is live, and not only names.
  [[nodiscard]] bool writes_to_live_file() const { return what == action::append || how == publish::by_copy; }
};

NLOHMANN_JSON_SERIALIZE_ENUM(redo_entry::action, {{redo_entry::action::remove, "remove"},
                                                  {redo_entry::action::remove_directory, "remove-directory"},
                                                  {redo_entry::action::make_directory, "make-directory"},
                                                  {redo_entry::action::put, "put"},
                                                  {redo_entry::action::append, "append"}})

inline void to_json(nlohmann::json& j, const redo_entry& r) {
  j = {{"do", r.what}, {"path", r.path}, {"pre", r.pre}, {"post", r.post}};
  if (!r.source.empty()) j["source"] = r.source;
  if (!r.sibling.empty()) j["sibling"] = r.sibling;
  if (r.about) j["metadata"] = *r.about;
  if (r.what == redo_entry::action::make_directory) j["mode"] = r.mode;
  if (r.what == redo_entry::action::append) {
    j["end"] = r.end;
    j["length"] = r.length;
  }
  if (r.is_live_file) j["live_file"] = true;
  if (!r.how.empty()) j["how"] = r.how;
  if (!r.old.empty()) j["old"] = r.old;
  if (r.live_mode) j["live_mode"] = *r.live_mode;
  if (r.pre_born) j["pre_born"] = *r.pre_born;
  if (r.post_born) j["post_born"] = *r.post_born;
}

inline void from_json(const nlohmann::json& j, redo_entry& r) {
  r.what = j.at("do").get<redo_entry::action>();
  if (nlohmann::json(r.what) != j.at("do")) throw bad_record("it publishes in an unknown way");
  r.path = journaled_path(j, "path");
  r.source = journaled_name(j, "source");
  r.sibling = journaled_name(j, "sibling");
  r.pre = j.at("pre").get<version_state>();
  r.post = j.at("post").get<version_state>();
  if (j.contains("metadata")) r.about = j["metadata"].get<metadata>();
  if (j.contains("end")) r.end = j["end"].get<file_end>();
  r.length = j.value("length", std::uint64_t{0});
  r.mode = j.value("mode", std::uint32_t{0777}) & 07777U;
  const bool moves = r.what != redo_entry::action::remove_directory && r.what != redo_entry::action::make_directory;
  if (moves && r.source.empty() == r.sibling.empty()) throw bad_record("it needs exactly one source");
  r.is_live_file = j.value("live_file", false);
  r.how = j.value("how", std::string{});
  r.old = journaled_name(j, "old");
  if (j.contains("live_mode")) r.live_mode = j["live_mode"].get<std::uint32_t>() & 07777U;
  if (j.contains("pre_born")) r.pre_born = j["pre_born"].get<std::int64_t>();
  if (j.contains("post_born")) r.post_born = j["post_born"].get<std::int64_t>();
  if (!r.how.empty() && r.what != redo_entry::action::put) throw bad_record("only a put is published in another way");
  if (r.what == redo_entry::action::append && (r.source.empty() || r.length > (std::uint64_t{1} << 62U))) {
    throw bad_record("it appends nothing possible");
  }
}

/// The name of the hidden file beside a target on another device.
[[nodiscard]] inline std::string sibling_name(std::uint64_t mutation, std::uint64_t serial) {
  return ".commitpoint-" + std::to_string(mutation) + "-" + std::to_string(serial);
}

/// Where a publish step may keep a second link to a new version, or a copy of it.
[[nodiscard]] inline std::string spare_of(const std::string& source) { return source + ".spare"; }

/// A hidden name beside a target, where staging is on another device. It is the same in every drain, so that what an
/// interrupted one has left there is found.
[[nodiscard]] inline std::string beside_name(std::uint64_t mutation, std::string_view target) {
  return sibling_name(mutation, (std::uint64_t{1} << 32U) + crc32c{target}.value());
}

/// Whether a name in a mutation's staging directory is that of a backup: `fresh("b")`, and what stands beside it.
[[nodiscard]] inline bool is_backup(std::string_view name) { return name.starts_with('b'); }

/// The name of a mutation's directory in staging.
[[nodiscard]] inline std::string staging_name(std::uint64_t mutation) { return "m" + std::to_string(mutation); }

}  // namespace commitpoint::detail
