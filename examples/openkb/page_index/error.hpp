#pragma once

/// \file
/// What the page index throws. It has no other way to fail.

#include <stdexcept>
#include <string>

namespace page_index {

/// A document that cannot be read, or a store that does not work.
class error : public std::runtime_error {
 public:
  enum class kind { bad_document, store_failed, cancelled };

  error(kind k, const std::string& what) : std::runtime_error(what), kind_(k) {}
  [[nodiscard]] kind why() const noexcept { return kind_; }

 private:
  kind kind_;
};

}  // namespace page_index
