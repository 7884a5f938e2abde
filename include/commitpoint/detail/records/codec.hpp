#pragma once

/// \file
/// The bytes of what records say. docs/formats/ has them in prose; the members of each map stand in the order of their
/// names.

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/detail/records/members.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/details.hpp>
#include <commitpoint/files/end.hpp>
#include <commitpoint/files/metadata.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

// ---- Words, by the values of their enumerations.

inline constexpr std::array<std::string_view, 5> node_words{"none", "file", "directory", "symlink", "other"};
inline constexpr std::array<std::string_view, 9> undo_words{"absent",  "file",    "symlink", "tree",      "appended",
                                                            "created", "scratch", "sqlite",  "compensate"};
inline constexpr std::array<std::string_view, 5> redo_words{"remove", "remove-directory", "make-directory", "put",
                                                            "append"};

// ---- What stands at a path.

inline void encode(const version_state& v, std::string& to) {
  codec::cbor_map map(to);
  const bool has_size = v.type == node::regular || v.type == node::symlink;
  if (v.type != node::none) map.member("inode").number(v.inode);
  // Of a directory only where it does not stay live.
  if (has_size || (v.type == node::directory && v.modified != 0)) map.member("modified").integer(v.modified);
  if (has_size) map.member("size").number(v.size);
  map.member("type").text(word_of(v.type, node_words));
}

[[nodiscard]] inline version_state decode_state(const members& in) {
  return {.type = in.word<node>("type", node_words, "it names an unknown type"),
          .size = in.number_or("size", 0),
          .modified = in.optional_integer("modified").value_or(0),
          .inode = in.number_or("inode", 0)};
}

inline void encode(const metadata& m, std::string& to) {
  codec::cbor_map map(to);
  if (!m.attributes.empty()) {
    auto list = map.member("attributes");
    list.map(m.attributes.size());
    for (const auto& [name, value] : m.attributes) {
      list.text(name);
      list.bytes(value);
    }
  }
  map.member("group").number(m.group);
  map.member("mode").number(m.mode);
  map.member("modified").integer(m.modified);
  if (m.type == node::symlink) map.member("target").text(m.target);
  map.member("type").text(word_of(m.type, node_words));
  map.member("user").number(m.user);
}

[[nodiscard]] inline metadata decode_metadata(const members& in) {
  metadata m{.type = in.word<node>("type", node_words, "it names an unknown type"),
             .mode = in.small_number("mode") & 07777U,
             .user = in.small_number("user"),
             .group = in.small_number("group"),
             .modified = in.integer("modified"),
             .attributes = {},
             .target = in.text_or_empty("target")};
  if (const auto list = in.find("attributes")) {
    if (!list->is_map()) in.refuse("its attributes are no object");
    list->each_member([&](std::string_view name, const codec::cbor_view& value) {
      const auto bytes = value.bytes();
      if (!bytes) return in.refuse("an attribute is no bytes");
      m.attributes.insert_or_assign(std::string(name), std::string(*bytes));
    });
  }
  return m;
}

inline void encode(const file_end& e, std::string& to) {
  codec::cbor_map map(to);
  map.member("crc32c").number(e.sum);
  map.member("offset").number(e.offset);
  map.member("window").number(e.window);
}

[[nodiscard]] inline file_end decode_end(const members& in) {
  const file_end e{in.number("offset"), in.number("window"), in.small_number("crc32c")};
  if (e.window > largest_window || e.window > e.offset) in.refuse("its window is impossible");
  return e;
}

inline void encode(const snapshot::evidence& e, std::string& to) {
  codec::cbor_writer writer(to);
  writer.map(e.members().size());
  for (const auto& [name, value] : e.members()) {
    writer.text(name);
    if (const auto* text = std::get_if<std::string>(&value)) {
      writer.text(*text);
    } else if (const auto* large = std::get_if<std::uint64_t>(&value)) {
      writer.number(*large);
    } else {
      writer.integer(std::get<std::int64_t>(value));
    }
  }
}

/// What is neither a number nor a word becomes an empty word, which no strategy of ours knows.
[[nodiscard]] inline snapshot::evidence decode_evidence(const codec::cbor_view& in) {
  snapshot::evidence e;
  in.each_member([&](std::string_view name, const codec::cbor_view& value) {
    if (const auto number = value.number()) {
      e.set(name, *number);
    } else if (const auto integer = value.integer()) {
      e.set(name, *integer);
    } else if (const auto text = value.text()) {
      e.set(name, std::string(*text));
    } else {
      e.set(name, std::string());
    }
  });
  return e;
}

