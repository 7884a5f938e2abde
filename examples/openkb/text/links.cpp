#include "text/links.hpp"

#include "terminal/utf8.hpp"
#include "text/ascii.hpp"
#include "text/link_scanner.hpp"
#include "text/markdown_lines.hpp"
#include "text/npos.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace openkb {

namespace {

struct definition {
  std::string label;
  link to;
};

// Whether behind a target nothing follows in its line but a title, which may go on in the next ones.
bool ends_definition(std::string_view rest) {
  const auto title = rest.find_first_not_of(" \t\r\n");
  if (title == npos) return true;
  if (title == 0 || std::string_view("\"'(").find(rest[title]) == npos) return false;
  const char quote = rest[title] == '(' ? ')' : rest[title];
  auto close = title + 1;
  for (; close < rest.size() && rest[close] != quote; ++close) {
    if (rest[close] == '\\') ++close;
  }
  return close >= rest.size() || rest.find_first_not_of(" \t\r\n", close + 1) == npos;
}

// `[label]: target "title"`, alone in a line.
std::optional<definition> definition_in(std::string_view markdown, std::size_t begin, std::size_t end) {
  const auto line = markdown.substr(begin, end - begin);
  const auto bracket = line.find_first_not_of(' ');
  if (bracket == npos || bracket > 3 || line[bracket] != '[' || line.substr(bracket).starts_with("[["))
    return std::nullopt;
  auto close = bracket + 1;
  for (; close < line.size() && line[close] != ']' && line[close] != '['; ++close) {
    if (line[close] == '\\') ++close;
  }
  if (!line.substr(std::min(close, line.size())).starts_with("]:")) return std::nullopt;
  if (close == bracket + 1 || line[bracket + 1] == '^') return std::nullopt;
  auto from = line.find_first_not_of(" \t", close + 2);
  if (from == npos) return std::nullopt;
  const bool angled = line[from] == '<';
  const auto to = angled ? line.find('>', from) : std::min(line.find_first_of(" \t\r\n", from), line.size());
  if (to == npos || !ends_definition(line.substr(to + (angled ? 1 : 0)))) return std::nullopt;
  const auto text = angled ? line.substr(from + 1, to - from - 1) : line.substr(from, to - from);
  return definition{utf8::lowered(line.substr(bracket + 1, close - bracket - 1)),
                    {begin + from, begin + to + (angled ? 1 : 0), unescaped_target(text), false}};
}

scanned_links scan(std::string_view markdown, std::vector<definition>& definitions) {
  scanned_links found;
  link_scanner paragraph(markdown, found);
  std::size_t begin = npos;  // of the paragraph that is being gathered
  const auto flush = [&](std::size_t end) {
    if (begin != npos) paragraph.run(begin, end);
    begin = npos;
  };
  for (markdown_lines lines(markdown); lines.next();) {
    if (lines.kind() != markdown_lines::line_kind::text) {
      flush(lines.begin());
    } else if (auto d = definition_in(markdown, lines.begin(), lines.end())) {
      flush(lines.begin());
      definitions.push_back(*std::move(d));
    } else {
      if (!lines.continues()) flush(lines.begin());
      if (begin == npos) begin = lines.begin();
    }
  }
  flush(markdown.size());
  return found;
}

}  // namespace

std::vector<link> find_links(std::string_view markdown) {
  std::vector<definition> definitions;
  auto found = scan(markdown, definitions);
  for (auto& d : definitions) {
    d.to.image = found.image_references.contains(d.label);
    found.links.push_back(d.to);
  }
  std::ranges::sort(found.links, {}, &link::begin);
  return std::move(found.links);
}

std::vector<wiki_link> find_wiki_links(std::string_view markdown) {
  std::vector<definition> definitions;
  return scan(markdown, definitions).wiki_links;
}

std::optional<inline_link> words_of_link(std::string_view markdown, const link& l) {
  if (l.whole_end == 0) return std::nullopt;
  return inline_link{l.whole_begin, l.whole_end, markdown.substr(l.words_begin, l.words_end - l.words_begin)};
}

std::string without_links(std::string_view markdown, const std::function<bool(const link& l)>& is_gone) {
  std::string out;
  std::size_t from = 0;
  for (const auto& l : find_links(markdown)) {
    if (l.begin < from || !is_gone(l)) continue;
    const auto words = words_of_link(markdown, l);
    if (!words || words->begin < from) continue;
    out.append(markdown.substr(from, words->begin - from)).append(words->text);
    from = words->end;
  }
  return out.append(markdown.substr(from));
}

bool is_absolute_url(std::string_view target) noexcept {
  if (target.starts_with("//")) return true;
  const auto colon = target.find(':');
  if (colon == npos || colon < 2 || !is_ascii_alpha(target[0])) return false;
  return std::ranges::all_of(target.substr(0, colon),
                             [](char c) { return is_ascii_alphanumeric(c) || c == '+' || c == '-' || c == '.'; });
}

namespace {

// With percent signs for what is no character to be seen, for bytes that are none, and for `unsafe` ones.
std::string percent_encoded(std::string_view text, std::string_view unsafe) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = utf8::decode(text, at);
    if (c.valid && c.code > 0x20 && c.code != 0x7F && unsafe.find(text[at]) == npos) {
      out += text.substr(at, c.size);
    } else {
      const auto byte = static_cast<unsigned char>(text[at]);
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
    at += c.size;
  }
  return out;
}

}  // namespace

std::string encoded_target(std::string_view file_path) { return percent_encoded(file_path, " ()<>[]\\\"'`%?#*&|"); }

std::string safe_target(std::string_view target) { return percent_encoded(target, " ()<>\\\""); }

std::string decoded_target(std::string_view target) {
  const auto value = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const bool long_enough = target[i] == '%' && i + 2 < target.size();
    const bool coded = long_enough && value(target[i + 1]) >= 0 && value(target[i + 2]) >= 0;
    out += coded ? static_cast<char>(value(target[i + 1]) * 16 + value(target[i + 2])) : target[i];
    if (coded) i += 2;
  }
  return out;
}

}  // namespace openkb
