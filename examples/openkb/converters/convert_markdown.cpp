#include "converters/convert_markdown.hpp"

#include "text/npos.hpp"
#include "text/plain_text.hpp"
#include "text/text_lines.hpp"

#include <optional>

namespace openkb {

namespace {

struct front_matter {
  std::string_view text;
  std::size_t size = 0;  // with both of its fences
};

// A block between `---` lines (YAML) or `+++` lines (TOML) at the very beginning. A `---` without an end is a rule.
std::optional<front_matter> front_matter_of(std::string_view source) {
  const auto first = source.substr(0, source.find('\n'));
  const auto fence = trimmed(first);
  if (fence != "---" && fence != "+++") return std::nullopt;
  for (std::size_t at = first.size() + 1; at < source.size();) {
    const auto end = std::min(source.find('\n', at), source.size());
    const auto line = trimmed(source.substr(at, end - at));
    if (line == fence || (fence == "---" && line == "...")) {
      const auto begin = first.size() + 1;
      return front_matter{source.substr(begin, at - begin), std::min(end + 1, source.size())};
    }
    at = end + 1;
  }
  return std::nullopt;
}

std::string title_in(std::string_view matter) {
  for (const auto line : lines_of(matter)) {
    const auto split = line.find_first_of(":=");
    if (split == npos || trimmed(line.substr(0, split)) != "title") continue;
    auto value = trimmed(line.substr(split + 1));
    const bool quoted = value.size() > 1 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0];
    return std::string(quoted ? value.substr(1, value.size() - 2) : value);
  }
  return {};
}

}  // namespace

converted convert_markdown(std::string_view source) {
  const auto text = with_plain_newlines(source);
  const auto matter = front_matter_of(text);
  if (!matter) return {text, {}};
  return {text.substr(matter->size), title_in(matter->text)};
}

}  // namespace openkb
