// Many documents at one commit point. Each is a savepoint: one that fails takes away what it did, and nothing else, so
// that one bad document does not take the others with it, and the batch pays for one commit.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace cp = commitpoint;

using document = std::pair<std::string, std::string>;

cp::result<void> add(cp::mutation& m, const document& d) {
  BOOST_OUTCOME_TRYV(m.write(d.first + ".md", d.second));
  BOOST_OUTCOME_TRYV(m.append("index.md", "- [[" + d.first + "]]\n"));
  // Found only now, when two files were changed already.
  if (d.second.empty()) return cp::failure(std::make_error_code(std::errc::no_message), d.first, "it is empty");
  return cp::success();
}

cp::result<std::string> demonstrate(const std::string& root) {
  BOOST_OUTCOME_TRY(auto notes, cp::coordinator<>::open(root));
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());
  const std::vector<document> batch{{"tea", "Leaves.\n"}, {"nothing", ""}, {"coffee", "Beans.\n"}};
  return owner.run({.operation = "add batch"}, [&](cp::mutation& m) -> cp::result<std::string> {
    for (const auto& d : batch) {
      const auto added = m.savepoint([&](cp::mutation& inner) { return add(inner, d); });
      if (!added) std::cout << "left out: " << added.error().message() << '\n';
    }
    return m.read("index.md");  // as it will be
  });
}

int main() {
  const cp::testing::temporary_directory scratch;
  const auto index = demonstrate(scratch.path().native());
  if (!index) std::cerr << index.error().message() << '\n';
  if (index) std::cout << index.value();
  return index && index.value() == "- [[tea]]\n- [[coffee]]\n" ? 0 : 1;
}
