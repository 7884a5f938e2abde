#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/testing/conformance_report.hpp>

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace commitpoint::testing {

COMMITPOINT_INLINE void conformance_report::check(std::string name, function_ref<void()> body) {
  conformance_check one{std::move(name), {}};
  try {
    body();
  } catch (const skip& why) {
    one.skipped = true;
    one.trouble = why.what();
  } catch (const std::exception& e) {
    one.trouble = *e.what() != '\0' ? e.what() : "an exception without a text";
  }
  checks_.push_back(std::move(one));
}

COMMITPOINT_INLINE std::size_t conformance_report::tried() const noexcept {
  std::size_t count = 0;
  for (const auto& c : checks_) count += c.skipped ? 0U : 1U;
  return count;
}

COMMITPOINT_INLINE bool conformance_report::passed() const noexcept {
  for (const auto& c : checks_) {
    if (!c.skipped && !c.trouble.empty()) return false;
  }
  return tried() > 0;
}

COMMITPOINT_INLINE bool conformance_report::failed(const std::string& name) const noexcept {
  for (const auto& c : checks_) {
    if (c.name == name && !c.skipped && !c.trouble.empty()) return true;
  }
  return false;
}

COMMITPOINT_INLINE std::string conformance_report::text() const {
  std::string all;
  for (const auto& c : checks_) {
    if (!c.trouble.empty()) all += (c.skipped ? "skipped: " : "FAILED: ") + c.name + ": " + c.trouble + "\n";
  }
  return all;
}

COMMITPOINT_INLINE void expect(bool right, const std::string& what) {
  if (!right) throw std::runtime_error(what);
}

}  // namespace commitpoint::testing
