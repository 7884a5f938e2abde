#include "journal/log_fixture.hpp"
#include "support/record_body.hpp"
#include "support/scenarios.hpp"

#include <commitpoint/detail/records/entries.hpp>

#include <cstdlib>

using namespace crash_lab;
using cp::errc;
using nlohmann::json;
using way = cp::detail::undo_entry::way;
using action = cp::detail::redo_entry::action;

namespace {

constexpr machine here{};

// ---- What a crash leaves.

const cp::plan edit_plan{.operation = "edit",
                         .touches = {cp::touch::file("wiki/index.md"), cp::touch::tree("wiki/concepts")}};

// In place, and ended before the commit record.
void leave_uncommitted(const cp::path& root) {
  leave_pending(here, root, edit_plan, [](cp::mutation& m, stage& on) -> cp::result<void> {
    spill(on / "wiki/index.md", "edited in place\n");
    spill(on / "wiki/concepts/extra.md", "extra\n");
    BOOST_OUTCOME_TRYV(m.write("registry", "never to be seen\n"));
    die();
  });
}

// Staged, and ended between the commit record and the first publish.
void leave_committed(const cp::path& root, const machine& on = here) {
  const auto end = in_child(on, {}, [&](system_type& system, int) {
    auto kb = open_here(system, root);
    auto mine = kb.acquire();
    expect_success(mine);
    expect_success(mine.value().run({.operation = "staged"}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write("wiki/index.md", "published\n"));
      BOOST_OUTCOME_TRYV(m.write("wiki/new.md", "new\n"));
      BOOST_OUTCOME_TRYV(m.append("wiki/log.md", "day three\n"));
      BOOST_OUTCOME_TRYV(m.remove("registry"));
      system.arm({.nth = 1, .effect = fault::ends_process, .only = call::rename});
      return cp::success();
    }));
  });
  if (!end.killed) throw std::runtime_error("the child was to be killed: " + end.trouble);
}

// Ended right after everything went live.
void leave_published(const cp::path& root) {
  cp::plan plan{.operation = "staged"};
  plan.after_commit.emplace_back([] { die(); });
  leave_pending(here, root, plan, [](cp::mutation& m, stage&) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("wiki/index.md", "published\n"));
    BOOST_OUTCOME_TRYV(m.write("wiki/new.md", "new\n"));
    BOOST_OUTCOME_TRYV(m.append("wiki/log.md", "day three\n"));
    return m.remove("registry");
  });
}

bool works(coordinator& kb) {
  auto mine = kb.acquire();
  return mine && mine.value().recovered().empty() &&
         mine.value().run({.operation = "check"}, [](cp::mutation& m) { return m.write("check", "it works\n"); });
}

// ---- What is in the quarantine.

cp::path journal_file(const cp::path& root, int number = 0) {
  return root / state_directory / ("journal." + std::to_string(number));
}

std::string quarantined(const cp::path& root, const std::string& id, const std::string& name) {
  return slurp(root / state_directory / "quarantine" / id / name);
}

// Blocked, again and for everybody; nothing live was touched; `accept` settles it, and the evidence stays.
void expect_blocked(const cp::path& root, const tree_image& live, const machine& on = here) {
  auto system = on.system();
  auto kb = open_here(system, root);
  const auto journals = std::make_pair(slurp(journal_file(root, 0)), slurp(journal_file(root, 1)));
  // Whoever only looks is told the same, and touches nothing, not even what is commitpoint's own.
  const auto whole = cp::testing::read_tree(root).value();
  const auto verified = kb.verify();
  CHECK(difference_text(whole, cp::testing::read_tree(root).value()) == "");
  const auto first = kb.acquire();
  REQUIRE_FALSE(first);
  CHECK(first.error() == errc::needs_repair);
  REQUIRE(verified);
  REQUIRE(verified.value().blocked);
  CHECK(verified.value().blocked->id.empty());
  CHECK(first.error().message().find(verified.value().blocked->reason) != std::string::npos);
  CHECK(difference_from(live, look_at(root)) == "");
  const auto seen = kb.pending().value();
  REQUIRE(seen.blocked);
  const auto id = seen.blocked->id;
  CHECK_FALSE(id.empty());
  CHECK(first.error().message().find(id) != std::string::npos);
  CHECK(kb.acquire().error() == errc::needs_repair);
  CHECK(kb.read().error() == errc::needs_repair);
  CHECK(kb.pending().value().blocked->id == id);
  CHECK(kb.verify().value().blocked->id == id);
  CHECK(quarantined(root, id, "journal.0") == journals.first);
  CHECK(quarantined(root, id, "journal.1") == journals.second);
  CHECK(kb.accept("q0").error() == std::errc::no_such_file_or_directory);
  CHECK(kb.acquire().error() == errc::needs_repair);

  const auto settled = kb.accept(id);
  REQUIRE(settled);
  CHECK(difference_from(live, look_at(root)) == "");
  CHECK(works(kb));
  CHECK(quarantined(root, id, "journal.0") == journals.first);
  CHECK(quarantined(root, id, "journal.1") == journals.second);
  CHECK(kb.accept(id).error() == std::errc::no_such_file_or_directory);
}

