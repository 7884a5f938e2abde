#include "changes/change_set.hpp"

#include "changes/encodings.hpp"
#include "roots/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <utility>

namespace command {

namespace {

using json = nlohmann::json;

// One object of a change set. The first thing wrong with it is remembered; what is asked for after that is empty.
class reading {
 public:
  reading(json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object_.is_object()) fail("is no object");
  }

  std::string text(const char* name) {
    if (!has(name)) {
      fail(std::string("has no '") + name + '\'');
      return {};
    }
    auto& value = object_[name];
    if (!value.is_string()) {
      fail(std::string("has a '") + name + "' that is no text");
      return {};
    }
    return std::move(value.get_ref<std::string&>());
  }
  std::string path(const char* name) {
    auto out = text(name);
    if (out.empty()) fail(std::string("has an empty '") + name + "'");
    return out;
  }
  std::optional<std::string> optional_text(const char* name) {
    if (!has(name)) return std::nullopt;
    return text(name);
  }

  std::size_t count(const char* name, std::size_t without) {
    if (!has(name)) return without;
    const auto& value = object_[name];
    if (!value.is_number_unsigned()) {
      fail(std::string("has a '") + name + "' that is no number");
      return without;
    }
    return value.get<std::size_t>();
  }

  command::content content() {
    command::content out;
    const auto given = std::ranges::count_if(std::array{"text", "base64", "from"}, [&](auto n) { return has(n); });
    if (given != 1) fail("needs one of 'text', 'base64' and 'from'");
    if (has("text")) out.bytes = text("text");
    if (has("from")) out.from = path("from");
    if (has("base64")) {
      auto decoded = from_base64(text("base64"));
      if (!decoded) fail("has a 'base64' that is none");
      out.bytes = std::move(decoded).value_or("");
    }
    return out;
  }

  std::optional<std::uint32_t> mode() {
    const auto given = optional_text("mode");
    if (!given) return std::nullopt;
    std::uint32_t out = 0;
    const auto* end = given->data() + given->size();
    const auto [at, code] = std::from_chars(given->data(), end, out, 8);
    if (code != std::errc{} || at != end || out > 07777) fail("has a 'mode' that is none, such as \"0644\"");
    return out;
  }

  void allow_only(std::initializer_list<std::string_view> names) {
    if (!object_.is_object()) return;
    for (const auto& [name, value] : object_.items()) {
      if (std::ranges::find(names, name) == names.end()) fail("has a member that nobody knows: '" + name + "'");
    }
  }

  void fail(const std::string& what) {
    if (wrong_.empty()) wrong_ = where_ + ' ' + what;
  }
  [[nodiscard]] const std::string& wrong() const noexcept { return wrong_; }

 private:
  [[nodiscard]] bool has(const char* name) const { return object_.is_object() && object_.contains(name); }

  json& object_;
  std::string where_;
  std::string wrong_;
};

operation operation_in(reading& in) {
  const auto kind = in.text("op");
  if (kind == "write") {
    in.allow_only({"op", "path", "text", "base64", "from", "mode"});
    return op::write{in.path("path"), in.content(), in.mode()};
  }
  if (kind == "append") {
    in.allow_only({"op", "path", "text", "base64", "from"});
    return op::append{in.path("path"), in.content()};
  }
  if (kind == "replace") {
    in.allow_only({"op", "path", "find", "with", "count"});
    op::replace out{in.path("path"), in.text("find"), in.text("with"), in.count("count", 1)};
    if (out.find.empty()) in.fail("has an empty 'find'");
    return out;
  }
  if (kind == "edit") {
    in.allow_only({"op", "path", "diff"});
    return op::edit{in.path("path"), in.text("diff")};
  }
  if (kind == "mkdir") {
    in.allow_only({"op", "path"});
    return op::mkdir{in.path("path")};
  }
  if (kind == "rename") {
    in.allow_only({"op", "from", "to"});
    return op::rename{in.path("from"), in.path("to")};
  }
  if (kind == "remove") {
    in.allow_only({"op", "path"});
    return op::remove{in.path("path")};
  }
  if (kind == "symlink") {
    in.allow_only({"op", "path", "target"});
    return op::symlink{in.path("path"), in.path("target")};
  }
  in.fail("has an 'op' that nobody knows: '" + kind + "'");
  return op::mkdir{};
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string expectations_in(json& given, std::vector<expectation>& out) {
  if (!given.is_object()) return "'expect' is no object";
  for (auto& [path, value] : given.items()) {
    expectation e{path, std::nullopt};
    if (!value.is_string()) return "'expect' has for '" + path + "' what is no text";
    const auto text = value.get<std::string>();
    if (text != "absent") {
      if (!is_sha256(text)) return "'expect' has for '" + path + "' neither \"absent\" nor a SHA-256 of 64 digits";
      e.sha256 = text;
    }
    out.push_back(std::move(e));
  }
  return {};
}

cp::failure bad(std::string why) { return failure_of(error::bad_change_set, {}, std::move(why)); }

}  // namespace

cp::result<change_set> parse_change_set(std::string_view text) {
  change_set out;
  json all;
  try {
    all = json::parse(text);
  } catch (const json::exception& e) {
    return bad(e.what());
  }
  reading whole(all, "it");
  whole.allow_only({"operation", "expect", "operations"});
  if (auto name = whole.optional_text("operation")) out.name = *std::move(name);
  if (whole.wrong().empty() && (!all.contains("operations") || !all["operations"].is_array())) {
    whole.fail("has no array 'operations'");
  }
  if (!whole.wrong().empty()) return bad(whole.wrong());
  if (all.contains("expect")) {
    if (auto wrong = expectations_in(all["expect"], out.expected); !wrong.empty()) return bad(std::move(wrong));
  }
  auto& operations = all["operations"];
  out.operations.reserve(operations.size());
  for (std::size_t i = 0; i < operations.size(); ++i) {
    reading one(operations[i], "operation " + std::to_string(i));
    out.operations.push_back(operation_in(one));
    if (!one.wrong().empty()) return bad(one.wrong());
    operations[i] = nullptr;  // what is read is there once
  }
  return out;
}

std::string_view name_of(const operation& o) {
  constexpr std::array<std::string_view, std::variant_size_v<operation>> names{"write", "append", "replace", "edit",
                                                                               "mkdir", "rename", "remove",  "symlink"};
  return names[o.index()];  // NOLINT(cppcoreguidelines-pro-bounds-constant-array-index): one for each
}

const std::string& path_of(const operation& o) {
  return std::visit(
      [](const auto& it) -> const std::string& {
        if constexpr (requires { it.path; }) {
          return it.path;
        } else {
          return it.from;
        }
      },
      o);
}

}  // namespace command
