#include "json_fixture.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/mutation.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <iterator>
#include <map>
#include <string>

using namespace journal_test;
using cp::errc;

// What a whole coordinator makes of a journal of files: what log_test.cpp's neighbours in detail/ show for the log.

namespace {

using system_type = json_fixture::system_type;
using coordinator = cp::coordinator<cp::journal::json_file, system_type>;

struct pending_tree {
  cp::testing::temporary_directory root;
  system_type system;

  // A mutation in place that cannot be undone, so that it is pending.
  pending_tree() {
    support::write_file(root.path() / "caf\xe9", "old");
    auto notes = open();
    auto owner = notes.acquire().value();
    const auto failed = owner.run(
        {.operation = "edit", .touches = {cp::touch::file("caf\xe9")}}, [&](cp::mutation& m) -> cp::result<void> {
          support::overwrite(m.root() / "caf\xe9", "new");
          system.arm({.nth = 1, .error = EIO, .times = 1000, .only = cp::system::call::rename});
          return make_error_code(std::errc::operation_canceled);
        });
    REQUIRE(failed.error() == errc::dirty_rollback);
    (void)owner.release();
    system.disarm();
  }

  [[nodiscard]] coordinator open() { return coordinator::open(root.path(), {}, system).value(); }
  [[nodiscard]] cp::path journal() const { return root.path() / ".commitpoint/journal"; }
  // The newest file of the mutation.
  [[nodiscard]] cp::path file() const {
    std::map<json_format::file_name, cp::path> all;
    for (const auto& e : fs::directory_iterator(journal())) {
      if (const auto name = json_format::parse_name(e.path().filename().native())) all[*name] = e.path();
    }
    REQUIRE_FALSE(all.rbegin()->first.is_generation());
    return all.rbegin()->second;
  }
};

}  // namespace

TEST_CASE("json_file: what a mutation left is undone by the next owner, and the file says what was to be done") {
  pending_tree tree;
  const auto text = slurp(tree.file());
  CHECK(text.find("\"word\": \"protect\"") != std::string::npos);
  CHECK(text.find("\"$text\": \"caf%e9\"") != std::string::npos);
  auto notes = tree.open();
  CHECK(notes.pending().value().mutations.size() == 1);
  auto owner = notes.acquire().value();
  CHECK(owner.recovered().mutations.size() == 1);
  CHECK(support::read_file(tree.root.path() / "caf\xe9") == "old");
}

TEST_CASE("F13: json_file: damage blocks, is kept whole in the quarantine, and can be accepted") {
  pending_tree tree;
  const auto file = tree.file();
  // A kind that this version does not know, under a right checksum.
  auto json = nlohmann::ordered_json::parse(slurp(file));
  json.erase("crc32c");
  json["records"][0]["kind"] = 99;
  auto text = json.dump(2);
  text.resize(text.size() - 2);
  spill(file, text + json_format::seal(cp::codec::crc32c{text}.value()));

  const auto damaged = slurp(file);
  auto notes = tree.open();
  const auto blocked = notes.acquire();
  REQUIRE_FALSE(blocked);
  CHECK(blocked.error() == errc::needs_repair);
  CHECK(blocked.error().message().find("unknown kind of record 99") != std::string::npos);
  CHECK(support::read_file(tree.root.path() / "caf\xe9") == "new");
  CHECK_FALSE(notes.read());

  const auto seen = notes.pending().value();
  REQUIRE(seen.blocked);
  const auto evidence = tree.root.path() / seen.blocked->evidence / "journal";
  CHECK(slurp(evidence / file.filename()) == damaged);
  REQUIRE(notes.accept(seen.blocked->id));
  CHECK(slurp(evidence / file.filename()) == damaged);
  auto owner = notes.acquire().value();
  std::uint64_t number = 0;
  CHECK(owner.run({}, [&](cp::mutation& m) {
    number = m.number();
    return m.write("after", "x");
  }));
  CHECK(number == 2);
}

TEST_CASE("F16: json_file: a journal that names what is outside or commitpoint's own is damage") {
  for (const auto* path :
       {"/etc/passwd", "../x", "a/../../x", ".commitpoint/lock", ".commitpoint/journal/g1.json", "", "."}) {
    pending_tree tree;
    const auto file = tree.file();
    auto json = nlohmann::ordered_json::parse(slurp(file));
    json.erase("crc32c");
    json["records"][0]["body"]["entries"][0]["path"] = path;
    auto text = json.dump(2);
    text.resize(text.size() - 2);
    spill(file, text + json_format::seal(cp::codec::crc32c{text}.value()));
    auto notes = tree.open();
    const auto blocked = notes.acquire();
    REQUIRE_FALSE(blocked);
    CHECK(blocked.error() == errc::needs_repair);
    CHECK(support::read_file(tree.root.path() / "caf\xe9") == "new");
  }
}

TEST_CASE("F12: json_file: a journal that cannot be read fails acquire, and nothing is touched") {
  pending_tree tree;
  const auto before = cp::testing::read_tree(tree.root.path()).value();
  for (const auto what : {cp::system::call::list, cp::system::call::read}) {
    auto notes = tree.open();
    // Opening is over. A mark that cannot be read is none; then comes the journal.
    tree.system.arm({.nth = 1, .error = EIO, .times = 1000, .only = what});
    const auto failed = notes.acquire();
    tree.system.disarm();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == cp::system_error(EIO));
    CHECK(failed.error().path().find("journal") != std::string_view::npos);
    CHECK(cp::testing::difference_text(before, cp::testing::read_tree(tree.root.path()).value()) == "");
  }
}

TEST_CASE("json_file: hundreds of mutations of one owner leave a handful of files") {
  const cp::testing::temporary_directory root(fs::is_directory("/dev/shm") ? "/dev/shm" : "/tmp");
  auto notes = cp::coordinator<cp::journal::json_file>::open(root.path()).value();
  {
    auto owner = notes.acquire().value();
    for (int i = 0; i < 300; ++i) {
      REQUIRE(owner.run({}, [&](cp::mutation& m) { return m.write("note", std::to_string(i)); }));
    }
  }
  CHECK(std::distance(fs::directory_iterator(root.path() / ".commitpoint/journal"), fs::directory_iterator()) <= 6);
  auto owner = notes.acquire().value();
  CHECK(owner.recovered().empty());
  std::uint64_t number = 0;
  REQUIRE(owner.run({}, [&](cp::mutation& m) {
    number = m.number();
    return m.write("note", "x");
  }));
  CHECK(number == 301);
}
