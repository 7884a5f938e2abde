#pragma once

/// \file
/// A root of any program: whichever state directory and journal it has.

#include <commitpoint/any_coordinator.hpp>
#include <commitpoint/journal/record.hpp>
#include <commitpoint/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace command {

namespace cp = commitpoint;

/// Where one is, and what it has.
struct known_root {
  std::string root;
  std::string state_directory;  ///< relative to the root
  std::string journal;          ///< `log`, `json_file`, or `sqlite:` and a database
  bool is_there = false;        ///< a program has opened it before
};

/// Looks at a directory. Without a name the state directory is `.commitpoint`, or the only one that lies at most two
/// directories deep; where there is none it will be `.commitpoint`, with a log.
/// \errors ENOENT, ENOTDIR (the root); no_root (several); needs_repair (a damaged file); the system's.
[[nodiscard]] cp::result<known_root> find_root(const std::string& root, const std::string& state_directory);

/// How trees take the place of others.
enum class directories { stay, are_exchanged };

/// Opens it with the journal that it has.
/// \errors those of `coordinator::open`; unsupported (a journal that this program does not know).
[[nodiscard]] cp::result<cp::any_coordinator> open_root(const known_root& where,
                                                        directories replaced = directories::stay);

/// Whether the file system below it brings renames to its disk in order, so that directories can be exchanged.
[[nodiscard]] bool renames_in_order(const known_root& where);

/// What its journal holds. Takes no lock: while an owner is at work it may be what stood there before.
/// \errors those of the journal.
[[nodiscard]] cp::result<cp::journal::image> read_journal(const known_root& where);

/// One file in `kept/`.
struct kept_entry {
  std::uint64_t mutation = 0;
  std::string path;   ///< where it stood, relative to the root
  std::string place;  ///< where it is, relative to the root
};
[[nodiscard]] cp::result<std::vector<kept_entry>> kept_in(const known_root& where);

}  // namespace command
