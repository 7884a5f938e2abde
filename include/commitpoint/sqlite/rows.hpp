#pragma once

/// \file
/// The commit records in the application's database: one table, and what a row says. docs/formats/sqlite.md is the same
/// in prose.
///
/// A row belongs to one state directory and to one generation of the log in it. Rows of any other generation are
/// settled, whatever they say: what was pending then stands in the record that began the newer generation.

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/journal/format.hpp>
#include <commitpoint/journal/log_reader.hpp>
#include <commitpoint/journal/record.hpp>
#include <commitpoint/sqlite/database.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// The table of commit records. Everything but `read` needs an open transaction.
class sqlite_rows {
 public:
  using record = journal::record;
  using record_kind = journal::record_kind;

  /// `instance` is the path of the state directory, so that two of them can share a database.
  sqlite_rows(sqlite_database& database, const std::string& instance) : database_(database), instance_(instance) {}

  result<void> make_table() {
    return database_.execute(
        "CREATE TABLE IF NOT EXISTS main.commitpoint_commits(instance TEXT NOT NULL, mutation INTEGER NOT NULL, "
        "generation BLOB NOT NULL, record BLOB NOT NULL, PRIMARY KEY(instance, mutation)) WITHOUT ROWID");
  }

  /// Adds a commit record. A row of that number from another generation is replaced: it is settled.
  result<void> insert(const record& r, const journal::log_tail& in) {
    journal::format::header head;
    head.kind = static_cast<std::uint16_t>(r.kind);
    head.mutation = r.mutation;
    head.generation = in.generation;
    head.salt = in.salt;
    const auto generation = generation_of(in);
    const auto bytes = journal::format::encode(head, r.body, r.contents);
    BOOST_OUTCOME_TRYV(store(r.mutation, generation, bytes));
    return require(r.mutation, generation, bytes);
  }

  /// Adds a row that says nothing.
  result<void> insert_mark(std::uint64_t random) {
    const auto bytes = std::to_string(random);
    return store(0, "", bytes);
  }

  /// Removes the rows up to a number.
  result<void> remove_settled(std::uint64_t upto) {
    BOOST_OUTCOME_TRY(auto statement, database_.prepare("DELETE FROM main.commitpoint_commits WHERE instance = ?1 AND "
                                                        "mutation <= ?2"));
    statement.text(1, instance_).number(2, static_cast<std::int64_t>(upto));
    BOOST_OUTCOME_TRYV(database_.step(statement));
    return success();
  }

  /// Removes the rows of other generations, which are settled. Looks at all of them.
  result<void> remove_others(const journal::log_tail& in) {
    BOOST_OUTCOME_TRY(auto statement, database_.prepare("DELETE FROM main.commitpoint_commits WHERE instance = ?1 AND "
                                                        "generation <> ?2"));
    const auto generation = generation_of(in);
    statement.text(1, instance_).blob(2, generation);
    BOOST_OUTCOME_TRYV(database_.step(statement));
    return success();
  }

  /// Gives all rows another owner, so that they are evidence and nothing else.
  result<void> set_aside(std::uint64_t random) {
    BOOST_OUTCOME_TRY(auto statement,
                      database_.prepare("UPDATE main.commitpoint_commits SET instance = ?2 WHERE instance = ?1"));
    const auto aside = instance_ + "?" + std::to_string(random);
    statement.text(1, instance_).text(2, aside);
    BOOST_OUTCOME_TRYV(database_.step(statement));
    return success();
  }

  /// What tells this database from every other one under its name, and from one made anew; empty where nothing does.
  result<std::string> database_id() {
    BOOST_OUTCOME_TRY(const bool there, has_table("commitpoint_database"));
    if (!there) return std::string();
    return database_.ask("SELECT id FROM main.commitpoint_database");
  }
  result<void> set_database_id(std::string_view id) {
    BOOST_OUTCOME_TRYV(
        database_.execute("CREATE TABLE IF NOT EXISTS main.commitpoint_database(id TEXT NOT NULL); "
                          "DELETE FROM main.commitpoint_database"));
    BOOST_OUTCOME_TRY(auto statement, database_.prepare("INSERT INTO main.commitpoint_database VALUES(?1)"));
    statement.text(1, id);
    BOOST_OUTCOME_TRYV(database_.step(statement));
    return success();
  }

  /// The last mutation that was committed in it, of whatever generation; 0 where there was none. Every commit leaves
  /// its row to the next one.
  result<std::uint64_t> last() {
    BOOST_OUTCOME_TRY(const bool there, has_table("commitpoint_commits"));
    if (!there) return std::uint64_t{0};
    BOOST_OUTCOME_TRY(auto row, database_.prepare("SELECT mutation FROM main.commitpoint_commits WHERE instance = ?1 "
                                                  "ORDER BY mutation DESC LIMIT 1"));
    row.text(1, instance_);
    BOOST_OUTCOME_TRY(const bool found, database_.step(row));
    return found ? static_cast<std::uint64_t>(row.number(0)) : std::uint64_t{0};
  }

