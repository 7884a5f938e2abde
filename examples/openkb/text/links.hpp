#pragma once

/// \file
/// The links of a Markdown text, found without touching what stands in code.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// One place in a text that leads somewhere.
struct link {
  std::size_t begin = 0;  ///< where the target stands in the text, angle brackets and quotes excluded or replaceable
  std::size_t end = 0;
  std::string target;  ///< without escapes; still percent-encoded
  bool image = false;

  // Of an inline link, from its first bracket to its last parenthesis; `whole_end` is 0 for any other one.
  std::size_t whole_begin = 0;
  std::size_t whole_end = 0;
  std::size_t words_begin = 0;
  std::size_t words_end = 0;
};

/// A link as Obsidian writes it, `[[page#heading|words]]` or `![[image.png|200]]`; or, where it was one, the mark that
/// keeps what it named: `words<!--[[page#heading]]words-->`, of which a reader sees the words.
struct wiki_link {
  std::size_t begin = 0;  ///< where all of it stands in the text
  std::size_t end = 0;
  std::string target;
  std::string heading;
  std::string words;  ///< behind the pipe; empty without one
  bool embedded = false;
  bool in_table = false;  ///< its pipe is escaped
  bool marked = false;
};

/// An inline link as a whole, and what it shows.
struct inline_link {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view text;
};

/// All inline links and images, reference definitions, and the `src` and `href` of raw HTML tags, in order.
/// Code spans, fenced and indented code and comments are passed over.
[[nodiscard]] std::vector<link> find_links(std::string_view markdown);

/// Those of Obsidian and their marks, in order, but in code.
[[nodiscard]] std::vector<wiki_link> find_wiki_links(std::string_view markdown);

/// The whole of a link of this text; nothing for a reference definition and an HTML attribute.
[[nodiscard]] std::optional<inline_link> words_of_link(std::string_view markdown, const link& l);

/// The text with each link or image that `is_gone` says leads nowhere replaced by its words. Reference definitions and
/// HTML attributes have no words of their own and stay.
[[nodiscard]] std::string without_links(std::string_view markdown, const std::function<bool(const link& l)>& is_gone);

/// Whether a target names its own place (`https:`, `mailto:`, `data:`, `//host/...`).
[[nodiscard]] bool is_absolute_url(std::string_view target) noexcept;

/// Percent-encodes what cannot stand in a link target between parentheses; `/` and UTF-8 stay readable.
[[nodiscard]] std::string encoded_target(std::string_view file_path);
/// Percent-encodes no more than what would end a link's target early.
[[nodiscard]] std::string safe_target(std::string_view target);
/// Undoes percent-encoding.
[[nodiscard]] std::string decoded_target(std::string_view target);

}  // namespace openkb
