#pragma once

/// \file
/// A document, ready to go into a knowledge base: read once, converted, its images at hand. Nothing of a knowledge
/// base is needed or touched to make one.

#include "error.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

enum class format { markdown, text, html };

[[nodiscard]] std::string_view to_string(format f) noexcept;
/// By the file name's extension.
[[nodiscard]] std::optional<format> format_of(const std::filesystem::path& file);

/// An image that a document shows, under the name that it gets.
struct image {
  std::string name;
  std::string bytes;
};

struct document {
  std::string place;      ///< absolute path
  std::string stem;       ///< the slug of the file's name without extension
  std::string extension;  ///< with its dot, in lower case
  openkb::format format = format::markdown;
  std::string bytes;
  std::string sha256;
  std::string title;
  std::string markdown;  ///< links to images read `images/<image_directory>/name`; the directory is put in later
  std::vector<image> images;
  std::vector<std::string> warnings;
};

/// \errors the system's; not_a_document, not_a_file, too_large, not_utf8, no_text.
[[nodiscard]] cp::result<document> read_document(const std::filesystem::path& file);

/// Stands in `document::markdown` where the directory of the images comes, since its name is known only later.
inline constexpr std::string_view image_directory = "images/\x02/";

}  // namespace openkb
