#include "converters/relocate.hpp"

#include "converters/images.hpp"
#include "remote/http.hpp"
#include "terminal/utf8.hpp"
#include "text/links.hpp"
#include "text/replacements.hpp"
#include "text/slug.hpp"
#include "wiki/cross_links.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

namespace openkb {

namespace {

bool is_image_name(std::string_view name) {
  const auto extension = utf8::lowered(std::filesystem::path(name).extension().native());
  constexpr std::array<std::string_view, 12> known{".avif", ".bmp", ".gif", ".heic", ".ico",  ".jpeg",
                                                   ".jpg",  ".png", ".svg", ".tif",  ".tiff", ".webp"};
  return std::ranges::find(known, extension) != known.end();
}

// `200` or `200x100`
bool is_width(std::string_view words) {
  return !words.empty() && words.find_first_not_of("0123456789x") == std::string_view::npos && words[0] != 'x';
}

// As Obsidian shows it.
std::string words_of(const wiki_link& w) {
  if (!w.words.empty()) return w.words;
  if (w.heading.empty()) return w.target;
  return w.target.empty() ? w.heading : w.target + " > " + w.heading;
}

// A URL that is written with escapes or between angle brackets, without them: so it can be turned, and turned back.
std::optional<std::string> plainly_written(std::string_view markdown, const link& l) {
  auto plain = safe_target(l.target);
  if (l.image || plain == markdown.substr(l.begin, l.end - l.begin)) return std::nullopt;
  return plain;
}

class relocation {
 public:
  relocation(const std::filesystem::path& directory, const std::vector<std::filesystem::path>& images_from,
             std::filesystem::path base)
      : base_(std::move(base)), images_(directory, images_from) {}

  relocated run(std::string_view markdown) {
    replacements moved;
    for (const auto& l : find_links(markdown)) {
      if (auto target = target_of(markdown, l)) moved.add(l.begin, l.end, *std::move(target));
    }
    for (const auto& w : find_wiki_links(markdown)) {
      if (w.marked) continue;
      if (auto text = w.embedded && is_image_name(w.target) ? embedded_image(w) : wiki_text(w)) {
        moved.add(w.begin, w.end, *std::move(text));
      }
    }
    out_.markdown = moved.in(markdown);
    return std::move(out_);
  }

 private:
  std::optional<std::string> target_of(std::string_view markdown, const link& l) {
    if (l.target.empty() || l.target[0] == '#') return std::nullopt;
    if (is_absolute_url(l.target)) return plainly_written(markdown, l);
    return l.image ? image_target(l.target) : file_url(l.target);
  }

  // The new target of an image; nothing when the image cannot be had.
  std::optional<std::string> image_target(const std::string& target) {
    if (const auto known = targets_.find(target); known != targets_.end()) return known->second;
    return targets_[target] = load(target);
  }

  // A file's name may have `%20` or `?raw=1` in earnest, so the text as it stands is tried last.
  std::optional<std::string> load(const std::string& target) {
    const auto bare = target.substr(0, target.find_first_of("?#"));
    return load(target, {decoded_target(bare), decoded_target(target), target});
  }

  std::optional<std::string> load(const std::string& target, const std::vector<std::filesystem::path>& candidates) {
    cp::failure why;
    for (const auto& candidate : candidates) {
      if (candidate.empty()) continue;
      auto read = images_.read(base_ / candidate);
      if (read) return link_to(keep(candidate.filename(), std::move(read).value()));
      if (!why.code) why = read.error();
    }
    auto reason = why.code.message();
    if (why == error::leads_outside) reason += " of the document, nor below one of --images-from";
    out_.warnings.push_back("image '" + target + "' left as it is: " + reason);
    return std::nullopt;
  }

  // `![[image.png|200]]`; where that is, Obsidian finds out. A width is its own word for one.
  std::optional<std::string> embedded_image(const wiki_link& w) {
    if (!targets_.contains(w.target)) {
      std::vector<std::filesystem::path> candidates{w.target};
      if (w.target.find('/') == std::string::npos) candidates.push_back(images_.find(w.target));
      targets_[w.target] = load(w.target, candidates);
    }
    const auto& target = targets_[w.target];
    if (!target) return std::nullopt;
    auto alt = w.words.empty() || is_width(w.words) ? w.target : w.words;
    if (is_width(w.words) && !w.in_table) alt += '|' + w.words;
    return "![" + alt + "](" + *target + ")";
  }

