#pragma once

/// \file
/// Plain text out of Markdown, and plain text into it.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// The text of a paragraph of Markdown without its markup, on one line.
[[nodiscard]] std::string plain_text(std::string_view markdown);

/// Splits a paragraph of plain text into sentences.
[[nodiscard]] std::vector<std::string> sentences_of(std::string_view paragraph);

/// Plain text that Markdown shows as it is, on one line. It also cannot begin a tag or a comment.
[[nodiscard]] std::string escaped(std::string_view plain);

/// A paragraph that does not begin like a heading, a quotation or a list.
[[nodiscard]] std::string block_safe(std::string paragraph);

/// Text as a code span, whatever backticks it has; control characters become question marks.
[[nodiscard]] std::string code_span(std::string_view text);

/// At most `bytes` bytes, cut between words, with an ellipsis where something is missing.
[[nodiscard]] std::string abridged(std::string_view plain, std::size_t bytes);

/// `1 page`, `2 pages`.
[[nodiscard]] std::string counted(std::size_t n, std::string_view one, std::string_view many);

}  // namespace openkb
