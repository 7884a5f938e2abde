#include "topics/compiler.hpp"

#include "text/outline.hpp"
#include "text/plain_text.hpp"
#include "text/slug.hpp"
#include "text/utf8.hpp"
#include "topics/terms.hpp"

#include <algorithm>
#include <set>

namespace openkb {

namespace {

constexpr std::size_t most_topics = 5;  // of each kind
constexpr std::size_t summary_sentences = 3;
constexpr std::size_t longest_sentence = 400;
constexpr std::size_t longest_excerpt = 240;
constexpr std::size_t longest_title = 120;

std::string title_of(const document& source, const outline& text) {
  if (!source.title.empty()) return source.title;
  const auto top = std::ranges::find(text.headings, 1, &heading::level);
  if (top != text.headings.end()) return top->text;
  if (!text.headings.empty()) return text.headings.front().text;
  auto words = source.stem;
  std::ranges::replace(words, '-', ' ');
  return utf8::capitalised(words);
}

// One term is one page: what is a name already is no concept as well.
void add_topics(std::vector<topic>& out, std::set<std::string>& taken, topic_kind kind,
                const std::vector<term>& terms) {
  std::size_t added = 0;
  for (const auto& t : terms) {
    auto name = slug(t.text, "");
    if (added == most_topics || name.empty() || !taken.insert(name).second) continue;
    out.push_back({kind, std::move(name), t.text, abridged(t.sentence, longest_excerpt)});
    ++added;
  }
}

}  // namespace

std::string_view to_string(topic_kind k) noexcept { return k == topic_kind::concept_page ? "concept" : "entity"; }

compiled compile(const document& source) {
  const auto text = outline_of(source.markdown);
  compiled out;
  out.title = abridged(title_of(source, text), longest_title);
  for (const auto& s : central_sentences(text, summary_sentences)) out.summary.push_back(abridged(s, longest_sentence));
  std::set<std::string> taken;
  std::vector<topic> entities;
  add_topics(entities, taken, topic_kind::entity_page, entities_of(text, most_topics));
  // Twice as many are asked for, since some turn out to be entities.
  add_topics(out.topics, taken, topic_kind::concept_page, concepts_of(text, 2 * most_topics));
  std::ranges::move(entities, std::back_inserter(out.topics));
  return out;
}

}  // namespace openkb
