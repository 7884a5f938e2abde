#include "converters/html_title.hpp"

#include "terminal/utf8.hpp"
#include "text/npos.hpp"
#include "text/plain_text.hpp"

#include <algorithm>
#include <array>

namespace openkb {

namespace {

bool is_same(std::string_view a, std::string_view b) { return utf8::lowered(trimmed(a)) == utf8::lowered(trimmed(b)); }

// `Installing | Foo 1.2 | Example` in three.
std::vector<std::string_view> parts_of(std::string_view title) {
  constexpr std::array<std::string_view, 8> between{" | ", " - ", " – ", " — ", " · ", " :: ", " » ", " « "};
  std::vector<std::string_view> out;
  for (std::size_t from = 0;;) {
    auto at = npos;
    std::size_t size = 0;
    for (const auto b : between) {
      if (const auto found = title.find(b, from); found < at) {
        at = found;
        size = b.size();
      }
    }
    out.push_back(title.substr(from, at == npos ? npos : at - from));
    if (at == npos) return out;
    from = at + size;
  }
}

// An editor's or a file's name is none.
bool is_believable(std::string_view title) {
  const auto small = utf8::lowered(trimmed(title));
  constexpr std::array<std::string_view, 5> empty{"", "document", "index", "untitled", "untitled document"};
  if (std::ranges::find(empty, small) != empty.end()) return false;
  const bool file = small.ends_with(".html") || small.ends_with(".htm") || small.ends_with(".xhtml");
  return !file || small.find(' ') != std::string::npos;
}

// Whether a part of the title, or all of it, is another heading.
bool has_other_heading(const html_titles& page, std::string_view name, std::string_view part) {
  return !is_same(part, name) && std::ranges::any_of(page.headings, [&](const auto& h) { return is_same(h, part); });
}

}  // namespace

bool is_site_name(const html_titles& page, std::size_t which) {
  const std::string_view name = page.top[which];
  const std::string_view title = page.title;
  if (!page.site.empty() && is_same(name, page.site)) return true;
  if (!is_believable(title) || is_same(name, title)) return false;
  const auto parts = parts_of(title);
  const bool is_part = std::ranges::any_of(parts, [&](auto part) { return is_same(part, name); });
  if (is_part) {
    return is_same(parts.back(), name) ||
           std::ranges::any_of(parts, [&](auto part) { return has_other_heading(page, name, part); });
  }
  const auto colon = title.find(": ");
  if (colon != npos && is_same(title.substr(0, colon), name)) return true;
  return page.top_leads_away[which] || has_other_heading(page, name, title);
}

bool is_own_name(const html_titles& page, std::size_t which) {
  const auto title = utf8::lowered(page.title);
  return title.find(utf8::lowered(page.top[which])) != std::string::npos && !is_site_name(page, which);
}

// Where there are several, they head sections.
std::string title_of_page(const html_titles& page) {
  std::vector<std::size_t> own;
  for (std::size_t i = 0; i < page.top.size(); ++i) {
    if (!is_site_name(page, i)) own.push_back(i);
  }
  if (own.size() == 1) return page.top[own.front()];
  for (const auto i : own) {
    if (is_own_name(page, i)) return page.top[i];
  }
  if (is_believable(page.title)) return page.title;
  if (!own.empty()) return page.top[own.front()];
  return page.headings.empty() ? std::string{} : page.headings.front();
}

}  // namespace openkb
