#pragma once

/// \file
/// `journal.kind` in the state directory: which journal the root has, so that no other is opened in its place, and in
/// which database it commits, if in any. One line of JSON; docs/formats/state_directory.md has it.

#include <commitpoint/codec/flat_json.hpp>
#include <commitpoint/codec/json_text.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::journal {

/// What the file says.
struct kind_file {
  static constexpr const char* name = "journal.kind";

  std::string journal;   ///< `text_of` a backend's identity
  std::string database;  ///< the id that stands in the database; empty as long as nothing was committed in one

  /// An identity as it is written, and compared: names of files are bytes, and JSON is not.
  [[nodiscard]] static std::string text_of(std::string_view identity) { return codec::escaped(identity); }
};

/// Nothing where the root does not say it yet. `state_directory` is for messages.
/// \errors needs_repair (the file is damaged); not_a_regular_file; the system's.
[[nodiscard]] inline result<std::optional<kind_file>> read_kind(system::door& system, const system::handle& state,
                                                                const std::string& state_directory) {
  const auto shown = state_directory + "/" + kind_file::name;
  auto status = system.status(state, kind_file::name);
  if (!status) return std::move(status).error().on(shown);
  if (status.value().type == system::node_type::none) return std::optional<kind_file>{};
  if (status.value().type != system::node_type::regular)
    return failure(make_error_code(errc::not_a_regular_file), shown);
  auto file = system.open(state, kind_file::name, {});
  if (!file) return std::move(file).error().on(shown);
  auto text = files::read_range(system, file.value(), 0, std::min<std::uint64_t>(status.value().size, 65536));
  if (!text) return std::move(text).error().on(shown);
  const auto parsed = codec::flat_object::from(text.value());
  const auto text_of = [&](const char* key) { return parsed ? parsed->text(key).value_or("") : std::string{}; };
  kind_file found{text_of("journal"), text_of("database")};
  if (found.journal.empty()) {
    return failure(make_error_code(errc::needs_repair), shown,
                   "this file is damaged; restore it from a copy, or remove it if nothing is pending");
  }
  return std::optional(std::move(found));
}

/// Replaces the file, durably.
[[nodiscard]] inline result<void> write_kind(system::door& system, const system::handle& state, const kind_file& kind) {
  codec::object_text content;
  if (!kind.database.empty()) content.text("database", kind.database);
  content.text("journal", kind.journal);
  const auto temporary = std::string(kind_file::name) + "." + std::to_string(system.random());
  return files::write_aside(system, state, kind_file::name, temporary, content.done() + "\n",
                            system::rename_how::replace);
}

}  // namespace commitpoint::journal
