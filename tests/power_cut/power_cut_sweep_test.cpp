// Programs that are killed, or are through, and then the power is cut: what is found when the disk is mounted again.

#include "support/power_cut.hpp"
#include "support/scenarios.hpp"

using namespace crash_lab;
using power_cut::amount;
using power_cut::dice;
using power_cut::disk;
using power_cut::tally;

namespace {

// Of a program on a machine: the states that it goes through, and how many calls change something.
struct undisturbed {
  std::vector<tree_image> states;
  std::uint64_t changes = 0;
};

// One run, as the dice say.
struct course {
  machine on;
  std::string mounted_with;
  std::uint64_t kill = 0;          // before this change; 0 is not at all
  std::uint64_t drain_before = 0;  // a drain between the kill and the cut, killed before this change; 0 is none
  std::uint64_t drain_after = 0;   // the same between the cut and another one
  power_cut::how cut;
  power_cut::how other_cut;

  [[nodiscard]] std::string text() const {
    const auto killed = [](const std::string& who, std::uint64_t change) {
      return change == 0 ? std::string{} : who + " killed before change " + std::to_string(change) + ", ";
    };
    return on.name() + (mounted_with.empty() ? "" : ", mounted with " + mounted_with) + ": " +
           (kill == 0 ? "not killed, " : killed("", kill)) + killed("then a drain ", drain_before) + cut.text() +
           (drain_after == 0 ? "" : ", " + killed("a drain ", drain_after) + other_cut.text());
  }
};

class power_cuts {
 public:
  /// With `lies`, calls that do nothing in what is tested.
  explicit power_cuts(const std::string& type, std::vector<std::string> lies = {})
      : type_(type), disk_(type), lies_(std::move(lies)) {}

  [[nodiscard]] const std::string& why_not() const { return disk_.why_not(); }
  [[nodiscard]] const tally& found() const { return found_; }

  /// One run. What is wrong with what it left; empty when nothing is.
  [[nodiscard]] std::string run(const scenario& what, const amount& runs, std::uint64_t number) {
    dice d(runs.seed, number);
    const auto c = chosen_by(d, what);
    const auto cuts_before = disk_.cuts();
    std::string wrong;
    try {
      wrong = run(what, c);
    } catch (const std::exception& e) {
      ++found_.neither;
      wrong = e.what();
    }
    ++found_.runs;
    found_.cuts += disk_.cuts() - cuts_before;
    if (wrong.empty()) return {};
    return what.name + " on " + type_ + ", " + c.text() + "\n" + wrong + "\nagain: " + runs.replay(number);
  }

 private:
  [[nodiscard]] cp::path root() const { return disk_.where() / "tree"; }

  course chosen_by(dice& d, const scenario& what) {
    constexpr std::string_view ways[] = {cp::publish::by_rename, cp::publish::by_exchange, cp::publish::by_copy};
    course c;
    // All of them keep names in order. That a program does not count on it must do no harm.
    c.on = {.ordered_metadata = !d.one_in(3), .use_openat2 = !d.one_in(4), .publish = {ways[d(3)]}};
    // Where that is not counted on, an exchange is refused, and only the mixed program takes that for an answer.
    if (c.on.publish.way == cp::publish::by_exchange && !what.name.starts_with("mixed")) c.on.ordered_metadata = true;
    if (type_ == "ext4") {
      // Without the second, ext4 by itself syncs a file that is renamed over another.
      constexpr std::string_view options[] = {"", "noauto_da_alloc", "data=writeback,noauto_da_alloc"};
      c.mounted_with = options[d(3)];
    }
    if (type_ == "btrfs") {
      // Without the second, an fsync writes to a log of its own; with the third, contents are not written elsewhere.
      constexpr std::string_view options[] = {"", "notreelog", "nodatacow"};
      c.mounted_with = options[d(3)];
    }
    if (!d.one_in(5)) c.kill = 1 + d(reference(what, c.on).changes);
    if (d.one_in(4)) c.drain_before = 1 + d(60);
    if (d.one_in(4)) c.drain_after = 1 + d(60);
    c.cut = power_cut::how::chosen_by(d);
    c.other_cut = power_cut::how::chosen_by(d);
    return c;
  }

