#include "documents/places.hpp"

#include "documents/document.hpp"
#include "remote/http.hpp"
#include "terminal/utf8.hpp"
#include "text/links.hpp"
#include "text/nfc.hpp"

#include <algorithm>
#include <optional>
#include <system_error>

namespace openkb {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_scheme = "file://";

std::string name_in_vault(const fs::path& vault, std::string_view name) {
  return "[[" + vault.native() + "]]" + nfc(utf8::lowered(name));
}

std::optional<std::string> place_in(const std::string& url) {
  if (is_http_url(url)) return plain_url(url);
  if (!url.starts_with(std::string(file_scheme) + '/')) return std::nullopt;
  const auto path = std::string_view(url).substr(file_scheme.size());
  const fs::path file(decoded_target(path.substr(0, path.find('?'))));
  if (!format_of(file)) return std::nullopt;
  return nfc(file.lexically_normal().native());
}

// Its file name, and its way down from the vault; a note's also without extension.
void add_names(std::vector<std::string>& places, const fs::path& file) {
  const auto vault = vault_of(file.parent_path());
  for (const auto& name : {file.filename(), file.lexically_relative(vault)}) {
    places.push_back(name_in_vault(vault, name.native()));
    if (format_of(file) != format::markdown) continue;
    places.push_back(name_in_vault(vault, (name.parent_path() / name.stem()).native()));
  }
}

void keep_each_once(auto& all) {
  std::ranges::sort(all);
  // Not of std::ranges: clang 14 cannot read what libstdc++ 12 gives back there.
  all.erase(std::unique(all.begin(), all.end()), all.end());
}

}  // namespace

std::vector<std::string> places_of(const std::string& place, const std::string& final_url) {
  std::vector<std::string> out;
  if (is_http_url(place)) {
    out.push_back(plain_url(place));
    if (is_http_url(final_url)) out.push_back(plain_url(final_url));
  } else if (place.starts_with('/')) {
    out.push_back(nfc(place));
    add_names(out, place);
  }
  keep_each_once(out);
  return out;
}

std::vector<outgoing_link> outgoing_links(std::string_view markdown, const std::string& place) {
  std::vector<outgoing_link> out;
  for (const auto& l : find_links(markdown)) {
    // What is not written as it is meant could not be written again.
    if (l.image || markdown.substr(l.begin, l.end - l.begin) != l.target) continue;
    auto written = l.target.substr(0, l.target.find('#'));
    if (auto to = place_in(written)) out.push_back({*std::move(to), std::move(written)});
  }
  std::optional<fs::path> vault;
  for (const auto& w : find_wiki_links(markdown)) {
    if (!w.marked || !place.starts_with('/')) continue;
    if (!vault) vault = vault_of(fs::path(place).parent_path());
    out.push_back({name_in_vault(*vault, w.target), "[[" + w.target});
  }
  keep_each_once(out);
  return out;
}

fs::path vault_of(const fs::path& directory) {
  for (auto above = directory; !above.empty(); above = above.parent_path()) {
    std::error_code ignored;
    if (fs::is_directory(above / ".obsidian", ignored)) return above;
    if (above == above.root_path()) break;
  }
  return directory;
}

}  // namespace openkb
