#include "page_index/largest_text.hpp"

#include <algorithm>
#include <cctype>
#include <map>

namespace page_index {

namespace {

constexpr std::size_t fewest_letters = 4;  // less is an initial, or a number
constexpr std::size_t longest = 200;       // bytes
constexpr std::size_t title_page = 80;     // letters; with no more than these, a page has nothing but a title
constexpr double same_size = 0.95;         // small capitals and the like are less

std::size_t letters_in(const std::string& text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](unsigned char c) { return std::isalpha(c) != 0 || (c >= 0x80 && (c & 0xC0U) == 0xC0U); }));
}

// The size that most of the page is set in.
double usual_size(const std::vector<text_run>& page) {
  std::map<long, std::size_t> letters;  // by tenths of a point
  for (const auto& r : page) letters[static_cast<long>(r.size * 10)] += letters_in(r.text);
  const auto most = std::ranges::max_element(letters, {}, [](const auto& l) { return l.second; });
  return most == letters.end() ? 0 : static_cast<double>(most->first) / 10;
}

std::string on_one_line(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

bool is_by_arxiv(const std::string& text) { return text.find("arXiv:") != std::string::npos; }

}  // namespace

std::string largest_text(const std::vector<text_run>& page) {
  // Letters of another size within the title are part of it.
  std::vector<text_run> blocks;
  double size_before = 0;
  for (const auto& r : page) {
    const bool same = !blocks.empty() && std::min(r.size, size_before) >= same_size * std::max(r.size, size_before);
    if (same)
      blocks.back().text += r.text;
    else
      blocks.push_back(r);
    size_before = r.size;
  }
  const text_run* best = nullptr;
  for (const auto& b : blocks) {
    if (letters_in(b.text) < fewest_letters || is_by_arxiv(b.text)) continue;
    if (best == nullptr || b.size > best->size * (2 - same_size)) best = &b;
  }
  if (best == nullptr) return {};
  std::size_t all = 0;
  for (const auto& r : page) all += letters_in(r.text);
  const bool stands_out = best->size > usual_size(page) * 1.1 || all <= title_page;
  auto text = on_one_line(best->text);
  return stands_out && text.size() <= longest ? text : std::string{};
}

}  // namespace page_index
