#pragma once

/// \file
/// What a mutation will write in place, and how it will write it.

#include <commitpoint/path.hpp>

#include <cstdint>
#include <string>

namespace commitpoint {

/// One path that somebody else's code is about to write in place, so that it has to be saved first.
struct touch {
  enum class way : std::uint8_t {
    file,           ///< a file, in any way; it may also not exist yet
    tree,           ///< a directory with everything below it
    replaced_tree,  ///< a tree whose writers replace files (write aside, rename), so that hard links may save it
    appended,       ///< a file that only grows: just its length is saved
    sqlite,         ///< an SQLite database, by SQLite itself
  };
  way how = way::file;
  std::string path;

  /// A symbolic link is saved itself, not what it leads to: name what is written.
  [[nodiscard]] static touch file(path_view p) { return {way::file, std::string(p.text())}; }
  [[nodiscard]] static touch tree(path_view p) { return {way::tree, std::string(p.text())}; }
  [[nodiscard]] static touch replaced_tree(path_view p) { return {way::replaced_tree, std::string(p.text())}; }
  [[nodiscard]] static touch appended(path_view p) { return {way::appended, std::string(p.text())}; }
  /// An SQLite database, which may be open elsewhere, and need not exist yet. Needs <commitpoint/snapshot/sqlite.hpp>
  /// in some source of the program, here and wherever a crash is recovered from: without it, `unsupported`. It is
  /// restored as what it holds, not byte by byte. A connection that writes for longer than
  /// `options::database_busy_timeout` is an error, equal to `std::errc::device_or_resource_busy`.
  [[nodiscard]] static touch sqlite(path_view p) { return {way::sqlite, std::string(p.text())}; }
};

}  // namespace commitpoint
