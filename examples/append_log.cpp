// A log that only grows is part of the mutation: a change that fails leaves no line, and a line costs its own bytes,
// however long the log is.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <fstream>
#include <iostream>
#include <string>

namespace cp = commitpoint;

cp::result<std::string> demonstrate(const cp::path& root) {
  BOOST_OUTCOME_TRY(auto notes, cp::coordinator<>::open(root));
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());
  // Staged: the line goes to the end of the live file after the commit point.
  BOOST_OUTCOME_TRYV(owner.run({.operation = "add"}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("tea.md", "Water at 80 degrees.\n"));
    return m.append("log", "added tea\n");
  }));
  const auto failed = owner.run({.operation = "add"}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.append("log", "added coffee\n"));
    return m.write("no/such/directory/coffee.md", "");  // ENOENT
  });
  // In place: somebody else's logger appends to the live file by itself. Only the old length has to be saved.
  const cp::plan logged{.operation = "log", .touches = {cp::touch::appended("log")}};
  const auto cut = owner.run(logged, [](cp::mutation& m) -> cp::result<void> {
    std::ofstream((m.root() / "log").native(), std::ios::app) << "a long story\n";
    return make_error_code(std::errc::operation_canceled);
  });
  if (failed || cut) return std::string("a mutation that had to fail did not");
  return owner.run({}, [](cp::mutation& m) { return m.read("log"); });
}

int main() {
  const cp::testing::temporary_directory scratch;
  const auto log = demonstrate(scratch.path());
  std::cout << (log ? log.value() : log.error().message() + "\n");
  return log && log.value() == "added tea\n" ? 0 : 1;
}
