#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

namespace cp = commitpoint;

cp::result<void> write_greeting(cp::mutation& m);

// Both journals are used, so that everything that a program has to link is really linked.
template <class Coordinator>
cp::result<std::string> greet(const std::filesystem::path& root) {
  BOOST_OUTCOME_TRY(auto notes, Coordinator::open(root));
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());
  return owner.run({.operation = "greet"}, [](cp::mutation& m) -> cp::result<std::string> {
    BOOST_OUTCOME_TRYV(write_greeting(m));
    return m.read("greeting.txt");
  });
}

int main() {
  auto root = std::string("/tmp/commitpoint-consumer-XXXXXX");
  if (::mkdtemp(root.data()) == nullptr) return EXIT_FAILURE;

  const auto by_log = greet<cp::coordinator<>>(root);
  const auto by_sqlite = greet<cp::coordinator<cp::journal::sqlite>>(root);
  std::filesystem::remove_all(root);

  for (const auto& greeting : {by_log, by_sqlite}) {
    if (!greeting) {
      std::cerr << greeting.error().message() << '\n';
      return EXIT_FAILURE;
    }
    std::cout << greeting.value();
  }
  return EXIT_SUCCESS;
}
