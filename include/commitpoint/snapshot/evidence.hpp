#pragma once

/// \file
/// By what a backup is known again, whoever made it: the process that drains may have been compiled with another
/// snapshot policy than the one that crashed.
///
/// Evidence is an object in the journal. Its `way` says what else is in it:
///
/// | way | | the backup is whole when |
/// | --- | --- | --- |
/// | `copy`, or none | `size`, `crc32c` | its content has that size and that CRC32C |
/// | `hardlink` | `size`, `modified`, `inode` | its size and time are those; the inode tells what happened when not |
/// | `reflink` | `size`, `modified` | its size and time are those: nobody writes to it, or gives it another time |

#include <commitpoint/files/io.hpp>
#include <commitpoint/snapshot/interface.hpp>
#include <commitpoint/system/door.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::snapshot {

namespace words {
inline constexpr auto copy = "copy";
inline constexpr auto hardlink = "hardlink";
inline constexpr auto reflink = "reflink";
}  // namespace words

/// The evidence of a backup that is known by its size and time.
[[nodiscard]] inline evidence stamps_of(const char* way, const system::file_status& status) {
  return {{"way", way}, {"size", status.size}, {"modified", status.modified}};
}

/// Why a file is not saved.
[[nodiscard]] inline failure written_meanwhile() {
  return failure(make_error_code(errc::drifted), {}, "it was written to while it was saved");
}

/// Refuses to call a file saved that was written to meanwhile. `before` is from before it was saved.
/// \errors drifted
[[nodiscard]] inline result<void> refuse_drift(system::door& system, const system::handle& file,
                                               const system::file_status& before) {
  BOOST_OUTCOME_TRY(const auto after, system.status(file));
  if (before.size == after.size && before.modified == after.modified) return success();
  return written_meanwhile();
}

namespace evidence_detail {

/// The way of the evidence, by its word; empty where it is none.
[[nodiscard]] inline std::string_view way_in(const snapshot::evidence& evidence) {
  if (!evidence.has("way")) return words::copy;
  return evidence.word("way").value_or(std::string_view{});
}

[[nodiscard]] inline result<bool> has_checksum(system::door& system, const system::handle& backups,
                                               const std::string& backup, std::uint64_t size, std::int64_t wanted) {
  BOOST_OUTCOME_TRY(const auto file, system.open(backups, backup, {}));
  BOOST_OUTCOME_TRY(const auto sum, files::checksum(system, file, size));
  return sum == wanted;
}

}  // namespace evidence_detail

/// Whether a backup is there, whole and unchanged, however it was made. What every built-in strategy answers.
/// \errors snapshot_violated when a hard link was written through: what it was to save is lost; unsupported when the
/// evidence is of no known kind.
[[nodiscard]] inline result<bool> is_intact(system::door& system, const system::handle& backups,
                                            const std::string& backup, const snapshot::evidence& evidence) {
  const auto way = evidence_detail::way_in(evidence);
  const bool is_copy = way == words::copy;
  const bool is_link = way == words::hardlink;
  const auto size = is_copy || is_link || way == words::reflink ? evidence.number("size") : std::nullopt;
  const auto stamp = size ? evidence.number(is_copy ? "crc32c" : "modified") : std::nullopt;
  if (!stamp) {
    return failure(make_error_code(errc::unsupported), {},
                   "its backup was made by a snapshot policy that this program does not know");
  }
  BOOST_OUTCOME_TRY(const auto status, system.status(backups, backup));
  if (status.type != system::node_type::regular) return false;
  const bool same_size = status.size == static_cast<std::uint64_t>(*size);
  if (is_copy) return same_size ? evidence_detail::has_checksum(system, backups, backup, status.size, *stamp) : false;
  if (same_size && status.modified == *stamp) return true;
  if (is_link && evidence.number("inode") == static_cast<std::int64_t>(status.inode)) {
    return failure(make_error_code(errc::snapshot_violated), {},
                   "it was saved by a hard link, and something wrote into the file itself instead of replacing it, so "
                   "that what it held before is lost");
  }
  return false;
}

}  // namespace commitpoint::snapshot
