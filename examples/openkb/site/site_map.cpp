#include "site/site_map.hpp"

#include "knowledge_base/layout.hpp"
#include "site/safe_html.hpp"
#include "terminal/utf8.hpp"
#include "text/links.hpp"
#include "text/nfc.hpp"
#include "wiki/wiki_files.hpp"

#include <array>
#include <filesystem>

namespace openkb {

namespace {

bool is_one_of(std::string_view what, const auto& those) {
  for (const auto each : those) {
    if (what == each) return true;
  }
  return false;
}

std::string extension_of(const std::string& file) {
  return utf8::lowered(std::filesystem::path(file).extension().native());
}

// What a browser shows in an <img>, and what it shows of an original without running it.
constexpr std::array<std::string_view, 12> image_extensions{".png", ".jpg",  ".jpeg", ".gif",  ".webp", ".bmp",
                                                            ".tif", ".tiff", ".ico",  ".avif", ".heic", ".heif"};
constexpr std::string_view svg = ".svg";
constexpr std::array<std::string_view, 5> harmless_originals{".pdf", ".txt", ".text", ".md", ".markdown"};

// An SVG is there as the text that it is, as an original in HTML is: opened by itself, its scripts would run.
std::string place_of_image(const std::string& place, std::string_view extension) {
  if (extension == svg) return place + ".txt";
  return is_one_of(extension, image_extensions) ? place : std::string{};
}

std::string place_in_site(const std::string& file) {
  const auto extension = extension_of(file);
  if (file.starts_with("wiki/")) {
    const auto inner = file.substr(5);
    if (extension == ".md") return inner.substr(0, inner.size() - 3) + ".html";
    return place_of_image(inner, extension);
  }
  // An original in HTML is shown as the text that it is: its scripts would run in the site's name.
  if (file.starts_with("raw/")) {
    return "originals/" + file.substr(4) + (is_one_of(extension, harmless_originals) ? "" : ".txt");
  }
  const auto blobs = std::string(layout::index_blobs) + '/';
  return file.starts_with(blobs) ? place_of_image("pages/" + file.substr(blobs.size()), extension) : std::string{};
}

}  // namespace

bool site_map::put(const std::string& file) {
  auto place = place_in_site(file);
  if (place.empty()) return false;
  written_.emplace(nfc(file), file);
  places_.emplace(file, std::move(place));
  return true;
}

std::string site_map::file_of(const std::string& file) const {
  if (places_.contains(file)) return file;
  const auto other = written_.find(nfc(file));
  return other == written_.end() ? std::string{} : other->second;
}

std::string site_map::place_of(const std::string& file) const {
  const auto found = places_.find(file_of(file));
  return found == places_.end() ? std::string{} : found->second;
}

std::string site_map::link(const std::string& page, std::string_view target, bool image) const {
  constexpr std::array<std::string_view, 2> images_from{"http", "https"};
  constexpr std::array<std::string_view, 3> links_to{"http", "https", "mailto"};
  if (target.starts_with("//")) return "https:" + std::string(target);
  if (const auto scheme = scheme_of(target); !scheme.empty()) {
    const bool fine = image ? is_one_of(scheme, images_from) : is_one_of(scheme, links_to);
    return fine ? std::string(target) : std::string{};
  }
  if (target.starts_with('#')) return image ? std::string{} : std::string(target);
  const auto place = place_of(target_of(page, target));
  if (place.empty()) return {};
  const auto fragment = target.find('#');
  return way(place_of(page), place) +
         (fragment == std::string_view::npos ? std::string{} : std::string(target.substr(fragment)));
}

bool is_svg(const std::string& file) { return extension_of(file) == svg; }

std::string way(std::string_view from, std::string_view to) {
  const auto base = std::filesystem::path(from).parent_path();
  const auto relative = std::filesystem::path(to).lexically_relative(base.empty() ? "." : base).native();
  // A first segment with a colon would be taken for a scheme.
  const auto target = encoded_target(relative);
  return target.substr(0, target.find('/')).find(':') == std::string::npos ? target : "./" + target;
}

}  // namespace openkb
