#include "registry/registry.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace {

struct memory_database {
  memory_database() { REQUIRE(sqlite3_open(":memory:", &db) == SQLITE_OK); }
  memory_database(const memory_database&) = delete;
  memory_database& operator=(const memory_database&) = delete;
  ~memory_database() { sqlite3_close(db); }
  sqlite3* db = nullptr;
};

openkb::entry entry_of(const std::string& name) {
  return {0, name, "hash of " + name, "/place/" + name, "text", "Title", "2026", "2026", 7, name, "", "", false};
}

}  // namespace

TEST_CASE("registry: a row is found by hash, place and name, and replaced by id") {
  memory_database memory;
  openkb::registry rows(memory.db);
  CHECK(rows.version().value() == 0);
  REQUIRE(rows.make_tables());
  CHECK(rows.version().value() == openkb::registry::current_version);
  auto e = entry_of("a");
  e.id = rows.put(e).value();
  CHECK(rows.by_hash("hash of a").value()->name == "a");
  CHECK(rows.by_place("/place/a").value()->size == 7);
  CHECK(rows.has_name("a").value());
  CHECK_FALSE(rows.has_name("b").value());
  e.sha256 = "other";
  REQUIRE(rows.put(e));
  CHECK_FALSE(rows.by_hash("hash of a").value());
  CHECK(rows.by_hash("other").value()->id == e.id);
  CHECK(rows.count().value().documents == 1);
}

TEST_CASE("registry: a name, a hash and a place are taken once") {
  memory_database memory;
  openkb::registry rows(memory.db);
  REQUIRE(rows.make_tables());
  REQUIRE(rows.put(entry_of("a")));
  const auto again = rows.put(entry_of("a"));
  REQUIRE_FALSE(again);
  CHECK(again.error() == openkb::error::registry_failed);
  CHECK(again.error().explanation().find("UNIQUE") != std::string::npos);
}

TEST_CASE("registry: the files of a document are replaced as a whole") {
  memory_database memory;
  openkb::registry rows(memory.db);
  REQUIRE(rows.make_tables());
  const auto a = rows.put(entry_of("a")).value();
  REQUIRE(rows.put_files(a, {"x", "y"}));
  REQUIRE(rows.put_files(a, {"y", "z"}));
  CHECK(rows.files_of(a).value() == std::vector<std::string>{"y", "z"});
  CHECK(rows.files_of(0).value().empty());
}

TEST_CASE("registry: every question of an add goes through an index") {
  memory_database memory;
  REQUIRE(openkb::registry(memory.db).make_tables());
  for (const auto* sql :
       {"SELECT 1 FROM documents WHERE sha256 = ?", "SELECT 1 FROM documents WHERE source_path = ?",
        "SELECT 1 FROM documents WHERE name = ?", "SELECT 1 FROM pages WHERE kind = ? AND slug = ?",
        "SELECT 1 FROM page_documents WHERE page_id = ?", "SELECT 1 FROM terms WHERE key = ?",
        "SELECT 1 FROM document_terms WHERE document_id = ?", "SELECT 1 FROM tallies WHERE what = ?",
        "SELECT 1 FROM page_documents WHERE document_id = ?", "SELECT path FROM document_files WHERE document_id = ?",
        "SELECT 1 FROM index_deletions WHERE index_id = ?"}) {
    auto plan = openkb::statement::prepare(memory.db, std::string("EXPLAIN QUERY PLAN ") + sql);
    REQUIRE(plan);
    REQUIRE(plan.value().next().value());
    CAPTURE(sql);
    CHECK(plan.value().text(3).starts_with("SEARCH"));
  }
}

TEST_CASE("registry: a document that is removed leaves no row") {
  memory_database memory;
  openkb::registry rows(memory.db);
  REQUIRE(rows.make_tables());
  const auto a = rows.put(entry_of("a")).value();
  REQUIRE(rows.put_files(a, {"x"}));
  REQUIRE(rows.remove(a));
  CHECK(rows.count().value().documents == 0);
  CHECK(rows.files_of(a).value().empty());
  CHECK(rows.tally(openkb::registry::all_documents).value() == 0);
  CHECK(rows.initials().value().empty());
}

TEST_CASE("registry: what the page index is to forget stands there until it has") {
  memory_database memory;
  openkb::registry rows(memory.db);
  REQUIRE(rows.make_tables());
  for (const auto* id : {"pi-1", "pi-2", "pi-1"}) REQUIRE(rows.add_index_deletion(id));
  CHECK(rows.index_deletions().value() == std::vector<std::string>{"pi-1", "pi-2"});
  REQUIRE(rows.remove_index_deletion("pi-1"));
  CHECK(rows.index_deletions().value() == std::vector<std::string>{"pi-2"});
}
