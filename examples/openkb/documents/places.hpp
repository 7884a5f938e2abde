#pragma once

/// \file
/// Where documents are, as links name them. A document has one place or several, and its text names those of others;
/// where the two meet, a link leads from page to page.
///
/// A place is an absolute path, a URL without its fragment, or a name in a vault of Obsidian: `[[/the/vault]]page`.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// A link of a text to where a document may be.
struct outgoing_link {
  std::string place;
  std::string written;  ///< as the text has it while no document is there, without what follows a `#`

  friend auto operator<=>(const outgoing_link&, const outgoing_link&) = default;
};

/// Where a document is that was read from `place`, a path or a URL, perhaps by way of redirects to `final_url`.
[[nodiscard]] std::vector<std::string> places_of(const std::string& place, const std::string& final_url = {});

/// The links of a text that was moved away from where its relative links were true (relocate.hpp), sorted, each once.
/// Links of images are none, nor are those to files that cannot be documents.
[[nodiscard]] std::vector<outgoing_link> outgoing_links(std::string_view markdown, const std::string& place);

/// The directory whose notes a note may name without saying where they are: the one above it that Obsidian knows as a
/// vault, else its own.
[[nodiscard]] std::filesystem::path vault_of(const std::filesystem::path& directory);

}  // namespace openkb
