#include "documents/same_name.hpp"

#include "text/nfc.hpp"

namespace openkb {

namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

// Of what is in the directory; empty when it has none.
fs::path entry_of_same_name(const fs::path& directory, const fs::path& name) {
  std::error_code code;
  for (fs::directory_iterator entry(directory, code), end; !code && entry != end; entry.increment(code)) {
    if (same_name(entry->path().filename().native(), name.native())) return entry->path().filename();
  }
  return {};
}

}  // namespace

fs::path file_of_same_name(const fs::path& path) {
  // Only a name that is not ASCII can be written in two ways.
  if (is_there(path) || nfd(path.native()) == nfc(path.native())) return path;
  fs::path way;
  for (const auto& name : path) {
    auto found = name;
    if (!is_there(way / name)) found = entry_of_same_name(way.empty() ? fs::path(".") : way, name);
    if (found.empty()) return path;
    way /= found;
  }
  return way;
}

}  // namespace openkb
