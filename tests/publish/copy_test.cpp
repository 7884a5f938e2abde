#include "publish/publish_fixture.hpp"
#include "support/mounts.hpp"

#include <sys/mount.h>

using namespace publish_test;

namespace {

constexpr machine renaming{.ordered_metadata = false};
constexpr machine after_a_cut{.ordered_metadata = false, .publish = {cp::publish::by_copy}, .boot = "another boot"};

constexpr std::size_t block = 4096;

// Blocks of letters, so that a case reads as what stands in the file: "nnoo.." is two new blocks, two old ones, two of
// zeros. The old version is of 'o', the new one of 'n'.
std::string blocks(std::string_view letters) {
  std::string bytes;
  for (const char c : letters) bytes += std::string(block, c == '.' ? '\0' : c);
  return bytes;
}

constexpr auto file = "raw/file.bin";
constexpr auto other_name = "blobs/other name";

void build_blocks_in(const cp::path& root, const std::string& old) {
  spill(root / file, old);
  demand(::link((root / file).c_str(), (root / other_name).c_str()) == 0, "link");
  age(root);
}

cp::plan named_plan() { return {.operation = "copy"}; }

// Ended between the record `copying` and the first byte in a live file.
void leave_copying(const cp::path& root, const std::string& fresh) {
  const auto effects = [&](cp::mutation& m, stage&) { return m.write(file, fresh); };
  cp::plan plan = named_plan();
  plan.after_commit.emplace_back([] { die(); });
  const auto end = in_child(copying, {}, [&](system_type& system, int progress) {
    auto kb = open_here(system, root);
    auto mine = kb.acquire();
    expect_success(mine);
    stage on(copying.system(), root, progress);
    expect_success(mine.value().run(plan, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(effects(m, on));
      // The checksums, the commit record, `copying`, and then the content.
      system.arm({.nth = 4, .effect = fault::ends_process, .only = call::write});
      return cp::success();
    }));
  });
  REQUIRE_MESSAGE(end.killed, end.trouble);
  REQUIRE(read_journal(copying, root).commits == 1);
}

bool says_copying(const cp::path& root) {
  auto system = copying.system();
  const auto top = system.open_root(root.native()).value();
  const auto state = system.open(top, state_directory, {.directory = true}).value();
  const std::string name = state_directory;
  const auto backend = journal_settings{}.open({system, top, state, name}).value();
  return std::ranges::any_of(backend->read().value().records,
                             [](const auto& r) { return r.kind == record_kind::copying; });
}

cp::report drain(const machine& on, const cp::path& root) {
  auto kb = open_here(on.system(), root);
  auto mine = kb.acquire();
  REQUIRE_MESSAGE(mine, mine.error().message());
  return mine.value().recovered();
}

}  // namespace

