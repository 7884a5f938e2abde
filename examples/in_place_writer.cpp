// A tool that cannot be told where to write edits a live file. The plan names the file; what can undo the edit is
// durable before the tool runs.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

namespace cp = commitpoint;

// Stands for somebody else's program: it overwrites the first bytes of a file, and the file is torn while it does.
void stamp(const std::filesystem::path& file, const std::string& text) {
  std::fstream(file, std::ios::in | std::ios::out) << text;
}

cp::result<bool> demonstrate(const cp::path& root) {
  BOOST_OUTCOME_TRY(auto books, cp::coordinator<>::open(root));
  BOOST_OUTCOME_TRY(auto owner, books.acquire());
  BOOST_OUTCOME_TRYV(owner.run({.operation = "new"}, [](cp::mutation& m) { return m.write("book", "draft 0\n"); }));

  const cp::plan edit{.operation = "stamp", .touches = {cp::touch::file("book")}};
  const auto failed = owner.run(edit, [](cp::mutation& m) -> cp::result<void> {
    stamp((m.root() / "book").native(), "FINAL");
    return make_error_code(std::errc::operation_canceled);  // something else went wrong
  });
  BOOST_OUTCOME_TRY(const auto undone, owner.run({}, [](cp::mutation& m) { return m.read("book"); }));

  BOOST_OUTCOME_TRYV(owner.run(edit, [](cp::mutation& m) -> cp::result<void> {
    stamp((m.root() / "book").native(), "FINAL");
    return m.write("stamped", "book\n");  // staged effects mix with it, and share the commit point
  }));
  BOOST_OUTCOME_TRY(const auto done, owner.run({}, [](cp::mutation& m) { return m.read("book"); }));
  std::cout << "after the failure: " << undone << "after the success: " << done;
  return !failed && undone == "draft 0\n" && done == "FINAL 0\n";
}

int main() {
  const cp::testing::temporary_directory scratch;
  const auto good = demonstrate(scratch.path());
  if (!good) std::cerr << good.error().message() << '\n';
  return good && good.value() ? 0 : 1;
}
