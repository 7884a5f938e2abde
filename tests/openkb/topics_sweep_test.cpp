// How good the topics of real documents are. What is good was judged by hand, once: tests/openkb/judged_topics.txt.

#include "corpus.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace {

using openkb::testing::place;

const std::filesystem::path here = std::filesystem::path(OPENKB_DOCUMENTS) / "../tests/openkb";

// Lines of `+ term` and `- term`; whatever is not there is not good.
std::map<std::string, bool> judged() {
  std::map<std::string, bool> out;
  std::ifstream lines(here / "judged_topics.txt");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("+ ") || line.starts_with("- ")) out.emplace(line.substr(2), line[0] == '+');
  }
  return out;
}

// The pages with most documents, as the index orders them.
std::vector<std::string> first_topics(const place& at, std::size_t most) {
  std::vector<std::string> out;
  auto db = openkb::database::open_to_read((at.kb() / ".openkb/registry.db").native()).value();
  auto row = openkb::statement::prepare(db.get(),
                                        "SELECT title FROM terms JOIN pages ON pages.id = page_id"
                                        " ORDER BY parts DESC, key")
                 .value();
  while (out.size() < most && row.next().value()) out.push_back(row.text(0));
  return out;
}

}  // namespace

TEST_CASE("openkb topics: of the first 50 of real documents, nine in ten say something") {
  const place at;
  const auto documents = openkb::testing::fill_corpus(here / "corpus.txt", at.path() / "corpus");
  if (documents < 120) {
    MESSAGE("only " << documents << " of the documents are here: not Debian 12, or without its documentation");
    return;
  }
  REQUIRE(at.run({"init"}).code == 0);
  REQUIRE(at.run({"add", "--jobs", "2", "--batch", "64", (at.path() / "corpus").native()}).code == 0);
  const auto good = judged();
  const auto topics = first_topics(at, 50);
  REQUIRE(topics.size() == 50);
  // A newer version of a package may bring a topic that nobody has judged yet.
  std::string others;
  std::size_t telling = 0;
  std::size_t unjudged = 0;
  for (const auto& t : topics) {
    const auto known = good.find(t);
    if (known == good.end()) {
      ++unjudged;
      others += "not judged: " + t + "\n";
    } else if (known->second) {
      ++telling;
    } else {
      others += "bad: " + t + "\n";
    }
  }
  MESSAGE(telling << " of 50 topics of " << documents << " documents are good\n" << others);
  CHECK(unjudged <= 10);
  CHECK(telling * 10 >= (topics.size() - unjudged) * 9);
  CHECK(at.run({"lint"}).code == 0);
}
