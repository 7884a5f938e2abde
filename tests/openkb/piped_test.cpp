#include "http_server.hpp"
#include "pdf.hpp"
#include "terminal.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using openkb::testing::content_of;
using openkb::testing::ended;
using openkb::testing::place;
using openkb::testing::png;
using words = std::vector<std::string>;

const std::string article = "# Atomic commit\n\nThe atomic commit of Ada Lovelace keeps a rollback journal.\n";

struct piping : place {
  piping() { REQUIRE(run({"init"}).code == 0); }

  // With a file as standard input, or a pipe that has its bytes.
  [[nodiscard]] ended add(const std::string& bytes, const words& more, bool by_pipe = false) const {
    const auto file = write("piped-bytes", bytes).native();
    words line{"--json", "add", "-"};
    line.insert(line.end(), more.begin(), more.end());
    const auto shell = by_pipe ? "cat '" + file + "' | \"$@\"" : "\"$@\" < '" + file + "'";
    return start(line, {"sh", "-c", shell, "sh"}).wait();
  }
};

}  // namespace

TEST_CASE("openkb add -: a document through standard input, whose name says what it is") {
  const piping at;
  const auto first = at.add(article, {"--name", "Report 1.md"}, true);
  INFO(first.err);
  REQUIRE(first.code == 0);
  CHECK(first.json()["status"] == "added");
  CHECK(first.json()["document"] == "stdin:/Report 1.md");
  CHECK(first.json()["name"] == "report-1");
  CHECK(content_of(at.kb() / "raw/report-1.md") == article);
  CHECK(content_of(at.kb() / "wiki/summaries/report-1.md").find("From: `stdin:/Report 1.md`") != std::string::npos);
  CHECK(at.add(article, {"--name", "other.md"}).json()["status"] == "skipped");
  const auto again = at.add(article + "More.\n", {"--name", "Report 1.md"});
  CHECK(again.json()["status"] == "updated");
  CHECK(again.json()["name"] == "report-1");
  const auto page = at.add("<title>A page</title><p>Of some words.", {"--name", "x.HTML", "--jobs", "2"});
  CHECK(page.json()["title"] == "A page");
  openkb::testing::typeset({at.write("text", "Some text of a page.\n")}, at.path() / "a.pdf");
  const auto pdf = at.add(content_of(at.path() / "a.pdf"), {"--name", "a.pdf"}, true);
  CHECK(pdf.json()["pages"] == 1);
  CHECK(at.wrong() == "");
  CHECK(at.run({"lint"}).code == 0);
  CHECK(at.run({"--json", "remove", "Report 1.md"}).json()["name"] == "report-1");
  CHECK(at.run({"--json", "remove", "stdin:/x.HTML"}).json()["name"] == "x");
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb add -: what cannot be meant is an error that says what can") {
  const piping at;
  const auto file = at.write("b.md", "# B\n\nText.\n").native();
  const auto said = [&](const words& more) {
    const auto run = at.add(article, more);
    CHECK(run.code == 2);
    const auto object = run.json();
    CHECK(object["command"] == "add");
    return object["error"]["message"].get<std::string>();
  };
  CHECK(said({}) == "standard input (-) needs a name that says what it is, such as: --name report.md");
  CHECK(said({"-", "--name", "a.md"}) == "standard input (-) can be read once only");
  CHECK(said({"--name", "a/b.md"}).find("'a/b.md' is a path; a file's name is enough") != std::string::npos);
  CHECK(said({"--name", "a.docx"}).find("'a.docx' does not say what it is; end it with .md") != std::string::npos);
  CHECK(at.run({"add", "--name", "a.md", file}).err.find("--name is for standard input") != std::string::npos);
  const auto terminal = run_on_terminal(at, {"add", "-", "--name", "a.md"});
  CHECK(terminal.code == 2);
  CHECK(terminal.text.find("standard input (-) is a terminal") != std::string::npos);
  const auto closed = at.start({"add", "-", "--name", "a.md"}, {"sh", "-c", "exec \"$@\" <&-", "sh"}).wait();
  CHECK(closed.code == 1);
  CHECK(closed.err.find("standard input: Bad file descriptor") != std::string::npos);
  CHECK(at.add("", {"--name", "a.md"}).json()["error"]["message"] == "the document has no text");
  CHECK(at.add(article, {"--name", "a.pdf"}).json()["error"]["message"] == "the PDF cannot be read");
  CHECK(at.wrong() == "");
  CHECK(at.run({"--json", "status"}).json()["documents"] == 0);
}

TEST_CASE("openkb add -: what it names is nowhere, unless somebody says where") {
  const piping at;
  at.write("docs/a.png", png("an image"));
  at.write("a.png", png("another one"));
  const auto text = article + "\n![An image](a.png), [page](<b c.md#d>), [here](#x), [x][y].\n\n[y]: ../z.md\n";
  const auto run = at.add(text, {"--name", "a.md"});
  CHECK(run.json()["images"] == 0);
  CHECK(run.json()["warnings"] ==
        nlohmann::json{"image 'a.png' is nowhere; say with --images-from DIR where the document is from"});
  CHECK(
      content_of(at.kb() / "wiki/sources/a.md")
          .find(
              "\n![An image](stdin:/a.png), [page](stdin:/b%20c.md#d), [here](#x), [x][y].\n\n[y]: stdin:/../z.md\n") !=
      std::string::npos);
  CHECK(at.run({"lint"}).code == 0);
  const auto known = at.add(text + "\nMore.\n", {"--name", "a.md", "--images-from", (at.path() / "docs").native()});
  CHECK(known.json()["images"] == 1);
  CHECK(content_of(at.kb() / "wiki/sources/images/a/a.png") == png("an image"));
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb add -: others do not wait while it waits for its bytes, and Ctrl-C ends it") {
  const piping at;
  const auto pipe = (at.path() / "pipe").native();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto b = at.write("b.md", "# B\n\nText.\n").native();
  const auto adding =
      at.start({"--json", "add", b, "-", "--name", "a.md"}, {"sh", "-c", "exec \"$@\" < '" + pipe + "'", "sh"}, "one");
  std::ofstream writer(pipe);  // waits until somebody reads
  writer << article << std::flush;
  // It reads once it has something to read into.
  const auto begun = [&] {
    const auto leases = at.kb() / ".openkb/commitpoint/staging";
    std::error_code ignored;
    for (const auto& e : std::filesystem::recursive_directory_iterator(leases, ignored)) {
      if (e.path().filename() == "standard-input") return true;
    }
    return false;
  };
  for (int looked = 0; looked < 500 && !begun(); ++looked) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE(begun());
  CHECK(at.run({"--json", "add", at.write("c.md", "# C\n\nMore text.\n").native()}).json()["status"] == "added");
  adding.signal(SIGINT);
  const auto run = adding.wait();
  CHECK(run.code == 130);
  CHECK(run.out.find(R"("status":"added","document":")" + b) != std::string::npos);
  CHECK(run.out.find(R"("status":"interrupted","document":"stdin:/a.md")") != std::string::npos);
  CHECK(at.run({"--json", "status"}).json()["documents"] == 2);
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb add -: a large one is staged and not held, and one that is too large is refused") {
  const piping at;
  const auto run =
      at.start({"--json", "add", "-", "--name", "a.md"}, {"sh", "-c", "head -c 200M /dev/zero | \"$@\"", "sh"}).wait();
  CHECK(run.code == 1);
  CHECK(run.json()["error"]["message"] == "the file is too large");
  CHECK(run.peak < 100 * 1024);
  CHECK(at.wrong() == "");
}
