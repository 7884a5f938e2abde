#pragma once

/// \file
/// How the members of a map in a journal are read. What comes from a journal is not believed: every path and name in it
/// is checked as a caller's would be, and what makes no sense is said, not thrown.

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/path.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace commitpoint::detail {

/// The word for an enumerator, by its value.
template <class Enum, std::size_t N>
[[nodiscard]] constexpr std::string_view word_of(Enum value, const std::array<std::string_view, N>& words) noexcept {
  return words[static_cast<std::size_t>(value)];
}

/// The members of one map. The first thing that is wrong with any of them is kept, and what is read then is empty.
class members {
 public:
  /// `wrong` outlives it; empty as long as all is right.
  members(const codec::cbor_view& map, std::string& wrong) : map_(map), wrong_(&wrong) {
    if (!map.is_map()) refuse("it is no object");
  }

  void refuse(std::string_view why) const {
    if (wrong_->empty()) *wrong_ = why;
  }
  [[nodiscard]] bool has(std::string_view name) const { return map_.find(name).has_value(); }
  [[nodiscard]] std::optional<codec::cbor_view> find(std::string_view name) const { return map_.find(name); }
  [[nodiscard]] members map(std::string_view name) const { return {required(name), *wrong_}; }

  [[nodiscard]] std::uint64_t number(std::string_view name) const { return sound(name, required(name).number()); }
  [[nodiscard]] std::uint64_t number_or(std::string_view name, std::uint64_t otherwise) const {
    const auto found = find(name);
    return found ? sound(name, found->number()) : otherwise;
  }
  [[nodiscard]] std::uint32_t small_number(std::string_view name) const {
    const auto value = number(name);
    if (value > std::numeric_limits<std::uint32_t>::max()) refuse_member(name);
    return static_cast<std::uint32_t>(value);
  }
  [[nodiscard]] std::uint32_t small_number_or(std::string_view name, std::uint32_t otherwise) const {
    return has(name) ? small_number(name) : otherwise;
  }
  [[nodiscard]] std::int64_t integer(std::string_view name) const { return sound(name, required(name).integer()); }
  [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view name) const {
    const auto found = find(name);
    if (!found) return std::nullopt;
    return sound(name, found->integer());
  }
  [[nodiscard]] bool is_set(std::string_view name) const {
    const auto found = find(name);
    return found && sound(name, found->boolean());
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    return std::string(sound(name, required(name).text()));
  }
  [[nodiscard]] std::string text_or_empty(std::string_view name) const {
    const auto found = find(name);
    return found ? std::string(sound(name, found->text())) : std::string{};
  }

  /// A root-relative path.
  [[nodiscard]] std::string path(std::string_view name) const {
    auto value = text(name);
    const auto plain = plain_path(value);
    if (!plain || plain.value() != value) refuse("it names the path '" + value + "'");
    return value;
  }
  /// A path below the mutation's own staging directory; may be absent.
  [[nodiscard]] std::string staged_path(std::string_view name) const { return has(name) ? path(name) : std::string{}; }
  /// The name of a backup, one component: it is opened and linked as a name, which follows links before the last one.
  [[nodiscard]] std::string backup(std::string_view name) const {
    auto value = staged_path(name);
    if (value.find('/') != std::string::npos) refuse("its backup '" + value + "' is not a name");
    return value;
  }
  /// An enumerator by its word.
  template <class Enum, std::size_t N>
  [[nodiscard]] Enum word(std::string_view name, const std::array<std::string_view, N>& words,
                          std::string_view unknown) const {
    const auto value = text(name);
    for (std::size_t i = 0; i < N; ++i) {
      if (words[i] == value) return static_cast<Enum>(i);
    }
    refuse(unknown);
    return {};
  }

 private:
  [[nodiscard]] codec::cbor_view required(std::string_view name) const {
    if (const auto found = find(name)) return *found;
    refuse("it has no '" + std::string(name) + "'");
    return *codec::cbor_view::whole("\xF6");
  }
  void refuse_member(std::string_view name) const { refuse("its '" + std::string(name) + "' makes no sense"); }
  template <class T>
  [[nodiscard]] T sound(std::string_view name, const std::optional<T>& value) const {
    if (value) return *value;
    refuse_member(name);
    return {};
  }

  codec::cbor_view map_;
  std::string* wrong_;
};

}  // namespace commitpoint::detail
