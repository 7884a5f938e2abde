#pragma once

/// \file
/// What `touch::sqlite` needs. Include it in any source of a program that uses `touch::sqlite`, or that drains what
/// such a program left; `commitpoint/journal/sqlite.hpp` includes it. Needs SQLite3; link `commitpoint::sqlite`.
///
/// A database is never copied as a file: that could catch it in the middle of a transaction, would drop the locks that
/// SQLite holds in this process, and a file restored beside the write-ahead log of another age is corrupt. SQLite's own
/// backup saves and restores it, so that other connections may be open all the while: a restore is one more write
/// transaction to them. What is restored is what the database holds; its bytes, its journal mode and the time of its
/// file are SQLite's.
///
/// \source "SQLite Backup API" (sqlite.org/backup.html); "How To Corrupt An SQLite Database File", sections 1 and 2.2.

#include <commitpoint/config.hpp>
#include <commitpoint/sqlite/error.hpp>

namespace commitpoint::detail {

// Brings the tool into the program.
bool bring_database_tool() noexcept;

inline const bool has_database_tool = bring_database_tool();

}  // namespace commitpoint::detail

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/snapshot/sqlite.ipp>
#endif
