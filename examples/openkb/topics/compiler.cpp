#include "topics/compiler.hpp"

#include "terminal/utf8.hpp"
#include "text/nfc.hpp"
#include "text/outline.hpp"
#include "text/plain_text.hpp"
#include "text/slug.hpp"
#include "topics/analysis.hpp"
#include "topics/description.hpp"
#include "topics/summary.hpp"
#include "topics/terms.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace openkb {

namespace {

constexpr std::size_t summary_sentences = 3;
constexpr std::size_t longest_title = 120;
constexpr std::size_t most_described = 6;  // sentences
constexpr std::size_t longest_described = 400;

std::string title_of(const document& source, const outline& text) {
  if (!source.title.empty()) return source.title;
  const auto top = std::ranges::find(text.headings, 1, &heading::level);
  if (top != text.headings.end()) return top->text;
  if (!text.headings.empty()) return text.headings.front().text;
  auto words = source.stem;
  std::ranges::replace(words, '-', ' ');
  return utf8::capitalised(words);
}

// What somebody said of it who has read it all, where its text begins with that.
std::vector<std::string> summary_in(std::string_view markdown) {
  if (!markdown.starts_with(description_mark)) return {};
  markdown.remove_prefix(description_mark.size());
  auto sentences = sentences_of(plain_text(trimmed(markdown.substr(0, markdown.find("<!--")))));
  if (sentences.size() > most_described) sentences.resize(most_described);
  for (auto& s : sentences) s = abridged(s, longest_described);
  return sentences;
}

topic topic_of(term&& t) {
  return {.kind = t.name ? topic_kind::entity_page : topic_kind::concept_page,
          .slug = slug(t.text, ""),
          .title = std::move(t.text),
          .excerpt = std::move(t.excerpt),
          .key = std::move(t.key),
          .weight = t.weight,
          .named = t.named};
}

}  // namespace

std::string_view to_string(topic_kind k) noexcept { return k == topic_kind::concept_page ? "concept" : "entity"; }

compiled compile(const document& source) {
  const auto text = outline_of(source.markdown);
  stemmer stem;
  const auto analysed = analyse(text, stem);
  compiled out;
  out.title = abridged(title_of(source, text), longest_title);
  out.summary = summary_in(trimmed(source.markdown));
  if (out.summary.empty()) out.summary = central_sentences(analysed, summary_sentences);
  for (auto& t : terms_of(analysed)) {
    if (auto each = topic_of(std::move(t)); !each.slug.empty()) out.topics.push_back(std::move(each));
  }
  return out;
}

std::vector<topic> with_keys(std::vector<topic> topics, const document& source) {
  const auto text = outline_of(source.markdown);
  stemmer stem;
  const auto headings = keys_of_headings(analyse(text, stem));
  auto weight = static_cast<std::int64_t>(topics.size());
  std::set<std::string> taken;
  std::vector<topic> out;
  for (auto& t : topics) {
    t.key = key_of(nfc(t.title), stem);
    t.weight = weight--;
    t.named = headings.contains(t.key);
    if (!t.key.empty() && taken.insert(t.key).second) out.push_back(std::move(t));
  }
  return out;
}

}  // namespace openkb
