#pragma once

/// \file
/// A saved tree: its files by the snapshot strategy, everything else in a manifest beside them.

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/detail/records/codec.hpp>
#include <commitpoint/detail/records/names.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/undo/rights.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/tree.hpp>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Refuses to treat an SQLite database as a file: closing any descriptor of it drops SQLite's own locks in the same
/// process, and restoring it beside a write-ahead log of another age corrupts it. The descriptor by which it was known
/// for one goes to `stay_open`, once for each database: one that is there already is not opened again. `status` is that
/// of the file.
/// \source "How To Corrupt An SQLite Database File", sections 1 and 2.2 (sqlite.org/howtocorrupt.html).
[[nodiscard]] inline result<void> refuse_database(system::door& system, const system::handle& directory,
                                                  const std::string& name, const system::file_status& status,
                                                  const std::string& plain, open_databases& stay_open) {
  constexpr std::string_view magic("SQLite format 3\0", 16);
  const auto refused = [&]() -> failure {
    return {make_error_code(errc::unsupported), plain,
            "an SQLite database cannot be saved as a file: use touch::sqlite"};
  };
  if (const auto* const known = stay_open.find(status)) {
    BOOST_OUTCOME_TRY(const auto bytes, read_range(system, *known, 0, magic.size()));
    if (bytes == magic) return refused();
  }
  BOOST_OUTCOME_TRY(auto file, system.open(directory, name, {}));
  BOOST_OUTCOME_TRY(const auto bytes, read_range(system, file, 0, magic.size()));
  if (bytes != magic) return success();
  stay_open.add(system, std::move(file));
  return refused();
}

/// Makes another link to a file with several names, so that a rollback can put back the file itself where a writer has
/// replaced it, and gives the file's status as it is then: the link changes its ctime. Where the file system cannot,
/// the names come apart.
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

/// The ctime by which a file is known to be untouched; none if it was changed so recently that another write might
/// leave it the same. A hard-linked backup changes the ctime of its file, which then says nothing: undo decides by the
/// inode that the two share.
[[nodiscard]] inline std::int64_t settled_change(system::door& system, const system::file_status& status) {
  return is_recent(status.changed, system.now()) ? -1 : status.changed;
}

/// One entry of a manifest; the path is relative to the tree, empty for its top.
struct manifest_entry {
  std::string path;
  metadata about;
  version_state state;
  std::int64_t changed = 0;
  std::optional<std::int64_t> born = {};
  std::uint64_t links = 0;      ///< how many names it had; 0: one, or it is not known
  std::string backup;           ///< of a file: its name in the backup directory
  snapshot::evidence evidence;  ///< of a file
};

inline void encode(const manifest_entry& e, std::string& to) {
  codec::cbor_map map(to);
  if (!e.backup.empty()) map.member("backup").text(e.backup);
  if (e.born) map.member("born").integer(*e.born);
  map.member("changed").integer(e.changed);
  if (!e.evidence.empty()) encode(e.evidence, map.map_member("evidence"));
  if (e.links > 1) map.member("links").number(e.links);
  encode(e.about, map.map_member("metadata"));
  map.member("path").text(e.path);
  encode(e.state, map.map_member("state"));
}

[[nodiscard]] inline manifest_entry decode_manifest_entry(const members& in) {
  manifest_entry e;
  e.path = in.text("path");
  if (!e.path.empty()) e.path = in.path("path");
  e.about = decode_metadata(in.map("metadata"));
  e.state = decode_state(in.map("state"));
  e.changed = in.integer("changed");
  e.born = in.optional_integer("born");
  e.links = in.number_or("links", 0);
  e.backup = in.backup("backup");
  if (const auto evidence = in.find("evidence")) e.evidence = decode_evidence(*evidence);
  return e;
}

/// Saves trees and reads saved ones. The backup is a directory of numbered files; `<backup>.manifest` lists the tree,
/// parents before children.
class tree_snapshot {
 public:
  explicit tree_snapshot(session& by) : by_(by) {}

  /// Gives the evidence of the manifest. `admit` is asked about every path in the tree.
  template <class Admit>
  result<snapshot::evidence> save(const std::string& plain, const system::handle& area, const std::string& backup,
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
      BOOST_OUTCOME_TRYV(admit(entry, status));
      if (status.type == node::other) return failure(make_error_code(errc::not_a_regular_file), entry);
      if (!belongs_to(top, status)) {
        return failure(make_error_code(errc::unsupported), entry, "another file system is mounted in the tree");
      }
      BOOST_OUTCOME_TRY(const auto at, locate(system, by_.where().root, entry));
      manifest_entry saved{.path = entry.size() == plain.size() ? "" : entry.substr(plain.size() + 1),
                           .about = {},
                           .state = version_state::of(status),
                           .changed = status.changed,
                           .born = status.born,
                           .links = status.type == node::directory ? 0 : status.links,
                           .backup = {},
                           .evidence = {}};
      BOOST_OUTCOME_TRY(saved.about, read_metadata(system, at.directory, at.name));
      if (status.type == node::regular) {
        BOOST_OUTCOME_TRYV(refuse_database(system, at.directory, at.name, status, entry, by_.shared().databases));
        saved.backup = std::to_string(manifest.size());
        auto copy = save_file(by_.shared(), at, saved.about, backups, saved.backup, writers_replace);
        if (!copy) return std::move(copy).error().on(entry);
        saved.evidence = std::move(copy.value().evidence);
        BOOST_OUTCOME_TRY(const auto now, hold_file(system, at.directory, at.name, status, backups, saved.backup));
        saved.changed = settled_change(system, now);
      }
      manifest.push_back(std::move(saved));
    }
    std::string text;
    encode_all(manifest, text);
    BOOST_OUTCOME_TRYV(write_new_file(system, area, manifest_name(backup), text, 0600));
    return snapshot::evidence{{"size", std::uint64_t{text.size()}},
                              {"crc32c", std::uint64_t{codec::crc32c{text}.value()}}};
  }

  /// The manifest of a saved tree, if it is the one that the evidence is of.
  /// \errors journal_corrupt when it is missing or altered.
  result<std::vector<manifest_entry>> read(const system::handle& area, const std::string& backup,
                                           const snapshot::evidence& evidence) {
    auto text = read_manifest(area, backup, evidence);
    if (!text) return std::move(text).error().on(manifest_name(backup));
    const auto list = codec::cbor_view::whole(text.value());
    std::vector<manifest_entry> manifest;
    std::string wrong;
    if (list) {
      list->each_item(
          [&](const codec::cbor_view& item) { manifest.push_back(decode_manifest_entry(members(item, wrong))); });
    }
    if (!list || !list->is_array() || !wrong.empty()) {
      return failure(make_error_code(errc::journal_corrupt), manifest_name(backup), std::move(wrong));
    }
    return manifest;
  }

 private:
  result<std::string> read_manifest(const system::handle& area, const std::string& backup,
                                    const snapshot::evidence& evidence) {
    BOOST_OUTCOME_TRY(const auto file, by_.system().open(area, manifest_name(backup), {}));
    BOOST_OUTCOME_TRY(const auto status, by_.system().status(file));
    const auto size = evidence.number("size");
    if (!size || status.type != node::regular || status.size != static_cast<std::uint64_t>(*size)) {
      return errc::journal_corrupt;
    }
    BOOST_OUTCOME_TRY(auto text, read_range(by_.system(), file, 0, status.size));
    if (evidence.number("crc32c") != std::int64_t{codec::crc32c{text}.value()}) return errc::journal_corrupt;
    return text;
  }

  session& by_;
};

}  // namespace commitpoint::detail
