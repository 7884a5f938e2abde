#include "topics/terms.hpp"

#include "topics/phrase_counts.hpp"
#include "topics/term_forms.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>
#include <utility>

namespace openkb {

namespace {

constexpr std::size_t shortest_word = 3;  // letters of a stem, for a term of a single word that is no acronym
constexpr std::size_t most_concepts = 16;
constexpr std::size_t most_names = 8;
constexpr std::size_t short_text = 12;  // sentences; there nothing has room to come back

// Headings that nearly every document has, by their keys.
bool is_customary(std::string_view key) noexcept {
  constexpr std::array<std::string_view, 26> known{
      "abstract",    "acknowledg", "author",    "background",      "bug",      "bug report",  "command line option",
      "conclus",     "copyright",  "descript",  "environ",         "exampl",   "file",        "get start",
      "histori",     "instal",     "introduct", "licens",          "overview", "quick start", "report bug",
      "return valu", "summari",    "synopsi",   "term and condit", "usag"};
  return std::ranges::find(known, key) != known.end();
}

struct candidate {
  std::string_view key;
  bool name = false;
  const phrase_count* seen = nullptr;
  long weight = 0;
};

// The tenth time says less than the second: counts weigh by their number of binary digits.
long magnitude(long times) noexcept { return static_cast<long>(std::bit_width(static_cast<unsigned long>(times))); }

// A name of words that the text also uses without capitals ("User Manual") is none.
bool is_name(const phrase_counts& all, std::string_view key, const phrase_count& c) {
  if (!c.is_name() || (c.words == 1 && c.with_capitals < 2 && !c.acronym)) return false;
  if (c.words == 1) return true;
  for (std::size_t from = 0; from <= key.size();) {
    const auto end = std::min(key.find(' ', from), key.size());
    const auto word = all.find(std::string(key.substr(from, end - from)));
    if (word == all.end() || word->second.without == 0) return true;
    from = end + 1;
  }
  return false;
}

// A word that the text has more than once, and has as the name of something.
bool is_word_of_its_own(const phrase_count& c, bool name, std::size_t letters) {
  const bool too_short = letters < shortest_word && !c.acronym;
  if (c.general || too_short || (c.loud && c.without == 0)) return false;
  if (c.in_sentences < 2 && c.in_headings == 0) return false;
  if (name) return true;
  return c.as_noun > 0 && !c.participle && (!c.gerund || c.named || c.as_noun > 2);
}

bool is_phrase(const phrase_count& c, bool name, bool is_short) {
  if (name) return true;
  if (c.as_noun == 0 || c.participle) return false;
  if (c.general && c.in_sentences < 3 && !c.named) return false;
  return is_short || c.in_sentences > 1 || c.in_headings > 0;
}

long weight_of(const phrase_count& c, bool name) {
  constexpr std::array<long, longest_name + 1> of_phrase{0, 10, 20, 22, 22, 22};
  constexpr std::array<long, longest_name + 1> of_name{0, 12, 20, 22, 22, 22};
  const auto points = 2 * magnitude(c.in_sentences) + 2 * std::min(c.in_headings, 2L) + (c.named ? 2 : 0);
  const auto weight = points * (name ? of_name : of_phrase)[c.words];
  return c.general ? weight / 2 : weight;
}

// Of a text that has hardly any English words the rules above know nothing: there, headings and acronyms count, and
// names of more than a word, since a language may write every noun with a capital.
bool is_certain(const phrase_count& c, bool name) noexcept { return c.named || c.acronym || (name && c.words > 1); }

bool is_english(const analysed_text& text) {
  std::size_t all = 0;
  std::size_t stops = 0;
  for (const auto& s : text.sentences) {
    all += s.words.size();
    stops += static_cast<std::size_t>(std::ranges::count_if(s.words, &analysed_word::stop));
  }
  return stops * 6 >= all;
}

bool is_within(std::string_view small, std::string_view large) {
  const auto padded = " " + std::string(large) + " ";
  return padded.find(" " + std::string(small) + " ") != std::string::npos;
}

// Whether a phrase comes often enough outside the longer ones that were chosen already.
bool stands_alone(const candidate& c, const std::vector<candidate>& chosen) {
  long elsewhere = c.seen->in_sentences;
  for (const auto& other : chosen) {
    if (is_within(c.key, other.key)) elsewhere -= other.seen->in_sentences;
    if (is_within(other.key, c.key) && 3 * c.seen->in_sentences < other.seen->in_sentences) return false;
  }
  return elsewhere == c.seen->in_sentences || (elsewhere >= 2 && 2 * elsewhere >= c.seen->in_sentences);
}

std::vector<candidate> choose(std::vector<candidate> order) {
  std::ranges::sort(order, [](const candidate& a, const candidate& b) {
    return std::pair(-a.weight, a.key) < std::pair(-b.weight, b.key);
  });
  std::vector<candidate> chosen;
  std::array<std::size_t, 2> free{most_concepts, most_names};
  for (const auto& c : order) {
    auto& room = free[c.name ? 1 : 0];
    if (room == 0 || !stands_alone(c, chosen)) continue;
    chosen.push_back(c);
    --room;
  }
  return chosen;
}

}  // namespace

std::vector<term> terms_of(const analysed_text& text) {
  const auto seen = count_phrases(text);
  std::vector<candidate> candidates;
  const bool is_short = text.sentences.size() < short_text;
  const bool english = is_english(text);
  for (const auto& [key, c] : seen) {
    if (c.in_sentences == 0 || is_customary(key)) continue;
    const bool name = is_name(seen, key, c);
    const bool term = c.words == 1 ? is_word_of_its_own(c, name, key.size()) : is_phrase(c, name, is_short);
    if (term && (english || is_certain(c, name))) candidates.push_back({key, name, &c, weight_of(c, name)});
  }
  std::vector<term> out;
  for (const auto& c : choose(std::move(candidates))) {
    out.push_back({std::string(c.key), {}, {}, c.weight, c.name, c.seen->named});
  }
  term_forms written(seen, out);
  for (const auto& h : text.headings) written.look_at(h, true);
  for (const auto& s : text.sentences) written.look_at(s, false);
  written.settle();
  return out;
}

std::set<std::string> keys_of_headings(const analysed_text& text) {
  std::set<std::string> out;
  for (const auto& h : text.headings) {
    const auto runs = runs_of(h);
    if (runs.size() == 1) out.insert(key_of(phrase(h.words).subspan(runs[0].begin, runs[0].end - runs[0].begin)));
  }
  return out;
}

std::string key_of(std::string_view term, stemmer& stem) {
  std::string key;
  for (const auto& w : words_of(term)) key.append(key.empty() ? "" : " ").append(stem.of_phrase(w.small));
  return key;
}

}  // namespace openkb
