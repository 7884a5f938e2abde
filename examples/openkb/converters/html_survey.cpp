#include "converters/html_survey.hpp"

#include "converters/html_chrome.hpp"
#include "converters/html_passage.hpp"
#include "text/plain_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

namespace openkb {

namespace {

constexpr std::size_t little_prose = 100;
constexpr std::size_t many_links = 5;

template <std::size_t N>
bool is_one_of(const GumboNode& node, const std::array<GumboTag, N>& tags) noexcept {
  return is_element(node) && std::ranges::find(tags, tag_of(node)) != tags.end();
}

bool is_main(const GumboNode& node) noexcept {
  return tag_of(node) == GUMBO_TAG_MAIN || attribute_of(node, "role") == "main";
}

// What has a header and a footer of its own.
bool is_section(const GumboNode& node) noexcept {
  constexpr std::array tags{GUMBO_TAG_ARTICLE, GUMBO_TAG_SECTION, GUMBO_TAG_ASIDE, GUMBO_TAG_BLOCKQUOTE,
                            GUMBO_TAG_FIGURE,  GUMBO_TAG_DETAILS, GUMBO_TAG_TD};
  return is_main(node) || is_one_of(node, tags);
}

bool is_page(const GumboNode& node) noexcept {
  constexpr std::array tags{GUMBO_TAG_HTML, GUMBO_TAG_BODY, GUMBO_TAG_ARTICLE};
  return is_main(node) || is_one_of(node, tags);
}

bool is_cell(const GumboNode& node) noexcept {
  constexpr std::array tags{GUMBO_TAG_LI, GUMBO_TAG_TD, GUMBO_TAG_TH, GUMBO_TAG_DT, GUMBO_TAG_DD};
  return is_one_of(node, tags);
}

// `width="30%"` or `width="200"`
bool is_narrow(const GumboNode& cell) noexcept {
  constexpr int narrow_share = 35;
  constexpr int narrow_pixels = 300;
  const auto width = attribute_of(cell, "width");
  int number = 0;
  const auto [end, wrong] = std::from_chars(width.data(), width.data() + width.size(), number);
  if (wrong != std::errc{}) return false;
  const bool share = end != width.data() + width.size() && *end == '%';
  return number <= (share ? narrow_share : narrow_pixels);
}

bool is_list(const GumboNode& node) noexcept {
  constexpr std::array tags{GUMBO_TAG_UL, GUMBO_TAG_OL, GUMBO_TAG_DL, GUMBO_TAG_TABLE};
  return is_one_of(node, tags);
}

bool has_navigating_relation(const GumboNode& link) noexcept {
  constexpr std::array<std::string_view, 9> relations{"next",  "prev",     "previous", "up", "home",
                                                      "start", "contents", "index",    "top"};
  return std::ranges::find(relations, attribute_of(link, "rel")) != relations.end();
}

class surveyor {
 public:
  explicit surveyor(const std::function<bool(std::string_view)>& is_own) : is_own_(is_own) {}

  html_survey run(const GumboNode& root) {
    enter(root);
    while (!open_.empty()) {
      auto& top = open_.back();
      const auto children = children_of(*top.node);
      if (top.next == children.size()) {
        leave();
      } else {
        visit(*children[top.next++]);
      }
    }
    return std::move(out_);
  }

 private:
  struct element {
    const GumboNode* node = nullptr;
    bool in_section = false;  // it is in one
    bool in_main = false;     // or in an article
    bool in_link = false;
    bool in_list = false;
    std::size_t next = 0;
    std::size_t run_begin = 0;  // the child where the run began that is being gathered
    html_passage run;
    html_passage all;  // before it
    std::size_t first_heading = 0;
    bool lost_contents = false;  // a list of its contents was in it
    const GumboNode* last_block = nullptr;
    const GumboNode* links_cell = nullptr;  // of a table's row
    html_amount links_in_cell;
    std::size_t prose_in_cell = 0;
  };

  void visit(const GumboNode& node) {
    if (is_text(node)) return read(own_text(node));
    if (!is_element(node) || is_silent(node) || is_hidden(node)) return;
    if (tag_of(node) == GUMBO_TAG_IMG) return read(attribute_of(node, "alt"));
    if (is_html_block(node)) end_run(open_.back(), open_.back().next - 1);
    enter(node);
  }

