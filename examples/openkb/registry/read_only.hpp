#pragma once

/// \file
/// Looking at an SQLite database where nothing may be written: on a read-only mount, or with another user's files.

#include <sqlite3.h>

#include <memory>
#include <string>

namespace openkb {

struct opened_to_look {
  int code = SQLITE_OK;  ///< SQLite's
  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database{nullptr, &sqlite3_close};
};

/// Opens a database that is there, and makes sure that it can be read. To be called while nobody changes it: where
/// SQLite may not write beside it, no lock of its own is taken.
[[nodiscard]] opened_to_look open_to_look(const std::string& file);

/// Whether a connection failed with this code because there is no room on the disk, which SQLite often calls an error
/// of its input and output.
[[nodiscard]] bool is_for_want_of_room(sqlite3* db, int code);

}  // namespace openkb
