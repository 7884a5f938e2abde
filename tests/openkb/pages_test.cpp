#include "wiki/pages.hpp"
#include "wiki/index_pages.hpp"

#include "knowledge_base/layout.hpp"
#include "program.hpp"
#include "text/links.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>

namespace {

namespace pages = openkb::pages;
using openkb::testing::place;
using openkb::testing::png;
using wiki = std::map<std::string, std::string>;  // path -> content

openkb::entry entry_of(const std::string& name, const std::string& title) {
  openkb::entry out;
  out.name = name;
  out.title = title;
  out.format = "text";
  out.added_at = "2026-01-31T09:00:00Z";
  return out;
}

// What `add` writes for one document.
void put(wiki& files, const openkb::document& d, const std::string& name) {
  const auto c = openkb::compile(d);
  const pages::identity id{name, "2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z"};
  files[openkb::layout::raw(name, d.extension)] = d.bytes;
  const pages::origin from{d.place, d.extension};
  files[openkb::layout::source(name)] = pages::source(d.markdown, c.title, from, id);
  files[openkb::layout::summary(name)] = pages::summary(c, from, id, c.topics);
  for (const auto& i : d.images) files[openkb::layout::images(name) + '/' + i.name] = i.bytes;
  for (const auto& t : c.topics) {
    auto& page = files[openkb::layout::page(t.kind, t.slug)];
    if (page.empty()) page = pages::topic_head(t);
    page += pages::topic_part({name, c.title, t.excerpt});
  }
  auto& index = files[openkb::layout::initial_page("a")];
  if (index.empty()) index = pages::initial_head("a");
  index += pages::index_line(entry_of(name, c.title));
}

void check_links(const wiki& files) {
  std::size_t checked = 0;
  for (const auto& file : files) {
    const auto& path = file.first;
    if (!path.ends_with(".md") || path.starts_with("raw/")) continue;
    for (const auto& l : openkb::find_links(file.second)) {
      if (openkb::is_absolute_url(l.target) || l.target.starts_with('#')) continue;
      const auto directory = std::filesystem::path(path).parent_path();
      const auto target = (directory / openkb::decoded_target(l.target)).lexically_normal().native();
      CAPTURE(path);
      CAPTURE(target);
      CHECK(files.contains(target));
      ++checked;
    }
  }
  CHECK(checked > 0);
}

}  // namespace

TEST_CASE("pages: every link of the wiki resolves, both ways") {
  const place directory;
  directory.write("i/a (1).png", png("A"));
  const auto one = openkb::read_document(directory.write(
      "Eins [1].md",
      "# Atomic *commit* [x]\n\nThe atomic commit of Ada Lovelace. ![a](<i/a (1).png>) The atomic commit again, see "
      "[b](other.md) and https://x.org/y. Ada Lovelace wrote <b>it</b>.\n"));
  const auto two = openkb::read_document(
      directory.write("zwei.html",
                      "<h1>Atomic commit &lt;2></h1><p>Ada Lovelace and atomic commit <img src='i/a (1).png'><a "
                      "href='x.html'>x</a></p>"));
  REQUIRE(one);
  REQUIRE(two);
  wiki files{{"wiki/index.md", pages::with_contents({}, {})}, {"wiki/log.md", pages::log_head()}};
  put(files, one.value(), "eins-1");
  put(files, two.value(), "zwei");
  check_links(files);
  const auto& page = files.at("wiki/entities/ada-lovelace.md");
  CHECK(page.find("(../summaries/eins-1.md)") != std::string::npos);
  CHECK(page.find("(../summaries/zwei.md)") != std::string::npos);
  CHECK(files.at("wiki/summaries/zwei.md").find("(../entities/ada-lovelace.md)") != std::string::npos);
}

TEST_CASE("pages: a part is replaced or removed, and nothing else") {
  const openkb::topic t{openkb::topic_kind::concept_page, "x", "X", {}};
  const auto a = pages::topic_part({"a", "A", "old ](../summaries/b.md)"});
  const auto b = pages::topic_part({"b", "B", "old ](../summaries/b.md)"});
  const auto page = pages::topic_head(t) + a + b + "- [mine](../summaries/a.md) is a person's line\n";
  const auto changed = pages::topic_part({"a", "A", "new"});
  CHECK(pages::with_part(page, "a", changed) ==
        pages::topic_head(t) + changed + b + "- [mine](../summaries/a.md) is a person's line\n");
  CHECK(pages::with_part(page, "b", {}) ==
        pages::topic_head(t) + a + "- [mine](../summaries/a.md) is a person's line\n");
  CHECK(pages::with_part("text\n", "a", a) == "text\n" + a);
  CHECK(pages::with_part(page, "a", a) == page);
}

TEST_CASE("pages: a title cannot break out of its line") {
  const pages::origin from{"/there/a.md", ".md"};
  openkb::compiled c;
  c.title = "A](x) <!-- openkb -->\n# B";
  const pages::identity id{"a", "2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z"};
  CHECK(openkb::find_links(pages::source("text\n", c.title, from, id)).front().target == "../summaries/a.md");
  CHECK(pages::summary(c, from, id, {}).find("\n# B") == std::string::npos);
  CHECK(pages::summary(c, from, id, {}).find("<!--") == std::string::npos);
}

TEST_CASE("pages: what openkb wrote, it finds again") {
  const pages::identity id{"a", "2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z"};
  const auto line = pages::index_line(entry_of("a", "A"));
  const auto index = pages::initial_head("a") + line + "- [b](../summaries/b.md) is a person's line\n";
  CHECK(pages::documents_in_index(index) == std::vector<std::string>{"a"});
  CHECK(pages::without_line(index, "a") == pages::initial_head("a") + "- [b](../summaries/b.md) is a person's line\n");
  CHECK(pages::is_bare_initial(pages::without_line(pages::initial_head("a") + line, "a"), "a"));
  const openkb::topic t{openkb::topic_kind::concept_page, "x", "X", {}};
  const auto page =
      pages::topic_head(t) + pages::topic_part({"a", "A", "excerpt"}) + "- [c](../summaries/c.md) by hand\n";
  CHECK(pages::documents_in_page(page) == std::vector<std::string>{"a"});
  CHECK(pages::is_bare_topic(pages::topic_head(t), t));
  CHECK_FALSE(pages::is_bare_topic(pages::topic_head(t) + "Mine.\n", t));
  const auto source = pages::source("# Text\n\nand more\n", "T", {"/there/a.md", ".md"}, id);
  CHECK(pages::text_in_source(source) == "# Text\n\nand more\n");
}