  void enter(const GumboNode& node) {
    element e;
    e.node = &node;
    if (!open_.empty()) {
      const auto& parent = open_.back();
      e.in_section = parent.in_section || is_section(*parent.node);
      e.in_main = parent.in_main || is_main(*parent.node) || tag_of(*parent.node) == GUMBO_TAG_ARTICLE;
      e.in_link = parent.in_link || is_link(*parent.node);
      e.in_list = parent.in_list || is_list(*parent.node);
    }
    e.first_heading = out_.headings.size();
    if (heading_level(node) > 0) out_.headings.push_back({&node, false, false});
    open_.push_back(std::move(e));
  }

  static bool is_link(const GumboNode& node) noexcept {
    return tag_of(node) == GUMBO_TAG_A && !trimmed(attribute_of(node, "href")).empty();
  }

  void read(std::string_view text) {
    auto& run = open_.back().run;
    const auto size = size_without_blanks(text);
    run.amount.text += size;
    run.add_words(trimmed(text));
    out_.shown.text += size;
    if (open_.back().in_link || is_link(*open_.back().node)) out_.shown.linked += size;
  }

  // Text and inline elements side by side, up to a block or the end: a line of navigation may have no element of its
  // own.
  void end_run(element& e, std::size_t end) {
    const bool own_line = is_html_block(*e.node) && !is_cell(*e.node) && heading_level(*e.node) == 0;
    if (own_line && e.run.is_navigation()) {
      const auto children = children_of(*e.node).subspan(e.run_begin, end - e.run_begin);
      out_.chrome.insert(children.begin(), children.end());
    } else {
      e.all.add(e.run);
    }
    e.run = {};
    e.run_begin = end + 1;
  }

  void leave() {
    auto e = std::move(open_.back());
    open_.pop_back();
    end_run(e, children_of(*e.node).size());
    if (is_link(*e.node) && !finish_link(e)) return;
    if (heading_level(*e.node) > 0) {
      out_.headings[e.first_heading].leads_away = e.all.links > e.all.own_links && e.all.amount.prose() == 0;
    }
    leave_out_side_column(e);
    const bool chrome = is_chrome(e);
    if (e.lost_contents && (chrome || e.all.amount.text == 0)) leave_out_heading();
    if (!open_.empty()) {
      open_.back().lost_contents = open_.back().lost_contents || e.lost_contents;
      if (is_html_block(*e.node)) open_.back().last_block = e.node;
    }
    if (chrome) return leave_out(e);
    if (is_main(*e.node)) out_.mains.push_back({e.node, e.all.amount});
    if (tag_of(*e.node) == GUMBO_TAG_ARTICLE && !e.in_main) out_.articles.push_back({e.node, e.all.amount});
    hand_up(e);
  }

  void hand_up(const element& e) {
    if (open_.empty()) {
      out_.kept = e.all.amount;
      return;
    }
    auto& parent = open_.back();
    parent.prose_in_cell = std::max(parent.prose_in_cell, e.all.amount.prose());
    if (tag_of(*e.node) == GUMBO_TAG_TD && e.all.links >= many_links && e.all.is_nothing_but_links()) {
      parent.links_cell = e.node;
      parent.links_in_cell = e.all.amount;
    }
    (is_html_block(*e.node) ? parent.all : parent.run).add(e.all);
  }

  // A column of links beside a column of text. A narrow one says so.
  void leave_out_side_column(element& e) {
    if (tag_of(*e.node) != GUMBO_TAG_TR || e.links_cell == nullptr) return;
    const auto needed = is_narrow(*e.links_cell) ? little_prose / 2 : e.links_in_cell.linked;
    if (e.prose_in_cell < needed) return;
    out_.chrome.insert(e.links_cell);
    e.all.amount.text -= e.links_in_cell.text;
    e.all.amount.linked -= e.links_in_cell.linked;
  }

  // "Contents", where they stood.
  void leave_out_heading() {
    if (open_.empty() || open_.back().last_block == nullptr) return;
    const auto& heading = *open_.back().last_block;
    if (heading_level(heading) == 0 || !is_contents_heading(all_text(heading, nullptr, longest_heading))) return;
    out_.chrome.insert(&heading);
    for (auto h = out_.headings.rbegin(); h != out_.headings.rend(); ++h) {
      if (h->node != &heading) continue;
      h->is_chrome = true;
      return;
    }
  }

