#pragma once

/// \file
/// Names as a person asks for some of them: by a part, or by a pattern as shells have it.

#include <string>
#include <string_view>

namespace openkb {

/// With `*`, `?` or `[`, what a whole name has to be; without, a part of it. Case does not count, nor how accents are
/// written.
class name_pattern {
 public:
  explicit name_pattern(std::string_view asked);

  [[nodiscard]] bool fits(std::string_view name) const;

 private:
  std::string asked_;
  bool whole_;
};

}  // namespace openkb
