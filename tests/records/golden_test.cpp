/// \file
/// Records that were written before what reads and writes them was changed: decoded and encoded again they are the
/// same, byte for byte. golden/ has them; make_golden.cpp says how they were made.

#include "records/engine_codec.hpp"
#include "records/golden_text.hpp"

#include <commitpoint/path.hpp>

#include <boost/filesystem/directory.hpp>
#include <boost/filesystem/operations.hpp>

#include <doctest/doctest.h>

#include <cctype>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>

namespace {

namespace cp = commitpoint;
namespace engine = records::engine;
using cp::journal::record_kind;

cp::path golden_directory() {
  cp::path found = cp::path(__FILE__).parent_path() / "golden";
  for (cp::path up = "tests/records/golden"; !boost::filesystem::exists(found); up = ".." / up) found = up;
  return found;
}

std::string content_of(const cp::path& file) {
  std::ifstream in(file.c_str(), std::ios::binary);
  REQUIRE_MESSAGE(in.good(), file.native());
  return {std::istreambuf_iterator<char>(in), {}};
}

const std::map<std::string, record_kind> kinds{{"generation", record_kind::generation},
                                               {"protect", record_kind::protect},
                                               {"will_create", record_kind::will_create},
                                               {"created", record_kind::created},
                                               {"scratch", record_kind::scratch},
                                               {"sibling", record_kind::sibling},
                                               {"commit", record_kind::commit},
                                               {"published", record_kind::published},
                                               {"rolling_back", record_kind::rolling_back},
                                               {"rolled_back", record_kind::rolled_back},
                                               {"retired", record_kind::retired},
                                               {"undone", record_kind::undone},
                                               {"compensate", record_kind::compensate},
                                               {"copying", record_kind::copying}};

void expect_same(const std::string& name, const std::function<std::string(std::string_view)>& again) {
  const auto all = records::golden_from(content_of(golden_directory() / (name + ".txt")));
  CHECK(!all.empty());
  for (const auto& g : all) {
    INFO(name << ", " << g.note << ": " << g.json);
    CHECK(records::json_of(g.bytes) == g.json);
    const auto made = again(g.bytes);
    CHECK_MESSAGE(made == g.bytes, "it becomes " << records::json_of(made));
  }
}

// Each member by where it stands, and each value that is a word of the format's: "redo.*.do=append".
void note_members(const nlohmann::json& j, const std::string& where, std::set<std::string>& into) {
  static const std::set<std::string> telling{"how", "do", "way", "type", "durability"};
  if (j.is_array()) {
    for (const auto& e : j) note_members(e, where + ".*", into);
  }
  if (!j.is_object()) return;
  for (const auto& [key, value] : j.items()) {
    into.insert(where + "." + key);
    if (telling.contains(key) && value.is_string()) into.insert(where + "." + key + "=" + value.get<std::string>());
    if (key != "arguments" && key != "details") note_members(value, where + "." + key, into);
  }
}

TEST_CASE("records of each kind are encoded as they were") {
  for (const auto& [name, kind] : kinds) {
    expect_same(name, [&k = kind](std::string_view bytes) { return engine::body_again(k, bytes); });
  }
}

TEST_CASE("what stands in files of staging is encoded as it was") {
  expect_same("manifest", engine::manifest_again);
  expect_same("block_sums", engine::block_sums_again);
  expect_same("tree_states", engine::tree_states_again);
}

TEST_CASE("the files of the readable journal are written as they were") {
  std::size_t files = 0;
  for (const auto& e : boost::filesystem::recursive_directory_iterator(golden_directory() / "json_file")) {
    if (!boost::filesystem::is_regular_file(e.path())) continue;
    INFO(e.path().native());
    const auto text = content_of(e.path());
    CHECK(engine::json_file_again(e.path().filename().native(), text) == text);
    ++files;
  }
  CHECK(files >= 4);
}

TEST_CASE("rows of the application's database hold what they held") {
  std::istringstream in(content_of(golden_directory() / "sqlite_rows.txt"));
  std::map<std::string, std::string> rows;
  std::string row;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("row ")) row = line;
    if (!line.starts_with("record ")) continue;
    for (std::size_t i = 7; i + 1 < line.size(); i += 2) {
      rows[row] += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
    }
  }
  CHECK(!rows.empty());
  for (const auto& one : rows) {
    INFO(one.first);
    CHECK(engine::record_again(one.second) == one.second);
  }
}

