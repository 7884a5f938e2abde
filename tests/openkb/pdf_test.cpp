#include "pdf.hpp"

#include "program.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::pdf_writer;
using openkb::testing::place;
using openkb::testing::typeset;

// The project's own documentation, set by groff: some forty pages.
fs::path real_document(const place& at) {
  const auto docs = fs::path(OPENKB_DOCUMENTS);
  std::vector<fs::path> texts;
  for (const auto* name :
       {"guarantees.md", "tutorial.md", "conformance.md", "formats/log.md", "formats/state_directory.md",
        "policies/snapshot.md", "policies/publish.md", "policies/durability.md"}) {
    texts.push_back(docs / name);
  }
  auto pdf = at.path() / "handbook.pdf";
  typeset(texts, pdf);
  return pdf;
}

fs::path long_pdf(const place& at, const std::string& name, const std::string& about) {
  pdf_writer pdf;
  for (int i = 1; i <= 25; ++i) {
    pdf.page({"Page " + std::to_string(i) + " of the report about " + about + ".",
              "The page index of Ada Lovelace stores it."},
             i % 10 == 1 ? 24 : 0, static_cast<unsigned char>(i));
  }
  return at.write(name, pdf.bytes());
}

std::size_t blobs(const place& at) {
  std::size_t out = 0;
  for (const auto& e : fs::directory_iterator(at.kb() / ".openkb/files/documents")) out += e.exists() ? 1U : 0U;
  return out;
}

}  // namespace

TEST_CASE("openkb: a short PDF goes in with its text and its images") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  pdf_writer pdf;
  pdf.page({"The atomic commit of Ada Lovelace.", "The atomic commit is in a PDF."}, 32, 100);
  const auto file = at.write("Short Report.pdf", pdf.bytes());
  const auto run = at.run({"--json", "add", file.native()});
  REQUIRE(run.code == 0);
  CHECK(run.json()["name"] == "short-report");
  CHECK(run.json()["images"] == 1);
  CHECK(run.json()["pages"] == 1);
  CHECK_FALSE(run.json().contains("indexed"));
  CHECK(content_of(at.kb() / "raw/short-report.pdf") == content_of(file));
  CHECK(content_of(at.kb() / "wiki/sources/short-report.md").find("The atomic commit is in a PDF.") !=
        std::string::npos);
  CHECK(content_of(at.kb() / "wiki/sources/images/short-report/p1-1.png").starts_with("\x89PNG"));
  CHECK(at.wrong() == "");
  CHECK(at.run({"--json", "recompile", "--all"}).json()["status"] == "unchanged");
  CHECK(at.run({"--json", "add", file.native()}).json()["status"] == "skipped");
}

TEST_CASE("openkb: a real PDF of more than 25 pages goes through the page index, and out of it") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto before = at.image(false);
  const auto file = real_document(at);
  const auto run = at.run({"--json", "add", file.native()});
  REQUIRE(run.code == 0);
  CHECK(run.json()["pages"] >= 25);
  CHECK(run.json()["indexed"] == true);
  CHECK(at.wrong() == "");
  CHECK(blobs(at) >= 1);
  const auto source = content_of(at.kb() / "wiki/sources/handbook.md");
  CHECK(source.find("commit point") != std::string::npos);
  CHECK(source.find("<!-- page 25 -->") != std::string::npos);
  CHECK(source.find("guarantees\n") != std::string::npos);  // a heading of the outline
  CHECK(at.run({"--json", "recompile", "--all"}).json()["status"] == "unchanged");
  CHECK(at.run({"lint"}).code == 0);
  REQUIRE(at.run({"--json", "remove", "handbook"}).json()["forgotten_by_index"] == true);
  CHECK(blobs(at) == 0);
  CHECK(at.wrong() == "");
  auto after = at.image(false);
  after.entries.at("wiki/log.md") = before.entries.at("wiki/log.md");
  CHECK(difference_text(before, after) == "");
}