// ---- Fabricated journals.

struct forged {
  cp::testing::temporary_directory outer{fast_place()};
  cp::path root = outer / "root";
  system_type system = here.system();

  forged() {
    fs::create_directory(root);
    build_tree(root);
    fs::create_directory(outer / "outside");
    spill(outer / "outside/secret", "secret\n");
    make_link("../outside", root / "way-out");
    age(outer / "outside");
    age(root);
    auto kb = open_here(system, root);
    auto mine = kb.acquire().value();
    REQUIRE(mine.release());
  }

  // The journal's own backend writes what it is told.
  void write(const std::vector<cp::journal::record>& records) {
    const auto top = system.open_root(root.native()).value();
    const auto state = system.open(top, state_directory, {.directory = true}).value();
    const std::string name = state_directory;
    cp::journal::log_backend backend({system, top, state, name}, 4096);
    REQUIRE_FALSE(backend.read().value().damage);
    for (const auto& r : records) backend.append(r).value();
    backend.sync().value();
  }

  // A backup in the staging of a mutation, and its evidence.
  json save(std::uint64_t mutation, const std::string& name, const std::string& bytes) const {
    const auto area = root / state_directory / "staging" / ("m" + std::to_string(mutation));
    fs::create_directories(area);
    spill(area / name, bytes);
    return {{"size", bytes.size()}, {"crc32c", cp::codec::crc32c{bytes}.value()}};
  }
};

json some_metadata(const char* type = "file") {
  return {{"type", type}, {"mode", 0666}, {"user", 0}, {"group", 0}, {"modified", 1}, {"target", "x"}};
}

cp::journal::record undo_record(std::uint64_t mutation, json entry, record_kind kind = record_kind::protect) {
  return support::make_record(kind, mutation,
                              {{"operation", "forged"},
                               {"durability", "power_loss"},
                               {"cache", ""},
                               {"entries", json::array({std::move(entry)})}});
}

cp::journal::record commit_record(std::uint64_t mutation, json entry) {
  return support::make_record(record_kind::commit, mutation,
                              {{"operation", "forged"},
                               {"durability", "power_loss"},
                               {"cache", ""},
                               {"redo", json::array({std::move(entry)})}});
}

struct stat stamp_of(const cp::path& at) {
  struct stat x {};
  demand(::lstat(at.c_str(), &x) == 0, at.native());
  return x;
}

bool same_stamp(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_mode == b.st_mode && a.st_size == b.st_size && a.st_nlink == b.st_nlink &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
         a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

}  // namespace

// ---- F5

TEST_CASE("F5: a torn commit record is no commit record") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  const auto before = look_at(root.path());
  leave_committed(root.path());
  auto bytes = slurp(journal_file(root.path()));
  const auto ends = journal_test::borders(bytes);
  REQUIRE(ends.size() >= 3);
  const auto last = ends[ends.size() - 2];
  SUBCASE("its end never came") {
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(last) + 70, bytes.end(), '\0');
  }
  SUBCASE("its beginning never came") { std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(last), 60, '\0'); }
  SUBCASE("one bit of it") { bytes[last + 100] = static_cast<char>(bytes[last + 100] ^ 1); }
  spill(journal_file(root.path()), bytes);
  auto system = here.system();
  auto kb = open_here(system, root.path());
  {
    auto mine = kb.acquire().value();
    CHECK(mine.recovered().empty());
    CHECK(difference_from(before, look_at(root.path())) == "");
    CHECK(leftovers(root.path()) == "");
  }
  CHECK(works(kb));
}

