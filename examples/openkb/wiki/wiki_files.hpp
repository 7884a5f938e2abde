#pragma once

/// \file
/// What stands in the directories of a knowledge base, whoever put it there. Read under the lock.

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// All files below `raw/` and `wiki/`, relative to the root, sorted.
[[nodiscard]] std::vector<std::string> files_below(const std::filesystem::path& root);

/// Files, found however the accents in their names are written.
class file_names {
 public:
  explicit file_names(std::vector<std::string> files);

  [[nodiscard]] const std::set<std::string>& all() const noexcept { return files_; }
  /// The file as its name is written there: exactly so, or with accents the other way. Empty when there is none.
  [[nodiscard]] std::string find(const std::string& file) const;

 private:
  std::set<std::string> files_;
  std::map<std::string, std::string> written_;  // by their names in NFC
};

/// What a relative link on a page leads to, relative to the root and without `.` and `..`; empty when the link is not
/// relative, or leads out of the knowledge base.
[[nodiscard]] std::string target_of(std::string_view page, std::string_view link_target);

}  // namespace openkb