inline void encode_details(const details& d, codec::cbor_writer writer) {
  d.bytes().empty() ? writer.null() : writer.item(d.bytes());
}

// ---- What undoes an effect in place.

inline void encode(const undo_entry& u, std::string& to) {
  using way = undo_entry::way;
  codec::cbor_map map(to);
  if (u.how == way::compensate) {
    encode_details(u.arguments, map.member("arguments"));
    map.member("how").text(word_of(u.how, undo_words));
    map.member("name").text(u.compensation);
    return;
  }
  const bool has_metadata = u.how == way::restore_file || u.how == way::restore_link || u.how == way::restore_tree ||
                            u.how == way::restore_length || u.how == way::restore_database;
  const bool has_state = u.how == way::restore_file || u.how == way::restore_length || u.how == way::remove_created ||
                         (u.how == way::remove_scratch && u.state.inode != 0);
  const bool has_identity = (u.how == way::restore_link || u.how == way::restore_database) && u.state.inode != 0;
  if (!u.backup.empty()) map.member("backup").text(u.backup);
  if (u.born) map.member("born").integer(*u.born);
  if (has_state) map.member("changed").integer(u.changed);
  if (u.how == way::restore_length) encode(u.end, map.map_member("end"));
  if (!u.evidence.empty()) encode(u.evidence, map.map_member("evidence"));
  map.member("how").text(word_of(u.how, undo_words));
  if (u.links > 1) map.member("links").number(u.links);
  if (has_metadata) encode(u.about, map.map_member("metadata"));
  if (u.parent_modified) map.member("parent_modified").integer(*u.parent_modified);
  map.member("path").text(u.path);
  if (has_state || has_identity) encode(u.state, map.map_member("state"));
}

[[nodiscard]] inline undo_entry decode_undo(const members& in) {
  using way = undo_entry::way;
  undo_entry u;
  u.how = in.word<way>("how", undo_words, "it undoes in an unknown way");
  if (u.how == way::compensate) {
    u.compensation = in.text("name");
    const auto arguments = in.find("arguments");
    if (!arguments) in.refuse("it has no 'arguments'");
    if (arguments) u.arguments = details::encoded(arguments->encoded());
    return u;
  }
  u.path = in.path("path");
  u.parent_modified = in.optional_integer("parent_modified");
  u.backup = in.backup("backup");
  if (const auto evidence = in.find("evidence")) u.evidence = decode_evidence(*evidence);
  if (in.has("end")) u.end = decode_end(in.map("end"));
  if (in.has("metadata")) u.about = decode_metadata(in.map("metadata"));
  if (in.has("state")) u.state = decode_state(in.map("state"));
  u.changed = in.optional_integer("changed").value_or(0);
  u.born = in.optional_integer("born");
  u.links = in.number_or("links", 0);
  const bool has_backup = u.how == way::restore_file || u.how == way::restore_tree || u.how == way::restore_database;
  if (has_backup && u.backup.empty()) in.refuse("it names no backup");
  return u;
}

// ---- What publishes a staged effect.

inline void encode(const redo_entry& r, std::string& to) {
  using action = redo_entry::action;
  codec::cbor_map map(to);
  map.member("do").text(word_of(r.what, redo_words));
  if (r.what == action::append) encode(r.end, map.map_member("end"));
  if (!r.how.empty()) map.member("how").text(r.how);
  if (r.what == action::append) map.member("length").number(r.length);
  if (r.is_live_file) map.member("live_file").boolean(true);
  if (r.live_mode) map.member("live_mode").number(*r.live_mode);
  if (r.about) encode(*r.about, map.map_member("metadata"));
  if (r.what == action::make_directory) map.member("mode").number(r.mode);
  if (!r.old.empty()) map.member("old").text(r.old);
  map.member("path").text(r.path);
  encode(r.post, map.map_member("post"));
  if (r.post_born) map.member("post_born").integer(*r.post_born);
  encode(r.pre, map.map_member("pre"));
  if (r.pre_born) map.member("pre_born").integer(*r.pre_born);
  if (!r.sibling.empty()) map.member("sibling").text(r.sibling);
  if (!r.source.empty()) map.member("source").text(r.source);
}

