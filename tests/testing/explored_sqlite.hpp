#pragma once

/// \file
/// Explorations of `journal::sqlite`: rows and files of one mutation, with SQLite's own files on the simulated disk.

#include "explored_program.hpp"

#include <commitpoint/testing/exploration.hpp>

#include <vector>

namespace explored {

/// The application's database, relative to the root of the tree.
inline constexpr const char* registry = "db/registry.db";

/// As `program_of`, of combinations with `journal::sqlite`.
[[nodiscard]] commitpoint::testing::explored_program program_with_rows(const combination& c);

/// A shape for such a program: there is a directory for the database, and of that, what is in it is compared.
[[nodiscard]] commitpoint::testing::exploration with_registry(commitpoint::testing::exploration what);

/// Mutations that enlist rows; only for such a program.
[[nodiscard]] std::vector<commitpoint::testing::exploration> rows_and_files();

}  // namespace explored
