#include "support/tree.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/system/faulty.hpp>

#include <nlohmann/json.hpp>

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace cp = commitpoint;
namespace observe = cp::observe;
using cp::step;
using nlohmann::json;

namespace {

// A note is written, one is edited in place, and one mutation fails.
template <class Coordinator>
void work(Coordinator& notes) {
  auto owner = notes.acquire().value();
  REQUIRE(owner.run({.operation = "write"}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.append("log", "twelve bytes"));
    return m.write("caf\xe9", std::string(1000, 'x'));
  }));
  REQUIRE(owner.run({.operation = "edit", .touches = {cp::touch::file("caf\xe9")}},
                    [](cp::mutation& m) -> cp::result<void> {
                      support::overwrite(m.root() / "caf\xe9", "edited");
                      return cp::success();
                    }));
  REQUIRE_FALSE(owner.run({.operation = "fail"}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("never", "never"));
    return make_error_code(std::errc::operation_canceled);
  }));
  REQUIRE(owner.release());
}

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) found.push_back(json::parse(line));
  return found;
}

// What the trace event format asks of an array of duration events: the fields, and ends that match beginnings, by
// thread. Gives the names of the spans that have no end.
std::vector<std::string> check_trace(const json& trace) {
  REQUIRE(trace.is_array());
  std::map<std::pair<std::int64_t, std::uint64_t>, std::vector<std::string>> open;
  std::map<std::pair<std::int64_t, std::uint64_t>, double> last;
  for (const auto& e : trace) {
    const auto ph = e.at("ph").get<std::string>();
    REQUIRE(e.at("ts").is_number());
    const std::pair on(e.at("pid").get<std::int64_t>(), e.at("tid").get<std::uint64_t>());
    if (ph == "M") {
      CHECK(e.at("name") == "thread_name");
      CHECK(e.at("args").at("name").is_string());
      continue;
    }
    CHECK(e["ts"].get<double>() >= last[on]);
    last[on] = e["ts"].get<double>();
    auto& stack = open[on];
    if (ph == "E") {
      REQUIRE_FALSE(stack.empty());
      stack.pop_back();
      continue;
    }
    REQUIRE(ph == "B");
    const auto cat = e.at("cat").get<std::string>();
    const auto name = e.at("name").get<std::string>();
    if (cat == "mutation") {
      CHECK(stack.empty());
      CHECK(name.starts_with("mutation "));
    } else {
      CHECK(cat == "step");
      CHECK(cp::step_from(name));
      // A step that is of a mutation is inside it.
      if (e.contains("args") && e["args"].contains("mutation") && name != "retire") {
        REQUIRE(stack.size() == 1);
        CHECK(stack[0] == "mutation " + e["args"]["mutation"].dump());
      }
    }
    stack.push_back(name);
  }
  std::vector<std::string> left;
  for (const auto& [on, stack] : open) left.insert(left.end(), stack.begin(), stack.end());
  return left;
}

}  // namespace

TEST_CASE("default-made observers are silent, and a coordinator takes them") {
  const cp::testing::temporary_directory place;
  using everything = observe::all<observe::json_lines, observe::chrome_trace, observe::all<>>;
  auto notes = cp::coordinator<everything>::open(place.path()).value();
  work(notes);
  observe::json_lines{observe::sink{}}({step::begin});
  observe::chrome_trace{std::function<void(std::string_view)>{}}({step::begin});
}

