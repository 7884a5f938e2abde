#pragma once

/// \file
/// `details`: a JSON value that goes into the journal, without a JSON library.

#include <commitpoint/codec/cbor.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint {

/// What `nlohmann::json` is, among others: a value that can be written as CBOR.
template <class J>
concept JsonLike = requires(const J& value, std::string& bytes) {
  J::to_cbor(value, bytes);
};

/// A JSON value as bytes. It is made from a json value, from a text or a number, or from a list of names with such
/// values: `{{"document", name}, {"pages", 12}}`. Empty by default, which is `null`.
class details {
 public:
  details() = default;
  template <JsonLike J>
  details(const J& value) {  // NOLINT(google-explicit-constructor): whatever is json-like goes here as it is
    J::to_cbor(value, bytes_);
  }
  template <class T>
    requires std::convertible_to<const T&, std::string_view>
    // NOLINTNEXTLINE(google-explicit-constructor): as above
    details(const T& text) {
      codec::cbor_writer(bytes_).text(std::string_view(text));
    }
  template <std::integral T>
  details(T number) {  // NOLINT(google-explicit-constructor): as above
    codec::cbor_writer writer(bytes_);
    if constexpr (std::same_as<T, bool>) {
      writer.boolean(number);
    } else if constexpr (std::signed_integral<T>) {
      writer.integer(number);
    } else {
      writer.number(number);
    }
  }
  details(std::nullptr_t) {}  // NOLINT(google-explicit-constructor): as above
  /// Names are sorted; of several that are the same the last counts.
  details(std::initializer_list<std::pair<std::string_view, details>> members) {
    std::map<std::string_view, const details*> sorted;
    for (const auto& [name, value] : members) sorted[name] = &value;
    codec::cbor_writer writer(bytes_);
    writer.map(sorted.size());
    for (const auto& [name, value] : sorted) {
      writer.text(name);
      value->bytes_.empty() ? writer.null() : writer.item(value->bytes_);
    }
  }
  /// What is one item in CBOR already.
  [[nodiscard]] static details encoded(std::string_view item) {
    details d;
    d.bytes_ = item;
    return d;
  }

  /// The value in CBOR; of `null` none.
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace commitpoint
