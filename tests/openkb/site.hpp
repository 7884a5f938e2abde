#pragma once

/// \file
/// Looks at a site that was exported, as a browser would.

#include "converters/html_tree.hpp"
#include "program.hpp"
#include "site/safe_html.hpp"
#include "text/links.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace openkb::testing {

/// All that a page leads to or shows.
inline std::vector<std::string> targets_in(const std::string& html) {
  std::vector<std::string> out;
  const html_tree tree(html);
  std::vector<const GumboNode*> todo{&tree.root()};
  while (!todo.empty()) {
    const auto* node = todo.back();
    todo.pop_back();
    for (const auto* name : {"href", "src", "action"}) {
      if (const auto value = attribute_of(*node, name); !value.empty()) out.emplace_back(value);
    }
    for (const auto* child : children_of(*node)) todo.push_back(child);
  }
  return out;
}

/// Links of all pages of a site that lead nowhere, or out of it; and how many were followed.
inline std::pair<std::string, std::size_t> broken_links_in(const std::filesystem::path& site) {
  std::string broken;
  std::size_t followed = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(site)) {
    if (entry.path().extension() != ".html") continue;
    for (const auto& target : targets_in(content_of(entry.path()))) {
      if (!scheme_of(target).empty() || target.starts_with('#')) continue;
      ++followed;
      const auto bare = decoded_target(target.substr(0, target.find_first_of("?#")));
      const auto file = (entry.path().parent_path() / bare).lexically_normal();
      const bool inside = file.native().starts_with(site.native());
      if (!inside || !std::filesystem::is_regular_file(file)) broken += entry.path().native() + ": " + target + "\n";
    }
  }
  return {broken, followed};
}

/// The files of a site and what is in them.
inline std::map<std::string, std::string> files_of_site(const std::filesystem::path& site) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(site)) {
    if (entry.is_regular_file()) out.emplace(entry.path().lexically_relative(site).native(), content_of(entry.path()));
  }
  return out;
}

}  // namespace openkb::testing
