#include "topics/terms.hpp"

#include "text/utf8.hpp"
#include "text/words.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <span>

namespace openkb {

namespace {

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
constexpr std::size_t longest_phrase = 3;  // words
constexpr std::size_t longest_name = 4;    // words
constexpr std::size_t shortest_word = 4;   // bytes, for a concept of a single word
constexpr std::size_t longest_word = 40;   // bytes; what is longer is no word

struct candidate {
  std::string text;  // as first seen
  long in_sentences = 0;
  long in_headings = 0;
  std::size_t words = 1;
  std::size_t first = nowhere;  // sentence
  long score = 0;
};

using candidates = std::map<std::string, candidate>;  // by the words in lower case

struct place {
  std::size_t sentence = nowhere;
  [[nodiscard]] bool is_heading() const noexcept { return sentence == nowhere; }
};

void count(candidates& all, std::span<const word> phrase, place where) {
  std::string key;
  for (const auto& w : phrase) key.append(key.empty() ? "" : " ").append(w.small);
  auto& c = all[key];
  if (c.text.empty()) {
    const auto* begin = phrase.front().text.data();
    const auto* end = phrase.back().text.data() + phrase.back().text.size();
    c.text.assign(begin, end);
    c.words = phrase.size();
  }
  if (where.is_heading()) {
    ++c.in_headings;
  } else {
    ++c.in_sentences;
    c.first = std::min(c.first, where.sentence);
  }
}

bool is_content(const word& w) noexcept {
  const bool number = std::ranges::all_of(w.small, [](char c) { return (c >= '0' && c <= '9') || c == '-'; });
  return !number && w.small.size() > 1 && w.small.size() <= longest_word && !is_stop_word(w.small);
}

// All phrases of one to three words between stop words and punctuation.
void count_phrases(candidates& all, std::string_view text, place where) {
  const auto words = words_of(text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::size_t n = 1; n <= longest_phrase && i + n <= words.size(); ++n) {
      const auto& last = words[i + n - 1];
      if (!is_content(last) || (n > 1 && !last.joined)) break;
      if (n > 1 || last.small.size() >= shortest_word) count(all, std::span(words).subspan(i, n), where);
    }
  }
}

// Capitalised words that stand together; a sentence's first word counts only inside a longer name.
void count_names(candidates& all, std::string_view sentence, place where) {
  const auto words = words_of(sentence);
  for (std::size_t i = 0; i < words.size();) {
    auto end = i;
    while (end < words.size() && words[end].capitalised && (end == i || words[end].joined)) ++end;
    auto run = std::span(words).subspan(i, end - i);
    const bool at_start = i == 0;
    i = std::max(end, i + 1);
    while (!run.empty() && (is_stop_word(run.front().small) || run.front().small.size() < 2)) run = run.subspan(1);
    while (!run.empty() && is_stop_word(run.back().small)) run = run.first(run.size() - 1);
    if (run.empty() || run.size() > longest_name) continue;
    const bool shouting = run.size() > 1 && std::ranges::all_of(run, &word::shouted);
    const bool first_word = at_start && run.size() == 1 && !run.front().shouted;
    if (!shouting && !first_word && is_content(run.front())) count(all, run, where);
  }
}

// The tenth time says less than the second: counts weigh by their number of binary digits.
long magnitude(long times) noexcept { return static_cast<long>(std::bit_width(static_cast<unsigned long>(times))); }

// Headings that nearly every document has.
bool is_customary(std::string_view small) noexcept {
  constexpr std::array<std::string_view, 16> known{
      "introduction", "overview", "summary",  "contents", "table of contents", "conclusion", "description", "synopsis",
      "examples",     "options",  "appendix", "abstract", "background",        "references", "name",        "usage"};
  return std::ranges::find(known, small) != known.end();
}

// Whether one phrase stands inside the other, word by word.
bool overlap(std::string_view a, std::string_view b) {
  const auto within = [](std::string_view small, std::string_view large) {
    return (" " + std::string(large) + " ").find(" " + std::string(small) + " ") != std::string::npos;
  };
  return within(a, b) || within(b, a);
}

// The best ones by score and then by name, none inside another.
std::vector<term> best(const candidates& all, const outline& text, std::size_t most) {
  std::vector<const candidates::value_type*> order;
  for (const auto& c : all) {
    if (c.second.score > 0) order.push_back(&c);
  }
  std::ranges::stable_sort(order, [](auto* a, auto* b) { return a->second.score > b->second.score; });
  std::vector<const candidates::value_type*> chosen;
  for (const auto* c : order) {
    if (chosen.size() == most) break;
    if (std::ranges::none_of(chosen, [&](auto* other) { return overlap(c->first, other->first); })) chosen.push_back(c);
  }
  std::vector<term> out;
  for (const auto* c : chosen) {
    out.push_back({c->second.text, c->second.first == nowhere ? std::string{} : text.sentences[c->second.first]});
  }
  return out;
}

}  // namespace