  void build(const scenario& what) const {
    fs::remove_all(root());
    demand(::mkdir(root().c_str(), 0755) == 0, "mkdir");
    what.build(root());
    disk_.sync();
  }

  const undisturbed& reference(const scenario& what, const machine& on) {
    const auto key = what.name + on.name();
    if (const auto known = references_.find(key); known != references_.end()) return known->second;
    build(what);
    undisturbed seen{.states = {look_at(root())}};
    auto system = on.system();
    {
      auto kb = open_here(system, root());
      auto mine = kb.acquire();
      expect_success(mine);
      stage on_stage(system, root(), -1);
      on_stage.on_success = [&] { seen.states.push_back(look_at(root())); };
      what.act(mine.value(), on_stage);
      expect_success(mine.value().release());
    }
    seen.changes = system.counts().changes;
    return references_.emplace(key, std::move(seen)).first->second;
  }

  void be_lied_to() const {
    if (!lies_.empty() && !power_cut::lie_about(lies_)) throw std::runtime_error("no calls can be filtered here");
  }
  ending act(const scenario& what, const course& c) const {
    return in_child(c.on, kill_before_change(c.kill), [&](system_type& system, int progress) {
      be_lied_to();
      auto kb = open_here(system, root());
      auto mine = kb.acquire();
      expect_success(mine);
      stage on_stage(system, root(), progress);
      what.act(mine.value(), on_stage);
      expect_success(mine.value().release());
    });
  }
  ending drain(const course& c, std::uint64_t kill) const {
    return in_child(c.on, kill_before_change(kill), [&](system_type& system, int) {
      be_lied_to();
      auto kb = open_here(system, root());
      auto mine = kb.acquire();
      expect_success(mine);
      expect_success(mine.value().release());
    });
  }

  std::string run(const scenario& what, const course& c) {
    const auto& states = reference(what, c.on).states;
    disk_.mount_with(c.mounted_with);
    build(what);
    // Seen by a drain that ended: no cut may take it back.
    std::optional<tree_image> settled;
    // What a journal covered before it was settled: no leftovers of the mutation any more.
    std::set<std::string> covered;
    bool drained = false;
    const auto drain_and_look = [&](std::uint64_t kill) -> std::string {
      for (const auto& [path, how] : read_journal(c.on, root()).covered) covered.insert(path);
      drained = true;
      const auto end = drain(c, kill);
      if (!end.trouble.empty()) return "a drain failed: " + end.trouble;
      if (!end.killed) settled = look_at(root());
      return {};
    };
    const auto refused = [&](const std::string& why) {
      ++found_.refused;
      return why;
    };

    const auto end = act(what, c);
    if (!end.trouble.empty()) return refused("the program failed: " + end.trouble);
    found_.killed += end.killed ? 1U : 0U;
    found_.acknowledged += end.successes > 0 ? 1U : 0U;
    found_.drains += c.drain_before + c.drain_after > 0 ? 1U : 0U;
    if (c.drain_before > 0) {
      if (const auto why = drain_and_look(c.drain_before); !why.empty()) return refused(why);
    }
    disk_.cut(c.cut);
    if (c.drain_after > 0) {
      if (const auto why = drain_and_look(c.drain_after); !why.empty()) return refused(why);
      disk_.cut(c.other_cut);
    }

    const auto left_tree = look_at(root());
    const auto left = read_journal(c.on, root());
    {
      auto system = c.on.system();
      auto kb = open_here(system, root());
      auto mine = kb.acquire();
      if (!mine) return refused("the drain failed: " + mine.error().message());
      expect_success(mine.value().release());
      auto again = kb.acquire();
      if (!again) return refused("the second drain failed: " + again.error().message());
      if (!again.value().recovered().empty()) return neither("the drain left something to the next one");
    }
    auto now = look_at(root());
    if (const auto stray = leftovers(root()); !stray.empty()) return neither("left over: " + stray);
    if (settled) {
      // What nobody knows of is nobody's to make durable.
      auto since = now;
      for (const auto& orphan : what.orphans) {
        settled->entries.erase(orphan);
        since.entries.erase(orphan);
      }
      const auto lost = difference_from(*settled, since, what.ignored_times);
      if (!lost.empty()) return neither("a cut took this back, and a drain had ended before it:\n" + lost);
    }
    return compared(what, states, end, left, left_tree, covered, drained, std::move(now));
  }

