// Paths as hostile input: what is let through is plain, and nothing plain is refused.

#include "fuzzing.hpp"

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/detail/records/members.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/path.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace fuzzing;

namespace {

std::vector<std::string_view> components_of(std::string_view text) {
  std::vector<std::string_view> all{{}};
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '/') {
      all.emplace_back();
    } else {
      all.back() = text.substr(at - all.back().size(), all.back().size() + 1);
    }
  }
  return all;
}

// What the page says, the long way round.
std::error_code expected_refusal(std::string_view text) {
  if (text.empty() || text.find('\0') != std::string_view::npos) return make_error_code(cp::errc::invalid_path);
  if (text.front() == '/') return make_error_code(cp::errc::outside_root);
  bool names_something = false;
  for (const auto component : components_of(text)) {
    if (component == "..") return make_error_code(cp::errc::outside_root);
    names_something = names_something || (!component.empty() && component != ".");
  }
  return names_something ? std::error_code() : make_error_code(cp::errc::invalid_path);
}

void check(std::string_view text) {
  const auto plain = cp::files::plain_path(text);
  const auto refused = expected_refusal(text);
  require(static_cast<bool>(plain) == !refused, "a path is taken for what it is not");
  if (!plain) return require(plain.error().code == refused, "a path is refused for another reason");

  std::string joined;
  for (const auto component : components_of(plain.value())) {
    require(!component.empty() && component != "." && component != "..", "a checked path is not plain");
    joined.append(joined.empty() ? "" : "/").append(component);
  }
  require(joined == plain.value() && joined.size() <= text.size(), "a checked path is not made of its components");
  require(cp::files::plain_path(joined).value() == joined, "checking twice is not checking once");

  const auto parent = cp::files::parent_of(joined);
  const auto name = cp::files::name_of(joined);
  require((parent.empty() ? "" : std::string(parent) + "/") + std::string(name) == joined, "a parent and a name");
  require(cp::files::is_at_or_below(joined, joined), "a path is at itself");
  require(parent.empty() || cp::files::is_at_or_below(joined, parent), "a path is below its parent");
  require(!cp::files::is_at_or_below(joined + "x", joined), "a name that only begins like another is not below it");

  // A journal's is taken as it stands or not at all.
  std::string bytes;
  cp::codec::cbor_map(bytes).member("path").text(text);
  std::string wrong;
  const cp::detail::members record(cp::codec::cbor_view::whole(bytes).value(), wrong);
  const auto journaled = record.path("path");
  if (wrong.empty()) {
    require(journaled == text && journaled == joined, "a journal named a path that is not plain");
  } else {
    require(text != joined, "a plain path of a journal was refused");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return guarded([&] { check(text_of(data, size)); });
}