TEST_CASE("F5: garbage behind the last record is ignored, and records of an earlier life of a recycled file") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  auto system = here.system();
  auto kb = open_here(system, root.path());
  std::string index;
  // The files of 4 KiB are used in turn again and again.
  for (int i = 0; i < 60; ++i) {
    INFO("life " << i);
    {
      auto mine = kb.acquire().value();
      CHECK(mine.recovered().empty());
      index = "life " + std::to_string(i) + "\n";
      REQUIRE(mine.run({.operation = "life"}, [&](cp::mutation& m) { return m.write("wiki/index.md", index); }));
    }
    CHECK(slurp(root / "wiki/index.md") == index);
    if (i % 7 != 0) continue;
    for (int number = 0; number < 2; ++number) {
      auto bytes = slurp(journal_file(root.path(), number));
      const auto end = journal_test::borders(bytes).back();
      if (end == 0 || end + 64 > bytes.size()) continue;
      std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(end), bytes.begin() + static_cast<std::ptrdiff_t>(end + 64),
                'g');
      spill(journal_file(root.path(), number), bytes);
    }
  }
}

// ---- F12

TEST_CASE("F12: a journal that cannot be read: acquire fails with that, and nothing is touched") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  leave_uncommitted(root.path());
  const auto all = look_at_all(root.path());
  auto system = here.system();
  auto kb = open_here(system, root.path());
  for (const int error : {EIO, EACCES, ENOMEM}) {
    INFO("errno " << error);
    system.arm({.nth = 1, .error = error, .times = 1'000'000, .only = call::read});
    const auto mine = kb.acquire();
    REQUIRE_FALSE(mine);
    CHECK(mine.error() == cp::system_error(error));
    CHECK(kb.read().error() == cp::system_error(error));
    CHECK(kb.pending().error() == cp::system_error(error));
    system.disarm();
    CHECK(cp::testing::difference_text(all, look_at_all(root.path())) == "");
  }
  CHECK(kb.acquire());
}

TEST_CASE("F12: a journal that belongs to somebody else: acquire fails with EACCES, and nothing is touched") {
  if (::geteuid() != 0) {
    MESSAGE("SKIPPED: only root can give a journal to somebody else");
    return;
  }
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  leave_uncommitted(root.path());
  constexpr unsigned nobody = 65534;
  demand(::chown(root.path().c_str(), nobody, nobody) == 0, "chown");
  for (const auto& e : fs::recursive_directory_iterator(root.path())) {
    if (e.path().filename().native().starts_with("journal.")) continue;
    demand(::lchown(e.path().c_str(), nobody, nobody) == 0, e.path().native());
  }
  const auto all = look_at_all(root.path());
  const auto end = in_child(here, {}, [&](system_type& system, int) {
    demand(::setgid(nobody) == 0 && ::setuid(nobody) == 0, "setuid");
    auto kb = open_here(system, root.path());
    const auto mine = kb.acquire();
    if (mine || mine.error() != std::errc::permission_denied) throw std::runtime_error("acquire was to be refused");
    if (mine.error().path().find("journal.") == std::string::npos) throw std::runtime_error("the journal is not named");
  });
  CHECK(end.trouble == "");
  CHECK(cp::testing::difference_text(all, look_at_all(root.path())) == "");
}

// ---- F13

TEST_CASE("F13: what this version does not know, or a flipped bit: quarantined, and accept settles it") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  leave_uncommitted(root.path());
  auto bytes = slurp(journal_file(root.path()));
  const auto ends = journal_test::borders(bytes);
  REQUIRE(ends.size() >= 3);
  SUBCASE("a version") {
    journal_test::change_header(bytes, ends[1], [](auto& h) { h.version = 9; });
  }
  SUBCASE("a kind of record") {
    journal_test::change_header(bytes, ends[1], [](auto& h) { h.kind = 4711; });
  }
  SUBCASE("a flipped bit in what was durable") {
    // Another record follows, which says that this one was durable.
    bytes.clear();
    auto system = here.system();
    const auto top = system.open_root(root.path().native()).value();
    const auto state = system.open(top, state_directory, {.directory = true}).value();
    const std::string name = state_directory;
    cp::journal::log_backend backend({system, top, state, name}, 4096);
    REQUIRE(backend.read());
    REQUIRE(backend.sync());
    REQUIRE(backend.append(support::make_record(record_kind::rolling_back, 1)));
    bytes = slurp(journal_file(root.path()));
    bytes[ends[1] + 80] = static_cast<char>(bytes[ends[1] + 80] ^ 0x10);
  }
  SUBCASE("a body that makes no sense") {
    auto system = here.system();
    const auto top = system.open_root(root.path().native()).value();
    const auto state = system.open(top, state_directory, {.directory = true}).value();
    const std::string name = state_directory;
    cp::journal::log_backend backend({system, top, state, name}, 4096);
    REQUIRE(backend.read());
    REQUIRE(backend.append(undo_record(1, {{"path", "registry"}, {"how", "by magic"}})));
    bytes = slurp(journal_file(root.path()));
  }
  spill(journal_file(root.path()), bytes);
  expect_blocked(root.path(), look_at(root.path()));
}

