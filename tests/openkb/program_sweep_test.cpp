#include "program.hpp"

#include <commitpoint/step.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using openkb::testing::place;

const std::string text =
    "# Atomic commit\n\nThe atomic commit of Ada Lovelace keeps a rollback journal. The rollback journal is synced "
    "first, and the atomic commit follows. ![picture](img/a.png)\n";

// A knowledge base with one document, and beside it the same document in a new version.
void prepare(const place& at, const std::string& document) {
  at.write("img/a.png", "A");
  REQUIRE(at.run({"init"}).code == 0);
  REQUIRE(at.add(at.write("a.md", text)).code == 0);
  if (document != "a.md") {
    at.write(document, text + "\nAlan Turing read the rollback journal of Ada Lovelace.\n");
  } else {
    at.write(document, "# Other\n\nGrace Hopper wrote another rollback journal, ![b](img/b.png).\n");
    at.write("img/b.png", "B");
  }
}

void crash_at_every_step(const std::string& document) {
  const place whole;
  prepare(whole, document);
  const auto untouched = whole.image(false);
  REQUIRE(whole.add(whole.path() / document).code == 0);
  const auto finished = whole.image(false);
  std::size_t killed = 0;
  for (const auto step : commitpoint::step_names) {
    if (step == "none") continue;
    CAPTURE(step);
    const place at;
    prepare(at, document);
    const auto before = at.image();
    const auto run = at.run({"--crash-at", std::string(step), "add", (at.path() / document).native()});
    CHECK((run.code == 137 || run.code == 0));
    killed += run.code == 137 ? 1U : 0U;
    CHECK(at.run({"list"}).code == 0);
    CHECK(at.wrong() == "");
    const auto after = at.image();
    const bool old = after.entries.size() == before.entries.size() && at.image(false) == untouched;
    // The places of documents differ between the two, and stand in the summaries.
    if (old) {
      CHECK(difference_text(before, after) == "");
    } else {
      CHECK(after.entries.size() == finished.entries.size());
      for (const auto& [name, entry] : finished.entries) {
        CAPTURE(name);
        REQUIRE(after.has(name));
        CHECK(after.entries.at(name).mode == entry.mode);
        if (!name.starts_with("wiki/summaries/")) CHECK(after.entries.at(name).hash == entry.hash);
      }
    }
    CHECK((run.code == 137 || !old));
  }
  CHECK(killed > 10);
}

}  // namespace

TEST_CASE("openkb: killed at any step of adding a document, the next command finds old or new") {
  crash_at_every_step("b.md");
}

TEST_CASE("openkb: killed at any step of adding an edited document, the next command finds old or new") {
  crash_at_every_step("a.md");
}
