#include "documents/find_documents.hpp"

#include "documents/document.hpp"

#include <algorithm>

namespace openkb {

namespace {

namespace fs = std::filesystem;

bool is_one_of(const fs::path& directory, const std::vector<fs::path>& known) {
  return std::ranges::any_of(known, [&](const fs::path& k) {
    std::error_code code;
    return fs::equivalent(directory, k, code) && !code;
  });
}

// A directory may be a stranger's, and a link in it lead to what is nobody's business.
bool leads_out(const fs::path& link, const fs::path& top) {
  std::error_code code;
  const auto target = fs::canonical(link, code);
  if (code) return false;  // it leads nowhere, which is said when it is opened
  return std::mismatch(top.begin(), top.end(), target.begin(), target.end()).first != top.end();
}

// Whatever has the right name is taken, a pipe or a dead link too: that it cannot be added is then said, not hidden.
void walk(const fs::path& directory, const fs::path& top, const std::vector<fs::path>& own, found_documents& out) {
  std::error_code code;
  for (fs::directory_iterator entry(directory, code), end; !code && entry != end; entry.increment(code)) {
    if (entry->path().filename().native().starts_with('.')) continue;
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      if (!entry->is_symlink(ignored) && !is_one_of(entry->path(), own)) walk(entry->path(), top, own, out);
    } else if (!format_of(entry->path())) {
      continue;
    } else if (entry->is_symlink(ignored) && leads_out(entry->path(), top)) {
      out.unreadable.emplace_back(make_error_code(error::leads_outside), entry->path().native());
    } else {
      out.files.push_back(entry->path());
    }
  }
  if (code) out.unreadable.emplace_back(code, directory.native());
}

}  // namespace

found_documents find_documents(const fs::path& directory, const std::vector<fs::path>& own) {
  found_documents out;
  std::error_code code;
  const auto top = fs::canonical(directory, code);
  walk(directory, code ? directory : top, own, out);
  std::ranges::sort(out.files);
  return out;
}

bool lies_in(const fs::path& file, const std::vector<fs::path>& directories) {
  std::error_code code;  // a file that cannot be named is none
  for (auto parent = fs::absolute(file, code).lexically_normal().parent_path(); parent.has_relative_path();
       parent = parent.parent_path()) {
    if (is_one_of(parent, directories)) return true;
  }
  return false;
}

}  // namespace openkb
