/// \file
/// One table of mutations, run by every combination of policies, on every file system that there is.
///
/// Each row is one mutation. It must leave the new tree, or, where it fails, throws, is stopped or is killed before its
/// commit record, the old one, exactly. A combination that cannot do something must refuse it when it is planned, say
/// why, and leave the old tree.

#include "support/mounts.hpp"
#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>

#include <csignal>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace cp = commitpoint;
using cp::errc;
using cp::touch;
using support::tree;

/// Ends the process where the table says so.
struct killer {
  using kind = cp::kind::observe;
  std::shared_ptr<cp::step> at = std::make_shared<cp::step>(cp::step::none);

  void operator()(const cp::observe::event& e) const {
    if (e.at == *at && e.at != cp::step::none) ::kill(::getpid(), SIGKILL);
  }
};

/// The tree that every row begins with.
tree old_tree() {
  return {{"index.md", "- [[a]]\n"},
          {"log.md", "day one\n"},
          {"notes", "/"},
          {"notes/a.md", "a\n"},
          {"notes/b.md", "b\n"},
          {"notes/deep", "/"},
          {"notes/deep/c.md", "c\n"},
          {"raw.bin", std::string(10'000, 'r')},
          {"link", ">notes/a.md"}};
}

// An indexer as hard links need it: it writes aside and renames.
void replace(const cp::path& where, const std::string& content) {
  const auto aside = where.native() + ".aside";
  support::write_file(aside, content);
  if (::rename(aside.c_str(), where.c_str()) != 0) throw std::runtime_error("rename");
}

/// What the mutation does; each leaves `expected` different from the tree that it was given.
struct row {
  const char* name;
  bool in_place;
  bool staged;
  cp::result<void> (*body)(cp::mutation&, const cp::path& root);
};

cp::result<void> stage_all(cp::mutation& m, const cp::path&) {
  BOOST_OUTCOME_TRYV(m.create_directories("made/below"));
  BOOST_OUTCOME_TRYV(m.write("made/below/new.md", "new\n"));
  BOOST_OUTCOME_TRYV(m.write("index.md", "- [[a]]\n- [[new]]\n"));
  BOOST_OUTCOME_TRYV(m.append("log.md", "day two\n"));
  BOOST_OUTCOME_TRYV(m.rename("notes/b.md", "notes/renamed.md"));
  BOOST_OUTCOME_TRYV(m.remove("link"));
  return m.symlink("index.md", "start");
}

cp::result<void> write_in_place(cp::mutation& m, const cp::path& root) {
  BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
  replace(root / "raw.bin", std::string(12'000, 's'));
  BOOST_OUTCOME_TRYV(m.protect(touch::replaced_tree("notes/deep")));
  replace(root / "notes/deep/c.md", "c was replaced\n");
  support::write_file(root / "notes/deep/d.md", "d\n");
  BOOST_OUTCOME_TRYV(m.will_create({"blob"}));
  support::write_file(root / "blob", "a blob\n");
  return cp::success();
}

cp::result<void> mix(cp::mutation& m, const cp::path& root) {
  BOOST_OUTCOME_TRYV(stage_all(m, root));
  BOOST_OUTCOME_TRYV(write_in_place(m, root));
  return m.write("after.md", "staged after it\n");
}

tree with_staged(tree t) {
  t["made"] = t["made/below"] = "/";
  t["made/below/new.md"] = "new\n";
  t["index.md"] = "- [[a]]\n- [[new]]\n";
  t["log.md"] += "day two\n";
  t["notes/renamed.md"] = t["notes/b.md"];
  t.erase("notes/b.md");
  t.erase("link");
  t["start"] = ">index.md";
  return t;
}
tree with_in_place(tree t) {
  t["raw.bin"] = std::string(12'000, 's');
  t["notes/deep/c.md"] = "c was replaced\n";
  t["notes/deep/d.md"] = "d\n";
  t["blob"] = "a blob\n";
  return t;
}
tree with_both(tree t) {
  t = with_in_place(with_staged(std::move(t)));
  t["after.md"] = "staged after it\n";
  return t;
}

/// Where the table is run, and what is known of the file system there.
struct ground {
  std::string name;
  cp::path base;
  bool clones = false;   ///< FICLONE works
  bool ordered = false;  ///< renames are known to reach the disk in order
};

struct totals {
  std::size_t combinations = 0;
  std::size_t cases = 0;
  std::size_t kills = 0;
  std::size_t refusals = 0;
};

/// Opens the journals of all coordinators of one scene.
using journal_opener = decltype(cp::working_parts::open_journal);

// What the policies make, by name, as `coordinator<...>` would choose it at compile time.
struct snapshot_choice {
  const char* name;
  std::shared_ptr<cp::snapshot::strategy> (*make)();
  bool needs_clones = false;
};
struct journal_choice {
  const char* name;
  journal_opener (*make)();
  bool survives_its_process = true;
};
struct publish_choice {
  const char* name;
  std::shared_ptr<const cp::publish::way> (*make)();
  bool needs_order = false;
};
struct durability_choice {
  const char* name;
  std::shared_ptr<const cp::durability::promise> (*make)();
};

template <class Part, class Policy>
std::shared_ptr<Part> part() {
  return cp::detail::working_part<Part>(Policy{});
}
template <class Journal>
journal_opener opener() {
  return [journal = Journal{}](const cp::journal::place& where) { return journal.open(where); };
}

const std::vector<snapshot_choice>& snapshots() {
  using part_type = cp::snapshot::strategy;
  static const std::vector<snapshot_choice> all{{"adaptive", part<part_type, cp::snapshot::adaptive>},
                                                {"copy", part<part_type, cp::snapshot::copy>},
                                                {"hardlink", part<part_type, cp::snapshot::hardlink>},
                                                {"reflink", part<part_type, cp::snapshot::reflink>, true}};
  return all;
}
const std::vector<publish_choice>& publish_steps() {
  using part_type = const cp::publish::way;
  static const std::vector<publish_choice> all{{"rename", part<part_type, cp::publish::rename>},
                                               {"exchange", part<part_type, cp::publish::exchange>, true},
                                               {"copy", part<part_type, cp::publish::copy>}};
  return all;
}
const journal_choice with_log{"log", opener<cp::journal::log>};
const journal_choice with_json_file{"json_file", opener<cp::journal::json_file>};
const journal_choice with_memory{"memory", opener<cp::journal::memory>, false};
const journal_choice with_sqlite{"sqlite", opener<cp::journal::sqlite>};
const durability_choice against_power_loss{"power_loss",
                                           part<const cp::durability::promise, cp::durability::power_loss>};
const durability_choice against_process_crash{"process_crash",
                                              part<const cp::durability::promise, cp::durability::process_crash>};

/// One of each kind.
struct combination {
  const snapshot_choice& snapshot;
  const journal_choice& journal;
  const publish_choice& publish;
  const durability_choice& durability;
};

/// The table for one combination on one ground.
class table {
 public:
  table(const combination& of, const ground& on, totals& into) : of_(of), on_(on), into_(into) {}

  void run(bool kills) {
    CAPTURE(of_.snapshot.name);
    CAPTURE(of_.journal.name);
    CAPTURE(of_.publish.name);
    CAPTURE(of_.durability.name);
    ++into_.combinations;
    commits("staged", false, true, stage_all, with_staged(old_tree()));
    commits("in place", true, false, write_in_place, with_in_place(old_tree()));
    commits("mixed", true, true, mix, with_both(old_tree()));
    commits("savepoint", true, true, with_savepoints, with_both(old_tree()));
    rolls_back(
        "failing",
        [](cp::mutation& m, const cp::path& root) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(mix(m, root));
          return std::make_error_code(std::errc::owner_dead);
        },
        std::make_error_code(std::errc::owner_dead));
    throws();
    stops();
    if (of_.journal.survives_its_process && kills && !is_refused(true, true)) killed_at_every_step();
  }

 private:
  // The inner part of everything is undone; what is around it stays.
  static cp::result<void> with_savepoints(cp::mutation& m, const cp::path& root) {
    BOOST_OUTCOME_TRYV(stage_all(m, root));
    const auto inner = m.savepoint([&](cp::mutation& s) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(s.write("index.md", "wrong\n"));
      BOOST_OUTCOME_TRYV(s.append("log.md", "wrong\n"));
      BOOST_OUTCOME_TRYV(s.remove("notes/a.md"));
      BOOST_OUTCOME_TRYV(s.protect(touch::file("raw.bin")));
      replace(root / "raw.bin", "wrong");
      BOOST_OUTCOME_TRYV(s.will_create({"wrong"}));
      support::write_file(root / "wrong", "wrong\n");
      return std::make_error_code(std::errc::owner_dead);
    });
    if (inner) return errc::outcome_unknown;
    if (inner.error() != std::errc::owner_dead) return inner.error();
    BOOST_OUTCOME_TRYV(write_in_place(m, root));
    return m.write("after.md", "staged after it\n");
  }

  /// Whether this combination must refuse such effects here.
  [[nodiscard]] bool is_refused(bool in_place, bool staged) const {
    const bool no_clone = in_place && of_.snapshot.needs_clones && !on_.clones;
    const bool no_exchange = staged && of_.publish.needs_order && !on_.ordered;
    return no_clone || no_exchange;
  }

  /// A tree of its own, and a journal that all its coordinators share if it lives in memory.
  struct scene : support::place {
    scene(const ground& on, const journal_choice& with) : place(old_tree(), on.base), journal(with.make()) {
      REQUIRE(::mkdir((root() / support::state_directory).c_str(), 0700) == 0);
      support::set_old_time(root());  // only a mutation may change it from here on
    }
    journal_opener journal;
  };

  [[nodiscard]] cp::any_coordinator open(const scene& at) {
    cp::working_parts parts;
    parts.system = std::make_shared<cp::system::native>();
    parts.snapshot = of_.snapshot.make();
    parts.open_journal = at.journal;
    parts.publish = of_.publish.make();
    parts.durability = of_.durability.make();
    parts.observer = std::make_shared<cp::observe::calling<killer>>(killer_);
    auto opened = cp::any_coordinator::open(at.root(), {}, std::move(parts));
    REQUIRE_MESSAGE(opened, opened.error().message());
    return std::move(opened).value();
  }

  // Nothing private is left, and SQLite, where it is the journal, finds nothing to complain about.
  void expect_clean(const scene& at) {
    CHECK(support::is_empty(at / (support::state_directory + "/staging")));
    auto again = open(at).acquire();
    REQUIRE_MESSAGE(again, again.error().message());
    CHECK(again.value().recovered().empty());
  }

  template <class Body>
  void commits(const std::string& name, bool in_place, bool staged, Body body, const tree& expected) {
    CAPTURE(name);
    ++into_.cases;
    const scene at(on_, of_.journal);
    const auto before = support::image(at.root());
    {
      auto mine = open(at).acquire();
      REQUIRE_MESSAGE(mine, mine.error().message());
      const auto done = mine.value().run({.operation = name}, [&](cp::mutation& m) { return body(m, at.root()); });
      if (is_refused(in_place, staged)) {
        ++into_.refusals;
        REQUIRE_FALSE(done);
        CHECK_MESSAGE(done.error() == errc::unsupported, done.error().message());
        CHECK_FALSE(done.error().explanation().empty());
        CHECK(cp::testing::difference_text(before, support::image(at.root())) == "");
      } else {
        REQUIRE_MESSAGE(done, done.error().message());
        CHECK(support::text_of(support::shape(at.root())) == support::text_of(expected));
      }
    }
    expect_clean(at);
  }

  template <class Body>
  void rolls_back(const std::string& name, Body body, std::error_code with, cp::plan what = {}) {
    CAPTURE(name);
    ++into_.cases;
    const scene at(on_, of_.journal);
    const auto before = support::image(at.root());
    {
      auto mine = open(at).acquire();
      REQUIRE_MESSAGE(mine, mine.error().message());
      const auto done = mine.value().run(std::move(what), [&](cp::mutation& m) { return body(m, at.root()); });
      REQUIRE_FALSE(done);
      if (!is_refused(true, true)) CHECK_MESSAGE(done.error().code == with, done.error().message());
      CHECK(cp::testing::difference_text(before, support::image(at.root())) == "");
    }
    expect_clean(at);
  }

  void throws() {
    struct oops {};
    ++into_.cases;
    const scene at(on_, of_.journal);
    const auto before = support::image(at.root());
    {
      auto mine = open(at).acquire();
      REQUIRE_MESSAGE(mine, mine.error().message());
      CHECK_THROWS_AS((void)mine.value().run({},
                                             [&](cp::mutation& m) -> cp::result<void> {
                                               (void)mix(m, at.root());
                                               throw oops{};
                                             }),
                      oops);
      CHECK_FALSE(mine.value().dirty());
      CHECK(cp::testing::difference_text(before, support::image(at.root())) == "");
    }
    expect_clean(at);
  }

  void stops() {
    std::stop_source source;
    rolls_back("stopped",
               [&](cp::mutation& m, const cp::path& root) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(mix(m, root));
                 source.request_stop();
                 return m.write("never.md", "never\n");
               },
               make_error_code(errc::cancelled), {.stop = source.get_token()});
  }

  void killed_at_every_step() {
    const auto wanted = support::text_of(with_both(old_tree()));
    for (std::size_t s = 1; s < cp::step_names.size(); ++s) {
      const auto step = static_cast<cp::step>(s);
      CAPTURE(cp::to_string(step));
      const scene at(on_, of_.journal);
      const auto before = support::image(at.root());
      support::child victim([&]() -> std::string {
        auto mine = open(at).acquire();
        if (!mine) return mine.error().message();
        *killer_.at = step;
        const auto done = mine.value().run({.operation = "killed"}, [&](cp::mutation& m) { return mix(m, at.root()); });
        if (!done) return done.error().message();
        const auto released = mine.value().release();
        return released ? "" : released.error().message();
      });
      const bool killed = victim.was_killed();
      into_.kills += killed ? 1U : 0U;
      ++into_.cases;
      {
        auto drained = open(at).acquire();
        REQUIRE_MESSAGE(drained, drained.error().message());
        REQUIRE(drained.value().purge_kept());
      }
      if (step < cp::step::committed && killed) {
        CHECK(cp::testing::difference_text(before, support::image(at.root())) == "");
      } else {
        CHECK(support::text_of(support::shape(at.root())) == wanted);
      }
      expect_clean(at);
    }
  }

  const combination of_;
  const ground& on_;
  totals& into_;
  killer killer_{};
};

/// What is known of the file system at a path.
[[nodiscard]] ground survey(std::string name, const cp::path& base) {
  ground found{std::move(name), base};
  const cp::testing::temporary_directory probe(base);
  cp::system::native system;
  const auto directory = system.open_root(probe.path().native()).value();
  const cp::system::open_how create{.access = cp::system::open_how::access_mode::read_write, .create_exclusive = true};
  const auto from = system.open(directory, "from", create).value();
  const auto to = system.open(directory, "to", create).value();
  found.clones = static_cast<bool>(system.clone(from, to));
  found.ordered = system.ordered_metadata(directory);
  return found;
}

/// Every snapshot with every publish step.
void run_on(const ground& on, const journal_choice& journal, const durability_choice& durability, bool kills) {
  CAPTURE(on.name);
  totals sum;
  for (const auto& snapshot : snapshots()) {
    for (const auto& publish : publish_steps()) {
      table({snapshot, journal, publish, durability}, on, sum).run(kills);
    }
  }
  MESSAGE(on.name << ": " << sum.combinations << " combinations, " << sum.cases << " cases, of them " << sum.kills
                  << " kills and " << sum.refusals << " refusals");
  CHECK(sum.combinations == 12);
}

/// On every file system that can be had here. All are killed in memory, and where blocks are shared as well, since it
/// is only there that `reflink` does anything.
void run_everywhere(const journal_choice& journal, const durability_choice& durability) {
  run_on(survey("memory", support::in_memory()), journal, durability, true);
  run_on(survey("this machine's disk", support::on_disk()), journal, durability, false);
  for (const auto* type : {"ext4", "xfs", "btrfs"}) {
    const support::loop_mounted image(type);
    if (!image.why_not().empty()) {
      MESSAGE(type << " left out: " << image.why_not());
      continue;
    }
    run_on(survey(type, image.where()), journal, durability, std::string_view(type) == "xfs");
  }
}

}  // namespace

TEST_CASE("every snapshot and publish step with journal::log and durability::power_loss") {
  run_everywhere(with_log, against_power_loss);
}
TEST_CASE("every snapshot and publish step with journal::log and durability::process_crash") {
  run_everywhere(with_log, against_process_crash);
}
TEST_CASE("every snapshot and publish step with journal::json_file and durability::power_loss") {
  run_everywhere(with_json_file, against_power_loss);
}
TEST_CASE("every snapshot and publish step with journal::json_file and durability::process_crash") {
  run_everywhere(with_json_file, against_process_crash);
}
TEST_CASE("every snapshot and publish step with journal::memory and durability::power_loss") {
  run_everywhere(with_memory, against_power_loss);
}
TEST_CASE("every snapshot and publish step with journal::memory and durability::process_crash") {
  run_everywhere(with_memory, against_process_crash);
}
TEST_CASE("every snapshot and publish step with journal::sqlite and durability::power_loss") {
  run_everywhere(with_sqlite, against_power_loss);
}
TEST_CASE("every snapshot and publish step with journal::sqlite and durability::process_crash") {
  run_everywhere(with_sqlite, against_process_crash);
}
