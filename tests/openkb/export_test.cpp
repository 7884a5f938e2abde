#include "pdf.hpp"
#include "program.hpp"
#include "site.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::broken_links_in;
using openkb::testing::content_of;
using openkb::testing::files_of_site;
using openkb::testing::place;
using openkb::testing::png;

struct library : place {
  library() {
    REQUIRE(run({"init"}).code == 0);
    write("img/a b.png", png("A"));
    REQUIRE(add(write("a.md",
                      "# Atomic commit\n\nThe atomic commit of Ada Lovelace keeps a rollback journal, see "
                      "[elsewhere](https://example.org/) and [a file](notes.txt). ![picture](img/a%20b.png)\n"))
                .code == 0);
    REQUIRE(
        add(write("b.html", "<h1>Journals</h1><p>A rollback journal of Ada Lovelace.</p><script>no()</script>")).code ==
        0);
  }
  [[nodiscard]] fs::path site() const { return path() / "site"; }
  [[nodiscard]] openkb::testing::ended export_it() const { return run({"--json", "export", site().native()}); }
  // What is beside the site that was not there before.
  [[nodiscard]] std::string leftovers() const {
    std::string out;
    for (const auto& entry : fs::directory_iterator(path())) {
      if (entry.path().filename().native().starts_with(".site")) out += entry.path().filename().native() + "\n";
    }
    return out;
  }
};

bool is_strace_usable() { return std::system("strace -o /dev/null true 2>/dev/null") == 0; }  // NOLINT(cert-env33-c)

}  // namespace

TEST_CASE("openkb export: a site whose every link leads somewhere, and the knowledge base is as it was") {
  const library at;
  const auto long_pdf = at.path() / "long.pdf";
  openkb::testing::typeset({at.path() / "a.md"}, long_pdf);
  REQUIRE(at.run({"add", "--index-from", "1", long_pdf.native()}).code == 0);
  const auto before = at.image();
  const auto run = at.export_it();
  REQUIRE(run.code == 0);
  CHECK(run.json()["status"] == "exported");
  CHECK(run.json()["documents"] == 3);
  CHECK(difference_text(before, at.image()) == "");
  CHECK(at.leftovers() == "");

  const auto [broken, followed] = broken_links_in(at.site());
  CHECK(broken == "");
  CHECK(followed > 50);
  const auto page = content_of(at.site() / "sources/a.html");
  CHECK(page.find("<title>Atomic commit · kb</title>") != std::string::npos);
  CHECK(page.find("href=\"https://example.org/\"") != std::string::npos);
  CHECK(page.find("src=\"images/a/a-b.png\"") != std::string::npos);
  CHECK(page.find("file:") == std::string::npos);  // what is on this machine only has its words
  CHECK(page.find("a file") != std::string::npos);
  CHECK(page.find("script-src 'none'") != std::string::npos);
  CHECK(content_of(at.site() / "sources/images/a/a-b.png") == png("A"));
  CHECK(content_of(at.site() / "originals/a.md") == content_of(at.path() / "a.md"));
  CHECK(content_of(at.site() / "originals/b.html.txt") == content_of(at.path() / "b.html"));
  CHECK_FALSE(fs::exists(at.site() / "originals/b.html"));
  CHECK(content_of(at.site() / "style.css").find("prefers-color-scheme: dark") != std::string::npos);
  CHECK(content_of(at.site() / "index.html").find("<title>kb</title>") != std::string::npos);
}

TEST_CASE("openkb export: takes the place of an export as a whole; what no export put there is refused") {
  const library at;
  fs::create_directory(at.site());
  ::chmod(at.site().c_str(), 0750);
  REQUIRE(at.export_it().code == 0);
  CHECK(fs::status(at.site()).permissions() == fs::perms(0750));
  const auto first = files_of_site(at.site());
  REQUIRE(at.export_it().code == 0);
  CHECK(files_of_site(at.site()) == first);  // the same again
  REQUIRE(at.run({"remove", "b"}).code == 0);
  REQUIRE(at.export_it().code == 0);
  CHECK_FALSE(fs::exists(at.site() / "sources/b.html"));
  CHECK(broken_links_in(at.site()).first == "");

  at.write("site/CNAME", "mine");
  const auto refused = at.export_it();
  CHECK(refused.code == 1);
  CHECK(refused.json()["error"]["path"] == (at.site() / "CNAME").native());
  CHECK(content_of(at.site() / "CNAME") == "mine");
  const auto others = at.write("others/file.txt", "mine").parent_path();
  CHECK(at.run({"export", others.native()}).code == 1);
  CHECK(at.run({"export", at.write("file", "mine").native()}).code == 1);
  CHECK(at.run({"export", at.kb().native()}).code == 1);
  CHECK(at.run({"export", (at.kb() / "wiki/site").native()}).code == 1);
  CHECK_FALSE(fs::exists(at.kb() / "wiki/site"));
  CHECK(at.leftovers() == "");
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb export: no file is readable by more than what it was made of") {
  const library at;
  ::chmod((at.kb() / "wiki/sources/a.md").c_str(), 0600);
  ::chmod((at.kb() / "raw/a.md").c_str(), 0640);
  REQUIRE(at.export_it().code == 0);
  const auto mode = [&](const char* file) { return static_cast<unsigned>(fs::status(at.site() / file).permissions()); };
  CHECK(mode("sources/a.html") == 0600);
  CHECK(mode("originals/a.md") == 0640);
  CHECK(mode("search/documents.js") == 0600);
  CHECK(mode("sources/b.html") == 0644);
}

