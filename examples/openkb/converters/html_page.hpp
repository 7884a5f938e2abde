#pragma once

/// \file
/// A web page as a reader sees it: its content, without what stands around it on every page of its site. A page is
/// never lost: where the rules would leave nothing, or very little of the whole, all of it is content.

#include "converters/html_survey.hpp"
#include "converters/html_title.hpp"
#include "converters/html_tree.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

class html_page {
 public:
  /// `own_name`: the file name that links to places in the page itself may begin with.
  html_page(std::string_view source, std::string_view own_name);

  /// Where the content is: the `<main>`, the article, or everything.
  [[nodiscard]] const GumboNode& content() const noexcept { return *content_; }
  /// Whether a node of it is not for a reader.
  [[nodiscard]] bool leaves_out(const GumboNode& node) const;
  /// All text below a node, line breaks included, that is for a reader.
  [[nodiscard]] std::string text_of(const GumboNode& node) const;
  [[nodiscard]] bool leads_into_itself(std::string_view target) const noexcept;

  [[nodiscard]] const std::string& title() const noexcept { return title_; }
  /// `<base href>`: what relative links are meant against.
  [[nodiscard]] const std::string& base() const noexcept { return base_; }

 private:
  void read_head();
  void choose_title();
  const std::string& heading_text(std::size_t i);
  html_titles gather_titles();
  void choose_content();

  html_tree tree_;
  std::string own_name_;
  html_survey survey_;
  const GumboNode* content_;
  bool shows_hidden_ = false;
  std::string title_;
  std::string site_;
  std::string base_;
  std::vector<std::optional<std::string>> heading_texts_;  // of the survey's, as far as somebody asked
  std::vector<std::size_t> top_;                           // the survey's headings that are `html_titles::top`
};

}  // namespace openkb