TEST_CASE("json_lines: each event is a line of JSON, with what is known of it") {
  const cp::testing::temporary_directory place;
  std::ostringstream out;
  {
    auto notes = cp::coordinator<observe::json_lines>::open(place.path(), {}, observe::json_lines(&out)).value();
    work(notes);
  }
  const auto lines = lines_of(out.str());
  REQUIRE(lines.size() > 30);
  CHECK(lines.front().at("step") == "lock");
  CHECK_FALSE(lines.front().contains("after"));
  CHECK(lines.back().at("step") == "none");
  std::map<std::string, json> last;  // by step
  for (const auto& line : lines) {
    CHECK(line.at("time").get<std::int64_t>() > 1'500'000'000'000'000);
    CHECK(line.at("thread") == 1);
    CHECK(cp::step_from(line.at("step").get<std::string>()));
    if (&line != &lines.front()) CHECK(line.at("after").get<double>() >= 0);
    last[line["step"].get<std::string>() + " " + line.value("mutation", json(0)).dump() + " " +
         line.value("path", json("")).dump()] = line;
  }
  const std::string cafe = json{{"$text", "caf%e9"}}.dump();
  CHECK(last.at("stage 1 " + cafe).at("bytes") == 1000);
  CHECK(last.at("stage 1 \"log\"").at("bytes") == 12);
  CHECK(last.at("publish 1 " + cafe).at("bytes") == 1000);
  CHECK(last.at("publish 1 \"log\"").at("bytes") == 12);
  CHECK(last.at("snapshot 2 " + cafe).at("bytes") == 1000);
  CHECK(last.contains("rolled-back 3 \"\""));
  CHECK_FALSE(last.at("commit 1 \"\"").contains("bytes"));
}

TEST_CASE("statistics: counts, bytes and times by step, through the coordinator and through a copy") {
  const cp::testing::temporary_directory place;
  const observe::statistics mine;
  auto notes = cp::coordinator<observe::statistics>::open(place.path(), {}, mine).value();
  const auto before = std::chrono::steady_clock::now();
  work(notes);
  const std::chrono::nanoseconds whole = std::chrono::steady_clock::now() - before;
  const auto& seen = notes.observer();
  CHECK(seen.of(step::begin).count == 3);
  CHECK(seen.of(step::committed).count == 2);
  CHECK(seen.of(step::rolled_back).count == 1);
  CHECK(seen.of(step::stage).count == 3);
  CHECK(seen.of(step::stage).bytes == 1000 + 12 + 5);
  CHECK(seen.of(step::publish).bytes == 1000 + 12);
  CHECK(seen.of(step::snapshot).bytes == 1000);
  CHECK(mine.of(step::publish).count == seen.of(step::publish).count);
  std::chrono::nanoseconds sum{0};
  for (const auto& each : seen.all()) {
    CHECK(each.longest <= each.time);
    sum += each.time;
  }
  CHECK(sum.count() > 0);
  CHECK(sum <= whole);  // nothing is counted twice, and nothing outside the calls
  seen.reset();
  CHECK(mine.of(step::commit).count == 0);
}

TEST_CASE("statistics: many threads, and nothing is lost") {
  const observe::statistics mine;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([copy = mine] {
      for (std::uint64_t i = 0; i < 5000; ++i) {
        copy({step::publish, i, "p", 3});
        (void)copy.of(step::publish);
        copy({step::none});
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(mine.of(step::publish).count == 20'000);
  CHECK(mine.of(step::publish).bytes == 60'000);
  CHECK(mine.of(step::none).count == 20'000);
}

TEST_CASE("chrome_trace: the trace of a whole life is an array of spans that nest") {
  const cp::testing::temporary_directory place;
  std::ostringstream out;
  {
    auto notes =
        cp::coordinator<observe::chrome_trace>::open(place.path(), {}, observe::chrome_trace(&out, 42)).value();
    work(notes);
    REQUIRE(notes.read());
  }
  const auto trace = json::parse(out.str());
  CHECK(check_trace(trace).empty());
  std::map<std::string, int> begun;
  for (const auto& e : trace) {
    CHECK(e.at("pid") == 42);
    if (e.at("ph") == "B") ++begun[e.at("name").get<std::string>()];
  }
  for (const auto* name : {"mutation 1", "mutation 2", "mutation 3", "rolled-back", "release"}) CHECK(begun[name] == 1);
  CHECK(begun["commit"] == 2);
  CHECK(begun["publish"] == 2);
}

TEST_CASE("chrome_trace: after any event the text is a trace, but for the bracket behind it") {
  const cp::testing::temporary_directory place;
  std::string text;
  std::vector<std::string> moments;
  {
    const observe::chrome_trace trace([&](std::string_view more) {
      text += more;
      moments.push_back(text);
    });
    auto notes = cp::coordinator<observe::chrome_trace>::open(place.path(), {}, trace).value();
    work(notes);
    for (const auto& moment : moments) check_trace(json::parse(moment + "]"));
  }
  CHECK(check_trace(json::parse(text)).empty());
}

TEST_CASE("F1: chrome_trace: the trace of a program that is killed shows where, and its recovery is a trace as well") {
  const cp::testing::temporary_directory place;
  using system_type = cp::system::faulty<cp::system::native>;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    system_type system;
    const observe::chrome_trace trace(
        [&](std::string_view more) { (void)!::write(ends[1], more.data(), more.size()); });
    auto notes = cp::coordinator<observe::chrome_trace, system_type>::open(place.path(), {}, trace, system).value();
    auto owner = notes.acquire().value();
    (void)owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      auto done = m.write("note", "text");
      // The first rename of the mutation is the one that puts the note in its place.
      system.arm({.nth = 1, .effect = cp::system::fault::ends_process, .only = cp::system::call::rename});
      return done;
    });
    ::_exit(1);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(check_trace(json::parse(text + "]")) == std::vector<std::string>{"mutation 1", "publish"});

  std::ostringstream out;
  {
    auto notes = cp::coordinator<observe::chrome_trace>::open(place.path(), {}, observe::chrome_trace(&out)).value();
    CHECK(notes.acquire().value().recovered().mutations.size() == 1);
  }
  const auto trace = json::parse(out.str());
  CHECK(check_trace(trace).empty());
  CHECK(std::ranges::any_of(trace, [](const auto& e) { return e.value("name", "") == "drain-redo"; }));
}

TEST_CASE("chrome_trace and json_lines: threads do not get mixed up") {
  std::ostringstream lines;
  std::ostringstream spans;
  {
    const observe::all<observe::json_lines, observe::chrome_trace> both{observe::json_lines(&lines),
                                                                        observe::chrome_trace(&spans)};
    std::vector<std::thread> threads;
    for (std::uint64_t t = 1; t <= 4; ++t) {
      threads.emplace_back([both, t] {
        for (int i = 0; i < 200; ++i) {
          both({step::lock});
          both({step::begin, t});
          both({step::publish, t, "a path with \"quotes\"\n and \xff", 1});
          both({step::retire, t - 1});
          both({step::published, t});
          if (i % 2 == 0) both({step::none});
        }
      });
    }
    for (auto& t : threads) t.join();
  }
  CHECK(lines_of(lines.str()).size() == 4 * (200 * 5 + 100));
  const auto left = check_trace(json::parse(spans.str()));
  CHECK(left.size() == 8);  // each thread's last mutation and step
}

TEST_CASE("a sink that throws or a stream that is bad loses text and nothing else") {
  const cp::testing::temporary_directory place;
  std::ostringstream bad;
  bad.exceptions(std::ios::badbit | std::ios::failbit);
  bad.clear(std::ios::goodbit);
  try {
    bad.setstate(std::ios::badbit);
  } catch (const std::ios::failure&) {}
  using both = observe::all<observe::json_lines, observe::chrome_trace>;
  auto notes = cp::coordinator<both>::open(place.path(), {},
                                           both{observe::json_lines(&bad), observe::chrome_trace([](std::string_view) {
                                                  throw std::runtime_error("no more room");
                                                })})
                   .value();
  work(notes);
  CHECK(bad.str().empty());
}

TEST_CASE("all: each one hears each event, and each can be asked for") {
  using both = observe::all<observe::statistics, observe::json_lines>;
  std::ostringstream out;
  const both all{observe::statistics{}, observe::json_lines(&out)};
  all({step::commit, 7});
  CHECK(all.get<observe::statistics>().of(step::commit).count == 1);
  CHECK(lines_of(out.str()).at(0).at("mutation") == 7);
}
