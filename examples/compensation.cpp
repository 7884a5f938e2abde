// An effect that is not a file: a document goes to somebody else's index, which knows nothing of commits. What undoes
// it is registered first, under a name, so that even another process can do it after a crash.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <nlohmann/json.hpp>

#include <iostream>
#include <set>
#include <string>

namespace cp = commitpoint;

// Stands for a service.
std::set<std::string> index_of_somebody_else;

cp::result<void> forget(const nlohmann::json& arguments) {
  // It may never have got there, or be gone already: both are fine.
  index_of_somebody_else.erase(arguments.at("document").get<std::string>());
  return cp::success();
}

cp::result<void> add(cp::mutation& m, const std::string& name, bool fails) {
  BOOST_OUTCOME_TRYV(m.on_rollback("forget", {{"document", name}}));  // before the effect, durably
  index_of_somebody_else.insert(name);
  BOOST_OUTCOME_TRYV(m.write(name, "text\n"));
  if (fails) return cp::failure(std::make_error_code(std::errc::timed_out));
  return cp::success();
}

cp::result<bool> demonstrate(const std::string& root) {
  // Every process that may have to recover registers the same names.
  BOOST_OUTCOME_TRY(auto notes, cp::coordinator<>::open(root, {.compensations = {{"forget", forget}}}));
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());
  BOOST_OUTCOME_TRYV(owner.run({.operation = "add"}, [](cp::mutation& m) { return add(m, "tea.md", false); }));
  const auto failed = owner.run({.operation = "add"}, [](cp::mutation& m) { return add(m, "coffee.md", true); });
  for (const auto& name : index_of_somebody_else) std::cout << "in the index: " << name << '\n';
  return !failed && index_of_somebody_else == std::set<std::string>{"tea.md"};
}

int main() {
  const cp::testing::temporary_directory scratch;
  const auto good = demonstrate(scratch.path().native());
  if (!good) std::cerr << good.error().message() << '\n';
  return good && good.value() ? 0 : 1;
}
