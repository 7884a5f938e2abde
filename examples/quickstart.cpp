// A note and the index that lists it: both change, or neither does.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <iostream>
#include <string>

namespace cp = commitpoint;

cp::result<void> add_note(cp::coordinator<>& notes, const std::string& name, const std::string& text) {
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());  // the lock; settles first what a crash left
  return owner.run({.operation = "add-note"}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.append("index.md", "- [[" + name + "]]\n"));
    BOOST_OUTCOME_TRYV(m.create_directories("wiki"));
    return m.write("wiki/" + name + ".md", text);
  });  // both are there now, or neither is
}

cp::result<bool> demonstrate(const cp::path& root) {
  BOOST_OUTCOME_TRY(auto notes, cp::coordinator<>::open(root));
  BOOST_OUTCOME_TRYV(add_note(notes, "tea", "Water at 80 degrees.\n"));

  const auto refused = add_note(notes, "../../tea", "Somewhere else.\n");
  if (refused) return false;
  std::cout << "refused: " << refused.error().message() << '\n';

  BOOST_OUTCOME_TRY(const auto reader, notes.read());  // committed states only
  BOOST_OUTCOME_TRY(const auto index, reader.read("index.md"));
  std::cout << "index.md: " << index;
  return index.ends_with("- [[tea]]\n");
}

int main(int argc, char** argv) {
  const cp::testing::temporary_directory scratch;
  const auto good = demonstrate(argc > 1 ? cp::path(argv[1]) : scratch.path());
  if (!good) std::cerr << good.error().message() << '\n';
  return good && good.value() ? 0 : 1;
}
