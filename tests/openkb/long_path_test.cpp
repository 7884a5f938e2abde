#include "program.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace {

namespace fs = std::filesystem;
using openkb::testing::place;
using openkb::testing::running;

// A directory below a place whose path has that many bytes.
fs::path directory_of(const place& at, std::size_t size) {
  auto out = at.path();
  while (size - out.native().size() > 202) out /= std::string(150, 'd');
  out /= std::string(size - out.native().size() - 1, 'e');
  fs::create_directories(out);
  return out;
}

}  // namespace

TEST_CASE("openkb long paths: what SQLite cannot open is named, with how long it may be") {
  const place at;
  const auto said = at.path() / "said";
  // .openkb/pageindex.db has 20 bytes, and a slash before it.
  const auto longest = directory_of(at, 504 - 21);
  const auto too_long = directory_of(at, 504 - 20);
  CHECK(running({"--kb", longest.native(), "init"}, said).wait().code == 0);
  const auto document = at.write("a.md", "# A\n\nText.\n").native();
  CHECK(running({"--kb", longest.native(), "add", document}, said).wait().code == 0);
  const auto refused = running({"--kb", too_long.native(), "init"}, said).wait();
  CHECK(refused.code == 1);
  CHECK(refused.err ==
        "openkb: " + (too_long / ".openkb/pageindex.db").native() +
            ": File name too long\n  SQLite opens files whose paths have 504 bytes or less, and this one "
            "has 505; put the knowledge base where the path is shorter\n");
  CHECK(fs::is_empty(too_long));
  // One that was moved, and one that is reached by a short link.
  fs::rename(longest, at.path() / "moved");
  const auto deep = directory_of(at, 600);
  fs::rename(at.path() / "moved", deep / "kb");
  fs::create_directory_symlink(deep / "kb", at.path() / "link");
  for (const auto& kb : {deep / "kb", at.path() / "link"}) {
    for (const auto* command : {"list", "status", "lint"}) {
      const auto run = running({"--kb", kb.native(), command}, said).wait();
      CHECK(run.code == 1);
      CHECK(run.err.find("/.openkb/registry.db: File name too long\n  SQLite opens files") != std::string::npos);
    }
  }
}

TEST_CASE("openkb long paths: what the system cannot open says how long it may be") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const std::string name(256, 'n');
  const std::string advice = ": File name too long\n  a name can have 255 bytes, and a path 4,095; use a shorter one\n";
  const auto file = (at.path() / (name + ".md")).native();
  CHECK(at.run({"add", file}).err == "openkb: " + file + advice);
  const auto site = (at.path() / name).native();
  CHECK(at.run({"export", site}).err.find(advice) != std::string::npos);
  CHECK(running({"--kb", site, "init"}, at.path() / "said").wait().err.find(advice) != std::string::npos);
  // A name that the system takes is one for a document, whatever openkb makes of it.
  CHECK(at.add(at.write(std::string(252, 'n') + ".md", "# N\n\nText.\n")).code == 0);
  CHECK(at.wrong() == "");
}
