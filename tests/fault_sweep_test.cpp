#include "support/scenarios.hpp"

#include <array>

using namespace crash_lab;
using cp::errc;
using cp::outcome;

// Every call that changes something goes wrong once, in a process that lives on. A scenario here is one mutation; it
// succeeds, or fails clearly with the old tree, or leaves an owner that says what is not settled, and then a drain
// without faults makes the tree old or new.

namespace {

struct one_fault {
  fault effect;
  int error;
};

constexpr std::array<one_fault, 4> faults{
    {{fault::fails, EIO}, {fault::fails, ENOSPC}, {fault::fails, EACCES}, {fault::fails_after_effect, EIO}}};

using body = std::function<cp::result<void>(cp::mutation&, stage&)>;

struct single {
  std::string name;
  cp::plan plan;
  body run;
  std::vector<std::string> ignored_times = {};
};

single staged_one() {
  return {"staged", {.operation = "staged"}, [](cp::mutation& m, stage&) -> cp::result<void> {
            BOOST_OUTCOME_TRYV(m.create_directories("wiki/made/here"));
            BOOST_OUTCOME_TRYV(m.write("wiki/made/here/new.md", "new\n"));
            BOOST_OUTCOME_TRYV(m.write("wiki/index.md", "replaced\n"));
            BOOST_OUTCOME_TRYV(m.write("shared/fresh", "of the group\n"));
            BOOST_OUTCOME_TRYV(m.append("wiki/log.md", "day three\n"));
            BOOST_OUTCOME_TRYV(m.rename("wiki/concepts/alpha.md", "wiki/a.md"));
            BOOST_OUTCOME_TRYV(m.remove("registry"));
            return m.symlink("wiki/a.md", "start");
          }};
}

single in_place_one() {
  single what{"in place",
              files_plan(),
              [](cp::mutation& m, stage& on) -> cp::result<void> {
                edit_files(on);
                BOOST_OUTCOME_TRYV(m.protect(cp::touch::tree("wiki/concepts")));
                edit_tree(on);
                BOOST_OUTCOME_TRYV(m.will_create({"blobs/known"}));
                spill(on / "blobs/known", "known\n");
                spill(on / "blobs/found", "found\n");
                const auto tracked = m.track_new({"blobs/found"});
                // What could not be registered is still the tool's to take away.
                if (!tracked) fs::remove(on / "blobs/found");
                BOOST_OUTCOME_TRYV(tracked);
                spill(on / "work/blob", "made by a tool\n");
                return m.publish("work/blob", "blobs/adopted");
              },
              {"blobs"}};
  what.plan.staging = {"work"};
  what.plan.touches.push_back(cp::touch::appended("wiki/log.md"));
  return what;
}

single savepoints_one() {
  return {"savepoints",
          {.operation = "batch"},
          [](cp::mutation& m, stage& on) -> cp::result<void> {
            for (const bool bad : {false, true}) {
              const std::string n = bad ? "bad" : "good";
              const auto done = m.savepoint([&](cp::mutation& one) -> cp::result<void> {
                BOOST_OUTCOME_TRYV(one.append("wiki/log.md", n + "\n"));
                BOOST_OUTCOME_TRYV(one.write("raw/" + n, n));
                BOOST_OUTCOME_TRYV(one.protect(cp::touch::file("registry")));
                spill_behind(on / "registry", n + "\n");
                BOOST_OUTCOME_TRYV(one.on_rollback("forget", "blobs/" + n));
                spill(on / ("blobs/" + n), n);
                if (bad) return cp::failure(std::make_error_code(std::errc::timed_out));
                return cp::success();
              });
              if (static_cast<bool>(done) == bad || (bad && done.error() != std::errc::timed_out)) return done;
            }
            return m.append("wiki/log.md", "done\n");
          },
          {"blobs"}};
}

bool is_known(const cp::failure& f) {
  return f == errc::dirty_rollback || f == errc::publish_incomplete || f == errc::outcome_unknown;
}

// Whether the drain that came next found the tree `now` in one of the two states.
std::string old_or_new(const tree_image& before, const tree_image& after, const tree_image& now,
                       const std::vector<std::string>& ignored_times, bool& is_new) {
  const auto from_old = difference_from(before, now, ignored_times);
  const auto from_new = difference_from(after, now, ignored_times);
  is_new = from_new.empty();
  if (from_old.empty() || from_new.empty()) return {};
  return "neither old:\n" + from_old + "nor new:\n" + from_new;
}

void sweep_faults(const single& what, const machine& on, bool fails) {
  const scenario whole{
      .name = what.name,
      .act =
          [&](owner& mine, stage& on_stage) {
            expect_success(mine.run(what.plan, [&](cp::mutation& m) { return what.run(m, on_stage); }));
            on_stage.succeeded();
          },
      .ignored_times = what.ignored_times};
  const auto states = states_of(whole, on);
  std::uint64_t cases = 0;
  for (const auto& [effect, error] : faults) {
    bool through = false;
    for (std::uint64_t n = 1; !through; ++n) {
      const auto where = what.name + (fails ? ", failing" : "") + " (" + on.name() + "): change " + std::to_string(n) +
                         (effect == fault::fails ? " fails" : " fails after its effect") + " with errno " +
                         std::to_string(error);
      INFO(where);
      ++cases;
      const cp::testing::temporary_directory root(fast_place());
      build_tree(root.path());
      auto system = on.system();
      auto kb = open_here(system, root.path());
      bool is_new = false;
      bool must_be_new = false;
      bool must_be_old = false;
      bool settled = false;
      {
        auto mine = kb.acquire();
        REQUIRE(mine);
        // Nothing but the mutation is counted: what the stage breathes goes to another system.
        stage on_stage(on.system(), root.path(), -1);
        const auto faults_before = system.counts().faults;
        system.arm({.nth = n, .effect = effect, .error = error, .only_changes = true});
        const auto done = mine.value().run(what.plan, [&](cp::mutation& m) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(what.run(m, on_stage));
          if (fails) return cp::failure(std::make_error_code(std::errc::owner_dead));
          return cp::success();
        });
        through = system.counts().faults == faults_before;
        system.disarm();
        if (done) {
          CHECK_FALSE(fails);
          must_be_new = settled = true;
        } else {
          CHECK(done.error().code.value() != 0);
          const auto holds = done.error().outcome();
          settled = holds == outcome::rolled_back;
          must_be_old = settled || holds == outcome::dirty;
          must_be_new = holds == outcome::unfinished;
          CHECK(is_known(done.error()) == !settled);
          CHECK(mine.value().dirty() == (holds == outcome::dirty));
        }
        if (settled) {
          const auto wrong = old_or_new(states[0], states[1], look_at(root.path()), what.ignored_times, is_new);
          CHECK(wrong == "");
          CHECK(is_new == must_be_new);
        }
        const auto more =
            mine.value().run({.operation = "more"}, [](cp::mutation&) -> cp::result<void> { return cp::success(); });
        CHECK(static_cast<bool>(more) == settled);
        (void)mine.value().release();
      }
      auto mine = kb.acquire();
      if (!mine) {
        FAIL_CHECK("the drain failed: " << mine.error().message());
        continue;
      }
      const auto wrong = old_or_new(states[0], states[1], look_at(root.path()), what.ignored_times, is_new);
      CHECK(wrong == "");
      if (must_be_new) CHECK(is_new);
      if (must_be_old) CHECK_FALSE(is_new);
      if (settled) CHECK(mine.value().recovered().empty());
      CHECK(leftovers(root.path()) == "");
    }
  }
  const auto summary =
      what.name + (fails ? ", failing" : "") + " (" + on.name() + "): " + std::to_string(cases) + " faults";
  MESSAGE(summary);
}

