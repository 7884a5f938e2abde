#pragma once

/// \file
/// A saved tree: its files by the snapshot strategy, everything else in a manifest beside them.

#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/codec/cbor.hpp>

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Refuses to treat an SQLite database as a file: closing any descriptor of it drops SQLite's own locks in the same
/// process, and restoring it beside a write-ahead log of another age corrupts it. The descriptor by which it was known
/// for one goes to `stay_open`.
/// \source "How To Corrupt An SQLite Database File", sections 1 and 2.2 (sqlite.org/howtocorrupt.html).
[[nodiscard]] inline result<void> refuse_database(system::door& system, const system::handle& directory, const std::string& name,
                                           const std::string& plain, std::vector<system::handle>& stay_open) {
  BOOST_OUTCOME_TRY(auto file, system.open(directory, name, {}));
  BOOST_OUTCOME_TRY(const auto magic, read_range(system, file, 0, 16));
  if (magic == std::string_view("SQLite format 3\0", 16)) {
    stay_open.push_back(std::move(file));
    return failure(make_error_code(errc::unsupported), plain,
                   "an SQLite database cannot be saved as a file: use touch::sqlite");
  }
  return success();
}

/// A file with several names stays one file: beside its backup stands another link to it, so that a rollback can put
/// back the file itself where a writer has replaced it. Where the file system cannot, the names come apart.
[[nodiscard]] inline std::string same_file_name(const std::string& backup) { return backup + ".same"; }

/// Makes that link where it is needed, and gives the file's status as it is then: the link changes its ctime.
[[nodiscard]] inline result<system::file_status> hold_file(system::door& system, const system::handle& directory,
                                                    const std::string& name, const system::file_status& status,
                                                    const system::handle& backups, const std::string& backup) {
  if (status.links < 2) return status;
  auto held = system.link(directory, name, backups, same_file_name(backup));
  if (held) return system.status(directory, name);
  const bool cannot = held.error() == std::errc::cross_device_link || held.error() == std::errc::too_many_links ||
                      held.error() == std::errc::operation_not_permitted;
  if (!cannot) return std::move(held).error();
  return status;
}

/// The ctime by which a file is known to be untouched; none if it was changed so recently that a write within the same
/// tick of the file system's clock would leave it the same. A hard-linked backup changes the ctime of its file, which
/// then says nothing: undo decides by the inode that the two share.
[[nodiscard]] inline std::int64_t settled_change(system::door& system, const system::file_status& status) {
  return status.changed > system.now() - clock_tick ? -1 : status.changed;
}

/// One entry of a manifest; the path is relative to the tree, empty for its top.
struct manifest_entry {
  std::string path;
  metadata about;
  version_state state;
  std::int64_t changed = 0;
  std::string backup;                 ///< of a file: its name in the backup directory
  nlohmann::json evidence = nullptr;  ///< of a file
};

inline void to_json(nlohmann::json& j, const manifest_entry& e) {
  j = {{"path", e.path}, {"metadata", e.about}, {"state", e.state}, {"changed", e.changed}};
  if (!e.backup.empty()) j["backup"] = e.backup;
  if (!e.evidence.is_null()) j["evidence"] = e.evidence;
}
inline void from_json(const nlohmann::json& j, manifest_entry& e) {
  e.path = j.at("path").get<std::string>();
  if (!e.path.empty()) e.path = journaled_path(j, "path");
  e.about = j.at("metadata").get<metadata>();
  e.state = j.at("state").get<version_state>();
  e.changed = j.at("changed").get<std::int64_t>();
  e.backup = journaled_backup(j, "backup");
  if (j.contains("evidence")) e.evidence = j["evidence"];
}

/// Saves trees and reads saved ones. The backup is a directory of numbered files; `<backup>.manifest` lists the tree,
/// parents before children.
class tree_snapshot {
 public:

  explicit tree_snapshot(session& by) : by_(by) {}

