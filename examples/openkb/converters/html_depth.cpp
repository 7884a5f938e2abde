#include "converters/html_depth.hpp"

#include "terminal/utf8.hpp"
#include "text/end_finder.hpp"
#include "text/npos.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace openkb {

namespace {

using names = std::set<std::string, std::less<>>;

// What has no content, and what the next one of its kind, or its parent, ends.
const names never_nested{"area",  "base",  "br",   "col",   "dd",     "dt",    "embed", "hr",     "img",
                         "input", "li",    "link", "meta",  "option", "p",     "param", "source", "tbody",
                         "td",    "tfoot", "th",   "thead", "tr",     "track", "wbr"};
// What stays open, in effect, when something around it ends.
const names formatting{"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"};
// What holds no tags.
const names raw_text{"iframe", "noembed", "noframes", "noscript", "plaintext",
                     "script", "style",   "textarea", "title",    "xmp"};
// Where an element can end itself, until one comes that belongs into HTML.
const names foreign{"math", "svg"};
const names only_html{"blockquote", "body", "center", "div", "dl",   "h1",   "h2",  "h3",  "h4",    "h5", "h6",
                      "head",       "menu", "ol",     "pre", "ruby", "span", "sub", "sup", "table", "ul"};

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class bounding {
 public:
  explicit bounding(std::string_view html) : html_(html), ends_(html) {}

  std::string run() {
    for (auto at = html_.find('<'); at != npos; at = html_.find('<', at)) at = pass(at);
    out_.append(html_.substr(from_));
    return std::move(out_);
  }

 private:
  // What begins at `at`, and gives where it ends.
  std::size_t pass(std::size_t at) {
    const auto rest = html_.substr(at);
    if (rest.starts_with("<!--")) return behind(ends_.find("-->", at + 4), 3);
    const bool closes = rest.starts_with("</");
    const auto name_at = at + (closes ? 2 : 1);
    if (name_at >= html_.size() || !is_letter(html_[name_at])) return at + 1;
    const auto end = end_of_tag(name_at);
    if (end == npos) return html_.size();  // to a parser it is none either
    const auto name_end = std::min(html_.find_first_of(" \t\n\f/>", name_at), end);
    const auto name = utf8::lowered(html_.substr(name_at, name_end - name_at));
    const bool stays = closes ? close(name) : open(name, html_[end - 1] == '/');
    if (!stays) leave_out(at, end + 1);
    if (closes || !raw_text.contains(name)) return end + 1;
    return end_of_raw(name, end + 1);
  }

  [[nodiscard]] std::size_t behind(std::size_t found, std::size_t length) const noexcept {
    return found == npos ? html_.size() : found + length;
  }

  // A `>` in the quotes of an attribute is none.
  std::size_t end_of_tag(std::size_t at) {
    for (;;) {
      at = html_.find_first_of("=>", at);
      if (at == npos || html_[at] == '>') return at;
      at = std::min(html_.find_first_not_of(" \t\n\f", at + 1), html_.size());
      if (at == html_.size()) return npos;
      if (html_[at] != '"' && html_[at] != '\'') continue;
      at = ends_.find(html_[at] == '"' ? "\"" : "'", at + 1);
      if (at == npos) return npos;
      ++at;
    }
  }

  std::size_t end_of_raw(const std::string& name, std::size_t at) {
    while ((at = ends_.find("</", at)) != npos) {
      if (utf8::lowered(html_.substr(at + 2, name.size())) == name) return at;
      at += 2;
    }
    return html_.size();
  }

  bool open(const std::string& name, bool ends_itself) {
    if (never_nested.contains(name)) return true;
    if (foreign_ > 0 && (only_html.contains(name) || formatting.contains(name))) break_out();
    if (ends_itself && (foreign_ > 0 || foreign.contains(name))) return true;
    if (open_.size() == deepest_nesting) {
      ++left_out_[name];
      return false;
    }
    open_.push_back(name);
    ++count_[name];
    if (foreign.contains(name)) ++foreign_;
    return true;
  }

  // Whether what it closes was let in.
  bool close(const std::string& name) {
    if (const auto known = left_out_.find(name); known != left_out_.end()) {
      if (--known->second == 0) left_out_.erase(known);
      return false;
    }
    const auto count = count_.find(name);
    if (count == count_.end() || count->second == 0) return true;
    std::vector<std::string> stay;  // formatting above it
    for (bool is_it = false; !is_it; open_.pop_back()) {
      is_it = open_.back() == name;
      if (!is_it && (formatting.contains(name) || formatting.contains(open_.back()))) {
        stay.push_back(std::move(open_.back()));
      } else {
        forget(open_.back());
      }
    }
    open_.insert(open_.end(), stay.rbegin(), stay.rend());
    return true;
  }

  void break_out() {
    std::erase_if(open_, [&](const auto& n) {
      if (!foreign.contains(n)) return false;
      forget(n);
      return true;
    });
  }

  void forget(const std::string& name) {
    --count_[name];
    if (foreign.contains(name)) --foreign_;
  }

  void leave_out(std::size_t begin, std::size_t end) {
    out_.append(html_.substr(from_, begin - from_));
    from_ = end;
  }

  std::string_view html_;
  end_finder ends_;
  std::vector<std::string> open_;
  std::map<std::string, std::size_t> count_;  // of each name in `open_`
  std::size_t foreign_ = 0;                   // of them
  std::map<std::string, std::size_t> left_out_;
  std::string out_;
  std::size_t from_ = 0;
};

}  // namespace

std::string with_bounded_depth(std::string_view html) { return bounding(html).run(); }

}  // namespace openkb
