#include "ratios.hpp"

#include "adds.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <ostream>

namespace benchmarks {

namespace {

// The value that `share` of all lie below; between two of them, what lies as far between.
double quantile(const std::vector<double>& sorted, double share) {
  const auto at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - static_cast<double>(below));
}

void print_spread(std::ostream& out, std::vector<double> values) {
  std::ranges::sort(values);
  out << std::fixed << std::setprecision(2) << quantile(values, 0.5) << " | " << quantile(values, 0.25) << " - "
      << quantile(values, 0.75) << " |";
}

}  // namespace

bool rounds::ReportContext(const Context&) { return true; }

void rounds::ReportRuns(const std::vector<Run>& runs) {
  for (const auto& run : runs) {
    if (run.run_type != Run::RT_Iteration) continue;
    const auto& name = run.run_name.function_name;
    if (run.error_occurred) {
      failed_ = true;
      std::cerr << name << ": " << run.error_message << '\n';
      continue;
    }
    times_[name].push_back(run.GetAdjustedRealTime());
  }
}

void rounds::print_ratio(std::ostream& out, const std::string& over, const std::string& under, int factor,
                         const std::string& target) const {
  const auto a = times_.find(over);
  const auto b = times_.find(under);
  if (a == times_.end() || b == times_.end()) return;
  std::vector<double> ratios(std::min(a->second.size(), b->second.size()));
  for (std::size_t i = 0; i < ratios.size(); ++i) ratios[i] = a->second[i] / (b->second[i] * factor);
  out << "| " << over << " | ";
  if (factor != 1) out << factor << " x ";
  out << under << " | ";
  print_spread(out, ratios);
  out << ' ' << target << " |\n";
}

void rounds::print_ratios(std::ostream& out, std::size_t n) const {
  out << "| ratio of | to | median | middle half | to reach |\n| --- | --- | ---: | ---: | --- |\n";
  const auto same_size = [&](const char* over, const char* under, std::size_t size, const char* target) {
    print_ratio(out, name_at(over, size), name_at(under, size), 1, target);
  };
  const auto larger = [&](const char* name, const char* target) {
    if (n != 0) print_ratio(out, name_at(name, n), name_at(name, 0), 1, target);
  };
  same_size("staged", "floor", 0, "1.3");
  same_size("staged, owner of its own", "floor", 0, "");
  same_size("staged, no syncs", "floor, no syncs", 0, "");
  same_size("in place", "floor", 0, "");
  same_size("floor, fsync of each", "floor", 0, "");
  same_size("staged", "blobs in SQLite", 0, "");
  same_size("staged", "file by file", 0, "");
  same_size("staged", "file by file, durable", 0, "");
  same_size("staged, failed", "staged", 0, "1.2");
  same_size("in place, failed", "in place", 0, "1.2");
  if (n != 0) same_size("staged", "floor", n, "1.3");
  larger("staged", "1.15");
  larger("staged, owner of its own", "1.15");
  larger("in place", "1.15");
  larger("floor", "");
  print_ratio(out, "track_new, 1,000 calls", "bare syncs, 1,000", 1, "2");
  print_ratio(out, "track_new, 1,000 calls", "track_new, 250 calls", 4, "1 (linear)");
  print_ratio(out, "track_new, 1 call of 1,000", "track_new, 1,000 calls", 1, "");
}

void rounds::print_times(std::ostream& out) const {
  out << "| what | median, ms | middle half |\n| --- | ---: | ---: |\n";
  for (const auto& [name, times] : times_) {
    out << "| " << name << " | ";
    print_spread(out, times);
    out << '\n';
  }
}

}  // namespace benchmarks
