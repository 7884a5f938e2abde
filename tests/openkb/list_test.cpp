#include "terminal.hpp"

#include "text/name_pattern.hpp"
#include "text/utf8_locale.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using openkb::name_pattern;
using openkb::testing::place;
using openkb::testing::run_on_terminal;

// Documents whose names, titles, sizes and times are in different orders.
struct library : place {
  library() {
    REQUIRE(run({"init"}).code == 0);
    put("alpha.md", "# Zebra crossing\n\n" + std::string(3000, 'x') + "\n", "2026-02-02");
    put("beta-with-a-longer-name.html", "<h1>übersicht</h1><p>Text.", "2026-02-03");
    put("gamma.md", "# apple\n\nSome more text here.\n", "2026-02-01");
    put("日本.md", "# Über Japan\n\nEin längerer Text als die anderen beiden, und doch ein kurzer.\n", "2026-02-04");
  }

  void put(const std::string& name, const std::string& text, const std::string& day) {
    const auto file = write(name, text);
    const auto run = start({"add", file.native()}, {"env", "OPENKB_NOW=" + day + "T10:00:00Z"}).wait();
    REQUIRE(run.code == 0);
  }

  [[nodiscard]] std::string names(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--json", "list"});
    const auto run = this->run(arguments);
    REQUIRE(run.code == 0);
    std::string out;
    const auto said = run.json();
    for (const auto& d : said["documents"]) out.append(out.empty() ? "" : " ").append(d["name"]);
    return out;
  }
};

using words = std::vector<std::string>;

}  // namespace

TEST_CASE("openkb list: a pattern is a part, or with a wildcard the whole") {
  CHECK(name_pattern("port").fits("The Report"));
  CHECK(name_pattern("").fits("anything"));
  CHECK(!name_pattern("port?").fits("The Report"));
  CHECK(name_pattern("*port").fits("The Report"));
  CHECK(name_pattern("???").fits("日本語"));
  CHECK(!name_pattern("??").fits("日本語"));
  CHECK(
      name_pattern("ÜBER*").fits("u\xCC\x88"
                                 "bersicht"));
  CHECK(name_pattern("[a-c]*").fits("Beta"));
  CHECK(!name_pattern("[a-c]*").fits("gamma"));
  CHECK(name_pattern("[").fits("["));
}

TEST_CASE("openkb list: how wide a text is on a terminal") {
  CHECK(openkb::columns_of("abc") == 3);
  CHECK(openkb::columns_of("日本") == 4);
  CHECK(openkb::columns_of("u\xCC\x88") == 1);
}

TEST_CASE("openkb list: a filter, by name, title and file's name") {
  const library at;
  CHECK(at.names({}) == "alpha beta-with-a-longer-name gamma 日本");
  CHECK(at.names({"ZEBRA"}) == "alpha");
  CHECK(at.names({"über"}) == "beta-with-a-longer-name 日本");
  CHECK(at.names({"*.md"}) == "alpha gamma 日本");
  CHECK(at.names({"a*", "gam"}) == "alpha gamma");
  CHECK(at.names({"日?"}) == "日本");
  const auto none = at.run({"list", "nothing"});
  CHECK(none.code == 0);
  CHECK(none.out == "");
  CHECK(none.err == "openkb: no name, title or file's name fits\n");
}

TEST_CASE("openkb list: --sort and --reverse") {
  const library at;
  CHECK(at.names({"--sort", "title"}) == "gamma alpha 日本 beta-with-a-longer-name");
  CHECK(at.names({"--sort", "added"}) == "gamma alpha beta-with-a-longer-name 日本");
  CHECK(at.names({"--sort", "size"}) == "beta-with-a-longer-name gamma 日本 alpha");
  CHECK(at.names({"--sort=size", "--reverse", "*.md"}) == "alpha 日本 gamma");
  CHECK(at.names({"--reverse"}) == "日本 gamma beta-with-a-longer-name alpha");
  const auto wrong = at.run({"list", "--sort", "tilte"});
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("did you mean \"title\"") != std::string::npos);
}

TEST_CASE("openkb list: in columns on a terminal, and otherwise in lines that scripts know") {
  const library at;
  CHECK(at.run({"list", "--sort", "size"}).out ==
        "beta-with-a-longer-name  (html, 2026-02-03)  übersicht\n"
        "gamma  (markdown, 2026-02-01)  apple\n"
        "日本  (markdown, 2026-02-04)  Über Japan\n"
        "alpha  (markdown, 2026-02-02)  Zebra crossing\n");
  const auto seen = run_on_terminal(at, {"list"}, {"TERM=dumb"});
  CHECK(seen.code == 0);
  CHECK(seen.text ==
        "alpha                    markdown  2.9 KiB  2026-02-02  Zebra crossing\r\n"
        "beta-with-a-longer-name  html       27 B    2026-02-03  übersicht\r\n"
        "gamma                    markdown   30 B    2026-02-01  apple\r\n"
        "日本                     markdown   79 B    2026-02-04  Über Japan\r\n");
}

TEST_CASE("openkb list: completion has its options and the names of documents") {
  const library at;
  const auto completed = [&](words line) {
    line.insert(line.begin(), {"__complete", "--kb", at.kb().native(), "list"});
    return openkb::testing::running(line, at.path() / "completed").wait().out;
  };
  CHECK(completed({"--so"}).starts_with("--sort\t"));
  CHECK(completed({"--sort", "t"}) == "title\n:nothing\n");
  CHECK(completed({"gam"}) == "gamma\tapple\n:nothing\n");
}
