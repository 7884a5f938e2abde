#include <commitpoint/coordinator.hpp>
#include <commitpoint/journal/sqlite.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

namespace cp = commitpoint;

cp::result<std::string> greet(cp::any_coordinator& notes);

namespace {

// Both journals are used, so that everything that a program has to link is really linked.
cp::result<std::string> greet_twice(const std::string& root) {
  for (const auto* name : {"/log", "/rows"}) std::filesystem::create_directory(root + name);
  BOOST_OUTCOME_TRY(auto by_log, cp::coordinator<>::open(root + "/log"));
  BOOST_OUTCOME_TRY(const auto once, greet(by_log));
  BOOST_OUTCOME_TRY(auto by_sqlite, cp::coordinator<cp::journal::sqlite>::open(root + "/rows"));
  BOOST_OUTCOME_TRY(const auto again, greet(by_sqlite));
  return once + again;
}

}  // namespace

int main() {
  auto root = std::string("/tmp/commitpoint-consumer-XXXXXX");
  if (::mkdtemp(root.data()) == nullptr) return EXIT_FAILURE;
  const auto greetings = greet_twice(root);
  std::filesystem::remove_all(root);

  if (!greetings) std::cerr << greetings.error().message() << '\n';
  return greetings && greetings.value() == "hello\nhello\n" ? EXIT_SUCCESS : EXIT_FAILURE;
}
