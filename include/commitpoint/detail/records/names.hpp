#pragma once

/// \file
/// The hidden names that stand beside others: one table of who uses which.
///
/// | name | where | what |
/// | --- | --- | --- |
/// | `m<number>` | staging | the directory of one mutation |
/// | `l<random>` | staging | the directory of one lease |
/// | `f<n>` `b<n>` `s<n>` | the directory of a mutation | a staged file, a backup, a private directory before it is placed |
/// | `<backup>.manifest` | beside a backup | what a saved tree had in it |
/// | `<backup>.same` | beside a backup | another link to a file that has several |
/// | `<source>.spare` | beside a staged file | a second link to it, or a copy, that is renamed where renames are not in order |
/// | `<spare>.half` | beside a spare | a copy that is not whole yet |
/// | `.commitpoint-<mutation>-<serial>` | beside a target on another device | its new version |
/// | `<mutation>/<path>` | kept | what stood at a path |
/// | `<mutation>.renamed/<sum of the path>-<its last name>` | kept | the same, where it cannot have that name |
/// | `<mutation>.partial` | kept | a copy that is not whole yet |
///
/// `fresh_file()` and its neighbours in staging_area.hpp give the numbers.

#include <commitpoint/codec/crc32c.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace commitpoint::detail {

/// The name of the hidden file beside a target on another device.
[[nodiscard]] inline std::string sibling_name(std::uint64_t mutation, std::uint64_t serial) {
  return ".commitpoint-" + std::to_string(mutation) + "-" + std::to_string(serial);
}

/// Where a publish step may keep a second link to a new version, or a copy of it.
[[nodiscard]] inline std::string spare_of(const std::string& source) { return source + ".spare"; }

/// A hidden name beside a target, where staging is on another device. It is the same in every drain, so that what an
/// interrupted one has left there is found.
[[nodiscard]] inline std::string beside_name(std::uint64_t mutation, std::string_view target) {
  return sibling_name(mutation, (std::uint64_t{1} << 32U) + codec::crc32c{target}.value());
}

/// Whether a name in a mutation's staging directory is that of a backup, or of what stands beside one.
[[nodiscard]] inline bool is_backup(std::string_view name) { return name.starts_with('b'); }

/// A file with several names stays one file: another link to it stands beside its backup under this name.
[[nodiscard]] inline std::string same_file_name(const std::string& backup) { return backup + ".same"; }

/// What a saved tree had in it stands beside its backup under this name.
[[nodiscard]] inline std::string manifest_name(const std::string& backup) { return backup + ".manifest"; }

/// A name for something that was kept and cannot have the one that it had: the beginning of that, in letters that every
/// file system takes, behind the checksum of its whole path. Names that become equal get numbers.
[[nodiscard]] inline std::string short_kept_name(std::string_view plain) {
  constexpr std::string_view hex = "0123456789abcdef";
  constexpr std::size_t longest = 100;
  const auto sum = codec::crc32c{plain}.value();
  std::string name;
  for (int shift = 28; shift >= 0; shift -= 4) name += hex[(sum >> static_cast<unsigned>(shift)) & 0xfU];
  name += '-';
  for (const char c : plain.substr(plain.rfind('/') + 1).substr(0, longest)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    name += is_plain || c == '.' ? c : '_';
  }
  return name;
}

/// The name of a mutation's directory in staging.
[[nodiscard]] inline std::string staging_name(std::uint64_t mutation) { return "m" + std::to_string(mutation); }
/// The other way round; 0 for any other name.
[[nodiscard]] inline std::uint64_t staging_number(std::string_view name) {
  std::uint64_t number = 0;
  if (name.starts_with('m')) std::from_chars(name.data() + 1, name.data() + name.size(), number);
  return number;
}

}  // namespace commitpoint::detail
