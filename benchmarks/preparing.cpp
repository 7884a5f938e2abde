#include "adds.hpp"
#include "measured.hpp"
#include "mutations.hpp"
#include "raw_calls.hpp"

#include <ctime>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace benchmarks {

namespace {

constexpr std::size_t documents = 32;

double processor_seconds_of_thread() {
  timespec used{};
  check(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used), "clock_gettime");
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

// What converting a document is here: 5 ms of a processor, and then its text of 20,000 bytes.
std::string_view converted() {
  const auto until = processor_seconds_of_thread() + 0.005;
  while (processor_seconds_of_thread() < until) continue;
  return content(20'000);
}

std::string name_of(std::size_t number) { return "raw/prepared-" + std::to_string(number); }

void remove_all(cp::coordinator<>& where) {
  auto owner = where.acquire().value();
  owner
      .run({.operation = "remove"},
           [](cp::mutation& m) -> cp::result<void> {
             for (std::size_t i = 0; i < documents; ++i) {
               BOOST_OUTCOME_TRYV(m.remove(name_of(i)));
             }
             return cp::success();
           })
      .value();
  owner.release().value();
}

measured per_document(double seconds) { return {seconds / static_cast<double>(documents)}; }

// The owner converts everything itself, one after the other.
measured alone() {
  auto where = cp::coordinator<>::open(tree::holding(0).root()).value();
  auto owner = where.acquire().value();
  const stopwatch watch;
  for (std::size_t i = 0; i < documents; ++i) {
    owner.run({.operation = "add"}, [&](cp::mutation& m) { return m.write(name_of(i), converted()); }).value();
  }
  const auto took = per_document(watch.seconds());
  owner.release().value();
  remove_all(where);
  return took;
}

measured with_workers(std::size_t jobs, std::size_t batch) {
  auto where = cp::coordinator<>::open(tree::holding(0).root()).value();
  std::vector<std::size_t> inputs(documents);
  for (std::size_t i = 0; i < documents; ++i) inputs[i] = i;
  const stopwatch watch;
  const auto done = cp::prepare(
      where, {.jobs = jobs, .batch = batch}, inputs,
      [](const std::size_t&, cp::lease& out) { return out.write("source", converted()); },
      [](cp::mutation& m, const std::size_t& i, cp::path&& made) { return m.publish(made, name_of(i)); });
  const auto took = per_document(watch.seconds());
  if (!done.complete()) throw std::runtime_error("not everything was prepared");
  remove_all(where);
  return took;
}

}  // namespace

void register_preparing() {
  register_measured("the owner converts", 1, alone);
  for (const std::size_t batch : {1U, 8U}) {
    for (const std::size_t jobs : {1U, 2U}) {
      const auto name = "prepare, batches of " + std::to_string(batch);
      register_measured(name_at(name, "workers", jobs), 1, [jobs, batch] { return with_workers(jobs, batch); });
    }
  }
}

}  // namespace benchmarks
