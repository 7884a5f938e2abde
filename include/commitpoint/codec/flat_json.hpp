#pragma once

/// \file
/// Objects of JSON, written and read without a value that has members: the destructor of an `nlohmann::json` that has
/// some allocates, so that one which runs out of memory ends the process.

#include <commitpoint/codec/json_text.hpp>

#include <nlohmann/json.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::codec {

/// The text of an object, one member after the other. Bytes that are not UTF-8 are replaced; `path` keeps them.
class object_text {
 public:
  /// With an indent, each member stands in a line of its own.
  explicit object_text(std::string_view indent = {}) : indent_(indent) {}

  object_text& text(std::string_view name, std::string_view value) { return raw(name, quoted(value)); }
  template <class N>
  requires std::integral<N> || std::floating_point<N> object_text& number(std::string_view name, N value) {
    return raw(name, nlohmann::json(value).dump());
  }
  /// As `text_as_json` has it.
  object_text& path(std::string_view name, std::string_view value) {
    if (is_utf8(value)) return text(name, value);
    return raw(name, object_text().text("$text", escaped(value)).done());
  }
  /// A value that is JSON already.
  object_text& raw(std::string_view name, std::string_view value) {
    text_.append(text_.empty() ? "{" : ",");
    if (!indent_.empty()) text_.append("\n").append(indent_);
    text_.append(quoted(name)).append(indent_.empty() ? ":" : ": ").append(value);
    return *this;
  }
  [[nodiscard]] std::string done() && { return std::move(*this).closed(); }
  [[nodiscard]] std::string done() & { return std::move(*this).closed(); }

 private:
  [[nodiscard]] std::string closed() && {
    if (text_.empty()) return "{}";
    if (!indent_.empty()) text_ += '\n';
    text_ += '}';
    return std::move(text_);
  }
  [[nodiscard]] static std::string quoted(std::string_view value) {
    return nlohmann::json(std::string(value)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  std::string text_;
  std::string indent_;
};

/// The members of an object that are texts or whole numbers.
class flat_object : private nlohmann::json::json_sax_t {
 public:
  /// Nothing where the text is no JSON, or no object.
  [[nodiscard]] static std::optional<flat_object> from(std::string_view text) {
    flat_object found;
    if (!nlohmann::json::sax_parse(text, static_cast<nlohmann::json::json_sax_t*>(&found)) || !found.is_object_) {
      return std::nullopt;
    }
    return found;
  }

  [[nodiscard]] std::optional<std::string> text(std::string_view name) const { return in(texts_, name); }
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const { return in(numbers_, name); }

 private:
  using json = nlohmann::json;

  template <class Map>
  [[nodiscard]] static std::optional<typename Map::mapped_type> in(const Map& all, std::string_view name) {
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] bool is_member() const noexcept { return is_object_ && depth_ == 1; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(json::number_integer_t value) override {
    if (is_member()) numbers_[key_] = value;
    return true;
  }
  bool number_unsigned(json::number_unsigned_t value) override {
    return !std::in_range<std::int64_t>(value) || number_integer(static_cast<std::int64_t>(value));
  }
  bool number_float(json::number_float_t, const std::string&) override { return true; }
  bool string(std::string& value) override {
    if (is_member()) texts_[key_] = value;
    return true;
  }
  bool binary(json::binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    if (depth_++ == 0) is_object_ = true;
    return true;
  }
  bool key(std::string& name) override {
    if (is_member()) key_ = name;
    return true;
  }
  bool end_object() override { return depth_-- > 0; }
  bool start_array(std::size_t) override { return ++depth_ > 0; }
  bool end_array() override { return depth_-- > 0; }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

  std::map<std::string, std::string, std::less<>> texts_;
  std::map<std::string, std::int64_t, std::less<>> numbers_;
  std::string key_;
  std::size_t depth_ = 0;
  bool is_object_ = false;
};

}  // namespace commitpoint::codec
