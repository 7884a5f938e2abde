// What a mutation does, and what it costs: a log of events for machines, a trace for Perfetto, and totals by step.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <chrono>
#include <fstream>
#include <iostream>
#include <string>

namespace cp = commitpoint;
namespace observe = cp::observe;

using watched = observe::all<observe::json_lines, observe::chrome_trace, observe::statistics>;

cp::result<observe::statistics> demonstrate(const cp::path& root, const watched& observers) {
  BOOST_OUTCOME_TRY(auto notes, cp::coordinator<watched>::open(root, {}, observers));
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());
  for (int i = 0; i < 10; ++i) {
    BOOST_OUTCOME_TRYV(owner.run({.operation = "add"}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.append("index.md", "- note " + std::to_string(i) + "\n"));
      return m.write("note-" + std::to_string(i) + ".md", std::string(2000, 'n'));
    }));
  }
  return notes.observer().get<observe::statistics>();
}

int main() {
  const cp::testing::temporary_directory scratch;
  std::ofstream events("events.jsonl");
  std::ofstream trace("trace.json");  // open it at ui.perfetto.dev
  const auto seen =
      demonstrate(scratch.path(), watched{observe::json_lines(&events), observe::chrome_trace(&trace), {}});
  if (!seen) {
    std::cerr << seen.error().message() << '\n';
    return 1;
  }
  for (const auto name : cp::step_names) {
    const auto [count, bytes, time, longest] = seen.value().of(*cp::step_from(name));
    using microseconds = std::chrono::duration<double, std::micro>;
    if (count > 0)
      std::cout << name << ": " << count << " times, " << microseconds(time).count() << " us, " << bytes << " bytes\n";
  }
  return seen.value().of(cp::step::publish).bytes > 20'000 ? 0 : 1;
}
