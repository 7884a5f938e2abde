#pragma once

/// \file
/// Makes a knowledge base what an older openkb would have made of the same documents, so that it can be upgraded.

#include "interrupted_add.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <sqlite3.h>

#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace openkb::testing {

/// The tables of format 2, word for word, by their names.
inline const std::map<std::string, std::string> tables_of_format_2{
    {"documents",
     "CREATE TABLE documents (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL UNIQUE,"
     " source_path TEXT NOT NULL UNIQUE, format TEXT NOT NULL, title TEXT NOT NULL, added_at TEXT NOT NULL,"
     " updated_at TEXT NOT NULL, size INTEGER NOT NULL, stem TEXT NOT NULL, own_title TEXT NOT NULL, index_id TEXT NOT"
     " NULL, index_owned INTEGER NOT NULL)"},
    {"document_files",
     "CREATE TABLE document_files (document_id INTEGER NOT NULL REFERENCES documents (id), path TEXT NOT NULL,"
     " PRIMARY KEY (document_id, path)) WITHOUT ROWID"},
    {"pages",
     "CREATE TABLE pages (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, slug TEXT NOT NULL, title TEXT NOT NULL,"
     " UNIQUE (kind, slug))"},
    {"page_documents",
     "CREATE TABLE page_documents (page_id INTEGER NOT NULL REFERENCES pages (id), document_id INTEGER NOT NULL"
     " REFERENCES documents (id), PRIMARY KEY (page_id, document_id)) WITHOUT ROWID"},
    {"page_documents_by_document", "CREATE INDEX page_documents_by_document ON page_documents (document_id)"},
    {"index_deletions", "CREATE TABLE index_deletions (index_id TEXT PRIMARY KEY) WITHOUT ROWID"}};

/// The registry, open to be changed behind openkb's back.
class registry_of {
 public:
  explicit registry_of(const place& at) {
    const auto file = at.kb() / ".openkb/registry.db";
    REQUIRE(sqlite3_open_v2(file.c_str(), &db_, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
  }
  registry_of(const registry_of&) = delete;
  registry_of& operator=(const registry_of&) = delete;
  ~registry_of() { sqlite3_close(db_); }

  void run(const std::string& sql) const {
    CAPTURE(sql);
    REQUIRE(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  [[nodiscard]] std::vector<std::string> texts(const std::string& sql) const {
    std::vector<std::string> out;
    auto row = statement::prepare(db_, sql).value();
    while (row.next().value()) out.push_back(row.text(0));
    return out;
  }
  /// Every table and index that is openkb's, by name: what made it.
  [[nodiscard]] std::map<std::string, std::string> schema() const {
    std::map<std::string, std::string> out;
    auto row = statement::prepare(db_,
                                  "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE"
                                  " 'commitpoint%'")
                   .value();
    while (row.next().value()) out.emplace(row.text(0), row.text(1));
    return out;
  }

 private:
  sqlite3* db_ = nullptr;
};

/// What later formats added to the rows goes; what is left has to be format 2, word for word. The index is as it was.
inline void make_format_2(const place& at) {
  {
    const registry_of rows(at);
    // A virtual table takes the tables below it along.
    for (const auto* kind : {"sql LIKE 'CREATE VIRTUAL%'", "type = 'table'", "type = 'index'"}) {
      const std::string which(kind);
      for (const auto& name : rows.texts("SELECT name FROM sqlite_master WHERE sql IS NOT NULL AND " + which)) {
        if (tables_of_format_2.contains(name) || name.starts_with("commitpoint")) continue;
        rows.run(std::string(which == "type = 'index'" ? "DROP INDEX " : "DROP TABLE ") + name);
      }
    }
    REQUIRE(rows.schema() == tables_of_format_2);
    std::string index =
        "# Index\n\nEvery document, in the order in which they were added. Each summary leads on to concepts and "
        "entities. [Log](log.md)\n\n";
    for (const auto& line : rows.texts("SELECT '- [' || name || '](summaries/' || name || '.md) (' || format ||"
                                       " ', added ' || substr(added_at, 1, 10) || ')' FROM documents ORDER BY id")) {
      index += line + "\n";
    }
    at.write("kb/wiki/index.md", index);
    rows.run("PRAGMA user_version = 2");
  }
  at.write("kb/.openkb/config.json", "{\n  \"format\": 2,\n  \"compiler\": \"built-in\"\n}\n");
}

/// What format 4 added goes: the tables of links, and with them the links. Sources are given as they are to be.
inline void make_format_3(const place& at, const std::map<std::string, std::string>& sources) {
  {
    const registry_of rows(at);
    rows.run("DROP TABLE links");
    rows.run("DROP TABLE places");
    rows.run("PRAGMA user_version = 3");
  }
  for (const auto& [name, page] : sources) at.write("kb/wiki/sources/" + name + ".md", page);
  at.write("kb/.openkb/config.json", "{\n  \"format\": 3,\n  \"compiler\": \"built-in\"\n}\n");
}

inline std::string format_of_rows(const place& at) { return registry_of(at).texts("PRAGMA user_version").at(0); }

inline std::string format_of_config(const place& at) {
  return nlohmann::json::parse(content_of(at.kb() / ".openkb/config.json"))["format"].dump();
}

/// A knowledge base of format 2 with one document, and another document that is not in it.
struct old_place : place {
  old_place() {
    REQUIRE(run({"init"}).code == 0);
    write("img/a.png", openkb::testing::png("A"));
    REQUIRE(add(write("a.md", first_text)).code == 0);
    write("b.md", "# Other\n\nAlan Turing read the rollback journal.\n");
    make_format_2(*this);
  }
  [[nodiscard]] openkb::testing::ended add_other() const { return add(path() / "b.md"); }
};

}  // namespace openkb::testing