TEST_CASE("every member that a record can have stands in some of them") {
  std::set<std::string> found;
  for (const auto& [name, kind] : kinds) {
    for (const auto& g : records::golden_from(content_of(golden_directory() / (name + ".txt")))) {
      const auto body = nlohmann::json::from_cbor(g.bytes);
      note_members(body, name, found);
      if (!body.contains("pending")) continue;
      for (const auto& e : body["pending"]) {
        found.insert("generation.pending.kind=" + std::to_string(e["kind"].get<unsigned>()));
      }
    }
  }
  for (const auto& g : records::golden_from(content_of(golden_directory() / "manifest.txt"))) {
    note_members(nlohmann::json::from_cbor(g.bytes), "manifest", found);
  }
  for (const std::string wanted : {"generation.accepted",
                                   "generation.pending",
                                   "generation.pending.kind=2",
                                   "generation.pending.kind=3",
                                   "generation.pending.kind=4",
                                   "generation.pending.kind=5",
                                   "generation.pending.kind=6",
                                   "generation.pending.kind=7",
                                   "generation.pending.kind=12",
                                   "generation.pending.kind=13",
                                   "generation.pending.kind=14",
                                   "protect.details",
                                   "protect.durability=power_loss",
                                   "protect.durability=process_crash",
                                   "protect.cache",
                                   "protect.operation",
                                   "protect.entries.*.how=absent",
                                   "protect.entries.*.how=file",
                                   "protect.entries.*.how=symlink",
                                   "protect.entries.*.how=tree",
                                   "protect.entries.*.how=appended",
                                   "protect.entries.*.how=sqlite",
                                   "protect.entries.*.parent_modified",
                                   "protect.entries.*.backup",
                                   "protect.entries.*.end.window",
                                   "protect.entries.*.metadata.attributes",
                                   "protect.entries.*.metadata.target",
                                   "protect.entries.*.state.inode",
                                   "protect.entries.*.changed",
                                   "protect.entries.*.evidence.crc32c",
                                   "protect.entries.*.evidence.way=reflink",
                                   "manifest.*.evidence.way=hardlink",
                                   "manifest.*.evidence.way=reflink",
                                   "manifest.*.evidence.crc32c",
                                   "manifest.*.backup",
                                   "manifest.*.state.type=directory",
                                   "manifest.*.state.type=symlink",
                                   "will_create.entries.*.how=absent",
                                   "created.entries.*.how=created",
                                   "created.entries.*.born",
                                   "created.entries.*.state.type=directory",
                                   "scratch.entries.*.how=scratch",
                                   "scratch.entries.*.born",
                                   "scratch.entries.*.backup",
                                   "sibling.entries.*.how=scratch",
                                   "undone.remaining",
                                   "compensate.entries.*.how=compensate",
                                   "compensate.entries.*.arguments",
                                   "commit.retires",
                                   "commit.details",
                                   "commit.redo.*.do=remove",
                                   "commit.redo.*.do=remove-directory",
                                   "commit.redo.*.do=make-directory",
                                   "commit.redo.*.do=put",
                                   "commit.redo.*.do=append",
                                   "commit.redo.*.source",
                                   "commit.redo.*.sibling",
                                   "commit.redo.*.metadata",
                                   "commit.redo.*.mode",
                                   "commit.redo.*.end",
                                   "commit.redo.*.length",
                                   "commit.redo.*.live_file",
                                   "commit.redo.*.how=copy",
                                   "commit.redo.*.how=exchange",
                                   "commit.redo.*.old",
                                   "commit.redo.*.live_mode",
                                   "commit.redo.*.pre_born",
                                   "commit.redo.*.post_born",
                                   "commit.redo.*.pre.type=directory",
                                   "commit.redo.*.pre.type=none",
                                   "commit.redo.*.pre.type=file",
                                   "commit.redo.*.pre.type=symlink"}) {
    CHECK_MESSAGE(found.contains(wanted), wanted);
  }
}

}  // namespace