TEST_CASE("F13: killed while blocking, and while accepting: the evidence is whole, and the way on is open") {
  const auto damaged = [](const cp::path& root) {
    build_tree(root);
    leave_uncommitted(root);
    auto bytes = slurp(journal_file(root));
    journal_test::change_header(bytes, journal_test::borders(bytes)[1], [](auto& h) { h.version = 9; });
    spill(journal_file(root), bytes);
    return bytes;
  };
  const auto accept = [](const cp::path& root, const fault_plan& plan) {
    return in_child(here, plan, [&](system_type& system, int) {
      auto kb = open_here(system, root);
      const auto seen = kb.pending();
      expect_success(seen);
      if (seen.value().blocked) expect_success(kb.accept(seen.value().blocked->id));
    });
  };
  bool blocked = false;
  for (std::uint64_t n = 1; !blocked; ++n) {
    bool accepted = false;
    // Every point of blocking, then one of accepting; and at the end of blocking every one of accepting.
    for (std::uint64_t a = 1; !accepted; ++a) {
      INFO("blocking killed before change " << n << ", accepting before change " << a);
      const cp::testing::temporary_directory root(fast_place());
      const auto evidence = damaged(root.path());
      const auto live = look_at(root.path());
      const auto first = drain_in_child(here, root.path(), kill_before_change(n));
      blocked = !first.killed;
      auto system = here.system();
      auto kb = open_here(system, root.path());
      CHECK(kb.acquire().error() == errc::needs_repair);
      const auto id = kb.pending().value().blocked->id;
      accepted = !accept(root.path(), kill_before_change(a)).killed;
      CHECK(difference_from(live, look_at(root.path())) == "");
      const auto again = kb.pending().value().blocked;
      if (again) CHECK(kb.accept(again->id));
      CHECK(works(kb));
      CHECK(quarantined(root.path(), id, "journal.0") == evidence);
      CHECK(slurp(root / state_directory / "quarantine" / id / "m1" / "b0") == "- [[alpha]]\n- [[beta]]\n");
      if (!blocked) break;
    }
  }
}

// ---- F14

TEST_CASE("F14: a backup that is missing, short or altered is found before anything live is touched") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  leave_uncommitted(root.path());
  const auto area = root / ".commitpoint/staging/m1";
  const auto flip = [&](const cp::path& at) {
    auto bytes = slurp(at);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    spill(at, bytes);
  };
  // The backup of the file, b0, and that of the tree, b1: its manifest, and a file in it.
  cp::path in_tree;
  for (const auto& e : fs::directory_iterator(area / "b1")) {
    if (fs::file_size(e.path()) == 2000) in_tree = e.path();
  }
  REQUIRE_FALSE(in_tree.empty());
  SUBCASE("a file's: missing") { fs::remove(area / "b0"); }
  SUBCASE("a file's: short") { fs::resize_file(area / "b0", 5); }
  SUBCASE("a file's: altered") { flip(area / "b0"); }
  SUBCASE("a file in a tree: missing") { fs::remove(in_tree); }
  SUBCASE("a file in a tree: altered") { flip(in_tree); }
  SUBCASE("a tree's: missing") { fs::remove_all(area / "b1"); }
  SUBCASE("a manifest: missing") { fs::remove(area / "b1.manifest"); }
  SUBCASE("a manifest: altered") { flip(area / "b1.manifest"); }
  SUBCASE("all of staging: missing") { fs::remove_all(area); }
  expect_blocked(root.path(), look_at(root.path()));
}

