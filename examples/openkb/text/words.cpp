#include "text/words.hpp"

#include "text/utf8.hpp"

#include <algorithm>
#include <array>

namespace openkb {

namespace {

// In order, for a binary search.
constexpr std::array<std::string_view, 212> stop_words{
    "a",      "able",    "about",     "above",   "according", "across",    "after",     "again",     "against",
    "all",    "allow",   "allows",    "almost",  "also",      "although",  "always",    "am",        "among",
    "an",     "and",     "another",   "any",     "anyone",    "anything",  "are",       "aren't",    "around",
    "as",     "at",      "available", "back",    "be",        "because",   "become",    "been",      "before",
    "being",  "below",   "between",   "both",    "but",       "by",        "call",      "called",    "can",
    "can't",  "cannot",  "case",      "could",   "did",       "different", "do",        "does",      "doesn't",
    "doing",  "don't",   "done",      "down",    "during",    "each",      "either",    "else",      "enough",
    "etc",    "even",    "ever",      "every",   "example",   "few",       "first",     "following", "for",
    "from",   "further", "get",       "gets",    "give",      "given",     "gives",     "had",       "has",
    "have",   "having",  "he",        "hence",   "her",       "here",      "his",       "how",       "however",
    "i",      "if",      "in",        "instead", "into",      "is",        "isn't",     "it",        "it's",
    "its",    "itself",  "just",      "know",    "known",     "last",      "least",     "less",      "let",
    "like",   "made",    "make",      "makes",   "making",    "many",      "may",       "me",        "means",
    "might",  "more",    "most",      "much",    "must",      "my",        "need",      "needs",     "never",
    "new",    "no",      "non",       "none",    "nor",       "not",       "note",      "nothing",   "now",
    "of",     "off",     "often",     "on",      "once",      "one",       "only",      "onto",      "or",
    "other",  "others",  "our",       "out",     "over",      "own",       "per",       "please",    "possible",
    "put",    "rather",  "same",      "second",  "see",       "set",       "several",   "shall",     "she",
    "should", "since",   "so",        "some",    "something", "still",     "such",      "take",      "than",
    "that",   "the",     "their",     "them",    "then",      "there",     "therefore", "these",     "they",
    "thing",  "things",  "this",      "those",   "through",   "thus",      "to",        "together",  "too",
    "two",    "under",   "unless",    "until",   "up",        "upon",      "us",        "use",       "used",
    "using",  "very",    "via",       "want",    "was",       "way",       "we",        "were",      "what",
    "when",   "where",   "whether",   "you",     "your"};
constexpr std::array<std::string_view, 12> more_stop_words{"which", "while",  "who",     "whose", "why", "will",
                                                           "with",  "within", "without", "would", "yet", "itself"};

static_assert(std::ranges::is_sorted(stop_words));

bool is_inner(char32_t c) noexcept { return c == '-' || c == '_' || c == '\'' || c == 0x2019; }

bool is_shouted(std::string_view text) noexcept {
  std::size_t capitals = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = utf8::decode(text, i);
    i += c.size;
    if (utf8::is_upper(c.code))
      ++capitals;
    else if (c.code < '0' || c.code > '9')
      return false;
  }
  return capitals >= 2;
}

}  // namespace

bool is_stop_word(std::string_view small) noexcept {
  return std::ranges::binary_search(stop_words, small) ||
         std::ranges::find(more_stop_words, small) != more_stop_words.end();
}

std::vector<word> words_of(std::string_view sentence) {
  std::vector<word> out;
  std::size_t last_end = 0;
  bool cut = true;  // by the beginning, or by a URL
  for (std::size_t i = 0; i < sentence.size();) {
    const auto first = utf8::decode(sentence, i);
    if (!utf8::is_word(first.code)) {
      i += first.size;
      continue;
    }
    const auto begin = i;
    auto end = i;
    while (i < sentence.size()) {
      const auto c = utf8::decode(sentence, i);
      if (!utf8::is_word(c.code) && !is_inner(c.code)) break;
      i += c.size;
      if (utf8::is_word(c.code)) end = i;
    }
    if (sentence.substr(end).starts_with("://")) {
      i = std::min(sentence.find(' ', end), sentence.size());
      cut = true;
      continue;
    }
    i = end;
    const auto text = sentence.substr(begin, end - begin);
    const auto between = sentence.substr(last_end, begin - last_end);
    const bool joined = !cut && between.find_first_not_of(' ') == std::string_view::npos;
    out.push_back({text, utf8::lowered(text), joined, utf8::is_upper(first.code), is_shouted(text)});
    last_end = end;
    cut = false;
  }
  return out;
}

}  // namespace openkb
