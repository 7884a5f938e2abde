#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/system/simulated/hand.hpp>
#include <commitpoint/testing/check_system.hpp>
#include <commitpoint/testing/recording.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <system_error>
#include <vector>

namespace cp = commitpoint;
namespace sim = cp::system::simulation;
using cp::system::hand;
using cp::system::simulated;

namespace {

simulated machine_with(const sim::device_settings& settings) { return simulated(sim::world(settings)); }

// Every world that a power cut may leave, as `look` sees it.
template <class Look>
std::set<std::string> what_survives(const simulated& machine, Look look) {
  const auto world = machine.world();
  const sim::power_cut cut(world);
  REQUIRE(cut.states() < 100'000);
  std::set<std::string> seen;
  std::vector<std::uint32_t> chosen(cut.answers().size(), 0);
  for (;;) {
    hand after{simulated(cut.survivor(chosen))};
    seen.insert(look(after));
    std::size_t i = 0;
    while (i < chosen.size() && ++chosen[i] == cut.answers()[i]) chosen[i++] = 0;
    if (i == chosen.size()) return seen;
  }
}

std::string content(const hand& h, const char* path) { return h.exists(path) ? h.read(path) : "-"; }

// Two files, durable.
simulated with_two_files(bool ordered) {
  auto machine = machine_with({.ordered_metadata = ordered});
  hand h(machine);
  h.make_directory("d");
  h.make_directory("e");
  h.write("d/a", "a");
  h.write("d/b", "b");
  h.sync_all();
  return machine;
}

std::string both(const hand& h) { return content(h, "d/a") + content(h, "d/b"); }

using texts = std::set<std::string>;

}  // namespace

TEST_CASE("the system suite passes the simulated system") {
  CHECK_MESSAGE(cp::testing::check_system(simulated(), "/").passed(),
                cp::testing::check_system(simulated(), "/").text());
  simulated old;
  old.machine().has_open_beneath = false;
  CHECK_MESSAGE(cp::testing::check_system(old, "/").passed(), cp::testing::check_system(old, "/").text());
  auto poor = machine_with({.clones = false, .exchanges = false});
  CHECK_MESSAGE(cp::testing::check_system(poor, "/").passed(), cp::testing::check_system(poor, "/").text());
  CHECK(cp::testing::check_system(cp::system::faulty<simulated>(), "/").passed());
}

TEST_CASE("what is synced survives, and nothing else has to") {
  simulated machine;
  hand h(machine);
  h.write("f", "one");
  CHECK(what_survives(machine, [](const hand& left) { return content(left, "f"); }) ==
        texts{"-", "", "one", std::string(3, '\0'), std::string(3, static_cast<char>(0xa5))});
  SUBCASE("its name, without its content") {
    h.sync("/");
    CHECK_FALSE(what_survives(machine, [](const hand& left) { return content(left, "f"); }).contains("-"));
    CHECK(what_survives(machine, [](const hand& left) { return content(left, "f"); }).contains(""));
  }
  SUBCASE("its content, without its name") {
    h.sync("f");
    CHECK(what_survives(machine, [](const hand& left) { return content(left, "f"); }) == texts{"-", "one"});
  }
  SUBCASE("both") {
    h.sync("f");
    h.sync("/");
    CHECK(what_survives(machine, [](const hand& left) { return content(left, "f"); }) == texts{"one"});
  }
  SUBCASE("everything") {
    h.sync_all();
    CHECK(what_survives(machine, [](const hand& left) { return content(left, "f"); }) == texts{"one"});
  }
}

TEST_CASE("a file tears at its blocks, and each of them is found as after any of the writes") {
  auto machine = machine_with({.ordered_metadata = true});
  hand h(machine);
  const std::string old(1024, 'o');
  h.write("f", old);
  h.sync_all();
  const auto file =
      machine.open(machine.open_root("/").value(), "f", {.access = cp::system::open_how::access_mode::read_write});
  REQUIRE(machine.write(file.value(), 0, std::string(1024, 'x')));
  REQUIRE(machine.write(file.value(), 0, std::string(512, 'y')));
  const auto found = what_survives(machine, [](const hand& left) {
    const auto all = left.read("f");
    return std::string{all[0], all[511], all[512], all[1023]};
  });
  CHECK(found == texts{"oooo", "ooxx", "xxoo", "xxxx", "yyoo", "yyxx"});
}

TEST_CASE("a rename without order is found in any of its parts; with it, whole") {
  SUBCASE("without") {
    auto machine = with_two_files(false);
    hand(machine).rename("d/a", "d/b");
    CHECK(what_survives(machine, both) == texts{"ab", "a-", "aa", "-b", "--", "-a"});
  }
  SUBCASE("with") {
    auto machine = with_two_files(true);
    hand(machine).rename("d/a", "d/b");
    CHECK(what_survives(machine, both) == texts{"ab", "-a"});
  }
}

TEST_CASE("renames reach an ordered disk in their order") {
  auto machine = with_two_files(true);
  hand h(machine);
  h.rename("d/a", "e/a");
  h.rename("d/b", "e/b");
  const auto look = [](const hand& left) {
    return content(left, "d/a") + content(left, "d/b") + content(left, "e/a") + content(left, "e/b");
  };
  CHECK(what_survives(machine, look) == texts{"ab--", "-ba-", "--ab"});
  h.sync("e");
  CHECK(what_survives(machine, look) == texts{"--ab"});
}

TEST_CASE("without order, a rename between directories needs both of them") {
  auto machine = with_two_files(false);
  hand h(machine);
  h.rename("d/a", "e/a");
  h.sync("e");
  const auto look = [](const hand& left) { return content(left, "d/a") + content(left, "e/a"); };
  CHECK(what_survives(machine, look) == texts{"aa", "-a"});
  h.sync("d");
  CHECK(what_survives(machine, look) == texts{"-a"});
}

TEST_CASE("a directory is found at one place only, and a link is counted as it is found") {
  auto machine = with_two_files(false);
  hand h(machine);
  h.rename("e", "d/e");
  h.link("d/a", "c");
  CHECK(what_survives(machine, [](const hand& left) {
          return std::string(left.exists("e") ? "e" : "-") + (left.exists("d/e") ? "e" : "-") +
                 std::to_string(left.status("d/a").links);
        }) == texts{"e-1", "-e1", "--1", "e-2", "-e2", "--2"});
}

TEST_CASE("mode, time and attributes survive as they were, or as they were set") {
  auto machine = with_two_files(true);
  hand h(machine);
  h.set_modified("d/a", 5);
  h.sync_all();
  h.set_mode("d/a", 0600);
  h.set_attribute("d/a", "user.note", "kept");
  const auto look = [](hand& left) {
    const auto file = left.machine().open(left.machine().open_root("/d").value(), "a", {});
    return std::to_string(left.status("d/a").mode == 0600) +
           std::to_string(left.machine().attributes(file.value()).value().size());
  };
  CHECK(what_survives(machine, look) == texts{"00", "10", "11"});
  const auto file = machine.open(machine.open_root("/d").value(), "a", {});
  REQUIRE(machine.sync_data(file.value()));
  CHECK(what_survives(machine, look) == texts{"00", "10", "11"});
  REQUIRE(machine.sync(file.value()));
  CHECK(what_survives(machine, look) == texts{"11"});
}

TEST_CASE("a copy of the world is not changed by what goes on in the other") {
  auto machine = with_two_files(false);
  const auto before = machine.world();
  const auto mark = sim::fingerprint(before);
  hand h(machine);
  h.write("d/a", "changed");
  h.remove("d/b");
  h.write("d/c", "new");
  CHECK(sim::fingerprint(before) == mark);
  CHECK(sim::fingerprint(machine.world()) != mark);
  CHECK(both(hand{simulated(before)}) == "ab");
}

TEST_CASE("devices are apart: EXDEV, EBUSY, their own capacity and order") {
  simulated machine;
  hand h(machine);
  h.make_directory("disk");
  h.mount("disk", {.ordered_metadata = true, .capacity = 8192});
  h.write("f", "f");
  CHECK_THROWS_WITH_AS(h.rename("f", "disk/f"), doctest::Contains("cross-device"), std::system_error);
  CHECK_THROWS_AS(h.remove("disk"), std::system_error);
  h.write("disk/g", std::string(4096, 'g'));
  CHECK_THROWS_WITH_AS(h.append("disk/g", "more"), doctest::Contains("No space"), std::system_error);
  CHECK_THROWS_AS(h.write("disk/h", ""), std::system_error);
  h.remove("disk/g");
  h.write("disk/h", "there is room again");
  const auto top = machine.open_root("/").value();
  const auto disk = machine.open_root("/disk").value();
  CHECK_FALSE(machine.ordered_metadata(top));
  CHECK(machine.ordered_metadata(disk));
  CHECK(machine.cache_identity(top) != machine.cache_identity(disk));
  CHECK(machine.path_of(disk).value() == "/disk");
  h.sync_all();
  CHECK(what_survives(machine, [](const hand& left) { return content(left, "disk/h"); }) ==
        texts{"there is room again"});
}

TEST_CASE("another boot has another identity; a disk that is read only refuses") {
  auto machine = with_two_files(false);
  const auto world = machine.world();
  const sim::power_cut cut(world);
  CHECK(cut.states() == 1);
  simulated again(cut.survivor({}));
  const auto before = machine.open_root("/").value();
  const auto after = again.open_root("/").value();
  CHECK(machine.cache_identity(before) != again.cache_identity(after));
  again.machine().disks.settings_of(1).read_only = true;
  CHECK(again.check_writable(after).error() == std::errc::read_only_file_system);
  CHECK_THROWS_AS(hand{again}.write("d/a", "x"), std::system_error);
}

TEST_CASE("open_root follows links, and only it") {
  simulated machine;
  hand h(machine);
  h.make_directory("d");
  h.make_symlink("d", "to-d");
  h.make_symlink("/to-d/..", "around");
  h.make_symlink("loop", "loop");
  CHECK(machine.path_of(machine.open_root("/to-d").value()).value() == "/d");
  CHECK(machine.path_of(machine.open_root("/around").value()).value() == "/");
  CHECK(machine.open_root("/loop").error() == std::errc::too_many_symbolic_link_levels);
  CHECK_FALSE(machine.open(machine.open_root("/").value(), "to-d", {}));
}
