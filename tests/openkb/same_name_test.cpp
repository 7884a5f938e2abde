#include "program.hpp"

#include "text/nfc.hpp"
#include "text/slug.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::nfc;
using openkb::nfd;
using openkb::slug;
using openkb::testing::content_of;
using openkb::testing::ended;
using openkb::testing::place;
using openkb::testing::png;

const std::string composed = "R\u00e9sum\u00e9";
const std::string decomposed = "Re\u0301sume\u0301";

struct empty_library : place {
  empty_library() { REQUIRE(run({"init"}).code == 0); }
  [[nodiscard]] nlohmann::json documents() const { return run({"--json", "list"}).json()["documents"]; }
};

}  // namespace

TEST_CASE("openkb names: NFC and NFD are one name") {
  CHECK(nfc(decomposed) == composed);
  CHECK(nfd(composed) == decomposed);
  CHECK(nfc("\u1112\u1161\u11ab") == "\ud55c");
  CHECK(nfc("plain") == "plain");
  CHECK(nfc("\xff\xc3") == "\xff\xc3");
  CHECK(openkb::same_name(composed, decomposed));
  CHECK(slug(decomposed) == "r\u00e9sum\u00e9");
  CHECK(slug(composed) == slug(decomposed));
}

TEST_CASE("openkb names: a file whose name comes back in NFD is the same document, and keeps its own bytes") {
  const empty_library at;
  const auto first = at.write("docs/" + composed + ".md", "# One\n\nThe first text.\n");
  REQUIRE(at.add(first).code == 0);
  const auto second = at.path() / "docs" / (decomposed + ".md");
  fs::rename(first, second);
  at.write("docs/" + decomposed + ".md", "# One\n\nThe second text.\n");
  const auto again = at.run({"--json", "add", second.native()}).json();
  CHECK(again["status"] == "updated");
  CHECK(again["name"] == "r\u00e9sum\u00e9");
  REQUIRE(at.documents().size() == 1);
  CHECK(at.documents()[0]["source"] == second.native());
  // Asked for as a keyboard writes it.
  at.write("docs/" + decomposed + ".md", "# One\n\nThe third text.\n");
  CHECK(at.run({"--json", "add", first.native()}).json()["status"] == "updated");
  for (const auto& name : {first.native(), second.native(), nfd("r\u00e9sum\u00e9"), composed + ".md"}) {
    CAPTURE(name);
    CHECK(at.run({"--json", "remove", "--dry-run", name}).json()["name"] == "r\u00e9sum\u00e9");
    CHECK(at.run({"recompile", name}).code == 0);
  }
  CHECK(at.wrong() == "");
  // Two files are two documents.
  at.write("docs/" + composed + ".md", "# Two\n\nAnother text.\n");
  CHECK(at.run({"--json", "add", first.native()}).json()["status"] == "added");
  CHECK(at.documents().size() == 2);
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb names: topics, images and links are found however their accents are written") {
  const empty_library at;
  at.write(decomposed + ".png", png("A"));
  const auto text = [](const std::string& name) {
    return "# Of " + name + " M\u00fcller\n\nThe " + name + " M\u00fcller file is here. We read the " + name +
           " M\u00fcller again. ![](" + composed + ".png)\n";
  };
  const auto one = at.run({"--json", "add", at.write("one.md", text(composed)).native()}).json();
  CHECK(one["images"] == 1);
  REQUIRE(at.add(at.write("two.md", text(decomposed) + "More.\n")).code == 0);
  const auto page = content_of(at.kb() / "wiki/entities" / (slug(composed + " M\u00fcller") + ".md"));
  CHECK(page.find("(../summaries/one.md)") != std::string::npos);
  CHECK(page.find("(../summaries/two.md)") != std::string::npos);
  REQUIRE(at.add(at.write(composed + ".md", "# Third\n\nIts text.\n")).code == 0);
  at.write("kb/wiki/concepts/mine.md", "See [this](../summaries/" + nfd(slug(composed)) + ".md).\n");
  REQUIRE(at.run({"remove", composed}).code == 1);
  REQUIRE(at.run({"remove", slug(composed)}).code == 0);
  CHECK(content_of(at.kb() / "wiki/concepts/mine.md") == "See this.\n");
}

