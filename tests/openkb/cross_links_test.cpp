// Documents that speak of each other: their pages are linked while both are here, whichever came first.

#include "wiki/cross_links.hpp"
#include "http_server.hpp"
#include "program.hpp"
#include "text/links.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::place;
using openkb::testing::png;

// A vault of two notes that speak of each other.
struct vault : place {
  vault() {
    REQUIRE(run({"init"}).code == 0);
    write("v/a.md",
          "# A\n\nSee [b](sub/b%20c.md#here), [[b c#Head|words]], `[[b c]]`, [[nobody]].\n\n![[pic.png|200]]\n");
    write("v/sub/b c.md", "# B\n\nBack to [a](../a.md \"t\"), `[a](../a.md)`, [me](b%20c.md#x).\n");
    write("v/sub/pic.png", png("P"));
    fs::create_directory(path() / "v/.obsidian");
  }
  [[nodiscard]] fs::path a() const { return path() / "v/a.md"; }
  [[nodiscard]] fs::path b() const { return path() / "v/sub/b c.md"; }
  [[nodiscard]] std::string page(const std::string& name) const {
    return content_of(kb() / "wiki/sources" / (name + ".md"));
  }
};

bool has(const std::string& text, const std::string& part) {
  CAPTURE(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("openkb links: documents that speak of each other are linked, whichever is added first") {
  const vault at;
  const auto both = [&](const std::vector<fs::path>& order) {
    fs::remove_all(at.kb());
    REQUIRE(at.run({"init"}).code == 0);
    for (const auto& file : order) REQUIRE(at.add(file).code == 0);
    CHECK(at.wrong() == "");
    CHECK(at.run({"lint"}).out == "clean\n");
    CHECK(at.run({"--json", "recompile", "--all"}).json()["status"] == "unchanged");
    return at.page("a") + at.page("b-c");
  };
  const auto pages = both({at.a(), at.b()});
  has(pages, "See [b](./b-c.md#here), [words](b-c.md#Head), `[[b c]]`, nobody<!--[[nobody]]nobody-->.");
  has(pages, "![pic.png|200](images/a/pic.png)");
  has(pages, "Back to [a](a.md \"t\"), `[a](../a.md)`, [me](b-c.md#x).");
  CHECK(both({at.b(), at.a()}) == pages);
}

TEST_CASE("openkb links: when one is removed, links to it are what they were, to the byte") {
  const vault at;
  REQUIRE(at.add(at.a()).code == 0);
  const auto before = at.page("a");
  REQUIRE(at.add(at.b()).code == 0);
  CHECK(at.page("a") != before);
  REQUIRE(at.run({"remove", "b-c"}).code == 0);
  CHECK(at.page("a") == before);
  CHECK(at.run({"lint"}).out == "clean\n");
  // An edit keeps the links of others, and has its own.
  REQUIRE(at.add(at.b()).code == 0);
  at.write("v/sub/b c.md", "# B\n\nNothing of the other one.\n");
  REQUIRE(at.add(at.b()).code == 0);
  has(at.page("a"), "[b](./b-c.md#here)");
  CHECK(at.page("b-c").find("(a.md") == std::string::npos);
}

TEST_CASE("openkb links: a page that is gone is said once, not of each link to it, which stay") {
  const vault at;
  REQUIRE(at.add(at.a()).code == 0);
  REQUIRE(at.add(at.b()).code == 0);
  const auto page = at.page("a");
  fs::remove(at.kb() / "wiki/sources/b-c.md");
  const auto said = at.run({"lint", "--fix"}).out;
  has(said, "missing file: wiki/sources/b-c.md");
  CHECK(said.find("broken link") == std::string::npos);
  CHECK(at.page("a") == page);
}

TEST_CASE("openkb links: a batch of linked documents is what comes of one after the other") {
  const place at;
  for (int i = 0; i < 24; ++i) {
    const auto to = [](int n) { return std::to_string((n + 24) % 24); };
    at.write("d/n" + to(i) + ".md", "# N" + to(i) + "\n\n[next](n" + to(i + 1) + ".md#x) [far](n" + to(i + 11) +
                                        ".md) [[n" + to(i - 1) + "]]\n");
  }
  const auto add = [&](std::vector<std::string> how) {
    fs::remove_all(at.kb());
    REQUIRE(at.run({"init"}).code == 0);
    how.insert(how.begin(), {"add", (at.path() / "d").native()});
    REQUIRE(at.run(how).code == 0);
    CHECK(at.wrong() == "");
    return at.image(false);
  };
  const auto one_by_one = add({});
  has(content_of(at.kb() / "wiki/sources/n3.md"), "[next](n4.md#x) [far](n14.md) [n2](n2.md)");
  CHECK(difference_text(one_by_one, add({"--jobs", "3", "--batch", "7"})) == "");
}

TEST_CASE("openkb links: an image that is embedded is copied by the same rules as any other one") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  at.write("v/attachments/i.png", png("I"));
  fs::create_directory(at.path() / "v/.obsidian");
  const auto refused = at.add(at.write("v/notes/a.md", "# A\n\n![[i.png]] [[plain words|of it]]\n"));
  has(refused.err, "warning: image 'i.png' left as it is");
  has(content_of(at.kb() / "wiki/sources/a.md"), "![[i.png]] of it<!--[[plain words]]of it-->");
  at.write("v/notes/a.md", "# A\n\nAgain ![[i.png]]\n");
  REQUIRE(at.run({"add", "--images-from", (at.path() / "v").native(), (at.path() / "v/notes/a.md").native()}).code ==
          0);
  has(content_of(at.kb() / "wiki/sources/a.md"), "Again ![i.png](images/a/i.png)");
}

TEST_CASE("openkb links: pages of the web are linked, also through redirects, and as the host is written") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const openkb::testing::http_server server([](const openkb::testing::http_question& asked) {
    openkb::testing::http_reply reply{.headers = {"Content-Type: text/html; charset=utf-8"}};
    if (asked.path == "/a.html") {
      reply.body = "<title>A</title><p>See <a href='/old#part'>the old</a>, <a href='b.html?x'>another</a>.</p>";
    } else if (asked.path == "/old") {
      reply = {.status = 301, .headers = {"Location: /b.html"}};
    } else if (asked.path == "/b.html") {
      reply.body = "<title>B</title><p>Back to <a href='a.html'>a</a>.</p>";
    } else {
      reply.status = 404;
    }
    return reply;
  });
  REQUIRE(at.run({"add", server.url("/a.html")}).code == 0);
  const auto alone = content_of(at.kb() / "wiki/sources/a.md");
  has(alone, "[the old](" + server.url("/old") + "#part)");
  REQUIRE(at.run({"add", server.url("/old")}).code == 0);
  has(content_of(at.kb() / "wiki/sources/a.md"), "[the old](b.md#part), [another](" + server.url("/b.html?x") + ")");
  has(content_of(at.kb() / "wiki/sources/b.md"), "[a](a.md)");
  CHECK(at.wrong() == "");
  REQUIRE(at.run({"remove", "b"}).code == 0);
  CHECK(content_of(at.kb() / "wiki/sources/a.md") == alone);
}

