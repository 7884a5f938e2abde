#pragma once

/// \file
/// What a document says of its encoding, in its first bytes.

#include "converters/encoding.hpp"

#include <cstddef>
#include <string_view>

namespace openkb {

/// A byte order mark.
struct byte_order_mark {
  const encoding* is = nullptr;  ///< null: there is none
  std::size_t size = 0;          ///< in bytes
};

[[nodiscard]] byte_order_mark byte_order_mark_of(std::string_view bytes);

/// What an HTML document declares by `<meta charset>`, by `<meta http-equiv>` or by its XML declaration, as the HTML
/// standard's prescan finds it in the first 1,024 bytes; what stands later in its head counts as well, as it does for
/// browsers. Null when there is nothing.
[[nodiscard]] const encoding* declared_in_html(std::string_view bytes);

}  // namespace openkb