  std::string compared(const scenario& what, const std::vector<tree_image>& states, const ending& end,
                       const journal_state& left, const tree_image& left_tree, const std::set<std::string>& covered,
                       bool drained, tree_image now) {
    // One mutation at most was at work when the program ended.
    auto is = state_of(what, states, now);
    // The one window of `track_new`: what was made and is not registered stays.
    for (const auto& orphan : what.orphans) {
      const bool registered = left.settled ? covered.contains(orphan) : left.covered.contains(orphan);
      if (is == states.size() && end.killed && !registered) now.entries.erase(orphan);
    }
    is = state_of(what, states, now);
    const auto last = states.size() - 1;
    if (is > last) {
      return neither("not as before:\n" + difference_from(states.front(), now, what.ignored_times) +
                     "and not as after:\n" + difference_from(states.back(), now, what.ignored_times));
    }
    if (is < end.successes) {
      ++found_.missing;
      return "acknowledged and not there: mutation " + std::to_string(is + 1) + " of " + std::to_string(last);
    }
    if (is > end.successes + 1) return neither("more than was begun");
    if (!end.killed && is != last) return neither("the program was through, and not everything is there");
    if (!drained && is != left.commits) return neither("not what the journal says");
    if (!drained) {
      const auto kept = describe(kept_below(root()));
      const auto expected = describe(expected_kept(left, states[is], left_tree));
      if (kept != expected) return neither("kept:\n" + kept + "and not:\n" + expected);
    }
    ++(is == 0 ? found_.old : is == last ? found_.fresh : found_.between);
    return {};
  }

  // Which of the states that is; their number when it is none.
  static std::size_t state_of(const scenario& what, const std::vector<tree_image>& states, const tree_image& now) {
    std::size_t i = states.size();
    while (i > 0 && !difference_from(states[i - 1], now, what.ignored_times).empty()) --i;
    return i == 0 ? states.size() : i - 1;
  }

  std::string neither(std::string why) {
    ++found_.neither;
    return why;
  }

  std::string type_;
  disk disk_;
  std::vector<std::string> lies_;
  tally found_;
  std::map<std::string, undisturbed> references_;
};

void cut_often(const std::string& type, const std::vector<scenario>& programs, const amount& runs) {
  power_cuts on(type);
  if (!on.why_not().empty()) {
    MESSAGE("SKIPPED: " << on.why_not());
    return;
  }
  for (auto number = runs.first; number < runs.first + runs.runs; ++number) {
    const auto wrong = on.run(programs[number % programs.size()], runs, number);
    CHECK_MESSAGE(wrong.empty(), wrong);
  }
  MESSAGE(type << ", seed " << runs.seed << ": " << on.found().text());
  if (runs.runs < 100) return;
  CHECK(on.found().fresh > 0);
  CHECK(on.found().old > 0);
}

// All but those whose compensations change files that nobody syncs.
std::vector<scenario> other_programs() {
  return {staged(),
          savepoints(false),
          several(),
          mixed(true),
          tree_rename(),
          tree_remove(),
          type_changes(),
          in_place_files(),
          will_create(),
          in_place_tree(),
          in_place_replaced_tree(),
          track_new(),
          savepoints(true),
          private_staging(),
          in_place_appended()};
}

}  // namespace

