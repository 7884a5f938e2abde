#pragma once

/// \file
/// The text of a document in UTF-8, whatever it came in.

#include "documents/document.hpp"

#include <string>
#include <vector>

namespace openkb {

struct readable_text {
  std::string text;  ///< UTF-8, without a byte order mark and without NUL
  std::vector<std::string> warnings;
};

/// Reads what an original says of its encoding, in this order: its byte order mark, `how.encoded_as`, its server, the
/// page itself. One that says nothing is UTF-8. What cannot be read becomes U+FFFD, and a warning.
/// \errors not_utf8 (it says nothing, and is not), not_text, bad_encoding (one that browsers refuse), no_text.
[[nodiscard]] cp::result<readable_text> text_of(const original& source, const reading& how);

}  // namespace openkb
