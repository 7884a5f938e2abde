// The explorer's own proof: mistakes in the protocol, one at a time, and what finds each.

#include "exploring.hpp"

#include "explored_sqlite.hpp"
#include "lone_shapes.hpp"
#include "mistakes.hpp"

#include <commitpoint/system/simulated/power_cut.hpp>
#include <commitpoint/testing/crash_explorer.hpp>
#include <commitpoint/testing/fault_sweep.hpp>
#include <commitpoint/testing/simulated_image.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cp = commitpoint;
using cp::system::hand;
using cp::testing::exploration;
using explored::combination;
using explored::mistake;

namespace {

// What is wrong, or nothing.
using killer = std::function<std::string()>;
struct named_killer {
  std::string name;
  killer kill;
};

// One line of a report is enough to know where to look.
std::string first_lines(const std::string& text) {
  return text.substr(0, text.find('\n', text.find("\n  crash ") + 1));
}

named_killer exploring(exploration what, combination with, bool ordered) {
  explored::give_disk(what, with, ordered);
  if (ordered) what.name += ", ordered";
  return {"crash explorer: " + what.name + " (" + with.name() + ")", [what, with]() -> std::string {
            try {
              const auto report = cp::testing::crash_explorer(what, explored::program_of(with), {.budget = 900}).run();
              return report.passed() ? "" : first_lines(report.text());
            } catch (const std::exception& e) {
              return std::string("undisturbed: ") + e.what();
            }
          }};
}

named_killer sweeping(exploration what, combination with) {
  return {"fault sweep: " + what.name + " (" + with.name() + ")", [what, with]() -> std::string {
            cp::testing::fault_sweep sweep(what, explored::program_of(with),
                                           {.errors = {EIO}, .shorts = false, .drain_stride = 1000});
            const auto report = sweep.run();
            return report.passed() ? "" : report.troubles.front();
          }};
}

// A mutation that has to be refused, and to leave the tree alone.
named_killer refusing(exploration what) {
  return {"refusal: " + what.name, [what]() -> std::string {
            const auto before = cp::testing::built(what);
            const cp::system::simulated machine(before);
            const auto end = explored::program_of({}).run(machine, what, true, {});
            if (end.mutations.size() != 1 || !end.mutations.front()) return "it was not refused";
            auto expected = cp::testing::image_of(before, cp::testing::explored_state);
            auto found = cp::testing::image_of(machine.world(), cp::testing::explored_state);
            for (auto* image : {&expected, &found}) image->entries.at("tree").modified.reset();
            return cp::testing::difference_text(expected, found);
          }};
}

exploration outside() {
  auto what = shapes::shape("a path through a link",
                            {shapes::one([](cp::mutation& m, hand&) { return m.write("out/value", "changed"); })});
  what.build = [](hand& h) {
    shapes::build(h);
    h.make_symlink("../store", "out");
  };
  return what;
}

exploration lock_replaced() {
  return shapes::shape("the lock file is replaced", {shapes::one([](cp::mutation& m, hand& h) {
                         h.replace(".commitpoint/lock", "");
                         return m.write("index.md", "changed");
                       })});
}

// The same where the tree itself says nothing: by the failure.
std::string not_refused(cp::result<void> (*body)(cp::mutation&, hand&), cp::errc wanted) {
  const auto what = shapes::shape("refused", {shapes::one(body)});
  const cp::system::simulated machine(cp::testing::built(what));
  const auto end = explored::program_of({}).run(machine, what, true, {});
  const bool refused = end.mutations.size() == 1 && end.mutations.front() && *end.mutations.front() == wanted;
  return refused ? "" : "it was not refused";
}

std::string state_moved() {
  return not_refused(
      [](cp::mutation& m, hand& h) {
        h.rename(".commitpoint", "elsewhere");
        return m.write("index.md", "changed");
      },
      cp::errc::not_owner);
}

// A second name of a file of commitpoint's own has to be as reserved as the first.
std::string own_linked() {
  return not_refused(
      [](cp::mutation& m, hand& h) {
        h.link(".commitpoint/lock", "second");
        return m.append("second", "changed");
      },
      cp::errc::reserved_path);
}

// What a process with root's rights finds pending in a user's state directory is not carried out.
std::string of_a_stranger() {
  const auto what = shapes::write_new();
  const auto program = explored::program_of({});
  const cp::system::simulated machine(cp::testing::built(what));
  (void)program.run(machine, what, true, {});
  cp::system::simulated giving(machine);
  const auto tree = giving.open_root(std::string(cp::testing::explored_root)).value();
  REQUIRE(giving.set_owner(tree, ".commitpoint", 1000, 1000));
  const auto end = program.run(machine, what, false, {});
  return end.trouble && *end.trouble == cp::errc::untrusted_owner ? "" : "it was not refused";
}

// The machine as it was before each call of an undisturbed run that changes something.
std::vector<cp::testing::moment> moments_of(const exploration& what) {
  std::vector<cp::testing::moment> moments;
  (void)explored::program_of({}).run(
      cp::system::simulated(cp::testing::built(what)), what, true,
      {.before_change = [&](cp::testing::moment m) { moments.push_back(std::move(m)); }});
  return moments;
}

// A mutation that has written a file in place, as it was when the body changed the file's mode, last of all.
cp::system::simulation::world written_in_place(const exploration& what) {
  const auto moments = moments_of(what);
  const auto end = std::find_if(moments.rbegin(), moments.rend(), [](const cp::testing::moment& m) {
    return m.what == cp::system::call::set_mode && m.how_far.committing == 0;
  });
  REQUIRE(end != moments.rend());
  return end->disks;
}

// A backup that somebody altered between the crash and the drain has to be noticed before anything live is touched.
std::string altered_backup() {
  const auto what = shapes::overwritten_file(false);
  const cp::system::simulated machine(written_in_place(what));
  hand person(machine, std::string(cp::testing::explored_root) + "/.commitpoint/staging");
  for (const auto& area : person.list("")) {
    for (const auto& backup : person.list(area.name)) person.write(area.name + "/" + backup.name, "altered");
  }
  const auto end = explored::program_of({}).run(machine, what, false, {});
  return end.trouble && *end.trouble == cp::errc::needs_repair ? "" : "the drain used an altered backup";
}

// A mutation that was committed, and not published yet, is not there for a program with another journal.
std::string other_journal() {
  const auto what = shapes::replace();
  const auto moments = moments_of(what);
  const auto publishing =
      std::ranges::find_if(moments, [](const auto& m) { return m.how_far.at == cp::step::publish; });
  if (publishing == moments.end()) return "the publish was never reached";
  const auto end =
      explored::program_of({.journal = "json_file"}).run(cp::system::simulated(publishing->disks), what, false, {});
  if (!end.trouble) return "it was opened";
  return *end.trouble == cp::errc::unsupported ? "" : "it was not refused: " + end.trouble->message();
}

// A journal that another root has begun has to be noticed before anything live is touched.
std::string journal_of_another_root() {
  const auto what = shapes::overwritten_file(false);
  const cp::system::simulated machine(written_in_place(what));
  hand person(machine, std::string(cp::testing::explored_root));
  person.write(".commitpoint/format", R"({"root":"1","version":1})");
  const auto live = person.read("raw.bin");
  const auto end = explored::program_of({}).run(machine, what, false, {});
  if (!end.trouble || *end.trouble != cp::errc::needs_repair) return "the drain carried out another root's journal";
  return person.read("raw.bin") == live ? "" : "something live was touched";
}

// A power cut brings back what stood there before a person replaced it, shortly before the mutation: it is no edit.
std::string older_version() {
  const auto what = shapes::shape(
      "older version", {shapes::one([](cp::mutation& m, hand&) { return m.write("notes/a.md", "version two\n"); })});
  const auto program = explored::program_of({});
  const cp::system::simulated machine(cp::testing::built(what));
  hand person(machine, std::string(cp::testing::explored_root));
  person.replace("notes/a.md", "version one\n");
  cp::system::simulation::world done;
  (void)program.run(machine, what, true, {.on_success = [&](const auto& world) { done = world; }});
  const cp::system::simulation::power_cut cut(done);
  const auto& counts = cut.answers();
  std::vector<std::uint32_t> chosen(counts.size());
  std::minstd_rand random;
  for (int n = 0; n < 200; ++n) {
    for (std::size_t i = 0; i < counts.size(); ++i) chosen[i] = static_cast<std::uint32_t>(random()) % counts[i];
    const cp::system::simulated after(cut.survivor(chosen));
    const auto end = program.run(after, what, false, {});
    if (end.trouble) return end.trouble->message();
    const hand found(after, std::string(cp::testing::explored_root));
    if (found.read("notes/a.md") != "version two\n") return "the mutation is not there: " + cut.describe(chosen);
  }
  return {};
}

std::vector<named_killer> killers() {
  using namespace shapes;
  const combination plain;
  return {
      exploring(replace(), plain, false),
      exploring(write_new(), plain, false),
      exploring(overwritten_files(), plain, false),
      exploring(overwritten_file(true), plain, false),
      exploring(protected_file(), plain, true),
      exploring(protected_tree(true), plain, false),
      exploring(compensation(true), plain, true),
      exploring(two_devices({}), plain, false),
      exploring(batch(), plain, false),
      exploring(renewed(), plain, false),
      exploring(sessions(false), plain, false),
      exploring(in_one_second(true), plain, false),
      exploring(mixed(), {.journal = "json_file"}, false),
      exploring(replace(), {.publish = "copy"}, false),
      exploring(explored::rows_and_files().front(), {.journal = "sqlite"}, false),
      sweeping(write_new(), plain),
      refusing(outside()),
      refusing(lock_replaced()),
      {"refusal: the state directory is moved", state_moved},
      {"refusal: a second name of the lock", own_linked},
      {"refusal: a stranger's state directory", of_a_stranger},
      {"an altered backup", altered_backup},
      {"refusal: another journal", other_journal},
      {"refusal: another root's journal", journal_of_another_root},
      {"an older version", older_version},
  };
}

struct making {
  explicit making(mistake m) { explored::made_now = m; }
  making(const making&) = delete;
  making& operator=(const making&) = delete;
  ~making() { explored::made_now = mistake::none; }
};

}  // namespace

TEST_CASE("no mistake in the protocol survives") {
  const auto all = killers();
  for (const auto& one : all) {
    const auto wrong = one.kill();
    CHECK_MESSAGE(wrong.empty(), one.name << ": " << wrong);
  }
  std::string table;
  for (std::size_t m = 1; m < explored::mistake_names.size(); ++m) {
    const making one(static_cast<mistake>(m));
    std::string killed_by;
    for (const auto& k : all) {
      const auto wrong = k.kill();
      if (wrong.empty()) continue;
      killed_by = k.name;
      break;
    }
    CHECK_MESSAGE(!killed_by.empty(), "survived: " << explored::mistake_names[m]);
    table.append(explored::mistake_names[m]).append(" -> ").append(killed_by.empty() ? "SURVIVED" : killed_by) += '\n';
  }
  MESSAGE((explored::mistake_names.size() - 1) << " mistakes:\n" << table);
}