TEST_CASE(
    "openkb names: remove takes the file's name when one document has it, and says which ones have it otherwise") {
  const empty_library at;
  REQUIRE(at.add(at.write("one/notes.md", "# One\n\nFirst text.\n")).code == 0);
  REQUIRE(at.add(at.write("two/notes.md", "# Two\n\nSecond text.\n")).code == 0);
  REQUIRE(at.add(at.write("Report 2024.txt", "Third text.\n")).code == 0);
  const auto which = at.run({"remove", "notes.md"});
  CHECK(which.code == 1);
  CHECK(which.err.find("2 documents have that name; say which: notes (") != std::string::npos);
  CHECK(which.err.find("two/notes.md)") != std::string::npos);
  CHECK(at.run({"--json", "remove", "--dry-run", "one/notes.md"}).json()["name"] == "notes");
  CHECK(at.run({"--json", "remove", "--dry-run", "Report 2024.txt"}).json()["name"] == "report-2024");
  CHECK(at.run({"--json", "recompile", "Report 2024.txt"}).code == 0);
  for (const auto* typo : {"raport-2024", "report-204", "repor", "Report 2042.txt"}) {
    const auto run = at.run({"--json", "remove", typo});
    CHECK(run.code == 1);
    CHECK(run.json()["error"]["advice"].get<std::string>().find("did you mean \"") == 0);
  }
  CHECK(at.run({"recompile", "nots"}).err.find("did you mean \"notes\"") != std::string::npos);
  CHECK(at.documents().size() == 3);
}

TEST_CASE("openkb names: a path that is written partly in NFC and partly in NFD is the same document") {
  const empty_library at;
  // Another document has the plain name, so that this one's is made of its path.
  REQUIRE(at.add(at.write("other/" + composed + ".md", "# Zero\n\nThe text before.\n")).code == 0);
  const fs::path ways[] = {
      fs::path(composed) / decomposed / (composed + ".md"), fs::path(decomposed) / composed / (decomposed + ".md"),
      fs::path(composed) / composed / (composed + ".md"), fs::path(decomposed) / decomposed / (composed + ".md")};
  std::string name;
  for (const auto& way : ways) {
    for (const auto& one : {composed, decomposed}) fs::remove_all(at.path() / one);
    const auto file = at.write(way.native(), "# One\n\nThe text of " + std::to_string(&way - ways) + ".\n");
    const auto done = at.run({"--json", "add", file.native()}).json();
    CHECK(done["status"] == (name.empty() ? "added" : "updated"));
    if (name.empty()) name = done["name"].get<std::string>();
    CHECK(done["name"] == name);
    CHECK(at.documents().size() == 2);
  }
  for (const auto& asked : ways) {
    CHECK(at.run({"--json", "remove", "--dry-run", (at.path() / asked).native()}).json()["name"] == name);
  }
  // So is a directory, or the knowledge base itself.
  const auto below = at.run({"--json", "add", (at.path() / composed).native()});
  CHECK(below.json()["status"] == "skipped");
  fs::rename(at.kb(), at.path() / "kb-\u00e9");
  fs::create_directory_symlink("kb-\u00e9", at.kb());
  const auto reached = (at.path() / "kb-e\u0301").native();
  CHECK(openkb::testing::running({"--kb", reached, "list"}, at.path() / "said").wait().code == 0);
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb names: a link whose accents are written the other way is none that leads nowhere") {
  const empty_library at;
  REQUIRE(at.add(at.write(composed + ".md", "# One\n\nIts text.\n")).code == 0);
  const auto page = slug(composed);
  const auto links = "See [this](../summaries/" + nfd(page) + ".md) and [that](" + composed + ".md).\n";
  at.write("kb/wiki/concepts/mine.md", links);
  at.write("kb/wiki/concepts/" + decomposed + ".md", "# Mine\n");
  CHECK(at.run({"lint"}).code == 0);
  CHECK(at.run({"lint", "--fix"}).code == 0);
  CHECK(content_of(at.kb() / "wiki/concepts/mine.md") == links);
  for (const auto* directory : {"concepts/", ""}) {
    CHECK(at.run({"--json", "show", directory + composed}).json()["path"] == "wiki/concepts/" + decomposed + ".md");
  }
  const auto site = at.path() / "site";
  REQUIRE(at.run({"export", site.native()}).code == 0);
  const auto html = content_of(site / "concepts/mine.html");
  CHECK(html.find("href=\"../summaries/" + page + ".html\"") != std::string::npos);
  CHECK(html.find("href=\"" + decomposed + ".html\"") != std::string::npos);
  // Words as well are found as a keyboard writes them.
  REQUIRE(at.add(at.write("two.md", "# Two\n\nThe word is " + decomposed + ".\n")).code == 0);
  REQUIRE(at.run({"export", site.native()}).code == 0);
  CHECK(content_of(site / "search/words-72.js").find("\"r\\u00e9sum\\u00e9\"") != std::string::npos);
}

