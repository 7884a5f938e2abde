#pragma once

/// \file
/// Moving a text away from where its relative links were true.

#include "documents/document.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// A text that no longer depends on the directory that it came from.
struct relocated {
  std::string markdown;
  std::vector<image> images;
  std::vector<std::string> warnings;
};

/// Images that the document may name (images.hpp) are read, each once, and their links lead to `image_directory`; any
/// other one is a warning and keeps its link. Other relative links become `file:` URLs of what they led to. URLs stay
/// what they are.
///
/// Of Obsidian's links, `![[image.png]]` is an image like any other one, looked for below its directories as well where
/// nothing says where it is; `[[page]]` becomes its words with a mark (cross_links.hpp) of what it named.
///
/// What is relative is meant against `directory`, or against `base`, where the document names one: a URL, or a path.
[[nodiscard]] relocated relocate(std::string_view markdown, const std::filesystem::path& directory,
                                 const std::vector<std::filesystem::path>& images_from = {},
                                 const std::string& base = {});

/// For a text from the web: every relative link and image becomes the URL that it means, and Obsidian's links their
/// words.
[[nodiscard]] relocated relocate_from_web(std::string_view markdown, const std::string& base_url);

}  // namespace openkb
