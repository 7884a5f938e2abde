#pragma once

/// \file
/// An optional value that only takes room where there is one: for what few of very many entries have.

#include <memory>
#include <utility>

namespace commitpoint::detail {

/// Never changes; copies share it.
template <class T>
class boxed {
 public:
  boxed() = default;
  boxed(T value) : value_(std::make_shared<const T>(std::move(value))) {}  // NOLINT: as std::optional

  [[nodiscard]] bool has_value() const noexcept { return value_ != nullptr; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  [[nodiscard]] const T* operator->() const noexcept { return value_.get(); }

 private:
  std::shared_ptr<const T> value_;
};

}  // namespace commitpoint::detail
