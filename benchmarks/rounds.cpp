#include "rounds.hpp"

#include "measured.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>

namespace benchmarks {

namespace {

using nlohmann::json;

// The value that `share` of all lie below; between two of them, what lies as far between.
double quantile(const std::vector<double>& sorted, double share) {
  const auto at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - static_cast<double>(below));
}

void add_spread(json& to, std::vector<double> values) {
  to["values"] = values;
  std::ranges::sort(values);
  to["median"] = quantile(values, 0.5);
  to["low"] = quantile(values, 0.25);
  to["high"] = quantile(values, 0.75);
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
    note(name, "ms", name, run.GetAdjustedRealTime());
    for (const auto& [what, counter] : run.counters) {
      const auto comma = what.rfind(", ");
      note(name + ": " + what.substr(0, comma), what.substr(comma + 2), name, counter.value);
    }
  }
}

void rounds::note(const std::string& name, const std::string& unit, const std::string& of, double value) {
  auto& figure = figures_[name];
  figure.unit = unit;
  figure.of = of;
  figure.values.push_back(value);
}

json rounds::ratios(const std::vector<ratio>& wanted) const {
  auto all = json::array();
  for (const auto& w : wanted) {
    const auto a = figures_.find(w.over);
    const auto b = figures_.find(w.under);
    if (a == figures_.end() || b == figures_.end()) continue;
    std::vector<double> values(std::min(a->second.values.size(), b->second.values.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = a->second.values[i] / (b->second.values[i] * w.factor);
    }
    json one{{"over", w.over}, {"under", w.under}, {"factor", w.factor}, {"to reach", w.target}};
    add_spread(one, values);
    all.push_back(std::move(one));
  }
  return all;
}

json rounds::figures() const {
  auto all = json::array();
  for (const auto& [name, figure] : figures_) {
    json one{{"name", name}, {"unit", figure.unit}};
    if (const auto* at = point_of(figure.of)) {
      one["series"] = at->series + name.substr(figure.of.size());
      one["axis"] = at->axis;
      one["at"] = at->at;
    }
    add_spread(one, figure.values);
    all.push_back(std::move(one));
  }
  // By series, and in each by the place on its axis, where the names alone would put 10,000 before 2.
  std::stable_sort(all.begin(), all.end(), [](const json& a, const json& b) {
    const auto key = [](const json& f) {
      return std::pair(f.value("series", f.at("name").get<std::string>()), f.value("at", std::size_t{0}));
    };
    return key(a) < key(b);
  });
  return all;
}

}  // namespace benchmarks
