#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/testing/crash_path.hpp>

#include <charconv>
#include <stdexcept>
#include <system_error>

namespace commitpoint::testing {

COMMITPOINT_INLINE std::string crash::text() const {
  auto all = std::to_string(moment) + (power_cut ? 'c' : 'k');
  for (std::size_t i = 0; i < survived.size(); ++i) all += (i == 0 ? "" : ".") + std::to_string(survived[i]);
  return edit ? all + "+" + std::to_string(*edit) : all;
}

COMMITPOINT_INLINE std::string text_of(const crash_path& path) {
  std::string text;
  for (const auto& one : path) text += (text.empty() ? "" : "/") + one.text();
  return text;
}

namespace detail {

COMMITPOINT_INLINE crash parse_crash(std::string_view text) {
  crash one;
  const auto number = [&]() -> std::uint32_t {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) throw std::invalid_argument("a crash is written like 57c0.2.1");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
  };
  const auto take = [&](char c) {
    const bool is = text.starts_with(c);
    if (is) text.remove_prefix(1);
    return is;
  };
  one.moment = number();
  one.power_cut = take('c');
  if (!one.power_cut && !take('k')) throw std::invalid_argument("a crash is a kill or a cut");
  if (one.power_cut && !text.empty() && text.front() != '+') {
    do one.survived.push_back(number());
    while (take('.'));
  }
  if (take('+')) one.edit = number();
  return one;
}

}  // namespace detail

COMMITPOINT_INLINE crash_path parse_crashes(std::string_view text) {
  crash_path path;
  for (;;) {
    const auto slash = text.find('/');
    path.push_back(detail::parse_crash(text.substr(0, slash)));
    if (slash == std::string_view::npos) return path;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace commitpoint::testing
