#pragma once

/// \file
/// The mutation of a coordinator whose journal is an SQLite database: rows commit together with files.

#include <commitpoint/journal/interface.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/step.hpp>

#include <sqlite3.h>

#include <functional>
#include <type_traits>
#include <utility>

namespace commitpoint {

namespace detail {

// The application's transaction in an SQLite database, with the connection that it is in.
class sqlite_transaction : public journal::transaction {
 public:
  [[nodiscard]] virtual sqlite3* database() noexcept = 0;
  /// After the application has worked on it, however that ended.
  virtual void put_back() noexcept = 0;

 protected:
  ~sqlite_transaction() = default;
};

// Somebody else's time on the connection.
class connection_on_loan {
 public:
  explicit connection_on_loan(sqlite_transaction& of) noexcept : of_(of) {}
  connection_on_loan(const connection_on_loan&) = delete;
  connection_on_loan& operator=(const connection_on_loan&) = delete;
  ~connection_on_loan() { of_.put_back(); }

 private:
  sqlite_transaction& of_;
};

}  // namespace detail

/// A mutation that also has `enlist`. Take it by `auto&` or by this name.
class enlisting_mutation : public mutation {
 public:
  /// Runs `f`, any callable `result<T>(sqlite3*)`, at once, inside the application's transaction on its own database.
  /// What it changes becomes durable with the mutation's commit record, in one COMMIT, and not before; a rollback of
  /// the mutation takes it back. The connection is valid only while `f` runs, which finalizes its own statements. What
  /// `f` sets on the connection itself (a PRAGMA such as `query_only` or `locking_mode`, hooks, temporary tables and
  /// triggers) ends with the mutation at the latest.
  ///
  /// `f` may use SQL savepoints whose names do not begin with `commitpoint_`. It may not BEGIN, COMMIT or ROLLBACK: a
  /// COMMIT does not succeed, and after any of them the mutation fails. Nor ATTACH, which SQLite refuses here: it does
  /// not commit to several files in one step. From the first `enlist` to the end of the mutation other writers of the
  /// database wait.
  ///
  /// A failure poisons the mutation, as that of any effect; an exception goes on and rolls it back.
  ///
  /// \errors those of `f`; unsupported if `f` ended the transaction; SQLite's, in `sqlite_category()`: busy
  /// (equal to `std::errc::device_or_resource_busy`) when another program has a write transaction for too long.
  template <class F>
  auto enlist(F&& f) -> detail::result_of_body<std::invoke_result_t<F&, sqlite3*>> {
    using Result = std::invoke_result_t<F&, sqlite3*>;
    static_assert(detail::is_result<Result>, "commitpoint: what is enlisted returns a commitpoint::result<T>");
    if constexpr (detail::is_result<Result>) {
      BOOST_OUTCOME_TRY(auto* const rows, effects().begin_rows());
      auto& transaction = *static_cast<detail::sqlite_transaction*>(rows);
      sqlite3* const database = transaction.database();
      Result done = [&]() -> Result {
        const detail::connection_on_loan loan(transaction);
        return std::invoke(f, database);
      }();
      if (sqlite3_get_autocommit(database) != 0) {
        done = Result(failure(make_error_code(errc::unsupported), {},
                              "what was enlisted ended the transaction itself; it may not BEGIN, COMMIT or ROLLBACK"));
      }
      if (done) return done;
      auto why = std::move(done).error().at(step::body).in(number());
      effects().poison(why);
      return why;
    } else {
      return success();
    }
  }

  /// As `mutation::savepoint`, for a body that takes `enlisting_mutation&` or `auto&`: what it enlists is undone with
  /// the rest of it. Where SQLite itself rolls the whole transaction back (a full disk can make it), what was enlisted
  /// before the savepoint is lost as well, and the mutation fails.
  template <class F>
  auto savepoint(F&& body) -> detail::result_of_body<std::invoke_result_t<F&, enlisting_mutation&>> {
    return this->in_savepoint(*this, body);
  }

 protected:
  friend class owner;
  explicit enlisting_mutation(detail::mutation_effects& effects) noexcept : mutation(effects) {}
  ~enlisting_mutation() = default;
};

}  // namespace commitpoint
