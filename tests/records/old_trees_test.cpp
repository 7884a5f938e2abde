/// \file
/// Trees that a program of before left, at each step at which its process can have ended: a drain of today makes of
/// them what one of then did. trees/ has them, with what comes of each; make_golden.cpp says how they were made. The
/// tests use nothing but what every program may use.

#include "records/tree_program.hpp"
#include "support/tree.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>

namespace {

namespace cp = commitpoint;

cp::path trees_directory() {
  cp::path found = cp::path(__FILE__).parent_path() / "trees";
  for (cp::path up = "tests/records/trees"; !boost::filesystem::exists(found); up = ".." / up) found = up;
  return found;
}

void expect_recovered(const std::string& name) {
  if (::geteuid() != 0) {
    MESSAGE("SKIPPED: the old trees are root's, and only root can give them their owner back");
    return;
  }
  ::umask(022);
  const auto a = records::archive_from(records::file_content(trees_directory() / (name + ".txt")));
  CHECK(!a.states.empty());
  for (const auto& s : a.states) {
    for (const bool copied : {true, false}) {
      INFO(name << ", at '" << s.at.front() << "', " << (copied ? "copied" : "in the same boot"));
      const support::place directory({}, support::with_attributes());
      records::make_tree(directory.root(), s.holds);
      const auto& wanted = a.outcomes.at(copied ? s.copied : s.same_boot);
      const auto said = records::drain(directory.root(), a.program, copied ? std::string{} : a.boot);
      CHECK_MESSAGE(records::is_as_expected(wanted, said), "wanted " << (copied ? s.copied : s.same_boot) << "\n"
                                                                     << records::text_of(wanted) << "but it was\n"
                                                                     << records::text_of(said));
    }
  }
}

TEST_CASE("a mutation that commits, with the log") { expect_recovered("log-commits"); }
TEST_CASE("a mutation that fails, with the log") { expect_recovered("log-fails"); }
TEST_CASE("a drain that undoes, with the log") { expect_recovered("log-drains-uncommitted"); }
TEST_CASE("a drain that goes on undoing, with the log") { expect_recovered("log-drains-undoing"); }
TEST_CASE("a drain that finishes, with the log") { expect_recovered("log-drains-committed"); }
TEST_CASE("a mutation that commits, with readable files") { expect_recovered("json_file-commits"); }
TEST_CASE("a mutation that fails, with readable files") { expect_recovered("json_file-fails"); }
TEST_CASE("a drain that finishes, with readable files") { expect_recovered("json_file-drains-committed"); }
TEST_CASE("a mutation that commits, with rows") { expect_recovered("sqlite-commits"); }
TEST_CASE("a mutation that fails, with rows") { expect_recovered("sqlite-fails"); }
TEST_CASE("a drain that finishes, with rows") { expect_recovered("sqlite-drains-committed"); }
TEST_CASE("a mutation that writes into live files") { expect_recovered("copy-commits"); }
TEST_CASE("a drain that writes into live files") { expect_recovered("copy-drains"); }
TEST_CASE("a mutation that exchanges names") { expect_recovered("exchange-commits"); }
TEST_CASE("a drain that exchanges names") { expect_recovered("exchange-drains"); }
TEST_CASE("a tree that was saved by hard links") { expect_recovered("hardlink-commits"); }
TEST_CASE("databases that were written in place") { expect_recovered("database-commits"); }
TEST_CASE("paths on another file system") { expect_recovered("mounted-commits"); }
TEST_CASE("a mutation that synced nothing") { expect_recovered("unsynced-commits"); }

TEST_CASE("no old tree is left out") {
  std::ptrdiff_t files = 0;
  for (const auto& e : boost::filesystem::directory_iterator(trees_directory()))
    files += e.path().extension() == ".txt";
  CHECK(files == 19);
}

}  // namespace
