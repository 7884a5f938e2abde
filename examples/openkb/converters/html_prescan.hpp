#pragma once

/// \file
/// The HTML standard's "prescan a byte stream to determine its encoding".

#include "converters/encoding.hpp"

#include <string>
#include <string_view>

namespace openkb {

/// The encoding that the first `<meta>` names that names one; null when none does.
class html_prescan {
 public:
  explicit html_prescan(std::string_view bytes) : bytes_(bytes) {}
  const encoding* run();

 private:
  struct attribute {
    std::string name;
    std::string value;
  };

  [[nodiscard]] bool is_at_end() const noexcept { return at_ >= bytes_.size(); }
  [[nodiscard]] char here() const noexcept { return is_at_end() ? '\0' : bytes_[at_]; }
  [[nodiscard]] bool stands_here(std::string_view lower_case) const noexcept;
  void skip_behind(std::string_view what, std::size_t from) noexcept;
  void skip_blanks() noexcept;
  bool next_attribute(attribute& into);
  void read_value(attribute& into);
  const encoding* meta();
  void other_tag();

  std::string_view bytes_;
  std::size_t at_ = 0;
};

/// The encoding in a `content` attribute such as `text/html; charset=utf-8`; null when there is none.
[[nodiscard]] const encoding* encoding_in_content(std::string_view content);

}  // namespace openkb
