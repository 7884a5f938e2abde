#include "library.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::fill_library;
using openkb::testing::place;

std::vector<std::string> statuses(const std::string& lines) {
  std::vector<std::string> out;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    out.push_back(nlohmann::json::parse(line)["status"].get<std::string>());
  }
  return out;
}

// Everything in the registry, as text.
std::string rows_of(const place& at) {
  std::string out;
  auto db = openkb::database::open_to_read((at.kb() / ".openkb/registry.db").native()).value();
  for (const auto* sql :
       {"SELECT name, sha256, source_path, format, title, added_at, updated_at, stem FROM documents ORDER BY id",
        "SELECT document_id, path FROM document_files ORDER BY 1, 2", "SELECT kind, slug, title FROM pages ORDER BY id",
        "SELECT page_id, document_id FROM page_documents ORDER BY 1, 2"}) {
    auto row = openkb::statement::prepare(db.get(), sql).value();
    while (row.next().value()) {
      for (int i = 0; i < 8; ++i) out += row.text(i) + '|';
      out += '\n';
    }
  }
  return out;
}

}  // namespace

TEST_CASE("openkb add --jobs --batch: the result is that of one job, byte for byte") {
  const place at;
  fill_library(at.path() / "docs", 60);
  at.write("docs/0/bad.md", "\xff");
  at.write("docs/0/empty.md", "");
  at.write("docs/0/same-1.md", "# Same\n\nThe same text of Ada Lovelace.\n");
  at.write("docs/0/same-2.md", "# Same\n\nThe same text of Ada Lovelace.\n");
  at.write("docs/1/same-1.md", "# Other\n\nThe other text of Ada Lovelace.\n");
  const auto add = [&](std::vector<std::string> how) {
    fs::remove_all(at.kb());
    REQUIRE(at.run({"init"}).code == 0);
    how.insert(how.begin(), {"--json", "add", (at.path() / "docs").native()});
    const auto run = at.run(how);
    CHECK(run.code == 1);
    CHECK(at.wrong() == "");
    return statuses(run.out);
  };
  const auto said = add({});
  const auto image = at.image(false);
  const auto rows = rows_of(at);
  CHECK(said.size() == 65);
  CHECK(std::ranges::count(said, "failed") == 2);
  CHECK(std::ranges::count(said, "skipped") == 1);
  for (const auto& how :
       {std::vector<std::string>{"--jobs", "4"}, {"--batch", "16"}, {"--jobs", "3", "--batch", "7"}}) {
    CAPTURE(how[0]);
    CHECK(add(how) == said);
    CHECK(difference_text(image, at.image(false)) == "");
    CHECK(rows_of(at) == rows);
  }
  // Again: everything is here.
  const auto before = at.image();
  const auto registry = content_of(at.kb() / ".openkb/registry.db");
  const auto again =
      statuses(at.run({"--json", "add", "--jobs", "2", "--batch", "8", (at.path() / "docs").native()}).out);
  CHECK(std::ranges::count(again, "skipped") == 63);
  CHECK(difference_text(before, at.image()) == "");
  CHECK(content_of(at.kb() / ".openkb/registry.db") == registry);
}

TEST_CASE("F30: Ctrl-C at any moment of a batch ends with 130, and leaves the last commit point") {
  const place at;
  fill_library(at.path() / "docs", 120);
  REQUIRE(at.run({"init"}).code == 0);
  std::mt19937 random(1);
  std::size_t interrupted = 0;
  // Each run goes on where the one before was stopped; removing keeps there being something to do.
  for (int i = 0; i < 50; ++i) {
    CAPTURE(i);
    const auto running = at.start({"add", "--jobs", "2", "--batch", "4", (at.path() / "docs").native()});
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 250));
    running.signal(SIGINT);
    const auto ended = running.wait();
    // Before it listens, the signal simply kills; behind its last commit point there is nothing to stop.
    CHECK((ended.code == 130 || ended.code == 0));
    interrupted += ended.code == 130 ? 1U : 0U;
    CHECK(fs::is_empty(at.kb() / ".openkb/commitpoint/staging"));
    if (i % 10 == 0) CHECK(at.wrong() == "");
    if (ended.code == 0) {
      fs::remove_all(at.kb());
      REQUIRE(at.run({"init"}).code == 0);
    }
  }
  MESSAGE(interrupted << " of 50 were interrupted");
  CHECK(interrupted > 10);
  CHECK(at.run({"--json", "status"}).json()["status"] == "clean");
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb add --jobs --batch: with few descriptors every document is added, or named") {
  const place at;
  fill_library(at.path() / "docs", 200);
  const auto add = [&](const std::string& limit) {
    std::filesystem::remove_all(at.kb());
    REQUIRE(at.run({"init"}).code == 0);
    return at
        .start({"--json", "add", "--jobs", "2", "--batch", "128", (at.path() / "docs").native()},
               {"sh", "-c", limit + "; exec \"$0\" \"$@\""})
        .wait();
  };
  SUBCASE("64 are enough") {
    const auto run = add("ulimit -n 64");
    CHECK(run.code == 0);
    CHECK(run.err == "");
    const auto said = statuses(run.out);
    CHECK(std::ranges::count(said, "added") == 200);
    CHECK(at.wrong() == "");
  }
  SUBCASE("a low soft limit is raised: batches are as large as asked") {
    const auto run = add("ulimit -Sn 64");
    CHECK(run.code == 0);
    CHECK(std::ranges::count(statuses(run.out), "added") == 200);
    // 200 documents at two commit points, and init.
    const auto status = at.run({"--json", "status"});
    CHECK(status.code == 0);
  }
  SUBCASE("where there are too few, each document has a line, and what to do is said") {
    const auto run = add("ulimit -n 14");
    CHECK(run.code != 0);
    CHECK(run.out.find("ulimit -n") != std::string::npos);
    const auto said = statuses(run.out);
    const auto of_documents = said.size() - static_cast<std::size_t>(std::ranges::count(said, "sum"));
    CHECK(of_documents >= 200);
  }
}
