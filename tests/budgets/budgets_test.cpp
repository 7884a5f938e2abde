// The guard of what everything costs: it counts and measures no time, so that no load on the machine can change it.

#include "scenarios.hpp"

#include <commitpoint/testing/temporary_directory.hpp>

#include <doctest/doctest.h>

#include <boost/filesystem/operations.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

namespace {

namespace fs = boost::filesystem;
using budgets::cost;

// Whether this program is one whose instructions have a budget.
#ifdef COUNTS_INSTRUCTIONS
constexpr bool is_built_as_budgeted = true;
#else
constexpr bool is_built_as_budgeted = false;
#endif

// Says how a figure stands to its budget: nothing where it is as it should be.
void hold(std::string_view scenario, std::string_view what, std::uint64_t found, std::uint64_t budget, double slack) {
  const auto name = std::string(scenario) + ": " + std::string(what);
  const auto most = static_cast<double>(budget) * (1 + slack);
  CHECK_MESSAGE(static_cast<double>(found) <= most, name, ": ", found, ", and the budget is ", budget);
  if (found * 10 < budget * 9) MESSAGE(name, " can be lowered in budgets.hpp: ", found, " instead of ", budget);
}

void hold_all(std::string_view scenario, const cost& found, const cost& budget) {
  hold(scenario, "system calls", found.calls, budget.calls, 0);
  hold(scenario, "syncs", found.syncs, budget.syncs, 0);
  hold(scenario, "bytes", found.bytes, budget.bytes, 0);
  hold(scenario, "allocations", found.allocations, budget.allocations, 0);
}

// On a file system that is the same everywhere, if there is such a place.
void choose_place() {
  if (fs::is_directory("/dev/shm")) ::setenv("COMMITPOINT_BENCH_DIR", "/dev/shm", 1);
}

std::string this_program() { return fs::read_symlink("/proc/self/exe").native(); }

bool has_valgrind() { return std::system("valgrind --version >/dev/null 2>&1") == 0; }

// Runs the test of the counts again, under callgrind, which writes a profile of each scenario.
bool profile_counts(const std::string& profiles) {
  const auto command = "valgrind --tool=callgrind --callgrind-out-file='" + profiles + "' '" + this_program() +
                       "' --test-case='budgets: calls*' >'" + profiles + ".log' 2>&1";
  return WIFEXITED(std::system(command.c_str()));
}

// \source valgrind manual, "Callgrind Format Specification"
std::uint64_t instructions_in(const std::string& profile) {
  constexpr std::string_view summary = "summary: ";
  std::ifstream in(profile);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(summary)) return std::stoull(line.substr(summary.size()));
  }
  return 0;
}

}  // namespace

TEST_CASE("budgets: calls, syncs, bytes and allocations of each scenario") {
  choose_place();
  for (const auto& b : budgets::all) hold_all(b.scenario, budgets::cost_of(b.scenario), b.at_most);
}

TEST_CASE("budgets: instructions of each scenario") {
  if (!is_built_as_budgeted || !has_valgrind()) {
    std::cout << "SKIPPED: it takes valgrind, and a build with g++ 12 and -O2\n";
    return;
  }
  const commitpoint::testing::temporary_directory where;
  const auto profiles = (where.path() / "profile").native();
  REQUIRE(profile_counts(profiles));
  std::size_t number = 0;
  for (const auto& b : budgets::all) {
    const auto found = instructions_in(profiles + "." + std::to_string(++number));
    REQUIRE_MESSAGE(found != 0, b.scenario, ": no profile");
    hold(b.scenario, "instructions", found, b.instructions, 0.05);
  }
}
