#include "converters/relocate.hpp"

#include "converters/images.hpp"
#include "remote/http.hpp"
#include "text/links.hpp"
#include "text/slug.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace openkb {

namespace {

class relocation {
 public:
  relocation(const std::filesystem::path& directory, const std::vector<std::filesystem::path>& images_from,
             std::filesystem::path base)
      : base_(std::move(base)), images_(directory, images_from) {}

  relocated run(std::string_view markdown) {
    std::size_t from = 0;
    for (const auto& l : find_links(markdown)) {
      if (l.begin < from || l.target.empty() || l.target[0] == '#' || is_absolute_url(l.target)) continue;
      const auto target = l.image ? image_target(l.target) : file_url(l.target);
      if (!target) continue;
      out_.markdown.append(markdown.substr(from, l.begin - from)).append(*target);
      from = l.end;
    }
    out_.markdown += markdown.substr(from);
    return std::move(out_);
  }

 private:
  // The new target of an image; nothing when the image cannot be had.
  std::optional<std::string> image_target(const std::string& target) {
    if (const auto known = targets_.find(target); known != targets_.end()) return known->second;
    return targets_[target] = load(target);
  }

  // A file's name may have `%20` or `?raw=1` in earnest, so the text as it stands is tried last.
  std::optional<std::string> load(const std::string& target) {
    const auto bare = target.substr(0, target.find_first_of("?#"));
    cp::failure why;
    for (const auto& candidate : {decoded_target(bare), decoded_target(target), target}) {
      if (candidate.empty()) continue;
      auto read = images_.read(base_ / candidate);
      if (read) return link_to(keep(std::filesystem::path(candidate).filename(), std::move(read).value()));
      if (!why.code) why = read.error();
    }
    auto reason = why.code.message();
    if (why == error::leads_outside) reason += " of the document, nor below one of --images-from";
    out_.warnings.push_back("image '" + target + "' left as it is: " + reason);
    return std::nullopt;
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

  [[nodiscard]] std::string file_url(std::string_view target) const {
    const auto split = std::min(target.find_first_of("?#"), target.size());
    const auto file = (base_ / decoded_target(target.substr(0, split))).lexically_normal();
    return "file://" + encoded_target(file.native()) + std::string(target.substr(split));
  }

  std::filesystem::path base_;  // what is relative is meant against it
  image_directories images_;
  relocated out_;
  std::map<std::string, std::optional<std::string>> targets_;  // by the target as written
  std::map<std::string, std::string> names_;                   // by file
  std::set<std::string> taken_;
};

// A base is a directory up to its last slash.
std::filesystem::path base_directory(const std::filesystem::path& directory, std::string_view base) {
  base = base.substr(0, base.find_first_of("?#"));
  if (base.starts_with("file://")) base.remove_prefix(7);
  return (directory / decoded_target(base.substr(0, base.rfind('/') + 1))).lexically_normal();
}

}  // namespace

relocated relocate_from_web(std::string_view markdown, const std::string& base_url) {
  relocated out;
  std::size_t from = 0;
  for (const auto& l : find_links(markdown)) {
    if (l.begin < from || l.target.empty() || l.target[0] == '#') continue;
    if (is_absolute_url(l.target) && !l.target.starts_with("//")) continue;
    const auto split = std::min(l.target.find_first_of("?#"), l.target.size());
    const auto target = encoded_target(decoded_target(l.target.substr(0, split))) + l.target.substr(split);
    out.markdown.append(markdown.substr(from, l.begin - from)).append(resolved_url(base_url, target));
    from = l.end;
  }
  out.markdown += markdown.substr(from);
  return out;
}

relocated relocate(std::string_view markdown, const std::filesystem::path& directory,
                   const std::vector<std::filesystem::path>& images_from, const std::string& base) {
  const bool local = !is_absolute_url(base) || base.starts_with("file:///");
  if (!local) return relocate_from_web(markdown, base);
  return relocation(directory, images_from, base_directory(directory, base)).run(markdown);
}

}  // namespace openkb
