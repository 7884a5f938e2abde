#pragma once

/// \file
/// What saves and restores an SQLite database. The core does not depend on SQLite: commitpoint/snapshot/sqlite.hpp
/// brings the tool, and is found here when some source of the program includes it.

#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/failure.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

namespace commitpoint::detail {

/// Makes the database at `to`, an absolute path, what the one at `from` is, in one transaction; durably, if `to` is
/// live. One that is not there is made. `shown` is the database's path for messages; `vfs` opens both.
using transfer_database = result<void> (*)(const std::string& from, const std::string& to, const std::string& shown,
                                           std::chrono::milliseconds busy_timeout, const char* vfs);

/// The tool, or null where it is not part of the program.
[[nodiscard]] inline transfer_database& database_tool() noexcept {
  static transfer_database tool = nullptr;
  return tool;
}

[[nodiscard]] inline failure no_database_tool(const std::string& plain) {
  return failure(make_error_code(errc::unsupported), plain,
                 "it is an SQLite database, which only SQLite can save and restore: #include "
                 "<commitpoint/snapshot/sqlite.hpp> and link commitpoint::sqlite");
}

/// By what a saved database is known again.
[[nodiscard]] inline result<snapshot::evidence> evidence_of_database(system::door& system, const system::handle& area,
                                                                     const std::string& backup) {
  BOOST_OUTCOME_TRY(const auto file, system.open(area, backup, {}));
  BOOST_OUTCOME_TRY(const auto status, system.status(file));
  BOOST_OUTCOME_TRY(const auto sum, checksum(system, file, status.size));
  return snapshot::evidence{{"size", status.size}, {"crc32c", std::uint64_t{sum}}};
}

[[nodiscard]] inline result<bool> is_whole_database(system::door& system, const system::handle& area,
                                                    const undo_entry& e) {
  BOOST_OUTCOME_TRY(const auto status, system.status(area, e.backup));
  if (status.type != node::regular || static_cast<std::int64_t>(status.size) != e.evidence.number("size")) {
    return false;
  }
  BOOST_OUTCOME_TRY(const auto now, evidence_of_database(system, area, e.backup));
  return now.number("crc32c") == e.evidence.number("crc32c");
}

/// Whether two copies hold the same pages, whatever SQLite counts in their headers: the change counter, the cookie of
/// the schema, and which version wrote it last.
/// \source "Database File Format", section 1.3 (sqlite.org/fileformat2.html)
[[nodiscard]] inline result<bool> same_database(system::door& system, const system::handle& area,
                                                const std::string& one, const std::string& other) {
  constexpr std::array<std::pair<std::size_t, std::size_t>, 3> counters{{{24, 28}, {40, 44}, {92, 100}}};
  BOOST_OUTCOME_TRY(const auto first, system.open(area, one, {}));
  BOOST_OUTCOME_TRY(const auto second, system.open(area, other, {}));
  BOOST_OUTCOME_TRY(const auto size, system.status(first));
  BOOST_OUTCOME_TRY(const auto other_size, system.status(second));
  if (size.size != other_size.size) return false;
  for (std::uint64_t at = 0; at < size.size; at += stream_block) {
    BOOST_OUTCOME_TRY(auto mine, read_range(system, first, at, stream_block));
    BOOST_OUTCOME_TRY(auto theirs, read_range(system, second, at, stream_block));
    for (auto* bytes : {&mine, &theirs}) {
      for (const auto& [begin, end] : counters) {
        for (auto i = begin; at == 0 && i < std::min(end, bytes->size()); ++i) (*bytes)[i] = '\0';
      }
    }
    if (mine != theirs) return false;
  }
  return true;
}

}  // namespace commitpoint::detail
