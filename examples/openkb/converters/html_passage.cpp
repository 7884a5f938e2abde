#include "converters/html_passage.hpp"

#include "converters/html_chrome.hpp"
#include "text/plain_text.hpp"

namespace openkb {

namespace {

constexpr std::size_t longest_line = 200;    // of what can be a line of Next and Previous
constexpr std::size_t longest_titles = 400;  // of the pages that it leads to

}  // namespace

std::size_t size_without_blanks(std::string_view text) noexcept {
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool no_break = text.substr(i, 2) == "\xC2\xA0";
    if (no_break) ++i;
    if (!no_break && static_cast<unsigned char>(text[i]) > ' ') ++size;
  }
  return size;
}

void html_passage::add_words(std::string_view text) {
  if (many_words || text.empty()) return;
  many_words = words.size() + text.size() > longest_line;
  if (!many_words) words.append(text).append(" ");
}

void html_passage::add(const html_passage& other) {
  amount.text += other.amount.text;
  amount.linked += other.amount.linked;
  links += other.links;
  own_links += other.own_links;
  navigation_links += other.navigation_links;
  weak_links += other.weak_links;
  many_words = many_words || other.many_words;
  add_words(trimmed(other.words));
}

bool html_passage::is_navigation() const {
  if (links == 0 || many_words || amount.linked > longest_titles) return false;
  const auto beside = navigation_in(words);
  if (!beside.only) return false;
  const auto titles = links - navigation_links - weak_links;
  return titles == 0 ? navigation_links > 0 : beside.strong >= titles;
}

}  // namespace openkb
