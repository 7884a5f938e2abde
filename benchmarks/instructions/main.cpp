// What instructions.sh counts the instructions of, one thing in one process. What is counted happens in `counted`.
//
//     instructions add COUNT                   standard adds without syncs, in a tree of its own
//     instructions prepare JOURNAL ROOT COUNT  makes so many mutations, in a session each; nothing is counted
//     instructions acquire JOURNAL ROOT        makes one more; then one acquire of a settled tree
//     instructions session JOURNAL ROOT        makes one more; then one acquire, run, release
//
// JOURNAL is `log` or `sqlite`. A process pays once for linking and for what it initializes, which the mutations that
// are not counted do for those that are.

#include "../mutations.hpp"
#include "../workload.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace benchmarks {

// A name that callgrind can be told, and a frame that is there until the work is done: hence no tail call.
[[gnu::noinline]] void counted(const std::function<void()>& work) {
  [[maybe_unused]] static volatile bool done = false;
  work();
  done = true;
}

namespace {

constexpr std::size_t uncounted_adds = 3;

void standard_adds(std::size_t count) {
  auto& t = tree::holding(0);
  auto coordinator = cp::coordinator<cp::durability::process_crash>::open(t.root()).value();
  auto owner = coordinator.acquire().value();
  for (const auto& all : t.next_adds(uncounted_adds)) add_staged(owner, all, ending::committed);
  const auto adds = t.next_adds(count);
  counted([&] {
    for (const auto& all : adds) add_staged(owner, all, ending::committed);
  });
}

template <class Coordinator>
void session(Coordinator& coordinator) {
  auto owner = coordinator.acquire().value();
  owner.run({.operation = "note"}, [](cp::mutation& m) { return m.write("note", content(100)); }).value();
  owner.release().value();
}

template <class Journal>
void subject(std::string_view name, const std::string& root, std::size_t count) {
  using coordinator = cp::coordinator<Journal>;
  {
    auto first = coordinator::open(root).value();
    for (std::size_t i = 0; i < count; ++i) session(first);
  }
  if (name == "prepare") return;
  // Another one, so that nothing counts that the first one remembers.
  auto second = coordinator::open(root).value();
  std::optional<decltype(second.acquire())> held;
  if (name == "acquire") {
    counted([&] { held.emplace(second.acquire()); });
    held->value().release().value();
  } else {
    counted([&] { session(second); });
  }
}

void run(const std::vector<std::string>& arguments) {
  const auto argument = [&](std::size_t i) {
    return i < arguments.size() ? arguments[i] : throw std::invalid_argument("an argument is missing");
  };
  const auto name = argument(0);
  if (name == "add") return standard_adds(std::stoul(argument(1)));
  if (name != "prepare" && name != "acquire" && name != "session") throw std::invalid_argument("unknown: " + name);
  const auto count = name == "prepare" ? std::stoul(argument(3)) : 1;
  const auto journal = argument(1);
  if (journal == "log") return subject<cp::journal::log>(name, argument(2), count);
  if (journal == "sqlite") return subject<cp::journal::sqlite>(name, argument(2), count);
  throw std::invalid_argument("unknown: " + journal);
}

}  // namespace

}  // namespace benchmarks

int main(int argc, char** argv) {
  try {
    benchmarks::run({argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
