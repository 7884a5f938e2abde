#pragma once

/// \file
/// What the page index throws. It has no other way to fail.

#include <stdexcept>
#include <string>
#include <system_error>

namespace page_index {

/// A document that cannot be read, a store that does not work, or no process to be had.
class error : public std::runtime_error {
 public:
  enum class kind { bad_document, store_failed, cancelled, no_process };

  error(kind k, const std::string& what, int code = 0)
      : std::runtime_error(what), kind_(k), code_(code, std::system_category()) {}
  [[nodiscard]] kind why() const noexcept { return kind_; }
  /// What the system said, where it did.
  [[nodiscard]] const std::error_code& code() const noexcept { return code_; }

 private:
  kind kind_;
  std::error_code code_;
};

}  // namespace page_index