TEST_CASE("publish::copy: inode, other names, mode, owner and attributes stay; the time is that of the new version") {
  home at(copying);
  const auto name = at.root() / "raw/one.bin";
  set_mode(name, 0640);
  const bool has_attributes = ::setxattr(name.c_str(), "user.note", "mine", 4, 0) == 0;
  if (::geteuid() == 0) demand(::chown(name.c_str(), 7, 8) == 0, "chown");
  const auto before = stamp_of(name);
  auto mine = at.acquire();
  REQUIRE(mine.run(named_plan(), [](cp::mutation& m) { return m.write("raw/one.bin", std::string(70'000, 'x')); }));
  const auto after = stamp_of(name);
  CHECK(after.st_ino == before.st_ino);
  CHECK(after.st_mode == before.st_mode);
  CHECK(after.st_uid == before.st_uid);
  CHECK(after.st_gid == before.st_gid);
  CHECK(after.st_mtim.tv_sec > long_ago + 1'000'000);
  CHECK(slurp(at.root() / "raw/also-one.bin") == std::string(70'000, 'x'));
  char note[8] = {};
  if (has_attributes) CHECK(::getxattr(name.c_str(), "user.note", note, sizeof note) == 4);

  REQUIRE(mine.run(named_plan(), [](cp::mutation& m) { return m.write("raw/one.bin", "short\n", {.mode = 0604}); }));
  CHECK(slurp(at.root() / "raw/also-one.bin") == "short\n");
  CHECK((stamp_of(name).st_mode & 07777U) == 0604);
  CHECK(stamp_of(name).st_ino == before.st_ino);
  REQUIRE(mine.release());
  CHECK(leftovers(at.root()) == "");
}

TEST_CASE("publish::copy: two names of one file that get different contents part; a renamed file is that very file") {
  home at(copying);
  auto mine = at.acquire();
  const auto alpha = stamp_of(at.root() / "wiki/concepts/alpha.md").st_ino;
  REQUIRE(mine.run(named_plan(), [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("raw/one.bin", "one\n"));
    BOOST_OUTCOME_TRYV(m.write("raw/also-one.bin", "also one\n"));
    BOOST_OUTCOME_TRYV(m.rename("wiki/concepts/alpha.md", "wiki/concepts/beta.md"));
    return m.write("wiki/concepts/alpha.md", "a new alpha\n");
  }));
  CHECK(slurp(at.root() / "raw/one.bin") == "one\n");
  CHECK(slurp(at.root() / "raw/also-one.bin") == "also one\n");
  CHECK(slurp(at.root() / "wiki/concepts/beta.md") == std::string(2000, 'a'));
  CHECK(stamp_of(at.root() / "wiki/concepts/beta.md").st_ino == alpha);
  CHECK(slurp(at.root() / "wiki/concepts/alpha.md") == "a new alpha\n");
}

TEST_CASE("publish::copy: the live file is synced by the next barrier, through a handle from before the write") {
  home at(copying);
  auto kb = coordinator::open(at.root(), {}, at.system(), cp::durability::power_loss{.filesystem_sync_from = 1000},
                              copying.publish)
                .value();
  auto mine = kb.acquire().value();
  REQUIRE(mine.run(named_plan(), [](cp::mutation& m) { return m.write("wiki/index.md", "x\n"); }));
  auto& synced = *at.system().inner().synced;
  synced.clear();
  REQUIRE(mine.release());
  const auto inode = stamp_of(at.root() / "wiki/index.md").st_ino;
  CHECK((std::ranges::count(synced, inode) == 1 || std::ranges::count(synced, 0U) == 1));
}

TEST_CASE("publish::copy: a file that is mounted from another file system is written to; other policies refuse it") {
  if (!support::why_no_mounts().empty()) {
    const auto why = "SKIPPED: " + support::why_no_mounts();
    MESSAGE(why);
    return;
  }
  home at(copying);
  const auto other = at.outside() / "other";
  fs::create_directory(other);
  const support::mounted disk(other);
  spill(other / "index.md", "on another device\n");
  const auto target = at.root() / "wiki/index.md";
  REQUIRE(::mount((other / "index.md").c_str(), target.c_str(), nullptr, MS_BIND, nullptr) == 0);
  {
    auto kb = open_here(renaming.system(), at.root());
    auto mine = kb.acquire().value();
    const auto done = mine.run(named_plan(), [](cp::mutation& m) { return m.write("wiki/index.md", "x\n"); });
    CHECK(done.error() == cp::errc::unsupported);
  }
  {
    auto mine = at.acquire();
    REQUIRE(mine.run(named_plan(), [](cp::mutation& m) { return m.write("wiki/index.md", "through the mount\n"); }));
    CHECK(slurp(other / "index.md") == "through the mount\n");
    // Both devices take part in the barrier.
    auto& synced = *at.system().inner().synced;
    synced.clear();
    REQUIRE(mine.release());
    const auto inode = stamp_of(other / "index.md").st_ino;
    CHECK((std::ranges::count(synced, inode) == 1 || std::ranges::count(synced, 0U) >= 2));
  }
  // The same in a drain.
  leave_before(copying, at.root(), named_plan(),
               [](cp::mutation& m, stage&) { return m.write("wiki/index.md", "drained\n"); },
               {.nth = 4, .effect = fault::ends_process, .only = call::write});
  CHECK(slurp(other / "index.md") == "through the mount\n");
  { auto mine = at.acquire(); }
  CHECK(slurp(other / "index.md") == "drained\n");
  CHECK(::umount2(target.c_str(), MNT_DETACH) == 0);
}

TEST_CASE("publish::copy: who may not write to the file is refused before the commit point") {
  if (::geteuid() != 0) {
    MESSAGE("SKIPPED: only root can become somebody else");
    return;
  }
  home at(copying);
  constexpr unsigned nobody = 65534;
  demand(::chown(at.root().c_str(), nobody, nobody) == 0 && ::chmod(at.outside().c_str(), 0755) == 0, "chown");
  for (const auto& e : fs::recursive_directory_iterator(at.root()))
    demand(::lchown(e.path().c_str(), nobody, nobody) == 0, "chown");
  const auto guarded = at.root() / "wiki/index.md";
  unsigned mode = 0;
  std::optional<std::uint32_t> wanted;
  SUBCASE("its content") { mode = 0444; }
  SUBCASE("its mode") {
    mode = 0666;
    wanted = 0600;
  }
  demand(::chown(guarded.c_str(), 0, 0) == 0, "chown");
  set_mode(guarded, mode);
  const auto before = look_at(at.root());
  const auto end = in_child(copying, {}, [&](system_type& system, int) {
    demand(::setgid(nobody) == 0 && ::setuid(nobody) == 0, "setuid");
    auto kb = open_here(system, at.root());
    auto mine = kb.acquire();
    expect_success(mine);
    const auto done = mine.value().run(named_plan(), [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write("registry", "never\n"));
      return m.write("wiki/index.md", "x\n", {.mode = wanted});
    });
    if (done) throw std::runtime_error("it was to be refused");
    if (done.error().outcome() != cp::outcome::rolled_back) throw std::runtime_error(done.error().message());
  });
  CHECK(end.trouble == "");
  CHECK(difference_from(before, look_at(at.root())) == "");
  CHECK(read_journal(copying, at.root()).commits == 0);
}

TEST_CASE(
    "F8: publish::copy: the disk is full while a live file is written: committed, unfinished, and a drain finishes") {
  home at(copying);
  build_blocks_in(at.root(), blocks("oooo"));
  {
    auto mine = at.acquire();
    const auto done = mine.run(named_plan(), [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write(file, blocks("nnnnnnnn")));
      at.system().arm({.nth = 4, .error = ENOSPC, .only = call::write});
      return cp::success();
    });
    REQUIRE_FALSE(done);
    CHECK(done.error() == cp::errc::publish_incomplete);
    CHECK(done.error().outcome() == cp::outcome::unfinished);
    at.system().disarm();
    CHECK(slurp(at.root() / file) == blocks("oooo"));
  }
  CHECK(drain(copying, at.root()).kept.empty());
  CHECK(slurp(at.root() / other_name) == blocks("nnnnnnnn"));
}

TEST_CASE("F10: publish::copy by short reads and writes writes every byte") {
  home at(copying);
  build_blocks_in(at.root(), blocks("ooo"));
  auto mine = at.acquire();
  const auto fresh = blocks("nn") + "the end";
  REQUIRE(mine.run(named_plan(), [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write(file, fresh));
    at.system().arm({.largest_transfer = 1000});
    return cp::success();
  }));
  CHECK(slurp(at.root() / file) == fresh);
}

TEST_CASE(
    "F24: publish::copy: a target that another program changed or exchanged meanwhile is drifted, and untouched") {
  home at(copying);
  auto mine = at.acquire();
  const auto change = [&](auto meanwhile) {
    const auto done = mine.run(named_plan(), [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write("wiki/index.md", "x\n"));
      meanwhile(at.root() / "wiki/index.md");
      return cp::success();
    });
    CHECK(done.error() == cp::errc::drifted);
  };
  change([](const cp::path& p) { fs::remove(p); });
  spill(at.root() / "wiki/index.md", "again\n");
  change([](const cp::path& p) {
    fs::remove(p);
    make_link("log.md", p);
  });
  CHECK(slurp(at.root() / "wiki/log.md") == "day one\nday two\n");
}

TEST_CASE("publish::copy: a file in which each block is old, new or zeros is our own work, and is written again") {
  struct row {
    std::string old;
    std::string fresh;
    std::vector<std::string> torn;
  };
  const std::string short_old = blocks("oo") + std::string(100, 'o');
  const std::string short_new = blocks("n") + std::string(1000, 'n');
  const std::vector<row> rows{
      {blocks("oooo"),
       blocks("nnnn"),
       {blocks("nooo"), blocks("onon"), blocks("n.oo"), blocks("...."), blocks("nnnn")}},
      {blocks("oo"),
       blocks("nnnn"),
       {blocks("oo"), blocks("nn"), blocks("no.n"), blocks("on"), blocks("oo.."), blocks("nnn")}},
      {blocks("oooo"), blocks("nn"), {blocks("nnoo"), blocks("no"), blocks("on"), blocks("oo.o"), blocks("..")}},
      // Ends within a block: cut off where the new version ends, filled with zeros behind it, or grown behind the old
      // end.
      {short_old,
       short_new,
       {blocks("n") + std::string(1000, 'o'),
        blocks("n") + std::string(1000, 'n') + std::string(3096, '\0') + std::string(100, 'o'),
        blocks("oo") + std::string(100, 'o'), blocks("o") + std::string(1000, 'n')}},
      {short_new,
       short_old,
       {blocks("n") + std::string(1000, 'n') + std::string(50, '\0'), blocks("no") + std::string(100, '\0'),
        blocks("o") + std::string(1000, 'o'), blocks("oo") + std::string(100, 'o')}},
      // New as far as the file went when the power was cut, and zeros since it became longer.
      {std::string(100, 'o'), blocks("nn"), {std::string(100, 'n') + std::string(2 * block - 100, '\0')}},
      {"", blocks("n"), {"", blocks("."), std::string(100, 'n')}},
      // Torn within a page, as disks with smaller blocks may leave it.
      {blocks("o"), blocks("n"), {std::string(512, 'n') + std::string(3072, 'o') + std::string(512, 'n')}},
      {blocks("o"), "", {"", blocks("o"), blocks(".")}},
  };
  for (const auto& r : rows) {
    for (const auto& torn : r.torn) {
      // In one cache only what was begun can be torn; after a power cut everything may be.
      for (const auto& on : {copying, after_a_cut}) {
        INFO(on.name() << std::string(on.boot) << ": " << r.old.size() << " -> " << r.fresh.size() << ", found "
                       << torn.size() << " bytes: " << torn.substr(0, 60));
        home at(copying);
        build_blocks_in(at.root(), r.old);
        leave_copying(at.root(), r.fresh);
        CHECK(says_copying(at.root()));
        spill(at.root() / file, torn);
        const auto report = drain(on, at.root());
        CHECK(report.kept.empty());
        CHECK(report.edited_later.empty());
        CHECK(slurp(at.root() / other_name) == r.fresh);
        CHECK(leftovers(at.root()) == "");
      }
    }
  }
}

TEST_CASE("F20: publish::copy: a person's edit in between is kept, and the commit is finished") {
  const auto fresh = blocks("nnnn");
  for (const auto& edited :
       {blocks("npnn"), blocks("ooop"), blocks("oooo") + "p", blocks("n"), std::string("a person's\n")}) {
    for (const auto& on : {copying, after_a_cut}) {
      INFO(on.name() << std::string(on.boot) << ": " << edited.size() << " bytes");
      home at(copying);
      build_blocks_in(at.root(), blocks("oooo"));
      leave_copying(at.root(), fresh);
      spill(at.root() / file, edited);
      const auto report = drain(on, at.root());
      CHECK(describe(kept_below(at.root())) == describe({{file, edited}}));
      REQUIRE(report.kept.size() == 1);
      CHECK(report.kept[0].path == file);
      CHECK(slurp(at.root() / other_name) == fresh);
    }
  }
}

TEST_CASE("F20: publish::copy: before anything was written to, even an edit that looks torn is a person's") {
  home at(copying);
  build_blocks_in(at.root(), blocks("oooo"));
  leave_before(copying, at.root(), named_plan(), [](cp::mutation& m, stage&) { return m.write(file, blocks("nnnn")); },
               {.nth = 3, .effect = fault::ends_process, .only = call::write});
  REQUIRE(read_journal(copying, at.root()).commits == 1);
  REQUIRE_FALSE(says_copying(at.root()));
  spill(at.root() / file, blocks("oo.."));
  CHECK(drain(copying, at.root()).kept.size() == 1);
  CHECK(describe(kept_below(at.root())) == describe({{file, blocks("oo..")}}));
  CHECK(slurp(at.root() / file) == blocks("nnnn"));
}

TEST_CASE("F20: publish::copy: behind `published` an edit is a later one: left alone and named") {
  const auto effects = [](cp::mutation& m, stage&) { return m.write(file, blocks("nnnn")); };
  for (const auto& edited : {blocks("npnn"), std::string("a person's\n")}) {
    for (const auto& on : {copying, after_a_cut}) {
      home at(copying);
      build_blocks_in(at.root(), blocks("oooo"));
      leave_before(copying, at.root(), named_plan(), effects, {});
      spill(at.root() / file, edited);
      const auto report = drain(on, at.root());
      CHECK(report.edited_later == std::vector<std::string>{file});
      CHECK(kept_below(at.root()).empty());
      CHECK(slurp(at.root() / file) == edited);
    }
  }
}

TEST_CASE(
    "publish::copy: behind `published` what stands in a new block is kept where it may be old garbage of the disk") {
  const std::string old = blocks("oo");
  const auto rewrites = [](cp::mutation& m, stage&) { return m.write(file, blocks("nnnn")); };
  const auto appends = [](cp::mutation& m, stage&) { return m.append(file, blocks("nn")); };
  const machine ordered_after_a_cut{
      .ordered_metadata = true, .publish = {cp::publish::by_copy}, .boot = "another boot"};
  for (const bool appended : {false, true}) {
    const std::string fresh = appended ? blocks("oonn") : blocks("nnnn");
    const std::string found = appended ? blocks("oonx") : blocks("nonx");
    const std::string kept = appended ? blocks("nx") : found;
    for (const auto& on : {copying, after_a_cut, ordered_after_a_cut}) {
      INFO(on.name() << std::string(on.boot) << (appended ? ", appended" : ""));
      home at(copying);
      build_blocks_in(at.root(), old);
      leave_before(copying, at.root(), named_plan(), appended ? body(appends) : body(rewrites), {});
      spill(at.root() / file, found);
      const auto report = drain(on, at.root());
      const bool garbage = !on.boot.empty() && !on.ordered_metadata;
      CHECK(slurp(at.root() / file) == (garbage ? fresh : found));
      CHECK(report.edited_later.size() == (garbage ? 0 : 1));
      REQUIRE(report.kept.size() == (garbage ? 1 : 0));
      if (garbage) CHECK(slurp(at.root() / report.kept.front().place) == kept);
    }
  }
}

TEST_CASE("publish::copy: what `published` says is whole is written again, since a failed sync may have lost it") {
  const auto effects = [](cp::mutation& m, stage&) { return m.write(file, blocks("nnnn")); };
  for (const auto& [on, found] : {std::pair(copying, blocks("nnnn")), std::pair(after_a_cut, blocks("n.on"))}) {
    home at(copying);
    build_blocks_in(at.root(), blocks("oooo"));
    leave_before(copying, at.root(), named_plan(), effects, {});
    spill(at.root() / file, found);
    set_time(at.root() / file, long_ago, 5);
    auto system = on.system();
    auto kb = open_here(system, at.root());
    auto mine = kb.acquire();
    REQUIRE(mine);
    CHECK(system.counts().bytes_written >= 4 * block);
    CHECK(mine.value().recovered().edited_later.empty());
    CHECK(slurp(at.root() / file) == blocks("nnnn"));
    // In one cache the time is a person's doing.
    if (on.boot.empty()) CHECK(stamp_of(at.root() / file).st_mtim.tv_sec == long_ago);
  }
}

TEST_CASE("publish::copy: without the checksums everything that is not new is kept") {
  home at(copying);
  build_blocks_in(at.root(), blocks("oooo"));
  leave_copying(at.root(), blocks("nnnn"));
  spill(at.root() / file, blocks("nnoo"));
  for (const auto& e : fs::directory_iterator(at.staging(1))) {
    if (e.path().filename().native().starts_with('o')) {
      SUBCASE("gone") { fs::remove(e.path()); }
      SUBCASE("nonsense") { spill(e.path(), "not CBOR"); }
      break;
    }
  }
  (void)drain(copying, at.root());
  CHECK(describe(kept_below(at.root())) == describe({{file, blocks("nnoo")}}));
  CHECK(slurp(at.root() / file) == blocks("nnnn"));
}

TEST_CASE("F14: publish::copy: a staged version that is gone is found before anything live is touched") {
  home at(copying);
  build_blocks_in(at.root(), blocks("oooo"));
  leave_copying(at.root(), blocks("nnnn"));
  spill(at.root() / file, blocks("nnoo"));
  for (const auto& e : fs::directory_iterator(at.staging(1))) {
    if (e.path().filename().native().starts_with('f')) fs::remove(e.path());
  }
  const auto live = look_at(at.root());
  auto kb = open_here(copying.system(), at.root());
  CHECK(kb.acquire().error() == cp::errc::needs_repair);
  CHECK(difference_from(live, look_at(at.root())) == "");
}

TEST_CASE("publish::copy: what went away, or became something else, is published by renaming") {
  for (const auto& on : {copying, copying_ordered}) {
    home at(copying);
    build_blocks_in(at.root(), blocks("oooo"));
    leave_copying(at.root(), blocks("nnnn"));
    fs::remove(at.root() / file);
    displaced kept;
    SUBCASE("nothing") {}
    SUBCASE("a link") {
      make_link("one.bin", at.root() / file);
      kept[file] = "-> one.bin";
    }
    SUBCASE("a directory") {
      fs::create_directory(at.root() / file);
      spill(at.root() / file / "inside", "a person's\n");
      kept[std::string(file) + "/inside"] = "a person's\n";
    }
    (void)drain(on, at.root());
    CHECK(describe(kept_below(at.root())) == describe(kept));
    CHECK(slurp(at.root() / file) == blocks("nnnn"));
    CHECK(slurp(at.root() / other_name) == blocks("oooo"));
    CHECK(slurp(at.root() / "raw/one.bin") == std::string(10000, '1'));
    CHECK(leftovers(at.root()) == "");
  }
}

TEST_CASE("F15: a tree that was copied while a live file was written to recovers itself, and no other") {
  home at(copying);
  build_blocks_in(at.root(), blocks("oooo"));
  leave_copying(at.root(), blocks("nnnn"));
  spill(at.root() / file, blocks("nnoo"));
  const auto copy = at.outside() / "copy";
  shell("cp -a '" + at.root().native() + "' '" + copy.native() + "'");
  const auto all = look_at_all(at.root());
  CHECK(drain(copying, copy).kept.empty());
  CHECK(slurp(copy / other_name) == blocks("nnnn"));
  CHECK(cp::testing::difference_text(all, look_at_all(at.root())) == "");
}

TEST_CASE("a copy is finished by a program that was compiled with another publish policy") {
  home at(copying);
  build_blocks_in(at.root(), blocks("oooo"));
  leave_copying(at.root(), blocks("nnnn"));
  spill(at.root() / file, blocks("nnoo"));
  CHECK(drain(renaming, at.root()).kept.empty());
  CHECK(slurp(at.root() / other_name) == blocks("nnnn"));
}