TEST_CASE("F14: a staged file that is missing or altered is found before anything live is touched") {
  for (const bool ordered : {false, true}) {
    const machine on{.ordered_metadata = ordered};
    // In the order of the body: what replaces, what is new, what is appended.
    const std::function<void(const cp::path&)> damages[] = {
        [](const cp::path& m1) { fs::remove(m1 / "f0"); },
        [](const cp::path& m1) { fs::remove(m1 / "f1"); },
        [](const cp::path& m1) { fs::remove(m1 / "f2"); },
        [](const cp::path& m1) { fs::resize_file(m1 / "f0", 1); },
        [](const cp::path& m1) { fs::resize_file(m1 / "f2", 1); },
        [](const cp::path& m1) { spill(m1 / "f0", "another  \n"); },
        [](const cp::path& m1) { fs::remove_all(m1); },
    };
    for (std::size_t i = 0; i < std::size(damages); ++i) {
      INFO(on.name() << ", damage " << i);
      const cp::testing::temporary_directory root(fast_place());
      build_tree(root.path());
      leave_committed(root.path(), on);
      damages[i](root / ".commitpoint/staging/m1");
      expect_blocked(root.path(), look_at(root.path()), on);
    }
  }
}

// ---- F15

TEST_CASE("F15: a tree that was moved or copied with a mutation pending recovers itself, and no other") {
  for (const bool committed : {false, true}) {
    const cp::testing::temporary_directory outer(fast_place());
    const auto root = outer / "root";
    fs::create_directory(root);
    build_tree(root);
    const auto before = look_at(root);
    committed ? leave_committed(root) : leave_uncommitted(root);
    const auto recovers = [&](const cp::path& where) {
      auto system = here.system();
      auto kb = open_here(system, where);
      const auto verified = kb.verify().value();
      CHECK_FALSE(verified.blocked);
      CHECK(verified.mutations.size() == 1);
      auto mine = kb.acquire();
      REQUIRE_MESSAGE(mine, mine.error().message());
      CHECK(mine.value().recovered().mutations.size() == 1);
      CHECK(mine.value().release());
      CHECK(leftovers(where) == "");
      if (!committed) {
        CHECK(difference_from(before, look_at(where)) == "");
      } else {
        CHECK(slurp(where / "wiki/index.md") == "published\n");
        CHECK(slurp(where / "wiki/log.md") == "day one\nday two\nday three\n");
        CHECK(slurp(where / "wiki/new.md") == "new\n");
        CHECK_FALSE(fs::exists(where / "registry"));
        CHECK(kept_below(where).empty());
      }
      CHECK(works(kb));
    };
    const auto shell = [&](const std::string& command) { REQUIRE(std::system(command.c_str()) == 0); };

    shell("cp -a '" + root.native() + "' '" + (outer / "copy").native() + "'");
    const auto original = look_at_all(root);
    recovers(outer / "copy");
    CHECK(cp::testing::difference_text(original, look_at_all(root)) == "");
    shell("mv '" + root.native() + "' '" + (outer / "moved").native() + "'");
    recovers(outer / "moved");
    CHECK_FALSE(fs::exists(root));
  }
}

// ---- F16

