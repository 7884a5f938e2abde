#include "report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace benchmarks {

namespace {

using nlohmann::json;

// Rows by what they begin with, in the order in which they were met, and a cell for each run.
class table {
 public:
  table(std::string head, std::size_t columns) : head_(std::move(head)), columns_(columns) {}

  void put(const std::string& row, std::size_t column, const std::string& cell, const std::string& end = {}) {
    const auto [known, is_new] = rows_.try_emplace(row, std::vector<std::string>(columns_), end);
    if (is_new) order_.push_back(row);
    known->second.first.at(column) = cell;
  }
  [[nodiscard]] bool empty() const noexcept { return order_.empty(); }

  void print(std::ostream& out, const std::vector<std::string>& titles, const std::string& last = {}) const {
    if (empty()) return;
    out << "| " << head_ << " |";
    for (const auto& title : titles) out << ' ' << title << " |";
    if (!last.empty()) out << ' ' << last << " |";
    out << "\n|";
    for (auto bars = head_; !bars.empty();
         bars = bars.find(" | ") == std::string::npos ? "" : bars.substr(bars.find(" | ") + 3)) {
      out << " --- |";
    }
    for (std::size_t i = 0; i < columns_; ++i) out << " ---: |";
    if (!last.empty()) out << " --- |";
    out << '\n';
    for (const auto& row : order_) print_row(out, row, !last.empty());
    out << '\n';
  }

 private:
  void print_row(std::ostream& out, const std::string& row, bool has_end) const {
    const auto& [cells, end] = rows_.at(row);
    out << "| " << row << " |";
    for (const auto& cell : cells) out << ' ' << cell << " |";
    if (has_end) out << ' ' << end << " |";
    out << '\n';
  }

  std::string head_;
  std::size_t columns_;
  std::vector<std::string> order_;
  std::map<std::string, std::pair<std::vector<std::string>, std::string>> rows_;
};

// With as many digits as such a number deserves.
std::string shown(double value) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(std::abs(value) < 0.1 ? 4 : std::abs(value) < 1'000 ? 2 : 0) << value;
  return out.str();
}

std::string spread(const json& of) {
  return shown(of.at("median").get<double>()) + " (" + shown(of.at("low").get<double>()) + " - " +
         shown(of.at("high").get<double>()) + ")";
}

std::vector<std::string> titles_of(const json& runs) {
  std::vector<std::string> all;
  for (const auto& run : runs) all.push_back(run.at("title").get<std::string>());
  return all;
}

// What each hand of the chapter `adds` promises, once its add has returned.
constexpr std::array<std::array<const char*, 4>, 13> guarantees{{
    {"floor", "all or nothing, with a recovery that nobody wrote", "yes, by its journal", "plain files"},
    {"floor, last barrier", "the same", "yes, without its journal", "plain files"},
    {"staged", "all or nothing", "yes, by a drain", "plain files"},
    {"session", "all or nothing", "yes, without a drain", "plain files"},
    {"session, settling later", "all or nothing", "yes, by a drain", "plain files"},
    {"in place", "all or nothing", "yes, by a drain", "plain files, whatever program wrote them"},
    {"floor, no syncs; staged, no syncs", "all or nothing after a crash of the process", "no", "plain files"},
    {"file by file", "each file for itself", "the contents; a name may be the old one", "plain files"},
    {"file by file, durable", "each file for itself", "yes", "plain files"},
    {"blobs in SQLite, WAL", "all or nothing", "yes", "rows of a database"},
    {"blobs in SQLite, rollback journal", "all or nothing", "yes", "rows of a database"},
    {"git add and commit", "the commit: all or nothing; the working files: none", "the commit",
     "objects; the working files are not synced"},
    {"ostree commit and checkout", "the commit: all or nothing; the checkout: each file for itself", "yes",
     "a checkout of plain files"},
}};

void print_guarantees(std::ostream& out) {
  out << "| what | atomic | survives a power cut | what readers find |\n| --- | --- | --- | --- |\n";
  for (const auto& row : guarantees) {
    out << '|';
    for (const auto* cell : row) out << ' ' << cell << " |";
    out << '\n';
  }
  out << '\n';
}

// The chapters of all runs, in the order of the first that has them.
std::vector<std::pair<std::string, std::string>> chapters_in(const json& runs) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& run : runs) {
    for (const auto& c : run.at("chapters")) {
      std::pair<std::string, std::string> one{c.at("name"), c.at("title")};
      if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
    }
  }
  return all;
}