TEST_CASE(
    "openkb export: an SVG with a script is no file of the site, is shown within its page, and is there as text") {
  const library at;
  const std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"no()\"><script>no()</script></svg>";
  at.write("img/chart.svg", svg);
  at.write("img/Secret.SVG", svg);
  at.write("img/large.svg", svg + std::string(1U << 20U, ' '));
  ::chmod((at.path() / "img/Secret.SVG").c_str(), 0600);
  REQUIRE(at.add(at.write("c.md",
                          "# Charts\n\nThere is ![one](img/chart.svg) and ![its secret](img/Secret.SVG) and "
                          "![much](img/large.svg), [opened](img/chart.svg).\n"))
              .code == 0);
  at.write("kb/wiki/mine.md", "# Mine\n\nThe [chart](sources/images/c/chart.svg).\n");
  REQUIRE(at.export_it().code == 0);
  for (const auto& found : files_of_site(at.site())) {
    const auto& file = found.first;
    CAPTURE(file);
    CHECK_FALSE(fs::path(file).extension() == ".svg");
    CHECK_FALSE(fs::path(file).extension() == ".SVG");
    if (file.ends_with(".html")) CHECK(found.second.find("no()") == std::string::npos);
  }
  const auto page = content_of(at.site() / "sources/c.html");
  // The bytes as they are, which nothing else reads.
  CHECK(page.find("<img src=\"data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIG9u") !=
        std::string::npos);
  CHECK(page.find("and its secret and much, <a>opened</a>.") != std::string::npos);
  CHECK(content_of(at.site() / "sources/images/c/chart.svg.txt") == svg);
  CHECK(content_of(at.site() / "mine.html").find("href=\"sources/images/c/chart.svg.txt\"") != std::string::npos);
  CHECK(static_cast<unsigned>(fs::status(at.site() / "sources/images/c/secret.svg.txt").permissions()) == 0600);
  CHECK(broken_links_in(at.site()).first == "");
}

TEST_CASE("openkb export: killed anywhere, the site is the old one or the new one, and the next export cleans up") {
  if (!is_strace_usable()) {
    MESSAGE("SKIPPED: strace cannot trace here");
    return;
  }
  const library at;
  REQUIRE(at.export_it().code == 0);
  const auto old = files_of_site(at.site());
  REQUIRE(at.run({"remove", "b"}).code == 0);
  REQUIRE(at.run({"export", (at.path() / "other").native()}).code == 0);
  const auto finished = files_of_site(at.path() / "other");
  const auto untouched = at.path() / "untouched";
  fs::copy(at.site(), untouched, fs::copy_options::recursive);
  std::size_t killed = 0;
  std::size_t news = 0;
  const auto kill_at = [&](const std::string& call, int nth) {
    CAPTURE(call);
    CAPTURE(nth);
    fs::remove_all(at.site());
    fs::copy(untouched, at.site(), fs::copy_options::recursive);
    const auto run =
        at.start({"export", at.site().native()}, {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
                                                  "inject=" + call + ":signal=SIGKILL:when=" + std::to_string(nth)})
            .wait();
    REQUIRE((run.code == 0 || run.code == 137));
    const auto found = files_of_site(at.site());
    CHECK((found == old || found == finished));
    killed += run.code == 137 ? 1U : 0U;
    news += run.code == 137 && found == finished ? 1U : 0U;
    return run.code == 137;
  };
  for (const auto& [call, every] : {std::pair<std::string, int>{"write", 7},
                                    {"mkdir", 2},
                                    {"syncfs", 1},
                                    {"renameat2", 1},
                                    {"fsync", 1},
                                    {"unlink", 17},
                                    {"unlinkat", 1},
                                    {"rmdir", 2}}) {
    for (int nth = 1; kill_at(call, nth); nth += every) {}
  }
  MESSAGE(killed << " kills, after " << news << " of them the site was new");
  CHECK(killed > 10);
  CHECK(news > 2);
  CHECK(news < killed);
  REQUIRE(at.run({"export", at.site().native()}).code == 0);
  CHECK(at.leftovers() == "");
}

TEST_CASE("openkb export: where directories cannot be exchanged, they are renamed") {
  if (!is_strace_usable()) {
    MESSAGE("SKIPPED: strace cannot trace here");
    return;
  }
  const library at;
  for (int i = 0; i < 2; ++i) {
    const auto run =
        at.start({"export", at.site().native()}, {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat2",
                                                  "-e", "inject=renameat2:error=EINVAL"})
            .wait();
    INFO(run.err);
    CHECK(run.code == 0);
    CHECK(broken_links_in(at.site()).first == "");
    CHECK(at.leftovers() == "");
  }
}
