#include "wiki/wiki_files.hpp"

#include "text/links.hpp"
#include "text/nfc.hpp"

#include <algorithm>

namespace openkb {

namespace fs = std::filesystem;

std::vector<std::string> files_below(const fs::path& root) {
  std::vector<std::string> out;
  for (const auto* top : {"raw", "wiki"}) {
    std::error_code code;
    for (fs::recursive_directory_iterator entry(root / top, code), end; !code && entry != end; entry.increment(code)) {
      std::error_code ignored;
      if (!entry->is_directory(ignored)) out.push_back(entry->path().lexically_relative(root).native());
    }
  }
  std::ranges::sort(out);
  return out;
}

file_names::file_names(std::vector<std::string> files) {
  for (auto& file : files) {
    written_.emplace(nfc(file), file);
    files_.insert(std::move(file));
  }
}

std::string file_names::find(const std::string& file) const {
  if (files_.contains(file)) return file;
  const auto found = written_.find(nfc(file));
  return found == written_.end() ? std::string{} : found->second;
}

std::string target_of(std::string_view page, std::string_view link_target) {
  if (link_target.empty() || link_target[0] == '#' || link_target[0] == '/' || is_absolute_url(link_target)) return {};
  const auto bare = link_target.substr(0, link_target.find_first_of("?#"));
  auto target = (fs::path(page).parent_path() / decoded_target(bare)).lexically_normal().native();
  return target.starts_with("..") ? std::string{} : target;
}

}  // namespace openkb