void print_chapter(std::ostream& out, const json& runs, const std::string& name) {
  table ratios("ratio of | to", runs.size());
  table figures("median | unit", runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const auto& c : runs[i].at("chapters")) {
      if (c.at("name") != name) continue;
      for (const auto& r : c.at("ratios")) {
        const auto factor = r.at("factor").get<int>();
        const auto times = factor == 1 ? std::string() : std::to_string(factor) + " x ";
        ratios.put(r.at("over").get<std::string>() + " | " + times + r.at("under").get<std::string>(), i, spread(r),
                   r.at("to reach"));
      }
      for (const auto& f : c.at("figures")) {
        figures.put(f.at("name").get<std::string>() + " | " + f.at("unit").get<std::string>(), i, spread(f));
      }
    }
  }
  const auto titles = titles_of(runs);
  ratios.print(out, titles, "to reach");
  figures.print(out, titles);
}

void print_counts(std::ostream& out, const json& runs) {
  for (const auto& run : runs) {
    if (run.value("counts", json::array()).empty()) continue;
    out << "### " << run.at("title").get<std::string>() << "\n\n"
        << "| one | calls | of them changing | syncs | bytes written |\n| --- | ---: | ---: | ---: | ---: |\n";
    for (const auto& c : run.at("counts")) {
      out << "| " << c.at("name").get<std::string>() << " | " << c.at("calls") << " | " << c.at("changing") << " | "
          << c.at("syncs") << " | " << c.at("bytes") << " |\n";
    }
    out << '\n';
  }
}

void print_line(std::ostream& out, const std::string& chapter, const std::string& title, const std::string& series,
                const json& f, const std::string& unit) {
  out << chapter << '\t' << title << '\t' << series << '\t' << f.value("axis", "-") << '\t' << f.value("at", 0) << '\t'
      << unit << '\t' << f.at("median") << '\t' << f.at("low") << '\t' << f.at("high") << '\n';
}

}  // namespace

void print_tables(std::ostream& out, const json& results) {
  const auto& runs = results.at("runs");
  out << "# Results\n\nVersion " << results.value("version", "?") << ", " << results.value("machine", "?") << ", "
      << results.value("date", "?") << ". A median, and in brackets the middle half.\n\n";
  for (const auto& run : runs) {
    out << "- " << run.at("title").get<std::string>() << ": " << run.at("file system").get<std::string>() << '\n';
  }
  for (const auto& [name, title] : chapters_in(runs)) {
    out << "\n## " << title << "\n\n";
    if (name == "adds") print_guarantees(out);
    print_chapter(out, runs, name);
  }
  out << "\n## Calls\n\n";
  print_counts(out, runs);
}

void print_series(std::ostream& out, const json& results) {
  for (const auto& run : results.at("runs")) {
    const auto title = run.at("title").get<std::string>();
    for (const auto& c : run.at("chapters")) {
      const auto chapter = c.at("name").get<std::string>();
      for (const auto& f : c.at("figures")) {
        print_line(out, chapter, title, f.value("series", f.at("name").get<std::string>()), f, f.at("unit"));
      }
      for (const auto& r : c.at("ratios")) {
        print_line(out, chapter, title, r.at("over").get<std::string>() + " / " + r.at("under").get<std::string>(), r,
                   "ratio");
      }
    }
  }
}

}  // namespace benchmarks
