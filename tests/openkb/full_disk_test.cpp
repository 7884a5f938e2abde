// A knowledge base on a disk that is full: a real one, in memory.

#include "program.hpp"

#include "support/mounts.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::place;

std::string words_of(std::size_t bytes, int seed) {
  std::string out;
  for (std::uint64_t n = static_cast<std::uint64_t>(seed); out.size() < bytes; n = n * 6364136223846793005U + 1) {
    out += "word" + std::to_string(n >> 50U) + (out.size() % 60 < 12 ? "\n" : " ");
  }
  return out + "\n";
}

// On a disk of its own.
class small_place : public place {
 public:
  small_place() {
    fs::create_directory(kb());
    disk_.emplace(commitpoint::path(kb().native()));
    REQUIRE(run({"init"}).code == 0);
  }

 private:
  std::optional<support::mounted> disk_;
};

void fill_up(const fs::path& directory) {
  std::ofstream filler(directory / "filler", std::ios::binary);
  const std::string block(4096, 'x');
  while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {}
}

// The files that an advice names: absolute paths of the knowledge base.
std::vector<fs::path> files_in(const std::string& advice, const fs::path& kb) {
  std::istringstream in(advice);
  std::vector<fs::path> out;
  for (std::string word; in >> word;) {
    if (word.starts_with(kb.native() + "/")) out.emplace_back(word);
  }
  return out;
}

}  // namespace

TEST_CASE("openkb full disk: what is there can be looked at, and remove says what to delete, which is enough") {
  if (!support::why_no_mounts().empty()) {
    MESSAGE("SKIPPED: " << support::why_no_mounts());
    return;
  }
  const small_place at;
  REQUIRE(at.add(at.write("large.txt", words_of(1'500'000, 1))).code == 0);
  REQUIRE(at.add(at.write("small.md", "# Small\n\nA rollback journal.\n")).code == 0);
  fill_up(at.kb());
  for (const auto& look : std::vector<std::vector<std::string>>{
           {"list"}, {"status"}, {"lint"}, {"search", "rollback"}, {"show", "small"}, {"recover", "--dry-run"}}) {
    CAPTURE(look[0]);
    const auto run = at.run(look);
    INFO(run.err);
    CHECK(run.code == 0);
  }
  const auto refused = at.run({"--json", "remove", "large"});
  CHECK(refused.code == 1);
  CHECK(refused.json()["error"]["message"] == "No space left on device");
  const auto advice = refused.json()["error"]["advice"].get<std::string>();
  INFO(advice);
  const auto files = files_in(advice, at.kb());
  CHECK(files == std::vector<fs::path>{at.kb() / "wiki/sources/large.md", at.kb() / "raw/large.txt"});
  for (const auto& file : files) fs::remove(file);
  const auto run = at.run({"--json", "remove", "large"});
  INFO(run.out);
  REQUIRE(run.code == 0);
  CHECK(fs::space(at.kb()).available > 2'000'000);
  CHECK(at.wrong() == "");
  CHECK(at.run({"--json", "status"}).json()["documents"] == 1);
}

TEST_CASE("openkb full disk: where the files of a document are not enough, remove says how much more is needed") {
  if (!support::why_no_mounts().empty()) {
    MESSAGE("SKIPPED: " << support::why_no_mounts());
    return;
  }
  const small_place at;
  REQUIRE(at.add(at.write("small.md", "# Small\n\nA rollback journal.\n")).code == 0);
  fill_up(at.kb());
  const auto added = at.add(at.write("other.md", "# Other\n\nText.\n"));
  CHECK(added.code == 1);
  CHECK(added.err.find("No space left on device\n  free some space, then run the command again\n") !=
        std::string::npos);
  const auto refused = at.run({"remove", "small"});
  CHECK(refused.code == 1);
  INFO(refused.err);
  CHECK(refused.err.find("removing takes up to 257 KiB for a moment, and 0 KiB are free; free 257 KiB elsewhere") !=
        std::string::npos);
  fs::resize_file(at.kb() / "filler", fs::file_size(at.kb() / "filler") - 260 * 1024);
  CHECK(at.run({"remove", "small"}).code == 0);
  CHECK(at.wrong() == "");
}
