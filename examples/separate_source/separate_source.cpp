// One function of another source file, used with coordinators of different policies (see separate_source_body.cpp).
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <iostream>
#include <string>

namespace cp = commitpoint;

cp::result<void> add_page(cp::mutation& m, const std::string& name);  // usually in a header

template <class Coordinator>
cp::result<std::string> add_two(const cp::path& root) {
  BOOST_OUTCOME_TRY(auto kb, Coordinator::open(root));
  BOOST_OUTCOME_TRY(auto owner, kb.acquire());
  BOOST_OUTCOME_TRYV(owner.run({.operation = "add"}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(add_page(m, "tea"));
    return add_page(m, "coffee");
  }));
  return owner.run({}, [](cp::mutation& m) { return m.read("index.md"); });
}

cp::result<bool> demonstrate() {
  const cp::testing::temporary_directory one;
  const cp::testing::temporary_directory other;
  BOOST_OUTCOME_TRY(const auto durable, add_two<cp::coordinator<>>(one.path()));
  BOOST_OUTCOME_TRY(const auto fast, add_two<cp::coordinator<cp::durability::process_crash>>(other.path()));
  std::cout << durable;
  return durable == fast && durable == "- [[tea]]\n- [[coffee]]\n";
}

int main() {
  const auto good = demonstrate();
  if (!good) std::cerr << good.error().message() << '\n';
  return good && good.value() ? 0 : 1;
}
