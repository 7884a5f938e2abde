#pragma once

/// \file
/// The search for what ends something, in a text that may begin it everywhere and end it nowhere.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace openkb {

/// Finds one of up to four ends in one text, from one place after the other. What is not there behind some place is not
/// looked for behind a later one, so that all searches together take no longer than the text, whatever it is.
class end_finder {
 public:
  explicit end_finder(std::string_view text) noexcept : text_(text) {}

  /// `ending` outlives this.
  [[nodiscard]] std::size_t find(std::string_view ending, std::size_t from) noexcept {
    auto* const known =
        std::ranges::find_if(missing_, [&](const auto& m) { return m.first == ending || m.first.empty(); });
    if (known != missing_.end() && !known->first.empty() && from >= known->second) return std::string_view::npos;
    const auto found = text_.find(ending, from);
    if (found == std::string_view::npos && known != missing_.end()) *known = {ending, from};
    return found;
  }

 private:
  std::string_view text_;
  std::array<std::pair<std::string_view, std::size_t>, 4> missing_{};  // from where on there is none
};

}  // namespace openkb
