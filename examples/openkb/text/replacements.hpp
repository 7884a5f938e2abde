#pragma once

/// \file
/// Places in a text that something else takes, gathered in any order.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace openkb {

class replacements {
 public:
  void add(std::size_t begin, std::size_t end, std::string by) { all_.push_back({begin, end, std::move(by)}); }

  /// The text with all of them; of two that overlap, the one that begins first.
  [[nodiscard]] std::string in(std::string_view text) {
    std::ranges::stable_sort(all_, {}, &one::begin);
    std::string out;
    std::size_t from = 0;
    for (const auto& r : all_) {
      if (r.begin < from) continue;
      out.append(text.substr(from, r.begin - from)).append(r.by);
      from = r.end;
    }
    return out.append(text.substr(std::min(from, text.size())));
  }

 private:
  struct one {
    std::size_t begin;
    std::size_t end;
    std::string by;
  };
  std::vector<one> all_;
};

}  // namespace openkb
