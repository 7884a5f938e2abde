#include "converters/html_prescan.hpp"

#include "terminal/utf8.hpp"
#include "text/npos.hpp"

#include <algorithm>
#include <vector>

namespace openkb {

namespace {

constexpr std::string_view blanks("\t\n\f\r ", 5);

bool is_blank(char c) noexcept { return blanks.find(c) != npos; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

bool html_prescan::stands_here(std::string_view lower_case) const noexcept {
  if (bytes_.size() - at_ < lower_case.size()) return false;
  return std::ranges::equal(bytes_.substr(at_, lower_case.size()), lower_case, {}, lower);
}

void html_prescan::skip_behind(std::string_view what, std::size_t from) noexcept {
  const auto found = bytes_.find(what, from);
  at_ = found == npos ? bytes_.size() : found + what.size();
}

void html_prescan::skip_blanks() noexcept { at_ = std::min(bytes_.find_first_not_of(blanks, at_), bytes_.size()); }

const encoding* html_prescan::run() {
  while (!is_at_end()) {
    const auto next = at_ + 1 < bytes_.size() ? bytes_[at_ + 1] : '\0';
    if (here() != '<') {
      at_ = std::min(bytes_.find('<', at_), bytes_.size());
    } else if (stands_here("<!--")) {
      skip_behind("-->", at_ + 2);  // the dashes may be the same
    } else if (stands_here("<meta") && at_ + 5 < bytes_.size() &&
               (is_blank(bytes_[at_ + 5]) || bytes_[at_ + 5] == '/')) {
      at_ += 5;
      if (const auto* found = meta()) return found;
    } else if (is_letter(next) || (next == '/' && at_ + 2 < bytes_.size() && is_letter(bytes_[at_ + 2]))) {
      other_tag();
    } else if (next == '!' || next == '/' || next == '?') {
      skip_behind(">", at_);
    } else {
      ++at_;
    }
  }
  return nullptr;
}

void html_prescan::other_tag() {
  while (!is_at_end() && !is_blank(here()) && here() != '>') ++at_;
  attribute ignored;
  while (next_attribute(ignored)) {}
}

// The same name again does not count.
const encoding* html_prescan::meta() {
  std::vector<std::string> seen;
  bool is_pragma = false;
  bool needs_pragma = false;
  const encoding* found = nullptr;
  bool any = false;
  attribute a;
  while (next_attribute(a)) {
    if (std::ranges::find(seen, a.name) != seen.end()) continue;
    seen.push_back(a.name);
    if (a.name == "http-equiv") {
      is_pragma = a.value == "content-type";
    } else if (a.name == "content" && found == nullptr) {
      found = encoding_in_content(a.value);
      if (found != nullptr) any = needs_pragma = true;
    } else if (a.name == "charset") {
      found = encoding_of(a.value);
      any = true;
      needs_pragma = false;
    }
  }
  // A tag without an end is none.
  return !is_at_end() && any && (!needs_pragma || is_pragma) ? found : nullptr;
}

// Names and values come out in lower case. False at the end of the tag.
bool html_prescan::next_attribute(attribute& into) {
  into = {};
  while (!is_at_end() && (is_blank(here()) || here() == '/')) ++at_;
  if (is_at_end() || here() == '>') return false;
  while (!is_at_end() && !is_blank(here()) && here() != '/' && here() != '>' && (here() != '=' || into.name.empty())) {
    into.name += lower(bytes_[at_++]);
  }
  skip_blanks();
  if (here() != '=') return true;
  ++at_;
  skip_blanks();
  read_value(into);
  return true;
}

void html_prescan::read_value(attribute& into) {
  if (here() == '"' || here() == '\'') {
    const auto end = std::min(bytes_.find(here(), at_ + 1), bytes_.size());
    for (const char c : bytes_.substr(at_ + 1, end - at_ - 1)) into.value += lower(c);
    at_ = std::min(end + 1, bytes_.size());
    return;
  }
  while (!is_at_end() && !is_blank(here()) && here() != '>') into.value += lower(bytes_[at_++]);
}

const encoding* encoding_in_content(std::string_view content) {
  const auto small = utf8::lowered(content);
  for (auto at = small.find("charset"); at != npos; at = small.find("charset", at)) {
    at = small.find_first_not_of(blanks, at + 7);
    if (at == npos) return nullptr;
    if (small[at] != '=') continue;
    at = small.find_first_not_of(blanks, at + 1);
    if (at == npos) return nullptr;
    if (small[at] == '"' || small[at] == '\'') {
      const auto end = small.find(small[at], at + 1);
      return end == npos ? nullptr : encoding_of(std::string_view(small).substr(at + 1, end - at - 1));
    }
    return encoding_of(std::string_view(small).substr(at, small.find_first_of("\t\n\f\r ;", at) - at));
  }
  return nullptr;
}

}  // namespace openkb
