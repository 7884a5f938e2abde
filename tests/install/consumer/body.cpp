#include <commitpoint/any_coordinator.hpp>

#include <string>

namespace cp = commitpoint;

// A second translation unit, and one that knows no policy.
cp::result<std::string> greet(cp::any_coordinator& notes);

cp::result<std::string> greet(cp::any_coordinator& notes) {
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());
  return owner.run({.operation = "greet"}, [](cp::mutation& m) -> cp::result<std::string> {
    BOOST_OUTCOME_TRYV(m.write("greeting.txt", "hello\n"));
    return m.read("greeting.txt");
  });
}