  // What is no document and stands beside it is led to as any other file.
  std::optional<std::string> wiki_text(const wiki_link& w) {
    const auto words = words_of(w);
    if (w.target.empty()) return words;
    std::error_code ignored;
    const bool file = !format_of(w.target) && std::filesystem::is_regular_file(base_ / w.target, ignored);
    if (file) return "[" + words + "](" + file_url(encoded_target(w.target)) + ")";
    return marked_wiki_link(w.target, w.heading, words);
  }

  const std::string& keep(const std::filesystem::path& called, image_file&& from) {
    if (const auto known = names_.find(from.file.native()); known != names_.end()) return known->second;
    const std::filesystem::path plain(safe_file_name(called.native()));
    auto name = plain.native();
    for (std::size_t digits = 8; !taken_.insert(name).second; digits += 8) {
      name = distinct_slug(plain.stem().native(), from.file.native(), digits) + plain.extension().native();
    }
    out_.images.push_back({name, std::move(from.bytes), from.mode});
    return names_[from.file.native()] = name;
  }

  static std::string link_to(std::string_view name) { return std::string(image_directory) + encoded_target(name); }

  // Directories without links, as documents are known.
  [[nodiscard]] std::string file_url(std::string_view target) {
    const auto split = std::min(target.find_first_of("?#"), target.size());
    const auto file = (base_ / decoded_target(target.substr(0, split))).lexically_normal();
    auto directory = directories_.find(file.parent_path());
    if (directory == directories_.end()) {
      std::error_code code;
      const auto found = std::filesystem::canonical(file.parent_path(), code);
      directory = directories_.emplace(file.parent_path(), code ? file.parent_path() : found).first;
    }
    const auto path = directory->second / file.filename();
    return "file://" + encoded_target(path.native()) + safe_target(target.substr(split));
  }

  std::filesystem::path base_;  // what is relative is meant against it
  image_directories images_;
  relocated out_;
  std::map<std::string, std::optional<std::string>> targets_;  // by the target as written
  std::map<std::string, std::string> names_;                   // by file
  std::set<std::string> taken_;
  std::map<std::filesystem::path, std::filesystem::path> directories_;
};

// A base is a directory up to its last slash.
std::filesystem::path base_directory(const std::filesystem::path& directory, std::string_view base) {
  base = base.substr(0, base.find_first_of("?#"));
  if (base.starts_with("file://")) base.remove_prefix(7);
  return (directory / decoded_target(base.substr(0, base.rfind('/') + 1))).lexically_normal();
}

}  // namespace

relocated relocate_from_web(std::string_view markdown, const std::string& base_url) {
  replacements moved;
  for (const auto& l : find_links(markdown)) {
    if (l.target.empty() || l.target[0] == '#') continue;
    if (is_absolute_url(l.target) && !l.target.starts_with("//")) {
      if (auto target = plainly_written(markdown, l)) moved.add(l.begin, l.end, *std::move(target));
      continue;
    }
    const auto split = std::min(l.target.find_first_of("?#"), l.target.size());
    const auto target = encoded_target(decoded_target(l.target.substr(0, split))) + safe_target(l.target.substr(split));
    moved.add(l.begin, l.end, safe_target(resolved_url(base_url, target)));
  }
  for (const auto& w : find_wiki_links(markdown)) {
    if (!w.marked && !(w.embedded && is_image_name(w.target))) moved.add(w.begin, w.end, words_of(w));
  }
  return {moved.in(markdown), {}, {}};
}

relocated relocate(std::string_view markdown, const std::filesystem::path& directory,
                   const std::vector<std::filesystem::path>& images_from, const std::string& base) {
  const bool local = !is_absolute_url(base) || base.starts_with("file:///");
  if (!local) return relocate_from_web(markdown, base);
  return relocation(directory, images_from, base_directory(directory, base)).run(markdown);
}

}  // namespace openkb
