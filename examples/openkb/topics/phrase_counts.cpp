#include "topics/phrase_counts.hpp"

#include <algorithm>
#include <array>

namespace openkb {

namespace {

constexpr std::size_t shortest_acronym = 3;  // bytes

// A hyphen makes words of its own.
std::size_t words_in(std::string_view key) noexcept {
  return 1 + static_cast<std::size_t>(std::ranges::count(key, ' '));
}

bool all_capitalised(phrase words) noexcept { return std::ranges::all_of(words, &analysed_word::capitalised); }

bool is_acronym(const analysed_word& w) noexcept {
  return w.shouted && w.small.size() >= shortest_acronym && w.small.size() <= longest_acronym;
}

// What is done, or has been done, to something; alone, or behind it, that is no thing.
bool is_participle(const analysed_word& w) noexcept { return w.small.ends_with("ed") && w.stem != w.small; }
bool is_gerund(const analysed_word& w) noexcept { return w.small.ends_with("ing") && w.stem != w.small; }

// After these stands what somebody or something is called; not "to", which begins what somebody does.
bool is_before_nouns(std::string_view small) noexcept {
  constexpr std::array<std::string_view, 27> known{
      "the", "a",  "an",   "of",    "in",  "for", "with",  "by",   "from", "on",  "at",      "into", "each", "every",
      "any", "no", "some", "these", "its", "his", "their", "your", "our",  "via", "between", "as",   "and"};
  return std::ranges::find(known, small) != known.end();
}

class counter {
 public:
  void count_heading(const analysed_sentence& s) {
    const auto said = std::ranges::count_if(s.words, [](const auto& w) { return !w.stop && !w.number; });
    for (const auto run : runs_of(s)) {
      const auto words = phrase(s.words).subspan(run.begin, run.end - run.begin);
      const bool alone = static_cast<std::ptrdiff_t>(words.size()) == said;
      each_phrase(words, [&](phrase_count& c, phrase p, std::size_t) {
        ++c.in_headings;
        c.named = c.named || (alone && p.size() == words.size());
      });
    }
  }

  void count_sentence(const analysed_sentence& s) {
    for (const auto run : runs_of(s)) {
      const auto words = phrase(s.words).subspan(run.begin, run.end - run.begin);
      const bool behind_article = run.begin > 0 && words[0].joined && is_before_nouns(s.words[run.begin - 1].small);
      const bool before_one = run.end < s.words.size() && s.words[run.end].joined && s.words[run.end].small == "one";
      each_phrase(words, [&](phrase_count& c, phrase p, std::size_t at) {
        ++c.in_sentences;
        const auto end = at + p.size();
        // The "Foundation" of the Free Software Foundation is nothing by itself.
        const bool goes_on = all_capitalised(p) &&
                             ((at > 0 && words[at - 1].capitalised) || (end < words.size() && words[end].capitalised));
        if (goes_on && !s.capitals) return;
        if (behind_article && end == words.size() && !before_one) ++c.as_noun;
        count_capitals(c, p, s, run.begin + at);
      });
    }
  }

  [[nodiscard]] phrase_counts all() && { return std::move(all_); }

 private:
  template <class F>
  void each_phrase(phrase words, F f) {
    for (std::size_t at = 0; at < words.size(); ++at) {
      for (std::size_t n = 1; n <= longest_name && at + n <= words.size(); ++n) {
        const auto p = words.subspan(at, n);
        if (n > longest_phrase && !all_capitalised(p)) break;
        const auto key = key_of(p);
        auto& c = all_[key];
        c.words = std::clamp<std::size_t>(words_in(key), n, longest_name);
        for (const auto& w : p) c.general = c.general && w.general;
        c.gerund = c.gerund || (n == 1 && is_gerund(p[0]));
        c.participle = c.participle || is_participle(p.back());
        c.acronym = c.acronym || (n == 1 && is_acronym(p[0]));
        c.loud = c.loud || (n == 1 && p[0].shouted && !is_acronym(p[0]));
        f(c, p, at);
      }
    }
  }

  // At the beginning of a sentence or behind a colon or a quote, a capital says nothing about a single word.
  static void count_capitals(phrase_count& c, phrase p, const analysed_sentence& s, std::size_t at) {
    if (!all_capitalised(p)) {
      ++c.without;
    } else if (!s.capitals && (p.size() > 1 ? !all_shouted(p) : is_acronym(p[0]) || (at > 0 && p[0].joined))) {
      ++c.with_capitals;
    }
  }

  phrase_counts all_;
};

}  // namespace

bool all_shouted(phrase words) noexcept { return std::ranges::all_of(words, &analysed_word::shouted); }

phrase_counts count_phrases(const analysed_text& text) {
  counter out;
  for (const auto& h : text.headings) out.count_heading(h);
  for (const auto& s : text.sentences) out.count_sentence(s);
  return std::move(out).all();
}

}  // namespace openkb