// A drain in which something fails says so, and the next one without a fault finishes it.
void sweep_drain_faults(const scenario& what, const machine& on, const fault_plan& kill) {
  const auto states = states_of(what, on);
  for (const auto& [effect, error] : faults) {
    bool through = false;
    for (std::uint64_t n = 1; !through; ++n) {
      const auto where = what.name + " (" + on.name() + "): in the drain change " + std::to_string(n) +
                         (effect == fault::fails ? " fails" : " fails after its effect") + " with errno " +
                         std::to_string(error);
      INFO(where);
      const cp::testing::temporary_directory root(fast_place());
      what.build(root.path());
      const auto end = act_in_child(what, on, root.path(), kill);
      REQUIRE(end.killed);
      const auto left = read_journal(on, root.path());
      const auto& expected = states.at(left.commits);
      auto system = on.system();
      auto kb = open_here(system, root.path());
      const auto before = system.counts().faults;
      system.arm({.nth = n, .effect = effect, .error = error, .only_changes = true});
      {
        const auto mine = kb.acquire();
        if (mine) CHECK(difference_from(expected, look_at(root.path()), what.ignored_times) == "");
      }
      through = system.counts().faults == before;
      system.disarm();
      auto mine = kb.acquire();
      if (!mine) {
        FAIL_CHECK("the next drain failed: " << mine.error().message());
        continue;
      }
      CHECK(difference_from(expected, look_at(root.path()), what.ignored_times) == "");
      CHECK(leftovers(root.path()) == "");
    }
  }
}

