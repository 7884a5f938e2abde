#include "barriers.hpp"

#include "location.hpp"

#include <commitpoint/durability/power_loss.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/system/native.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

namespace {

namespace cp = commitpoint;
using cp::system::native;

// As it was before write-back was started first.
struct without_start : native {
  void start_writeback(const cp::system::handle&) override {}
};

constexpr std::array<std::size_t, 3> sizes{2'000, 20'000, 100'000};
constexpr std::array<std::size_t, 11> counts{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64};
constexpr std::array<const char*, 3> methods{"each", "started, then each", "file system"};

// Writes new files, as staging is filled, and times the barrier over them and their two directories, in milliseconds.
double time_barrier(cp::system::door& system, const cp::path& where, std::size_t count, std::size_t size, bool whole) {
  const auto top = system.open_root(where.native()).value();
  system.make_directory(top, "m1", 0700).value();
  auto area = system.open(top, "m1", {.directory = true}).value();
  const auto most = whole ? 0 : std::numeric_limits<std::size_t>::max();
  cp::files::sync_set set(most);
  set.add_filesystem(system, top, 0).value();
  const std::string bytes(size, 'x');
  for (std::size_t i = 0; i < count; ++i) {
    set.add(cp::files::write_new_file(system, area, "f" + std::to_string(i), bytes, 0600).value());
  }
  set.add(system.open(area, ".", {.directory = true}).value());
  set.add(system.open(top, ".", {.directory = true}).value());
  const auto policy = cp::durability::power_loss{}.make();
  const auto begin = std::chrono::steady_clock::now();
  policy->barrier(system, set).value();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  cp::files::remove_tree(system, top, "m1").value();
  system.sync_filesystem(top).value();  // what was removed is not the next one's to pay for
  return took.count();
}

double time_method(std::size_t method, const cp::path& where, std::size_t count, std::size_t size) {
  without_start before;
  native now;
  if (method == 0) return time_barrier(before, where, count, size, false);
  return time_barrier(now, where, count, size, method == 2);
}

double median(std::vector<double>& all) {
  std::ranges::sort(all);
  return all[all.size() / 2];
}

std::string shown(double milliseconds) {
  auto text = std::to_string(milliseconds);
  return text.substr(0, text.find('.') + 3);
}

}  // namespace

void benchmarks::print_barriers(std::ostream& out, std::size_t rounds) {
  const cp::testing::temporary_directory where{cp::path(place_of_run())};
  out << "| size | files |";
  for (const auto* m : methods) out << " " << m << " (ms) |";
  out << "\n| --- | --- | --- | --- | --- |\n";
  for (const auto size : sizes) {
    for (const auto count : counts) {
      std::array<std::vector<double>, methods.size()> times;
      for (std::size_t round = 0; round < rounds; ++round) {
        // In turn, so that a slow moment of the machine meets all of them.
        for (std::size_t m = 0; m < methods.size(); ++m) {
          times[m].push_back(time_method(m, where.path(), count, size));
        }
      }
      out << "| " << size << " | " << count << " |";
      for (auto& all : times) out << " " << shown(median(all)) << " |";
      out << '\n';
    }
  }
}
