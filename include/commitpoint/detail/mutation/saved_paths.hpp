#pragma once

/// \file
/// Which paths undo entries have saved already, found without looking at each entry.

#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Knows the entries of one mutation by their places in its list.
class saved_paths {
 public:
  /// An entry that is the newest.
  void add(const undo_entry& e, std::size_t place) {
    using way = undo_entry::way;
    if (e.record != journal::record_kind::protect || e.how == way::restore_length) return;
    const auto path = places_[e.how == way::restore_tree ? 1 : 0].try_emplace(e.path).first;
    path->second.push_back(place);
    newest_last_.emplace_back(place, path);
  }

  /// Forgets all from a place on.
  void cut(std::size_t remaining) {
    for (; !newest_last_.empty() && newest_last_.back().first >= remaining; newest_last_.pop_back()) {
      newest_last_.back().second->second.pop_back();
    }
  }

  /// Whether an entry from this place on saved the path, or a tree that it is in.
  [[nodiscard]] bool covers(std::string_view plain, std::size_t from) const {
    const auto is_in = [&](const paths& in, std::string_view path) {
      const auto found = in.find(path);
      return found != in.end() && !found->second.empty() && found->second.back() >= from;
    };
    const auto& [alone, trees] = places_;
    if (is_in(alone, plain)) return true;
    if (trees.empty()) return false;
    for (auto at = plain; !at.empty(); at = parent_of(at)) {
      if (is_in(trees, at)) return true;
    }
    return false;
  }

 private:
  using paths = std::map<std::string, std::vector<std::size_t>, std::less<>>;

  std::array<paths, 2> places_;  // of what is saved alone, and of trees
  std::vector<std::pair<std::size_t, paths::iterator>> newest_last_;
};

}  // namespace commitpoint::detail
