#pragma once

/// \file
/// Parameter types: one path, a set of paths, bytes. They refer to what they were made from and are meant to be
/// parameters, never members.

#include <commitpoint/result.hpp>

#include <boost/filesystem/path.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace commitpoint {

/// The paths that the library hands out (absolute ones, for the caller's own tools).
using path = boost::filesystem::path;

/// A root-relative path, as given by the caller: from a literal, a string, a Boost or standard path. Never from a
/// pair of iterators, so that `{"a", "b"}` is a set of two paths and not a range of characters.
class path_view {
 public:
  path_view(const char* text) noexcept : text_(text) {}         // NOLINT(google-explicit-constructor): a parameter
  path_view(const std::string& text) noexcept : text_(text) {}  // NOLINT(google-explicit-constructor): a parameter
  path_view(std::string_view text) noexcept : text_(text) {}    // NOLINT(google-explicit-constructor): a parameter
  template <class Path>
    requires requires(const Path& p) {
      { p.native() } -> std::same_as<const std::string&>;
    }
  path_view(const Path& p) noexcept : text_(p.native()) {}  // NOLINT(google-explicit-constructor): a parameter

  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

/// Some paths: `{"a", "b"}`, one path, a span, or a vector of strings.
class path_set {
 public:
  // NOLINTBEGIN(google-explicit-constructor): a parameter
  path_set(std::initializer_list<path_view> paths) : paths_(paths) {}
  path_set(std::span<const path_view> paths) : paths_(paths.begin(), paths.end()) {}
  path_set(std::span<const std::string> paths) : paths_(paths.begin(), paths.end()) {}
  path_set(const std::vector<std::string>& paths) : paths_(paths.begin(), paths.end()) {}
  template <class Path, class = std::enable_if_t<std::convertible_to<const Path&, path_view>>>
  path_set(const Path& p) : paths_{path_view(p)} {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] auto begin() const noexcept { return paths_.begin(); }
  [[nodiscard]] auto end() const noexcept { return paths_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return paths_.size(); }

 private:
  std::vector<path_view> paths_;
};

/// Bytes to be written: from text or from any contiguous range of one-byte elements.
class bytes_view {
 public:
  // NOLINTBEGIN(google-explicit-constructor): a parameter
  bytes_view(const char* text) noexcept : bytes_(text) {}
  bytes_view(const std::string& text) noexcept : bytes_(text) {}
  bytes_view(std::string_view text) noexcept : bytes_(text) {}
  template <std::ranges::contiguous_range Range,
            class = std::enable_if_t<sizeof(std::ranges::range_value_t<Range>) == 1 &&
                                     !std::convertible_to<const Range&, std::string_view>>>
  bytes_view(const Range& bytes) noexcept
      : bytes_(reinterpret_cast<const char*>(std::ranges::data(bytes)), std::ranges::size(bytes)) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] std::string_view text() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

}  // namespace commitpoint
