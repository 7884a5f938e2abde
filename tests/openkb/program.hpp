#pragma once

/// \file
/// Runs the sample program as a person would, and looks at what it left.

#include "page_index/page_index.hpp"
#include "registry/database.hpp"
#include "support/program.hpp"
#include "text/links.hpp"

#include <commitpoint/testing/temporary_directory.hpp>
#include <commitpoint/testing/tree_image.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace openkb::testing {

namespace cp = commitpoint;

/// The bytes of something that passes for an image.
inline std::string png(std::string_view rest) { return "\x89PNG\r\n\x1a\n" + std::string(rest); }

using support::content_of;
using support::ended;

/// A process of openkb that was started, and writes to two files.
class running : public support::running {
 public:
  /// `under` is a command that is to run the program, such as strace with its options.
  running(std::vector<std::string> arguments, const std::filesystem::path& said, std::vector<std::string> under = {},
          std::vector<std::string> environment_too = {})
      : support::running(words(std::move(arguments), std::move(under)), said, with_clock(std::move(environment_too))) {}

 private:
  static std::vector<std::string> words(std::vector<std::string> arguments, std::vector<std::string> under) {
    under.emplace_back(OPENKB_PROGRAM);
    under.insert(under.end(), arguments.begin(), arguments.end());
    return under;
  }
  static std::vector<std::string> with_clock(std::vector<std::string> environment) {
    environment.insert(environment.begin(), "OPENKB_NOW=2026-01-31T09:00:00Z");
    return environment;
  }
};