TEST_CASE("openkb names: files that came back with their accents written the other way are found, and named again") {
  const empty_library at;
  const auto name = slug(composed);
  at.write("a.png", png("A"));
  at.write("b.png", png("B"));
  REQUIRE(at.add(at.write(composed + ".md", "# \u00c9tude\n\nIts text. ![](a.png) ![](b.png)\n")).code == 0);
  const auto before = at.image(false);
  for (const auto& file :
       {"raw/" + name, "wiki/sources/" + name, "wiki/summaries/" + name, std::string("wiki/index/\u00e9")}) {
    fs::rename(at.kb() / (file + ".md"), at.kb() / (nfd(file) + ".md"));
  }
  // A directory as a whole, or its files only, where it is there under both names.
  const auto images = at.kb() / "wiki/sources/images";
  fs::rename(images / name, images / nfd(name));
  SUBCASE("a directory") {}
  SUBCASE("two directories") { fs::create_directory(images / name); }
  const auto found = at.run({"--json", "lint"}).json();
  CHECK(found["findings"].size() == 6);
  CHECK(found["can_be_mended"] == 6);
  for (const auto& f : found["findings"]) CHECK(f["what"] == "accents written the other way");
  const auto fixed = at.run({"--json", "lint", "--fix"}).json();
  CHECK(fixed["status"] == "clean");
  CHECK(fixed["changes"].size() == 7);
  fs::remove(images / nfd(name));
  auto after = at.image(false);
  after.entries["wiki/log.md"] = before.entries.at("wiki/log.md");
  CHECK(difference_text(before, after) == "");
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb names: in a wiki that came back in NFD a removal removes, and an update leaves no second file") {
  const empty_library at;
  at.write("a.png", png("A"));
  const auto text = [](const std::string& title, const std::string& words) {
    return "# " + title + "\n\n" + words +
           " R\u00e9sum\u00e9 M\u00fcller. We read the R\u00e9sum\u00e9 M\u00fcller again. "
           "![](a.png)\n";
  };
  REQUIRE(at.add(at.write("one.md", text("One", "The text of"))).code == 0);
  const auto empty = at.image(false);
  REQUIRE(at.add(at.write(composed + ".md", text("\u00c9tude", "The first text of"))).code == 0);
  REQUIRE(fs::exists(at.kb() / "wiki/entities" / (slug(composed + " M\u00fcller") + ".md")));
  const auto in_nfd = [&] {
    std::vector<fs::path> all;
    for (const auto* top : {"raw", "wiki"}) {
      for (const auto& entry : fs::recursive_directory_iterator(at.kb() / top)) all.push_back(entry.path());
    }
    std::ranges::sort(all, std::greater{});  // what is in a directory before it
    for (const auto& one : all) fs::rename(one, one.parent_path() / nfd(one.filename().native()));
  };
  const auto files = [&] {
    std::set<std::string> out;
    for (const auto& [path, entry] : at.image(false).entries) out.insert(path);
    return out;
  };
  const auto before = files();
  in_nfd();
  REQUIRE(files() != before);
  // Its line is appended to what has no end of its own.
  const auto topic = at.kb() / "wiki/entities" / (nfd(slug(composed + " M\u00fcller")) + ".md");
  std::ofstream(topic, std::ios::app) << "Mine";
  const auto foreseen =
      at.run({"--json", "add", "--dry-run", at.write("two.md", text("\u00c9tat", "Another text of")).native()});
  const auto other = at.run({"--json", "add", (at.path() / "two.md").native()});
  REQUIRE(other.code == 0);
  const auto names = [](const ended& said) { return said.json()["written"].get<std::set<std::string>>(); };
  CHECK(names(foreseen) == names(other));
  CHECK_FALSE(fs::exists(topic));
  CHECK(content_of(fs::path(nfc(topic.native()))).find("\nMine\n- ") != std::string::npos);
  REQUIRE(at.run({"remove", "two"}).code == 0);
  CHECK(at.add(at.write(composed + ".md", text("\u00c9tude", "The second text of"))).code == 0);
  CHECK(files() == before);
  CHECK(at.run({"lint"}).code == 0);

  in_nfd();
  std::string mine = content_of(topic);
  mine.erase(mine.find("Mine\n"), 5);
  std::ofstream(topic, std::ios::trunc) << mine;
  REQUIRE(at.run({"remove", composed + ".md"}).code == 0);
  for (const auto& file : files()) {
    CAPTURE(file);
    CHECK(empty.entries.contains(file));
  }
  CHECK(at.run({"lint"}).code == 0);
  CHECK(at.wrong() == "");
}
