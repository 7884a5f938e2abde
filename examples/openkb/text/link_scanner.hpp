#pragma once

/// \file
/// Reads a run of Markdown for its links, character by character; what stands in code or comments is passed over.

#include "text/links.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace openkb {

struct scanned_links {
  std::vector<link> links;                 ///< inline links and images, and those of raw HTML
  std::set<std::string> image_references;  ///< labels that images refer to, in lower case
  std::vector<wiki_link> wiki_links;       ///< and their marks
};

/// One text, of which paragraph-sized runs are read.
class link_scanner {
 public:
  link_scanner(std::string_view text, scanned_links& found) : text_(text), found_(found) {}

  void run(std::size_t begin, std::size_t end);

 private:
  struct bracket {
    std::size_t at;
    bool image;
  };
  struct target {
    std::size_t begin;
    std::size_t end;
    std::size_t after;
    std::string_view text;
  };

  void step();
  void pass_code();
  void pass_angle();
  void tag(std::size_t begin, std::size_t end);
  void attribute(std::size_t begin, std::size_t end, std::string_view wanted, bool image);
  void open();
  [[nodiscard]] bool pass_wiki_link();
  void mark(std::string_view comment, std::size_t end);
  void close();
  [[nodiscard]] bool destination(const bracket& from);
  [[nodiscard]] std::optional<target> parse_target(std::size_t begin);
  [[nodiscard]] std::size_t skip_space(std::size_t i) const noexcept;
  [[nodiscard]] std::size_t skip_title(std::size_t i);
  [[nodiscard]] std::size_t find_close(char c, std::size_t from);
  [[nodiscard]] bool at(std::size_t i, char c) const noexcept { return i < end_ && text_[i] == c; }
  [[nodiscard]] std::size_t run_of(char c, std::size_t i) const noexcept;

  std::string_view text_;
  scanned_links& found_;
  std::vector<bracket> open_;
  std::map<char, std::pair<std::size_t, std::size_t>> absent_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// Without backslash escapes and the one entity that stands in targets.
[[nodiscard]] std::string unescaped_target(std::string_view text);

}  // namespace openkb