  /// Gives the evidence of the manifest. `admit` is asked about every path in the tree.
  template <class Admit>
  result<nlohmann::json> save(const std::string& plain, const system::handle& area, const std::string& backup,
                              bool writers_replace, Admit admit) {
    auto& system = by_.system();
    BOOST_OUTCOME_TRYV(system.make_directory(area, backup, 0700));
    BOOST_OUTCOME_TRY(const auto backups, system.open(area, backup, {.directory = true}));
    BOOST_OUTCOME_TRY(const auto top, status_beneath(system, by_.where().root, plain));
    BOOST_OUTCOME_TRY(auto entries, entries_below(system, by_.where().root, plain));
    entries.insert(entries.begin(), tree_entry{plain, top});
    std::vector<manifest_entry> manifest;
    manifest.reserve(entries.size());
    for (const auto& [entry, status] : entries) {
      BOOST_OUTCOME_TRYV(admit(entry));
      if (status.type == node::other) return failure(make_error_code(errc::not_a_regular_file), entry);
      if (status.device != top.device || status.mount != top.mount) {
        return failure(make_error_code(errc::unsupported), entry, "another file system is mounted in the tree");
      }
      BOOST_OUTCOME_TRY(const auto at, locate(system, by_.where().root, entry));
      manifest_entry saved{.path = entry.size() == plain.size() ? "" : entry.substr(plain.size() + 1),
                           .about = {},
                           .state = version_state::of(status),
                           .changed = status.changed,
                           .backup = {}};
      BOOST_OUTCOME_TRY(saved.about, read_metadata(system, at.directory, at.name));
      if (status.type == node::regular) {
        BOOST_OUTCOME_TRYV(refuse_database(system, at.directory, at.name, entry, by_.shared().databases));
        saved.backup = std::to_string(manifest.size());
        auto copy = by_.shared().snapshot.save(system, at.directory, at.name, backups, saved.backup, writers_replace);
        if (!copy) return std::move(copy).error().on(entry);
        saved.evidence = std::move(copy.value().evidence);
        BOOST_OUTCOME_TRY(const auto now, hold_file(system, at.directory, at.name, status, backups, saved.backup));
        saved.changed = settled_change(system, now);
      }
      manifest.push_back(std::move(saved));
    }
    const auto bytes = nlohmann::json::to_cbor(nlohmann::json(manifest));
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    BOOST_OUTCOME_TRYV(write_new_file(system, area, backup + ".manifest", text, 0600));
    crc32c sum;
    sum.add(text);
    return nlohmann::json{{"size", text.size()}, {"crc32c", sum.value()}};
  }

  /// The manifest of a saved tree, if it is the one that the evidence is of.
  /// \errors journal_corrupt when it is missing or altered.
  result<std::vector<manifest_entry>> read(const system::handle& area, const std::string& backup,
                                           const nlohmann::json& evidence) {
    auto text = read_manifest(area, backup, evidence);
    if (!text) return std::move(text).error().on(backup + ".manifest");
    if (!within_limits(text.value())) return failure(make_error_code(errc::journal_corrupt), backup + ".manifest");
    const auto parsed = decode_cbor(text.value());
    if (!parsed.is_array()) return failure(make_error_code(errc::journal_corrupt), backup + ".manifest");
    return parsed.template get<std::vector<manifest_entry>>();
  }

 private:
  result<std::string> read_manifest(const system::handle& area, const std::string& backup,
                                    const nlohmann::json& evidence) {
    BOOST_OUTCOME_TRY(const auto file, by_.system().open(area, backup + ".manifest", {}));
    BOOST_OUTCOME_TRY(const auto status, by_.system().status(file));
    const auto size = evidence.at("size").get<std::uint64_t>();
    if (status.type != node::regular || status.size != size) return errc::journal_corrupt;
    BOOST_OUTCOME_TRY(auto text, read_range(by_.system(), file, 0, size));
    crc32c sum;
    sum.add(text);
    if (sum.value() != evidence.at("crc32c").get<std::uint32_t>()) return errc::journal_corrupt;
    return text;
  }

  session& by_;
};

}  // namespace commitpoint::detail
