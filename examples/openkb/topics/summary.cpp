#include "topics/summary.hpp"

#include "terminal/utf8.hpp"
#include "text/npos.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace openkb {

namespace {

constexpr std::size_t longest = 400;    // bytes
constexpr std::size_t looked_at = 400;  // sentences
constexpr std::size_t fewest_words = 6;
constexpr std::size_t most_words = 80;
constexpr std::size_t fewest_content = 3;  // words that carry meaning

// What a sentence begins with that goes on with the one before it.
bool goes_on(const std::vector<analysed_word>& words) {
  constexpr std::array<std::string_view, 62> openers{
      "it",          "its",          "this",       "these",         "those",       "that",      "they",
      "them",        "their",        "he",         "she",           "his",         "her",       "we've",
      "but",         "and",          "or",         "nor",           "so",          "thus",      "therefore",
      "then",        "hence",        "also",       "moreover",      "furthermore", "however",   "instead",
      "otherwise",   "similarly",    "likewise",   "consequently",  "finally",     "meanwhile", "such",
      "yet",         "still",        "besides",    "indeed",        "accordingly", "again",     "another",
      "both",        "neither",      "either",     "here",          "which",       "who",       "nevertheless",
      "nonetheless", "additionally", "conversely", "alternatively", "afterwards",  "second",    "third",
      "secondly",    "thirdly",      "note",       "see",           "except",      "too"};
  constexpr std::array<std::string_view, 9> referring{"this", "that", "these", "those", "such",
                                                      "it",   "they", "them",  "former"};
  constexpr std::array<std::string_view, 10> within{"however", "therefore", "also",    "instead",  "latter",
                                                    "thus",    "above",     "example", "moreover", "former"};
  const auto has = [](const auto& list, std::string_view w) { return std::ranges::find(list, w) != list.end(); };
  if (words.empty() || has(openers, words[0].small)) return true;
  if (words.size() > 1 && words[0].small.size() == 1 && !words[1].joined) return true;  // Q. What is it?
  const auto points = [](const analysed_word& w) { return w.small == "above" || w.small == "below"; };
  if (std::ranges::any_of(words, points)) return true;
  // In this case, ... / If it is, ... / The latter ... / For example, ... / You can also ...
  for (std::size_t i = 1; i < std::min<std::size_t>(words.size(), 4); ++i) {
    if (has(within, words[i].small) || (i < 3 && has(referring, words[i].small))) return true;
  }
  return false;
}

bool ends_like_a_sentence(std::string_view text) noexcept {
  const auto last = text.find_last_not_of("\"')");
  if (last == npos) return false;
  if (text[last] == '.' || text[last] == '!' || text[last] == '?') return true;
  const auto end = text.substr(0, last + 1);
  constexpr std::array<std::string_view, 6> marks{"…", "。", "！", "？", ".”", "।"};
  return std::ranges::any_of(marks, [&](std::string_view mark) { return end.ends_with(mark); });
}

bool begins_like_a_sentence(std::string_view text) {
  const auto first = utf8::decode(text, 0);
  constexpr char32_t first_without_cases = 0x590;  // Hebrew, Arabic, Chinese ...
  return utf8::is_upper(first.code) || (first.code >= first_without_cases && utf8::is_word(first.code));
}

bool is_balanced(std::string_view text) noexcept {
  return std::ranges::count(text, '(') == std::ranges::count(text, ')') &&
         std::ranges::count(text, '[') == std::ranges::count(text, ']') && std::ranges::count(text, '"') % 2 == 0;
}

// Lines of tables, of programs and of menus have what prose has not.
bool is_prose(const analysed_sentence& s) {
  const std::string_view text = s.source->text;
  if (text.find_first_of("|{};=\t\\<>") != npos) return false;
  const auto code = std::ranges::count_if(s.words, [](const auto& w) { return w.code || w.number; });
  return static_cast<std::size_t>(code) * 4 <= s.words.size() && !s.capitals;
}

std::size_t content_in(const analysed_sentence& s) {
  return static_cast<std::size_t>(std::ranges::count_if(s.words, [](const auto& w) { return w.is_content(); }));
}

}  // namespace

bool is_whole(const analysed_sentence& s) {
  const std::string_view text = s.source->text;
  return !text.empty() && text.size() <= longest && begins_like_a_sentence(text) && ends_like_a_sentence(text) &&
         is_balanced(text) && is_prose(s) && !goes_on(s.words);
}

std::vector<std::string> central_sentences(const analysed_text& text, std::size_t most) {
  const auto all = std::span(text.sentences).first(std::min(text.sentences.size(), looked_at));
  std::map<std::string_view, long> frequency;
  for (const auto& s : all) {
    for (const auto& w : s.words) {
      if (w.is_content()) ++frequency[w.stem];
    }
  }
  std::vector<std::pair<long, std::size_t>> ranked;  // negated score, position
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto words = all[i].words.size();
    const auto content = content_in(all[i]);
    if (words < fewest_words || words > most_words || content < fewest_content) continue;
    if (all[i].source->in_list || !is_whole(all[i])) continue;
    long sum = 0;
    for (const auto& w : all[i].words) sum += w.is_content() ? frequency[w.stem] : 0;
    auto score = 1000 * sum / static_cast<long>(content + 4);
    score += score * 8 / static_cast<long>(8 + ranked.size());  // what stands first says what it is about
    ranked.emplace_back(-score, i);
  }
  std::ranges::sort(ranked);
  ranked.resize(std::min(ranked.size(), most));
  std::ranges::sort(ranked, {}, &std::pair<long, std::size_t>::second);
  std::vector<std::string> out;
  for (const auto& r : ranked) out.push_back(all[r.second].source->text);
  return out;
}

}  // namespace openkb
