#pragma once

/// \file
/// Where in a site the files of a knowledge base are, and the links between them.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// From paths in the knowledge base to paths in the site; both are relative.
class site_map {
 public:
  /// Takes in what a site has a place for: pages (`.md`) and images of the wiki, originals, images of the page index.
  /// Whether it had one.
  bool put(const std::string& file);

  [[nodiscard]] const std::map<std::string, std::string>& files() const noexcept { return places_; }
  /// A file as its name is written there, however the accents in the one that is asked for are. Empty for what is not
  /// in the site.
  [[nodiscard]] std::string file_of(const std::string& file) const;
  /// However the accents in the name are written. Empty for what is not in the site.
  [[nodiscard]] std::string place_of(const std::string& file) const;

  /// What a link on a page becomes in the site; nothing where it leads nowhere that a reader could go: to what is not
  /// in the site, to a file of the machine that it was made on, to a script.
  [[nodiscard]] std::string link(const std::string& page, std::string_view target, bool image) const;

 private:
  std::map<std::string, std::string> places_;
  std::map<std::string, std::string> written_;  // files by their names in NFC
};

/// Whether a file is an SVG, by its name.
[[nodiscard]] bool is_svg(const std::string& file);

/// The way from one page of a site to another file of it, as a link.
[[nodiscard]] std::string way(std::string_view from, std::string_view to);

}  // namespace openkb