  void leave_out(const element& e) {
    out_.chrome.insert(e.node);
    for (auto i = e.first_heading; i < out_.headings.size(); ++i) out_.headings[i].is_chrome = true;
  }

  // What is below becomes the words of one link. Gives whether the link stays.
  bool finish_link(element& e) {
    const bool own = is_own_(trimmed(attribute_of(*e.node, "href")));
    const auto words = e.all.many_words ? std::string{} : e.all.words;
    if (own && (is_skip_link(words) || is_place_mark(words))) {
      leave_out(e);
      return false;
    }
    const auto says = navigation_in(words);
    const bool leads_on = !own || words.find("op") != std::string::npos;  // "Back to top" is all that a place may be
    html_passage as_link;
    as_link.amount = {e.all.amount.text, e.all.amount.text};
    as_link.links = 1;
    as_link.own_links = own ? 1 : 0;
    if (((says.any() || is_labelled_navigation(trimmed(words))) && leads_on) || has_navigating_relation(*e.node))
      as_link.navigation_links = 1;
    else if (says.only && !trimmed(words).empty() && leads_on)
      as_link.weak_links = 1;
    e.all = std::move(as_link);
    return true;
  }

  bool is_chrome(element& e) {
    const auto& node = *e.node;
    if (is_page(node)) return false;
    const auto tag = tag_of(node);
    const bool of_page = !e.in_section && (tag == GUMBO_TAG_HEADER || attribute_of(node, "role") == "banner");
    if (of_page && has_title(e)) {
      out_.banners.push_back({e.node, e.first_heading, out_.headings.size()});
      return false;
    }
    if (of_page || (tag == GUMBO_TAG_FOOTER && !e.in_section)) return true;
    switch (chrome_name_of(node, first_heading_in(e))) {
      case chrome_name::sure: return true;
      case chrome_name::likely: return !has_title(e) && is_likely(e);
      case chrome_name::contents: return !e.in_main && is_contents(e);
      case chrome_name::none: break;
    }
    if (is_list_of_places(e)) return true;
    return is_html_block(node) && !is_cell(node) && heading_level(node) == 0 && e.all.is_navigation();
  }

  static bool is_likely(const element& e) noexcept {
    if (e.all.amount.text > 0 && e.all.is_mostly_links()) return true;
    return !e.in_main && e.all.amount.prose() < little_prose;
  }

  // The contents of a book lead to other pages, and stay.
  static bool is_contents(element& e) noexcept {
    if (e.all.links == 0) return e.lost_contents && e.all.amount.prose() < little_prose;
    e.lost_contents =
        e.all.own_links * 2 >= e.all.links && (e.all.is_mostly_links() || e.all.amount.prose() < little_prose);
    return e.lost_contents;
  }

  // A list of places in the page, under any name.
  static bool is_list_of_places(element& e) noexcept {
    if (!is_list(*e.node) || e.in_list || e.in_main || e.all.links < many_links || !e.all.is_nothing_but_links())
      return false;
    e.lost_contents = e.all.own_links * 10 >= e.all.links * 9;
    return e.lost_contents;
  }

  [[nodiscard]] std::string first_heading_in(const element& e) const {
    return e.first_heading == out_.headings.size()
               ? std::string{}
               : all_text(*out_.headings[e.first_heading].node, nullptr, longest_heading);
  }

  [[nodiscard]] bool has_title(const element& e) const noexcept {
    const auto begin = out_.headings.begin() + static_cast<std::ptrdiff_t>(e.first_heading);
    return std::any_of(begin, out_.headings.end(),
                       [](const html_heading& h) { return heading_level(*h.node) == 1 && !h.is_chrome; });
  }

  const std::function<bool(std::string_view)>& is_own_;
  std::vector<element> open_;
  html_survey out_;
};

}  // namespace

html_survey survey_html(const GumboNode& root, const std::function<bool(std::string_view)>& is_own) {
  return surveyor(is_own).run(root);
}

}  // namespace openkb