[[nodiscard]] inline redo_entry decode_redo(const members& in) {
  using action = redo_entry::action;
  redo_entry r;
  r.what = in.word<action>("do", redo_words, "it publishes in an unknown way");
  r.path = in.path("path");
  r.source = in.staged_path("source");
  r.sibling = in.staged_path("sibling");
  r.pre = decode_state(in.map("pre"));
  r.post = decode_state(in.map("post"));
  if (in.has("metadata")) r.about = decode_metadata(in.map("metadata"));
  if (in.has("end")) r.end = decode_end(in.map("end"));
  r.length = in.number_or("length", 0);
  r.mode = in.small_number_or("mode", 0777) & 07777U;
  const bool moves = r.what != action::remove_directory && r.what != action::make_directory;
  if (moves && r.source.empty() == r.sibling.empty()) in.refuse("it needs exactly one source");
  r.is_live_file = in.is_set("live_file");
  r.how = in.text_or_empty("how");
  r.old = in.staged_path("old");
  if (in.has("live_mode")) r.live_mode = in.small_number("live_mode") & 07777U;
  r.pre_born = in.optional_integer("pre_born");
  r.post_born = in.optional_integer("post_born");
  if (!r.how.empty() && r.what != action::put) in.refuse("only a put is published in another way");
  if (r.what == action::append && (r.source.empty() || r.length > (std::uint64_t{1} << 62U))) {
    in.refuse("it appends nothing possible");
  }
  return r;
}

/// A list of entries.
template <class Entry>
void encode_all(const std::vector<Entry>& entries, std::string& to) {
  codec::cbor_writer(to).array(entries.size());
  for (const auto& e : entries) encode(e, to);
}

// ---- Bodies of records.

/// What every record carries, and what some do beside it.
struct record_body {
  std::string_view operation = {};
  std::string_view durability = {};                  ///< under which promise it was written
  std::string_view cache = {};                       ///< in which cache it was written
  const commitpoint::details* details = nullptr;     ///< of undo records and of commits
  const std::vector<undo_entry>* entries = nullptr;  ///< of undo records
  const std::vector<redo_entry>* redo = nullptr;     ///< of a commit
  std::optional<std::uint64_t> retires = {};         ///< of a commit: everything up to this number is settled
  std::optional<std::uint64_t> remaining = {};       ///< of `undone`: how many entries are left
  std::optional<std::int64_t> looked_at = {};        ///< of a commit: when it last looked at what it replaces
};

[[nodiscard]] inline std::string encode(const record_body& b) {
  std::string bytes;
  codec::cbor_map map(bytes);
  map.member("cache").text(b.cache);
  if (b.details != nullptr) encode_details(*b.details, map.member("details"));
  map.member("durability").text(b.durability);
  if (b.entries != nullptr) encode_all(*b.entries, map.map_member("entries"));
  if (b.looked_at) map.member("looked_at").integer(*b.looked_at);
  map.member("operation").text(b.operation);
  if (b.redo != nullptr) encode_all(*b.redo, map.map_member("redo"));
  if (b.remaining) map.member("remaining").number(*b.remaining);
  if (b.retires) map.member("retires").number(*b.retires);
  return bytes;
}

/// The body of a `generation` record: the records of what was pending, and the id of the root, if it has one.
[[nodiscard]] inline std::string encode_generation(const std::vector<journal::record>& pending,
                                                   std::string_view root = {}) {
  std::string bytes;
  codec::cbor_map map(bytes);
  auto list = map.member("pending");
  list.array(pending.size());
  for (const auto& r : pending) {
    codec::cbor_map one(bytes);
    one.member("body").item(r.body);
    one.member("kind").number(static_cast<std::uint64_t>(r.kind));
    one.member("mutation").number(r.mutation);
  }
  if (!root.empty()) map.member("root").text(root);
  return bytes;
}

/// The body of the `generation` record that settles a blockage.
[[nodiscard]] inline std::string encode_accepted(std::string_view id, std::string_view root = {}) {
  std::string bytes;
  codec::cbor_map map(bytes);
  map.member("accepted").text(id);
  if (!root.empty()) map.member("root").text(root);
  return bytes;
}

}  // namespace commitpoint::detail
