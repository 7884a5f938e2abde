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

namespace detail {

/// Checks a root-relative path byte by byte and gives its plain form: components joined by single slashes, no `.`,
/// no slash at either end. Nothing is resolved, so no macro or locale changes what it means.
/// \errors invalid_path (empty, or a NUL byte), outside_root (absolute, or a `..` component).
[[nodiscard]] inline result<std::string> plain_path(std::string_view text) {
  if (text.empty() || text.find('\0') != std::string_view::npos) {
    return failure(make_error_code(errc::invalid_path), std::string(text.substr(0, text.find('\0'))));
  }
  if (text.front() == '/') return failure(make_error_code(errc::outside_root), std::string(text));
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t begin = 0; begin < text.size();) {
    auto end = text.find('/', begin);
    if (end == std::string_view::npos) end = text.size();
    const auto component = text.substr(begin, end - begin);
    begin = end + 1;
    if (component.empty() || component == ".") continue;
    if (component == "..") return failure(make_error_code(errc::outside_root), std::string(text));
    if (!plain.empty()) plain += '/';
    plain += component;
  }
  if (plain.empty()) return failure(make_error_code(errc::invalid_path), std::string(text), "it names the root itself");
  return plain;
}

/// The part before the last slash; empty for a name in the root.
[[nodiscard]] inline std::string_view parent_of(std::string_view plain) noexcept {
  const auto slash = plain.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : plain.substr(0, slash);
}

/// The part after the last slash.
[[nodiscard]] inline std::string_view name_of(std::string_view plain) noexcept {
  const auto slash = plain.rfind('/');
  return slash == std::string_view::npos ? plain : plain.substr(slash + 1);
}

/// Whether `plain` is `directory` or lies below it.
[[nodiscard]] inline bool is_at_or_below(std::string_view plain, std::string_view directory) noexcept {
  return plain.starts_with(directory) && (plain.size() == directory.size() || plain[directory.size()] == '/');
}

}  // namespace detail

}  // namespace commitpoint
