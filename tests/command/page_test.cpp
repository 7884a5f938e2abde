// docs/command.md says nothing that the command does not know.

#include "command.hpp"

#include "support/documented.hpp"

#include <doctest/doctest.h>

TEST_CASE("docs: the commands and options of docs/command.md are those of the command") {
  const command_test::place p;
  const auto help = [&](const std::string& command) {
    return command.empty() ? p.run({"help"}).out : p.run({"help", command}).out;
  };
  CHECK(support::wrong_in_page(COMMITPOINT_DOCS "/command.md", "commitpoint", {"--root", "--state"}, help) == "");
}