TEST_CASE("openkb: from which number of pages on is a matter of an option") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto file = long_pdf(at, "a.pdf", "options");
  CHECK_FALSE(at.run({"--json", "add", "--index-from", "26", file.native()}).json().contains("indexed"));
  REQUIRE(at.run({"remove", "a"}).code == 0);
  CHECK(at.run({"--json", "add", "--index-from", "25", file.native()}).json()["indexed"] == true);
  const auto image = fs::directory_iterator(at.kb() / ".openkb/files/documents");
  CHECK(image != fs::directory_iterator());
  CHECK(content_of(at.kb() / "wiki/sources/a.md").find("](../../.openkb/files/documents/pi-") != std::string::npos);
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb: a long PDF that was edited is indexed anew, and its old version forgotten") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  REQUIRE(at.add(long_pdf(at, "a.pdf", "the first version")).code == 0);
  const auto run = at.run({"--json", "add", long_pdf(at, "a.pdf", "the second version").native()});
  CHECK(run.json()["status"] == "updated");
  CHECK(at.wrong() == "");
  CHECK(at.run({"lint"}).code == 0);
}

TEST_CASE("F22: an add that finds its content in the page index and then fails leaves it there") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto file = long_pdf(at, "a.pdf", "somebody else's document");
  const auto id = page_index::index(at.kb() / ".openkb").add("documents", file, "").id;
  const auto before = at.image(false);
  // Behind the indexing, the source page cannot be written.
  fs::remove_all(at.kb() / "wiki/concepts");
  at.write("kb/wiki/concepts", "no directory");
  CHECK(at.add(file).code == 1);
  fs::remove(at.kb() / "wiki/concepts");
  fs::create_directory(at.kb() / "wiki/concepts");
  CHECK(difference_text(before, at.image(false)) == "");
  CHECK(page_index::index(at.kb() / ".openkb").find("documents", id)->ready);
  // Nor does a killed one, nor a removal of what was only borrowed.
  for (const auto* step : {"stage", "barrier"}) {
    CHECK(at.run({"--crash-at", step, "add", file.native()}).code == 137);
    REQUIRE(at.run({"recover"}).code == 0);
    CHECK(difference_text(before, at.image(false)) == "");
  }
  REQUIRE(at.add(file).code == 0);
  CHECK(at.run({"--json", "remove", "a"}).json()["forgotten_by_index"] == false);
  CHECK(page_index::index(at.kb() / ".openkb").find("documents", id)->ready);
}

TEST_CASE("openkb: an add that fails behind the indexing leaves neither blob nor row nor page") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto file = long_pdf(at, "a.pdf", "failures");
  fs::remove_all(at.kb() / "wiki/concepts");
  at.write("kb/wiki/concepts", "no directory");
  const auto before = at.image(false);
  CHECK(at.add(file).code == 1);
  CHECK(difference_text(before, at.image(false)) == "");
  CHECK(page_index::index(at.kb() / ".openkb").documents().empty());
}

TEST_CASE("openkb: what is no PDF, and one with a page index that does not work, is an error that says so") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  CHECK(at.run({"--json", "add", at.write("x.pdf", "%PDF-1.4\nnothing").native()}).json()["status"] == "failed");
  const auto file = long_pdf(at, "a.pdf", "databases");
  fs::remove(at.kb() / ".openkb/pageindex.db");
  at.write("kb/.openkb/pageindex.db",
           "This is no database, and long enough to be looked at as one. " + std::string(4096, 'x'));
  const auto before = at.image(false);
  const auto run = at.run({"--json", "add", file.native()});
  CHECK(run.code != 0);
  CHECK(run.json()["error"]["message"].get<std::string>() != "");
  fs::remove(at.kb() / ".openkb/pageindex.db");
  CHECK(at.run({"recover"}).code == 0);
  CHECK(difference_text(before, at.image(false)) == "");
}