TEST_CASE("openkb links: a knowledge base that was moved has its links, and goes on") {
  const vault at;
  REQUIRE(at.add(at.a()).code == 0);
  const place elsewhere;
  fs::rename(at.kb(), elsewhere.kb());
  REQUIRE(elsewhere.add(at.b()).code == 0);
  CHECK(elsewhere.wrong() == "");
  CHECK(elsewhere.run({"lint"}).out == "clean\n");
  has(content_of(elsewhere.kb() / "wiki/sources/a.md"), "See [b](./b-c.md#here), [words](b-c.md#Head)");
}

TEST_CASE(
    "openkb links: names with accents are found however they are written, and what would end a mark is harmless") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  at.write("v/.obsidian/app.json", "{}");
  const auto a =
      at.write("v/a.md", "# A\n\n[[cafe\u0301]] [[CAF\u00c9|big]] [c](caf\u00e9.md) [[x-->y|--> z]] [[ ]] [[]]\n");
  REQUIRE(at.add(a).code == 0);
  const auto alone = content_of(at.kb() / "wiki/sources/a.md");
  REQUIRE(at.add(at.write("v/cafe\u0301.md", "# Coffee\n\nIn a house.\n")).code == 0);
  const auto linked = content_of(at.kb() / "wiki/sources/a.md");
  CAPTURE(linked);
  std::size_t links = 0;
  for (auto from = linked.find("caf\u00e9.md)"); from != std::string::npos;
       from = linked.find("caf\u00e9.md)", from + 1))
    ++links;
  CHECK(links == 3);
  CHECK(at.wrong() == "");
  REQUIRE(at.run({"remove", "caf\u00e9"}).code == 0);
  CHECK(content_of(at.kb() / "wiki/sources/a.md") == alone);
}

TEST_CASE("openkb links: several addresses of one document are told apart, and turned back each to its own") {
  const std::vector<openkb::outgoing_link> links{{"http://h/a", "http://h/a"}, {"http://h/b", "http://h/b"}};
  const openkb::destinations there{{"http://h/a", "x y"}, {"http://h/b", "x y"}};
  const std::string text = "[1](http://h/a#f) [2](http://h/b) <a href=\"http://h/b#g\">3</a>\n\n[4]: http://h/a\n";
  const auto linked = with_cross_links(text, links, {}, there);
  CHECK(linked == "[1](x%20y.md#f) [2](./x%20y.md) <a href=\"./x%20y.md#g\">3</a>\n\n[4]: x%20y.md\n");
  CHECK(with_cross_links(linked, links, there, {}) == text);
  CHECK(with_cross_links(linked, links, there, there) == linked);
}

TEST_CASE("openkb links: more addresses of one document than anybody writes stay what they are, and the page short") {
  std::vector<openkb::outgoing_link> links;
  std::string text;
  for (int i = 10; i < 30; ++i) {
    links.push_back({"/t.md", "file:///t.md?" + std::to_string(i)});
    text += "[x](" + links.back().written + ")\n";
  }
  const openkb::destinations there{{"/t.md", "t"}};
  const auto linked = with_cross_links(text, links, {}, there);
  has(linked, "[x](./././././././t.md)\n[x](file:///t.md?18)");
  CHECK(linked.size() < 2 * text.size());
  CHECK(with_cross_links(linked, links, there, {}) == text);
}

TEST_CASE("openkb links: a link is taken out as a whole, whatever its title and its words are") {
  const auto all = [](const openkb::link&) { return true; };
  const auto without = [&](const std::string& text) { return openkb::without_links(text, all); };
  CHECK(without("See [bee](b.md \"the (old) one) and more\") end.") == "See bee end.");
  CHECK(without("[ [`]`](b.md) ]") == "[ `]` ]");
  CHECK(without("[a](<b c.md> 'x)') ![i](p.png (t)) [r]: x") == "a i [r]: x");
  CHECK(without("[[inner](a.md) outer](b.md)") == "[inner outer](b.md)");
  // A title stands between what leads to a page and its end, also where a link of Obsidian is put back.
  const std::vector<openkb::outgoing_link> links{{"[[/v]]b", "[[b"}};
  const openkb::destinations there{{"[[/v]]b", "b"}};
  CHECK(with_cross_links("[bee](b.md \"my title (x)\").", links, there, {}) == "bee<!--[[b]]bee-->.");
}
