#include "terminal/nearest.hpp"

#include "terminal/utf8.hpp"

#include <algorithm>
#include <utility>

namespace terminal {

namespace {

constexpr std::size_t most_offered = 3;
constexpr std::size_t shortest_prefix = 2;  // characters

// Three rows of the table of Damerau and Levenshtein are enough: of two characters that changed places, the one before
// last counts.
std::size_t distance(const std::u32string& a, const std::u32string& b, std::size_t most) {
  const auto apart = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (apart > most) return most + 1;
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    if (*std::ranges::min_element(row) > most) return most + 1;
    before_last = std::exchange(last, row);
  }
  return std::min(last[b.size()], most + 1);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
  return distance(utf8::characters_of(a), utf8::characters_of(b), most);
}

std::vector<std::string> nearest(std::string_view written, const std::vector<std::string>& known) {
  const auto asked = utf8::characters_of(utf8::lowered(written));
  const std::size_t most = asked.size() > 4 ? 2 : asked.size() > 1 ? 1 : 0;
  std::vector<std::pair<std::size_t, std::string>> found;
  for (const auto& word : known) {
    const auto characters = utf8::characters_of(utf8::lowered(word));
    const auto mistakes = distance(asked, characters, most);
    const bool begins = asked.size() >= shortest_prefix && characters.starts_with(asked);
    if (mistakes <= most || begins) found.emplace_back(std::min(mistakes, most + 1), word);
  }
  std::ranges::sort(found);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min(found.size(), most_offered); ++i) out.push_back(std::move(found[i].second));
  return out;
}

std::string did_you_mean(std::string_view written, const std::vector<std::string>& known) {
  std::string out;
  for (const auto& word : nearest(written, known)) {
    out.append(out.empty() ? "did you mean " : ", or ").append("\"").append(word).append("\"");
  }
  return out.empty() ? out : out + "?";
}

}  // namespace terminal
