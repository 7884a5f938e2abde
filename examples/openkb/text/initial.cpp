#include "text/initial.hpp"

#include "terminal/utf8.hpp"
#include "text/words.hpp"

namespace openkb {

namespace {

constexpr char32_t end_of_alphabets = 0x530;

bool is_article(std::string_view small) noexcept { return small == "the" || small == "a" || small == "an"; }

}  // namespace

std::string initial_of(std::string_view title) {
  const auto words = words_of(title);
  if (words.empty()) return "other";
  const auto& word = is_article(words[0].small) && words.size() > 1 ? words[1] : words[0];
  const auto first = utf8::decode(word.small, 0);
  if (first.code >= '0' && first.code <= '9') return "0-9";
  return first.code < end_of_alphabets ? word.small.substr(0, first.size) : "other";
}

std::string shown_initial(std::string_view initial) {
  if (initial == "other") return "Other";
  return utf8::capitalised(initial);
}

}  // namespace openkb