/// A place with a knowledge base `kb` and whatever documents a test makes beside it.
class place {
 public:
  [[nodiscard]] std::filesystem::path path() const { return directory_.path().native(); }
  [[nodiscard]] std::filesystem::path kb() const { return path() / "kb"; }

  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    const auto file = path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }

  /// Set for all runs from now on: `NAME=value`.
  void set(std::string variable) { environment_.push_back(std::move(variable)); }

  [[nodiscard]] running start(std::vector<std::string> arguments, std::vector<std::string> under = {},
                              const std::string& said = "said") const {
    arguments.insert(arguments.begin(), {"--kb", kb().native()});
    return running(std::move(arguments), path() / said, std::move(under), environment_);
  }
  ended run(std::vector<std::string> arguments) const { return start(std::move(arguments)).wait(); }
  ended add(const std::filesystem::path& document) const { return run({"add", document.native()}); }

  /// The knowledge base as it stands, without what is commitpoint's and SQLite's own.
  [[nodiscard]] cp::testing::tree_image image(bool with_times = true) const {
    cp::testing::tree_options options;
    options.ignored = {".openkb/commitpoint"};
    for (const auto* database : {".openkb/registry.db", ".openkb/pageindex.db"}) {
      for (const auto* suffix : {"", "-wal", "-shm"}) options.ignored.push_back(std::string(database) + suffix);
    }
    auto image = cp::testing::read_tree(cp::path(kb().native()), options).value();
    image.entries.at(".openkb").modified.reset();  // SQLite makes and removes its files there, also for a reader
    if (!with_times) {
      for (auto& [name, entry] : image.entries) entry.modified.reset();
    }
    return image;
  }

  /// What is not as it must be in a knowledge base where nothing is pending; empty when all is.
  [[nodiscard]] std::string wrong() const {
    std::string out;
    for (const auto* directory : {"staging", "kept", "quarantine"}) {
      const auto below = kb() / ".openkb/commitpoint" / directory;
      if (std::filesystem::exists(below) && !std::filesystem::is_empty(below))
        out += "not empty: " + below.native() + "\n";
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kb() / "wiki")) {
      if (entry.path().extension() == ".md") out += broken_links(entry.path());
    }
    return out + wrong_rows() + wrong_text() + wrong_blobs();
  }

 private:
  static std::string broken_links(const std::filesystem::path& page) {
    std::string out;
    for (const auto& l : find_links(content_of(page))) {
      if (is_absolute_url(l.target) || l.target.starts_with('#')) continue;
      const auto target = page.parent_path() / decoded_target(l.target.substr(0, l.target.find('#')));
      if (!std::filesystem::exists(target)) out += page.native() + ": broken link " + l.target + "\n";
    }
    return out;
  }

  // Rows without files, files without rows, and what SQLite itself has to say.
  [[nodiscard]] std::string wrong_rows() const {
    std::string out;
    auto db = database::open_to_read((kb() / ".openkb/registry.db").native()).value();
    auto check = statement::prepare(db.get(), "PRAGMA integrity_check").value();
    if (!check.next().value() || check.text(0) != "ok") out += "integrity_check: " + check.text(0) + "\n";
    std::set<std::string> rows;
    auto row = statement::prepare(db.get(),
                                  "SELECT path FROM document_files UNION SELECT 'wiki/' || CASE kind WHEN 'concept' "
                                  "THEN 'concepts/' ELSE 'entities/' END || slug || '.md' FROM pages JOIN "
                                  "page_documents ON page_id = pages.id")
                   .value();
    while (row.next().value()) rows.insert(row.text(0));
    for (const auto& name : rows) {
      if (!std::filesystem::exists(kb() / name)) out += "no file for the row of " + name + "\n";
    }
    for (const auto& [name, entry] : image().entries) {
      const bool page = name.starts_with("wiki/") && !name.starts_with("wiki/index") && name != "wiki/log.md";
      const bool directory = (entry.mode & S_IFMT) == S_IFDIR;
      if (!directory && (page || name.starts_with("raw/")) && !rows.contains(name)) out += "no row for " + name + "\n";
    }
    return out;
  }

  // FTS5's own check; documents that cannot be found, and what is found of documents that are not here.
  [[nodiscard]] std::string wrong_text() const {
    std::string out;
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open_v2((kb() / ".openkb/registry.db").c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> owned(db, &sqlite3_close);
    sqlite3_busy_timeout(db, 10'000);
    auto version = statement::prepare(db, "PRAGMA user_version").value();
    if (!version.next().value() || version.number(0) < 3) return out;
    if (!execute(db, "INSERT INTO texts (texts, rank) VALUES ('integrity-check', 1)")) {
      out += std::string("FTS5's integrity-check: ") + sqlite3_errmsg(db) + "\n";
    }
    auto row = statement::prepare(db,
                                  "SELECT name || ' has no text' FROM documents WHERE NOT EXISTS (SELECT 1 FROM texts"
                                  " WHERE texts.rowid = documents.id AND texts.name = documents.name AND texts.title ="
                                  " documents.title) UNION ALL SELECT name || ' is nobody''s text' FROM texts WHERE"
                                  " rowid NOT IN (SELECT id FROM documents)")
                   .value();
    while (row.next().value()) out += row.text(0) + "\n";
    return out;
  }

  // Blobs without a row, rows without a blob: in the page index, and between it and the registry.
  [[nodiscard]] std::string wrong_blobs() const {
    std::string out;
    auto db = database::open_to_read((kb() / ".openkb/registry.db").native()).value();
    std::set<std::string> expected;
    auto row = statement::prepare(db.get(), "SELECT index_id FROM documents WHERE index_id <> ''").value();
    while (row.next().value()) expected.insert(row.text(0));
    page_index::index index(kb() / ".openkb");
    for (const auto& stray : index.strays()) out += "stray blob " + stray.native() + "\n";
    for (const auto& d : index.documents()) {
      if (!d.ready) out += "unfinished in the page index: " + d.id + "\n";
      if (!std::filesystem::exists(kb() / ".openkb/files" / d.collection / (d.id + ".pdf")))
        out += "no blob " + d.id + "\n";
      if (d.collection == "documents" && expected.erase(d.id) == 0) out += "nobody's in the page index: " + d.id + "\n";
    }
    for (const auto& id : expected) out += "not in the page index: " + id + "\n";
    return out;
  }

  commitpoint::testing::temporary_directory directory_;
  std::vector<std::string> environment_;
};

}  // namespace openkb::testing