TEST_CASE("F16: a journal made by somebody hostile reaches nothing outside, nor the lock, nor itself") {
  const std::vector<std::string> places{"/etc/passwd",
                                        "../outside/secret",
                                        "way-out/secret",
                                        "way-out/new",
                                        ".commitpoint/lock",
                                        ".commitpoint/lock.turnstile",
                                        ".commitpoint",
                                        ".commitpoint/journal.0",
                                        ".commitpoint/journal.1",
                                        ".commitpoint/format",
                                        "wiki/../../outside/secret",
                                        "./registry",
                                        "",
                                        "."};
  const auto passwd = stamp_of("/etc/passwd");
  for (const auto& at : places) {
    const auto cases = [&](forged& f) {
      const auto evidence = f.save(1, "b0", "forged\n");
      std::vector<cp::journal::record> all;
      const json undo{{"path", at},
                      {"metadata", some_metadata()},
                      {"state", {{"type", "file"}, {"size", 7}, {"inode", 1}}},
                      {"changed", 1},
                      {"backup", "b0"},
                      {"evidence", evidence},
                      {"end", {{"offset", 0}, {"window", 0}, {"crc32c", 0}}},
                      {"born", 1},
                      {"parent_modified", 1}};
      for (const auto* how : {"absent", "file", "symlink", "appended", "created", "scratch"}) {
        auto entry = undo;
        entry["how"] = how;
        all.push_back(undo_record(1, entry));
      }
      auto kept_secret = undo;
      kept_secret["how"] = "created";
      kept_secret["state"]["inode"] = stamp_of(f.outer / "outside/secret").st_ino;
      all.push_back(undo_record(1, kept_secret, record_kind::created));
      for (const auto* what : {"put", "remove", "append", "make-directory", "remove-directory"}) {
        json entry{{"do", what},
                   {"path", at},
                   {"pre", {{"type", "none"}}},
                   {"post", {{"type", "file"}, {"size", 7}, {"modified", 1}}},
                   {"source", "b0"},
                   {"length", 7},
                   {"end", {{"offset", 0}, {"window", 0}, {"crc32c", 0}}}};
        if (std::string_view(what).ends_with("directory")) entry.erase("source");
        if (std::string_view(what) == "make-directory") {
          entry["post"] = {{"type", "directory"}};
          entry["metadata"] = some_metadata("directory");
        }
        all.push_back(commit_record(1, entry));
        // What stands there now is what the journal says was there.
        entry["pre"] = {{"type", "file"}, {"size", 7}, {"modified", 1'000'000'000'123'456'789}};
        all.push_back(commit_record(1, entry));
      }
      all.push_back(commit_record(1, {{"do", "put"},
                                      {"path", "registry"},
                                      {"pre", {{"type", "none"}}},
                                      {"post", {{"type", "file"}, {"size", 7}, {"modified", 1}}},
                                      {"sibling", at}}));
      all.push_back(commit_record(1, {{"do", "put"},
                                      {"path", "registry"},
                                      {"pre", {{"type", "none"}}},
                                      {"post", {{"type", "file"}, {"size", 7}, {"modified", 1}}},
                                      {"source", at}}));
      return all;
    };
    std::size_t count = 0;
    {
      forged f;
      count = cases(f).size();
    }
    for (std::size_t i = 0; i < count; ++i) {
      forged f;
      const auto record = cases(f)[i];
      INFO("the journal says: " << support::json_of(record).dump());
      f.write({record});
      const auto outside = look_at_all(f.outer / "outside");
      const auto lock = stamp_of(f.root / ".commitpoint/lock").st_ino;
      const auto journal = stamp_of(f.root / ".commitpoint/journal.0").st_ino;
      const auto format = slurp(f.root / ".commitpoint/format");
      auto kb = open_here(f.system, f.root);
      const auto mine = kb.acquire();
      REQUIRE_FALSE(mine);
      // Refused for what it names, and not because it was forged badly.
      CHECK(mine.error().message().find("exception") == std::string::npos);
      CHECK(cp::testing::difference_text(outside, look_at_all(f.outer / "outside")) == "");
      CHECK(stamp_of(f.root / ".commitpoint/lock").st_ino == lock);
      CHECK(stamp_of(f.root / ".commitpoint/journal.0").st_ino == journal);
      CHECK(slurp(f.root / ".commitpoint/format") == format);
      CHECK(same_stamp(passwd, stamp_of("/etc/passwd")));
    }
  }
}

