#pragma once

/// \file
/// Root-relative paths in their plain form.

#include <commitpoint/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace commitpoint::files {

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

}  // namespace commitpoint::files
