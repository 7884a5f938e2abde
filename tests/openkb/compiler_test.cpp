#include "topics/compiler.hpp"

#include "text/stop_words.hpp"
#include "text/words.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace {

openkb::document document_of(std::string markdown) {
  openkb::document out;
  out.stem = "my-file";
  out.markdown = std::move(markdown);
  return out;
}

bool has(const openkb::compiled& c, openkb::topic_kind kind, std::string_view slug) {
  return std::ranges::any_of(c.topics, [&](const auto& t) { return t.kind == kind && t.slug == slug; });
}

constexpr auto concept_page = openkb::topic_kind::concept_page;
constexpr auto entity_page = openkb::topic_kind::entity_page;

const std::string text =
    "# Atomic commit\n\nThe atomic commit protocol of SQLite keeps a rollback journal. A power cut never leaves half "
    "of an atomic commit behind, because the rollback journal is synced first. Richard Hipp described the rollback "
    "journal well. See [the page](https://www.sqlite.org/atomiccommit.html).\n\n## Rollback journal\n\nThe old pages "
    "go there. Richard Hipp wrote SQLite in 2000.\n";

}  // namespace

TEST_CASE("compiler: title, summary, concepts and entities") {
  const auto c = openkb::compile(document_of(text));
  CHECK(c.title == "Atomic commit");
  CHECK(c.summary.size() == 3);
  CHECK(has(c, concept_page, "atomic-commit"));
  CHECK(has(c, concept_page, "rollback-journal"));
  CHECK(has(c, entity_page, "richard-hipp"));
}

TEST_CASE("compiler: the same text gives the same result") {
  const auto a = openkb::compile(document_of(text));
  const auto b = openkb::compile(document_of(text));
  CHECK(a.summary == b.summary);
  REQUIRE(a.topics.size() == b.topics.size());
  for (std::size_t i = 0; i < a.topics.size(); ++i) {
    CHECK(a.topics[i].slug == b.topics[i].slug);
    CHECK(a.topics[i].excerpt == b.topics[i].excerpt);
  }
}

TEST_CASE("compiler: the number of topics is bounded, and no slug comes twice") {
  std::string many;
  for (int i = 0; i < 300; ++i) {
    const auto n = std::to_string(i);
    const auto topic = "topic" + n + "alpha beta" + n;
    many += "Our " + topic + " spoke to Ann" + n + " Bell" + n + ". A " + topic + " left.\n\n";
  }
  const auto c = openkb::compile(document_of(many));
  CHECK(c.topics.size() <= 24);
  for (const auto& t : c.topics) {
    CHECK(std::ranges::count(c.topics, t.slug, &openkb::topic::slug) == 1);
    CHECK(t.excerpt.size() <= 250);
  }
}

TEST_CASE("compiler: a title is always found") {
  CHECK(openkb::compile(document_of("just words")).title == "My file");
  CHECK(openkb::compile(document_of("## Second level\n\nx")).title == "Second level");
  auto titled = document_of("# Heading\n");
  titled.title = "From the front matter";
  CHECK(openkb::compile(titled).title == "From the front matter");
  for (const auto format : {openkb::format::html, openkb::format::pdf}) {  // their converters look at the headings
    titled.format = format;
    CHECK(openkb::compile(titled).title == "From the front matter");
  }
}

TEST_CASE("compiler: a text of nothing but marks has no topics and does no harm") {
  const auto c = openkb::compile(document_of("*** --- ___\n\n!!! ???\n"));
  CHECK(c.topics.empty());
}

TEST_CASE("words: URLs are passed over, hyphens and apostrophes belong to words") {
  const auto words = openkb::words_of("The write-ahead log isn't at https://a.b/c?d, NASA says");
  REQUIRE(words.size() == 7);
  CHECK(words[1].small == "write-ahead");
  CHECK(words[3].small == "isn't");
  CHECK(words[5].shouted);
  CHECK_FALSE(words[5].joined);
  CHECK(words[6].joined);
  CHECK(openkb::is_stop_word("the"));
  CHECK(openkb::is_stop_word("within"));
  CHECK_FALSE(openkb::is_stop_word("journal"));
}
