#pragma once

/// \file
/// `journal::sqlite`: the commit record is a row of the application's own database, inserted in the application's own
/// transaction, so that one COMMIT decides rows and files together. Everything else is in a log, because what can undo
/// an effect must be durable while that transaction is still open, and one database has one writer.
///
///     begin        the connection, opened when first needed: WAL, synchronous=FULL, BEGIN IMMEDIATE
///     commit       the row; a note in the log that the outcome is about to be decided; COMMIT
///     abandon      ROLLBACK
///     read         the log, and the rows that belong to its newest generation, in their places
///
/// Needs SQLite3; link `commitpoint::sqlite`. docs/formats/sqlite.md has the table.

#include <commitpoint/journal/interface.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/snapshot/sqlite.hpp>
#include <commitpoint/sqlite/error.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace commitpoint::journal {

/// The journal that commits rows and files at one commit point.
struct sqlite {
  using kind = commitpoint::kind::journal;

  /// The application's database, relative to the root; empty is `journal.db` in the state directory.
  std::string database = {};
  /// How long to wait for a lock that another program holds on it.
  std::chrono::milliseconds busy_timeout{5000};
  /// Of the log beside it, as `log::preallocate`.
  std::uint64_t preallocate = std::uint64_t{256} * 1024;

  /// A body is handed a mutation that has `enlist`.
  using mutation_type = enlisting_mutation;

  [[nodiscard]] result<std::unique_ptr<backend>> open(const place& where) const;
};

}  // namespace commitpoint::journal

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/journal/sqlite.ipp>
#endif