  /// Puts the commit records of the image's generation where they belong among its records.
  result<void> read(journal::image& image, const journal::log_tail& in) {
    BOOST_OUTCOME_TRY(const bool there, has_table("commitpoint_commits"));
    if (!there) return success();
    BOOST_OUTCOME_TRY(auto rows, database_.prepare("SELECT mutation, generation, record FROM main.commitpoint_commits "
                                                   "WHERE instance = ?1 ORDER BY mutation"));
    rows.text(1, instance_);
    const auto generation = generation_of(in);
    while (true) {
      BOOST_OUTCOME_TRY(const bool row, database_.step(rows));
      if (!row || image.damage) return success();
      const auto number = static_cast<std::uint64_t>(rows.number(0));
      const auto wrong = take(image, number, rows.bytes(1) == generation, rows.bytes(2), in);
      if (!wrong.empty()) image.damage = "the row of mutation " + std::to_string(number) + ": " + wrong;
    }
  }

 private:
  result<bool> has_table(const std::string& name) {
    BOOST_OUTCOME_TRY(const auto there, database_.ask("SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND "
                                                      "name = '" +
                                                      name + "'"));
    return !there.empty();
  }

  // A trigger of the application's can make nothing of an INSERT.
  result<void> require(std::uint64_t mutation, std::string_view generation, std::string_view bytes) {
    BOOST_OUTCOME_TRY(auto row, database_.prepare("SELECT 1 FROM main.commitpoint_commits WHERE instance = ?1 AND "
                                                  "mutation = ?2 AND generation = ?3 AND record = ?4"));
    row.text(1, instance_).number(2, static_cast<std::int64_t>(mutation)).blob(3, generation).blob(4, bytes);
    BOOST_OUTCOME_TRY(const bool there, database_.step(row));
    if (there) return success();
    return failure(make_error_code(errc::unsupported), {},
                   "the commit record is not in the table commitpoint_commits after it was inserted; a trigger?");
  }

  [[nodiscard]] static std::string generation_of(const journal::log_tail& in) {
    return std::to_string(in.generation) + "-" + std::to_string(in.salt);
  }

  result<void> store(std::uint64_t mutation, std::string_view generation, std::string_view bytes) {
    BOOST_OUTCOME_TRY(auto statement,
                      database_.prepare("INSERT OR REPLACE INTO main.commitpoint_commits VALUES(?1, ?2, ?3, ?4)"));
    statement.text(1, instance_).number(2, static_cast<std::int64_t>(mutation)).blob(3, generation).blob(4, bytes);
    BOOST_OUTCOME_TRYV(database_.step(statement));
    return success();
  }

  // Takes one row; gives what is wrong with it. `claimed` is whether its column says that it is of this generation.
  static std::string take(journal::image& image, std::uint64_t number, bool claimed, std::string_view bytes,
                          const journal::log_tail& in) {
    const auto found = journal::format::parse(bytes);
    if (!found || found->size != bytes.size()) return claimed ? "its checksum is wrong" : "";
    const bool is_current = found->head.generation == in.generation && found->head.salt == in.salt;
    if (is_current != claimed) return "its column and its record name different generations";
    if (!is_current) return "";
    if (found->head.version != journal::format::version) {
      return "unknown version " + std::to_string(found->head.version) + " (written by a newer commitpoint?)";
    }
    if (found->head.kind != static_cast<std::uint16_t>(record_kind::commit)) return "it is not a commit record";
    if (found->head.mutation != number) return "its record is that of another mutation";
    if (number < image.records.front().mutation) return "it is older than the generation that it is in";
    const auto body = codec::cbor_view::whole(found->body);
    if (!body || !body->is_map()) return "the checksum is right, and the body is not an object in CBOR";
    return place(image.records, {record_kind::commit, number, std::string(found->body), std::string(found->contents)});
  }

  // Behind what came before the commit point of its mutation, and before what came after it.
  static std::string place(std::vector<record>& records, record r) {
    const auto last = std::find_if(records.rbegin(), records.rend(), [&](const record& other) {
      return other.mutation == r.mutation && other.kind != record_kind::generation &&
             other.kind != record_kind::copying && other.kind != record_kind::published &&
             other.kind != record_kind::retired;
    });
    if (last != records.rend()) {
      if (last->kind == record_kind::rolling_back || last->kind == record_kind::rolled_back) {
        return "the log says that it was rolled back";
      }
      records.insert(last.base(), std::move(r));
      return {};
    }
    const auto next = std::find_if(records.begin(), records.end(), [&](const record& other) {
      return other.mutation >= r.mutation && other.kind != record_kind::generation;
    });
    records.insert(next, std::move(r));
    return {};
  }

  sqlite_database& database_;
  const std::string& instance_;
};

}  // namespace commitpoint::detail