TEST_CASE("F16: a hostile backup leads nowhere") {
  forged f;
  const auto secret = f.outer / "outside/secret";
  const std::string bytes = slurp(secret);
  const json evidence{{"size", bytes.size()}, {"crc32c", cp::codec::crc32c{bytes}.value()}};
  (void)f.save(1, "b0", "forged\n");
  const auto area = f.root / ".commitpoint/staging/m1";
  make_link("../../../../outside", area / "out");
  make_link("../../../../outside/secret", area / "file");
  json entry{{"path", "registry"},
             {"how", "file"},
             {"metadata", some_metadata()},
             {"state", {{"type", "file"}, {"size", 7}, {"inode", 1}}},
             {"changed", 1},
             {"evidence", evidence}};
  SUBCASE("through a link on the way") { entry["backup"] = "out/secret"; }
  SUBCASE("that is a link") { entry["backup"] = "file"; }
  SUBCASE("above staging") { entry["backup"] = "../../../registry"; }
  SUBCASE("without evidence") {
    entry["backup"] = "b0";
    entry["evidence"] = "none";
  }
  SUBCASE("of a tree, through a link") {
    entry["how"] = "tree";
    entry["path"] = "wiki";
    entry["backup"] = "out/tree";
  }
  SUBCASE("of a tree, whose manifest is nonsense") {
    const auto nonsense = json::to_cbor(json::array({json{{"path", "../../x"}}}));
    const std::string text(nonsense.begin(), nonsense.end());
    entry["how"] = "tree";
    entry["path"] = "wiki";
    entry["backup"] = "b9";
    fs::create_directory(area / "b9");
    entry["evidence"] = f.save(1, "b9.manifest", text);
  }
  f.write({undo_record(1, entry)});
  const auto outside = look_at_all(f.outer / "outside");
  const auto stamp = stamp_of(secret);
  const auto live = look_at(f.root);
  auto kb = open_here(f.system, f.root);
  CHECK(kb.acquire().error() == errc::needs_repair);
  CHECK(cp::testing::difference_text(outside, look_at_all(f.outer / "outside")) == "");
  CHECK(same_stamp(stamp, stamp_of(secret)));
  CHECK(difference_from(live, look_at(f.root)) == "");
}

// ---- F17

TEST_CASE("F17: two pending mutations are undone newest first") {
  forged f;
  const auto protect = [&](std::uint64_t mutation, const std::string& was) {
    const json entry{
        {"path", "registry"},
        {"how", "file"},
        {"metadata", {{"type", "file"}, {"mode", 0600}, {"user", 0}, {"group", 0}, {"modified", 1'000 + mutation}}},
        {"state", {{"type", "file"}, {"size", was.size()}, {"modified", 1}, {"inode", 1}}},
        {"changed", 1},
        {"backup", "b0"},
        {"evidence", f.save(mutation, "b0", was)}};
    return undo_record(mutation, entry);
  };
  const json created{{"path", "blobs/second"}, {"how", "absent"}};
  f.write(
      {protect(1, "first state\n"), protect(2, "second state\n"), undo_record(2, created, record_kind::will_create)});
  spill(f.root / "registry", "third state\n");
  spill(f.root / "blobs/second", "of the second\n");
  auto kb = open_here(f.system, f.root);
  auto mine = kb.acquire().value();
  REQUIRE(mine.recovered().mutations.size() == 2);
  CHECK(slurp(f.root / "registry") == "first state\n");
  CHECK(stamp_of(f.root / "registry").st_mtim.tv_nsec == 1'001);
  CHECK_FALSE(fs::exists(f.root / "blobs/second"));
  CHECK(leftovers(f.root) == "");
  CHECK(slurp(f.root / ".commitpoint/kept/2/registry") == "third state\n");
  CHECK(slurp(f.root / ".commitpoint/kept/2/blobs/second") == "of the second\n");
  CHECK(mine.run({.operation = "next"}, [](cp::mutation& m) -> cp::result<void> {
    CHECK(m.number() == 3);
    return cp::success();
  }));
}

// ---- F20

TEST_CASE("F20: a person edits between the crash and the drain: the bytes survive, and the report names them") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  const auto before = look_at(root.path());
  leave_uncommitted(root.path());
  spill(root / "wiki/index.md", "a person's index\n");
  spill(root / "wiki/concepts/alpha.md", "a person's alpha\n");
  spill(root / "wiki/concepts/person.md", "a person's page\n");
  fs::remove(root / "wiki/concepts/extra.md");
  spill(root / "raw/one.bin", "not touched by the mutation\n");
  auto system = here.system();
  auto kb = open_here(system, root.path());
  auto mine = kb.acquire().value();
  const displaced kept{{"wiki/concepts/alpha.md", "a person's alpha\n"},
                       {"wiki/concepts/person.md", "a person's page\n"},
                       {"wiki/index.md", "a person's index\n"}};
  CHECK(describe(kept_below(root.path())) == describe(kept));
  std::set<std::string> named;
  for (const auto& k : mine.recovered().kept) {
    named.insert(k.path);
    CHECK(slurp(root.path() / k.place) == kept.at(k.path));
  }
  CHECK(named == std::set<std::string>{"wiki/concepts/alpha.md", "wiki/concepts/person.md", "wiki/index.md"});
  CHECK(slurp(root / "raw/one.bin") == "not touched by the mutation\n");
  spill(root / "raw/one.bin", std::string(10000, '1'));
  CHECK(difference_from(before, look_at(root.path()), {"raw/one.bin", "raw/also-one.bin"}) == "");
  CHECK(mine.purge_kept().value() == 3);
  CHECK(kept_below(root.path()).empty());
}

TEST_CASE("F20: a person edits between the commit record and the drain that publishes") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  leave_committed(root.path());
  spill(root / "wiki/index.md", "a person's index\n");
  spill(root / "wiki/new.md", "a person's new page\n");
  spill(root / "registry", "a person's rows\n");
  spill_behind(root / "wiki/log.md", "a person's day\n");
  auto system = here.system();
  auto kb = open_here(system, root.path());
  auto mine = kb.acquire().value();
  CHECK(slurp(root / "wiki/index.md") == "published\n");
  CHECK(slurp(root / "wiki/new.md") == "new\n");
  CHECK_FALSE(fs::exists(root / "registry"));
  const auto kept = kept_below(root.path());
  CHECK(kept.at("wiki/index.md") == "a person's index\n");
  CHECK(kept.at("wiki/new.md") == "a person's new page\n");
  CHECK(kept.at("registry") == "a person's rows\n");
  const auto log = slurp(root / "wiki/log.md");
  CHECK(log.find("day three\n") != std::string::npos);
  CHECK((log.find("a person's day\n") != std::string::npos || kept.size() == 4));
  std::set<std::string> named(mine.recovered().edited_later.begin(), mine.recovered().edited_later.end());
  for (const auto& k : mine.recovered().kept) named.insert(k.path);
  CHECK(named == std::set<std::string>{"registry", "wiki/index.md", "wiki/log.md", "wiki/new.md"});
}

TEST_CASE("F20: an edit or a deletion after everything went live is left alone") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  auto system = here.system();
  auto kb = open_here(system, root.path());
  SUBCASE("after a kill right after `published`") { leave_published(root.path()); }
  SUBCASE("after a clean exit") {
    auto mine = kb.acquire().value();
    REQUIRE(mine.run({.operation = "staged"}, [](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write("wiki/index.md", "published\n"));
      BOOST_OUTCOME_TRYV(m.write("wiki/new.md", "new\n"));
      BOOST_OUTCOME_TRYV(m.append("wiki/log.md", "day three\n"));
      return m.remove("registry");
    }));
  }
  spill(root / "wiki/index.md", "a person's index\n");
  fs::remove(root / "wiki/new.md");
  spill(root / "registry", "a person's rows\n");
  spill(root / "wiki/log.md", "a person's log\n");
  const auto edited = look_at(root.path());
  auto mine = kb.acquire().value();
  CHECK(difference_from(edited, look_at(root.path())) == "");
  CHECK(kept_below(root.path()).empty());
  CHECK(leftovers(root.path()) == "");
}