// Success was reported: whatever fails when the lock is given back, the tree stays new.
void sweep_release_faults(const single& what, const machine& on) {
  for (const auto& [effect, error] : faults) {
    bool through = false;
    for (std::uint64_t n = 1; !through; ++n) {
      const auto where = what.name + " (" + on.name() + "): at the release change " + std::to_string(n) + " fails";
      INFO(where);
      const cp::testing::temporary_directory root(fast_place());
      build_tree(root.path());
      auto system = on.system();
      auto kb = open_here(system, root.path());
      tree_image after;
      {
        auto mine = kb.acquire();
        REQUIRE(mine);
        stage on_stage(on.system(), root.path(), -1);
        REQUIRE(mine.value().run(what.plan, [&](cp::mutation& m) { return what.run(m, on_stage); }));
        after = look_at(root.path());
        system.arm({.nth = n, .effect = effect, .error = error, .only_changes = true});
        const auto before = system.counts().faults;
        (void)mine.value().release();
        through = system.counts().faults == before;
        system.disarm();
      }
      CHECK(cp::testing::difference_text(after, look_at(root.path())) == "");
      auto mine = kb.acquire();
      REQUIRE(mine);
      // A drain writes appended bytes once more, so that their time is that of the drain.
      CHECK(difference_from(after, look_at(root.path())) == "");
      CHECK(leftovers(root.path()) == "");
      CHECK(kept_below(root.path()).empty());
    }
  }
}

constexpr machine unordered{.ordered_metadata = false, .use_openat2 = true};
constexpr machine ordered{.ordered_metadata = true, .use_openat2 = false};

}  // namespace

TEST_CASE("F7: any change of a staged mutation fails: a clear failure and the old tree, or unsettled and said so") {
  sweep_faults(staged_one(), unordered, false);
  sweep_faults(staged_one(), ordered, false);
}

TEST_CASE("F7: any change fails where a staged mutation is published by exchange, or by copy: the same") {
  sweep_faults(staged_one(), {.ordered_metadata = true, .publish = {cp::publish::by_exchange}}, false);
  sweep_faults(staged_one(), {.ordered_metadata = false, .publish = {cp::publish::by_copy}}, false);
}

TEST_CASE("F7: any change of a mutation in place fails: the same") { sweep_faults(in_place_one(), unordered, false); }

TEST_CASE("F7: any change of a mutation that rolls back fails: the same") {
  sweep_faults(in_place_one(), ordered, true);
}

TEST_CASE("F7: any change of a mutation with savepoints and compensations fails: the same") {
  sweep_faults(savepoints_one(), unordered, false);
  sweep_faults(savepoints_one(), unordered, true);
}

TEST_CASE("F7: any change of a release fails: what was committed stays") {
  sweep_release_faults(staged_one(), unordered);
  sweep_release_faults(in_place_one(), ordered);
}

TEST_CASE("F7: any change of a drain fails: it says so, and the next one finishes") {
  sweep_drain_faults(in_place_files(), unordered, kill_before_change(45));
  sweep_drain_faults(staged(), unordered, kill_before_change(85));
}
