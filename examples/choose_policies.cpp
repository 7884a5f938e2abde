// Policies are named where they differ from the defaults, in any order; the code that mutates does not change.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/snapshot/hardlink.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <iostream>

namespace cp = commitpoint;

// An ordinary function over an ordinary class: it may stand in any source file, whatever the policies are.
cp::result<void> rename_topic(cp::mutation& m) {
  BOOST_OUTCOME_TRYV(m.write("new.md", "# new\n"));
  return m.write("index.md", "- [[new]]\n");
}

template <class Notes, class... Values>
cp::result<void> demonstrate(const char* what, Values... values) {
  const cp::testing::temporary_directory root;
  BOOST_OUTCOME_TRY(auto notes, Notes::open(root.path(), {}, values...));
  {
    BOOST_OUTCOME_TRY(auto owner, notes.acquire());
    BOOST_OUTCOME_TRYV(owner.run({.operation = "rename-topic"}, rename_topic));
  }
  BOOST_OUTCOME_TRY(const auto reader, notes.read());
  BOOST_OUTCOME_TRY(const auto index, reader.read("index.md"));
  std::cout << what << ": " << index;
  return cp::success();
}

int main() {
  using safe = cp::coordinator<>;                               // all defaults
  using fast = cp::coordinator<cp::durability::process_crash>;  // a power cut may undo what was said
  using readable = cp::coordinator<cp::snapshot::hardlink, cp::journal::json_file>;
  using same_inode = cp::coordinator<cp::journal::log, cp::publish::copy>;  // files are bind-mounted somewhere

  const auto done = {demonstrate<safe>("safe"), demonstrate<fast>("fast"), demonstrate<readable>("readable"),
                     demonstrate<same_inode>("same inode", cp::journal::log{.preallocate = 64 * 1024})};
  for (const auto& one : done) {
    if (!one) return std::cerr << one.error().message() << '\n', 1;
  }
  return 0;
}