TEST_CASE("a power cut loses what was not synced, and nothing else") {
  for (const auto* type : {"ext4", "xfs", "btrfs"}) {
    CAPTURE(type);
    disk d(type);
    if (!d.why_not().empty()) {
      MESSAGE("SKIPPED: " << d.why_not());
      return;
    }
    const auto file = d.where() / "file";
    support::write_file(file, "synced");
    support::write_file(d.where() / "other", "synced");
    d.sync();
    support::overwrite(file, "not synced, and longer");
    REQUIRE(::rename((d.where() / "other").c_str(), (d.where() / "renamed").c_str()) == 0);
    support::write_file(d.where() / "made", "not synced");
    d.cut({});
    CHECK(support::read_file(file) == "synced");
    CHECK(support::is_there(d.where() / "other"));
    CHECK_FALSE(support::is_there(d.where() / "renamed"));
    CHECK_FALSE(support::is_there(d.where() / "made"));

    // With the log, names are there, and what they lead to need not be.
    support::write_file(d.where() / "made", "not synced");
    REQUIRE(::rename((d.where() / "other").c_str(), (d.where() / "renamed").c_str()) == 0);
    d.cut({.names = true});
    CHECK(support::is_there(d.where() / "renamed"));
    CHECK_FALSE(support::is_there(d.where() / "other"));
    CHECK(support::read_file(d.where() / "made") != "not synced");
  }
}

TEST_CASE("F2, F3: the power of a real ext4 is cut in a mixed mutation, and in drains: old or new") {
  cut_often("ext4", {mixed(false)}, amount::asked_for());
}
TEST_CASE("F2, F3: the power of a real xfs is cut in a mixed mutation, and in drains: old or new") {
  cut_often("xfs", {mixed(false)}, amount::asked_for());
}
TEST_CASE("F2, F3: the power of a real btrfs is cut in a mixed mutation, and in drains: old or new") {
  cut_often("btrfs", {mixed(false)}, amount::asked_for(40));
}
TEST_CASE("F2, F3: the power of a real ext4 is cut in all other kinds of mutations, and in drains: old or new") {
  cut_often("ext4", other_programs(), amount::asked_for());
}
TEST_CASE("F2, F3: the power of a real xfs is cut in all other kinds of mutations, and in drains: old or new") {
  cut_often("xfs", other_programs(), amount::asked_for());
}
TEST_CASE("F2, F3: the power of a real btrfs is cut in all other kinds of mutations, and in drains: old or new") {
  cut_often("btrfs", other_programs(), amount::asked_for(40));
}

TEST_CASE("power cuts find it when syncs do nothing") {
  if (const auto why = power_cut::why_no_lies(); !why.empty()) {
    MESSAGE("SKIPPED: " << why);
    return;
  }
  constexpr std::uint64_t enough = 40;
  const std::vector<std::vector<std::string>> lies{
      {"fsync", "fdatasync", "syncfs"}, {"fsync"}, {"fdatasync"}, {"syncfs"}};
  for (const std::string type : {"ext4", "xfs", "btrfs"}) {
    for (const auto& which : lies) {
      std::string names;
      for (const auto& name : which) names += (names.empty() ? "" : ", ") + name;
      CAPTURE(names);
      power_cuts on(type, which);
      if (!on.why_not().empty()) {
        MESSAGE("SKIPPED: " << on.why_not());
        return;
      }
      // Where one kind is left something is there that is neither; where none is, a whole success is gone.
      const auto is_found = [&] { return which.size() > 1 ? on.found().missing > 0 : on.found().wrong() > 0; };
      for (std::uint64_t number = 1; number <= enough && !is_found(); ++number) {
        (void)on.run(mixed(false), {.runs = enough, .seed = 1}, number);
      }
      CHECK(is_found());
      MESSAGE(type << ", where these do nothing: " << names << ": " << on.found().text());
    }
  }
}
