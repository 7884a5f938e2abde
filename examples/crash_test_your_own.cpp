// The crash explorer on a mutation of one's own. This one has a mistake in it: the tool writes the new counter over the
// old one before the mutation knows of the file, so that a crash in between leaves a tree that no rollback mends.

#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/testing/crash_explorer.hpp>
#include <commitpoint/testing/program_for.hpp>

#include <iostream>

namespace cp = commitpoint;

namespace {

cp::result<void> count_with_a_mistake(cp::mutation& m, cp::system::hand& tool) {
  tool.write("counter", "2\n");
  BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("counter")));
  return m.write("note.md", "the second note\n");
}

cp::result<void> count(cp::mutation& m, cp::system::hand& tool) {
  BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("counter")));
  tool.write("counter", "2\n");
  return m.write("note.md", "the second note\n");
}

template <class Body>
cp::testing::exploration_report explore(const char* name, Body body) {
  cp::testing::exploration what;
  what.name = name;
  what.build = [](cp::system::hand& h) { h.write("counter", "1\n"); };
  what.mutations = {{.body = body}};
  const auto program = cp::testing::program_of("snapshot::copy", cp::snapshot::copy{});
  auto report = cp::testing::crash_explorer(what, program, {.budget = 500}).run();
  std::cout << report.text();
  return report;
}

}  // namespace

int main() {
  const bool caught = !explore("a mistake", count_with_a_mistake).passed();
  const bool clean = explore("mended", count).passed();
  return caught && clean ? 0 : 1;
}
