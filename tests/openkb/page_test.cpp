// docs/openkb.md says nothing that openkb does not know.

#include "program.hpp"

#include "support/documented.hpp"

#include <doctest/doctest.h>

TEST_CASE("docs: the commands and options of docs/openkb.md are those of openkb") {
  const openkb::testing::place p;
  const auto help = [&](const std::string& command) {
    return command.empty() ? p.run({"help"}).out : p.run({"help", command}).out;
  };
  CHECK(support::wrong_in_page(OPENKB_DOCUMENTS "/openkb.md", "openkb", {"--kb", "--crash-at", "--trace"}, help) == "");
}
