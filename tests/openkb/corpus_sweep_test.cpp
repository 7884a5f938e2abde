#include "documents/find_documents.hpp"
#include "library.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::place;

constexpr std::size_t wanted = 1000;
constexpr std::uintmax_t largest = 200'000;  // bytes; what is larger is looked at by hand

// HTML, text, Markdown and PDF as the system's packages have them; what is missing is made of other texts of theirs.
std::vector<std::string> documents_of_the_system(const place& at) {
  std::vector<std::string> out;
  for (const auto& file : openkb::find_documents("/usr/share/doc", {}).files) {
    std::error_code ignored;
    if (fs::file_size(file, ignored) <= largest) out.push_back(file.native());
  }
  const auto real = out.size();
  if (real < wanted) {
    openkb::testing::fill_library(at.path() / "docs", wanted - real);
    for (const auto& file : openkb::find_documents(at.path() / "docs", {}).files) out.push_back(file.native());
  }
  MESSAGE(real << " documents of the system, " << out.size() - real << " made of others");
  return out;
}

// Without what means something in a query.
std::string words_of(std::string title) {
  std::ranges::replace_if(
      title, [](char c) { return c == '"' || c == '-' || c == '*'; }, ' ');
  return title;
}

double milliseconds_of(const place& at, const std::vector<std::string>& command) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto began = std::chrono::steady_clock::now();
    REQUIRE(at.run(command).code == 0);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    best = std::min(best, took.count());
  }
  return best;
}

}  // namespace

TEST_CASE(
    "openkb: a thousand real documents go in with 256 descriptors, none is lost, and each is found by its title") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  auto documents = documents_of_the_system(at);
  std::vector<std::string> arguments{"--json", "add", "--jobs", "2", "--batch", "64"};
  arguments.insert(arguments.end(), documents.begin(), documents.end());
  const auto run = at.start(arguments, {"sh", "-c", "ulimit -n 256; exec \"$0\" \"$@\""}).wait();
  CHECK(run.code <= 1);  // some are empty, or no text at all

  std::map<std::string, std::string> names;  // of those that were added, by path
  std::vector<std::string> mentioned;
  std::map<std::string, std::string> titles;
  std::istringstream lines(run.out);
  for (std::string line; std::getline(lines, line);) {
    const auto said = nlohmann::json::parse(line);
    if (!said.contains("document")) continue;
    const auto document = said["document"].get<std::string>();
    mentioned.push_back(document);
    const auto status = said["status"].get<std::string>();
    CAPTURE(line);
    CHECK((status == "added" || status == "skipped" || status == "failed"));
    if (status == "failed") CHECK(said["error"]["message"].get<std::string>() != "");
    if (status != "added") continue;
    names.emplace(document, said["name"]);
    titles.emplace(said["name"], said["title"]);
  }
  std::ranges::sort(documents);
  std::ranges::sort(mentioned);
  CHECK(mentioned == documents);
  CHECK(names.size() > wanted * 9 / 10);
  CHECK(at.run({"--json", "list"}).json()["documents"].size() == names.size());
  const auto lint = at.run({"lint"});
  CHECK(lint.code == 0);
  CHECK(lint.out.ends_with("clean\n"));
  // Images that a document names and that are not here stay named.
  std::istringstream wrong(at.wrong());
  for (std::string line; std::getline(wrong, line);) CHECK(line.find(": broken link ") != std::string::npos);

  // By every fiftieth title: it is among those that were found.
  std::size_t looked_for = 0;
  double slowest = 0;
  for (auto each = titles.begin(); each != titles.end(); ++each) {
    if (looked_for++ % 50 != 0) continue;
    const auto words = words_of(each->second);
    CAPTURE(each->first);
    CAPTURE(each->second);
    const std::vector<std::string> search{"--json", "search", "--limit", "2000", "--", words};
    std::size_t found = 0;
    const auto said = at.run(search).json();
    for (const auto& result : said["results"]) found += result["name"] == each->first ? 1U : 0U;
    CHECK(found == 1);
    slowest = std::max(slowest, milliseconds_of(at, {"search", "--", words}));
  }
  MESSAGE("the slowest search took " << slowest << " ms");
}
