#include "many_files.hpp"

#include "adds.hpp"
#include "children.hpp"
#include "crashes.hpp"
#include "location.hpp"
#include "measured.hpp"
#include "raw_calls.hpp"
#include "settings.hpp"

#include <boost/filesystem/operations.hpp>

#include <sys/resource.h>
#include <sys/stat.h>

#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

namespace benchmarks {

namespace {

namespace fs = boost::filesystem;

cp::result<void> write_many(cp::mutation& m, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    BOOST_OUTCOME_TRYV(m.write("many/" + std::to_string(i), content(100)));
  }
  return cp::success();
}

double processor_seconds(const rusage& used) {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// What the work took of this process.
template <class F>
void tell_cost(F work) {
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  const auto took = time_of(work);
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  std::cout << took.seconds << ' ' << processor_seconds(after) - processor_seconds(before) << ' '
            << static_cast<double>(after.ru_maxrss) / 1024 << '\n';
}

template <class Coordinator>
void commit_many(const std::string& root, std::size_t count) {
  auto owner = Coordinator::open(root).value().acquire().value();
  tell_cost([&] {
    run_add(owner, {.operation = "many"}, ending::committed, [&](cp::mutation& m) { return write_many(m, count); });
  });
}

double journal_bytes(const std::string& root) {
  double sum = 0;
  for (const auto& entry : fs::directory_iterator(root + "/.commitpoint")) {
    if (entry.path().filename().native().starts_with("journal"))
      sum += static_cast<double>(fs::file_size(entry.path()));
  }
  return sum;
}

measured told_by(const std::string& text) {
  std::istringstream in(text);
  measured found;
  double processor = 0;
  double memory = 0;
  if (!(in >> found.seconds >> processor >> memory)) throw std::runtime_error("worker: " + text);
  found.others["processor, ms"] = processor * 1'000;
  found.others["peak memory, MB"] = memory;
  return found;
}

// An empty root for one measurement, gone after it.
class passing_root {
 public:
  passing_root() : name_(place_of_run() + "/many-files") { fs::create_directories(name_ + "/many"); }
  passing_root(const passing_root&) = delete;
  passing_root& operator=(const passing_root&) = delete;
  ~passing_root() {
    boost::system::error_code ignored;
    fs::remove_all(name_, ignored);
    try {
      sync();
    } catch (const std::exception&) {  // then what follows may pay for it
    }
  }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  static void sync() {
    raw_calls calls;
    calls.sync_filesystem(calls.open_directory(AT_FDCWD, place_of_run()));
  }

 private:
  std::string name_;
};

enum class before { nothing, old_versions };

void fill(const passing_root& root, before what, const std::string& count) {
  if (what == before::old_versions) run_worker({"commit", root.name(), count});
  passing_root::sync();
}

measured commit(std::size_t count, before what) {
  const passing_root root;
  const auto number = std::to_string(count);
  fill(root, what, number);
  auto found = told_by(run_worker({"commit", root.name(), number}));
  found.others["journal, bytes"] = journal_bytes(root.name());
  return found;
}

measured drain(std::size_t count, before what) {
  const passing_root root;
  const auto number = std::to_string(count);
  fill(root, what, number);
  run_worker({"die", root.name(), number});
  return told_by(run_worker({"drain", root.name()}));
}

}  // namespace

void work_on_many_files(const std::vector<std::string>& arguments) {
  const auto& what = arguments.at(0);
  const auto& root = arguments.at(1);
  if (what == "commit") return commit_many<cp::coordinator<>>(root, std::stoul(arguments.at(2)));
  if (what == "die") return commit_many<cp::coordinator<killed_at_first_rename>>(root, std::stoul(arguments.at(2)));
  if (what != "drain") throw std::invalid_argument("no worker does this: " + what);
  auto where = cp::coordinator<>::open(root).value();
  std::optional<cp::owner> drained;
  tell_cost([&] { drained.emplace(where.acquire().value()); });
}

void register_many_files(const settings& s) {
  for (const auto count : powers_of_ten(1, s.largest_mutation)) {
    for (const auto what : {before::nothing, before::old_versions}) {
      const std::string which = what == before::nothing ? "new files" : "over old ones";
      register_measured(name_at("commit, " + which, "files", count), 1, [count, what] { return commit(count, what); });
      register_measured(name_at("drain, " + which, "files", count), 1, [count, what] { return drain(count, what); });
    }
  }
}

}  // namespace benchmarks
