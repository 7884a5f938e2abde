#include "converters/html_page.hpp"

#include "converters/html_chrome.hpp"
#include "converters/html_title.hpp"
#include "text/links.hpp"
#include "text/plain_text.hpp"

#include <algorithm>
#include <cstddef>

namespace openkb {

namespace {

constexpr std::size_t most_headings = 50;  // that a title is compared with

// On one line.
std::string collapsed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > ' ')
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return std::string(trimmed(out));
}

const html_part* longest(const std::vector<html_part>& parts) noexcept {
  const auto found = std::ranges::max_element(parts, {}, [](const html_part& part) { return part.kept.text; });
  return found == parts.end() ? nullptr : &*found;
}

// Whether so little is no reasonable content of a page.
bool is_little(const html_amount& kept, const html_amount& whole, std::size_t share) noexcept {
  constexpr std::size_t few_words = 100;
  return kept.prose() * share < whole.prose() || (kept.text < few_words && kept.text * 10 < whole.text) ||
         (kept.text == 0 && whole.text > 0);
}

}  // namespace

html_page::html_page(std::string_view source, std::string_view own_name)
    : tree_(source), own_name_(own_name), content_(&tree_.root()) {
  read_head();
  survey_ = survey_html(tree_.root(), [this](std::string_view target) { return leads_into_itself(target); });
  choose_title();
  choose_content();
}

bool html_page::leaves_out(const GumboNode& node) const {
  return is_silent(node) || survey_.chrome.contains(&node) || (!shows_hidden_ && is_hidden(node));
}

std::string html_page::text_of(const GumboNode& node) const {
  return all_text(node, [this](const GumboNode& n) { return leaves_out(n); });
}

bool html_page::leads_into_itself(std::string_view target) const noexcept {
  if (target.starts_with('#')) return true;
  if (own_name_.empty() || !base_.empty() || !target.starts_with(own_name_)) return false;
  return target.size() > own_name_.size() && target[own_name_.size()] == '#';
}

void html_page::read_head() {
  const auto* head = find_first(tree_.root(), GUMBO_TAG_HEAD);
  for (const auto* node : head == nullptr ? children_of(tree_.root()) : children_of(*head)) {
    const auto property =
        attribute_of(*node, "property").empty() ? attribute_of(*node, "name") : attribute_of(*node, "property");
    const bool names_site = property == "og:site_name" || property == "application-name";
    if (tag_of(*node) == GUMBO_TAG_META && names_site && site_.empty()) {
      site_ = collapsed(attribute_of(*node, "content"));
    } else if (tag_of(*node) == GUMBO_TAG_BASE && base_.empty()) {
      base_ = collapsed(attribute_of(*node, "href"));
    }
  }
}

// A header with the page's title is content, and one with the site's is none.
void html_page::choose_title() {
  auto titles = gather_titles();
  for (const auto& banner : survey_.banners) {
    const auto is_in = [&](std::size_t i) { return top_[i] >= banner.first_heading && top_[i] < banner.last_heading; };
    bool only = true;
    bool own = false;
    bool site = true;
    for (std::size_t i = 0; i < top_.size(); ++i) {
      only = only && is_in(i);
      own = own || (is_in(i) && is_own_name(titles, i));
      site = site && (!is_in(i) || is_site_name(titles, i));
    }
    if (own || (only && !site)) continue;
    survey_.chrome.insert(banner.node);
    for (auto i = banner.first_heading; i < banner.last_heading; ++i) survey_.headings[i].is_chrome = true;
    titles = gather_titles();
  }
  title_ = title_of_page(titles);
}

// Once each, because there may be many banners.
const std::string& html_page::heading_text(std::size_t i) {
  heading_texts_.resize(survey_.headings.size());
  auto& text = heading_texts_[i];
  if (!text) {
    text = collapsed(all_text(
        *survey_.headings[i].node, [this](const GumboNode& n) { return leaves_out(n); }, longest_heading));
  }
  return *text;
}

html_titles html_page::gather_titles() {
  html_titles titles;
  if (const auto* title = find_first(tree_.root(), GUMBO_TAG_TITLE)) {
    titles.title = collapsed(all_text(*title, nullptr, longest_heading));
  }
  titles.site = site_;
  top_.clear();
  for (std::size_t i = 0; i < survey_.headings.size() && titles.headings.size() < most_headings; ++i) {
    const auto& h = survey_.headings[i];
    auto text = h.is_chrome ? std::string{} : heading_text(i);
    if (text.empty()) continue;
    titles.headings.push_back(text);
    if (heading_level(*h.node) != 1) continue;
    top_.push_back(i);
    titles.top.push_back(std::move(text));
    titles.top_leads_away.push_back(h.leads_away);
  }
  return titles;
}

void html_page::choose_content() {
  const auto* body = content_;
  const auto* main = longest(survey_.mains);
  const auto* article = longest(survey_.articles);
  html_amount kept = survey_.kept;
  if (main != nullptr && !is_little(main->kept, survey_.kept, 20)) {
    content_ = main->node;
    kept = main->kept;
  } else if (main == nullptr && article != nullptr && !is_little(article->kept, survey_.kept, 4)) {
    std::size_t all = 0;
    for (const auto& part : survey_.articles) all += part.kept.text;
    if (article->kept.text * 2 > all) {
      content_ = article->node;
      kept = article->kept;
    }
  }
  if (is_little(kept, survey_.shown, 20)) {
    content_ = body;
    survey_.chrome.clear();
  }
  shows_hidden_ = survey_.shown.text == 0;
}

}  // namespace openkb