TEST_CASE(
    "a file that was only to grow is below a tree that is restored first: whatever became of it, it is old again") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  const auto before = look_at(root.path());
  leave_pending(here, root.path(),
                {.operation = "log", .touches = {cp::touch::appended("wiki/log.md"), cp::touch::tree("wiki")}},
                [](cp::mutation&, stage& on) -> cp::result<void> {
                  fs::remove(on / "wiki/log.md");
                  die();
                });
  auto kb = cp::coordinator<>::open(root.path()).value();
  const auto mine = kb.acquire();
  REQUIRE_MESSAGE(mine, mine.error().message());
  CHECK(difference_from(before, look_at(root.path())) == "");
  CHECK(leftovers(root.path()) == "");
}

TEST_CASE("F20: a file that was only to grow was replaced: blocked, nothing live touched, and accept settles it") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  leave_pending(here, root.path(),
                {.operation = "log", .touches = {cp::touch::appended("wiki/log.md"), cp::touch::file("wiki/index.md")}},
                [](cp::mutation&, stage& on) -> cp::result<void> {
                  spill_behind(on / "wiki/log.md", "day three\n");
                  spill(on / "wiki/index.md", "edited in place\n");
                  die();
                });
  SUBCASE("by something else") { spill(root / "wiki/log.md", "a person's own log, and longer\n"); }
  SUBCASE("by nothing") { fs::remove(root / "wiki/log.md"); }
  SUBCASE("by a shorter one") { spill(root / "wiki/log.md", "day one\n"); }
  expect_blocked(root.path(), look_at(root.path()));
}