std::vector<term> concepts_of(const outline& text, std::size_t most) {
  candidates all;
  for (const auto& h : text.headings) count_phrases(all, h.text, {});
  for (std::size_t i = 0; i < text.sentences.size(); ++i) count_phrases(all, text.sentences[i], {i});
  constexpr std::array<long, longest_phrase + 1> weight{0, 10, 24, 28};
  for (auto& [key, c] : all) {
    const auto seen = c.in_sentences + c.in_headings;
    if ((seen >= 2 || c.words > 1) && seen + c.in_headings >= 2 && !is_customary(key)) {
      c.score = (magnitude(c.in_sentences) + 2 * std::min(c.in_headings, 2L)) * weight[c.words];
    }
  }
  auto out = best(all, text, most);
  for (auto& t : out) t.text = utf8::capitalised(t.text);
  return out;
}

std::vector<term> entities_of(const outline& text, std::size_t most) {
  candidates all;
  for (std::size_t i = 0; i < text.sentences.size(); ++i) count_names(all, text.sentences[i], {i});
  for (auto& [key, c] : all) {
    if (c.words > 1 || c.in_sentences >= 2) c.score = magnitude(c.in_sentences) * (c.words > 1 ? 20 : 8);
  }
  for (const auto& [host, times] : text.hosts) {
    auto& c = all[host];
    c.text = host;
    c.score = 12 * magnitude(times);
  }
  return best(all, text, most);
}

std::vector<std::string> central_sentences(const outline& text, std::size_t most) {
  constexpr std::size_t looked_at = 400;
  constexpr std::size_t shortest = 5;  // words that carry meaning
  constexpr std::size_t longest = 60;
  const auto sentences = std::span(text.sentences).first(std::min(text.sentences.size(), looked_at));
  std::map<std::string, long> frequency;
  std::vector<std::vector<std::string>> content;
  for (const auto& s : sentences) {
    auto& mine = content.emplace_back();
    for (const auto& w : words_of(s)) {
      if (is_content(w)) mine.push_back(w.small);
    }
    for (const auto& w : mine) ++frequency[w];
  }
  std::vector<std::pair<long, std::size_t>> ranked;  // negated score, position
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i].size() < shortest || content[i].size() > longest) continue;
    long sum = 0;
    for (const auto& w : content[i]) sum += frequency[w];
    auto score = 1000 * sum / static_cast<long>(content[i].size());
    if (i < 3) score += score / 2;  // what stands first says what it is about
    ranked.emplace_back(-score, i);
  }
  std::ranges::sort(ranked);
  ranked.resize(std::min(ranked.size(), most));
  std::ranges::sort(ranked, {}, &std::pair<long, std::size_t>::second);
  std::vector<std::string> out;
  for (const auto& r : ranked) out.push_back(sentences[r.second]);
  if (out.empty() && !sentences.empty()) out.push_back(sentences.front());
  return out;
}

}  // namespace openkb
