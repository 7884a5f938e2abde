#pragma once

/// \file
/// The small part of CBOR that records are written in: items say their length, and a map has its members in the order
/// of their names. What an application gives may have tags, one for an item (of binary data: its subtype).
///
///     std::string bytes;
///     codec::cbor_map map(bytes);
///     map.member("path").text(path);
///     map.member("size").number(size);
///
///     const auto map = codec::cbor_view::whole(bytes);   // nothing where it is not well-formed
///     if (const auto size = map->find("size")) ...
///
/// \source RFC 8949

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace commitpoint::codec {

/// How many arrays and maps may stand inside each other.
inline constexpr std::size_t deepest_cbor = 128;

/// The major types of items.
enum class cbor_type : std::uint8_t { number, negative, bytes, text, array, map, tag, simple };

/// Adds items to a string of bytes.
class cbor_writer {
 public:
  explicit cbor_writer(std::string& to) noexcept : to_(&to) {}

  void number(std::uint64_t value) { head(cbor_type::number, value); }
  void integer(std::int64_t value) {
    // A negative number n is written as -1 - n.
    value < 0 ? head(cbor_type::negative, ~static_cast<std::uint64_t>(value))
              : number(static_cast<std::uint64_t>(value));
  }
  void text(std::string_view value) {
    head(cbor_type::text, value.size());
    to_->append(value);
  }
  void bytes(std::string_view value) {
    head(cbor_type::bytes, value.size());
    to_->append(value);
  }
  void boolean(bool value) { to_->push_back(value ? '\xF5' : '\xF4'); }
  void null() { to_->push_back('\xF6'); }
  /// So many items follow.
  void array(std::size_t items) { head(cbor_type::array, items); }
  /// So many names and values follow.
  void map(std::size_t members) { head(cbor_type::map, members); }
  /// An item that was written before.
  void item(std::string_view encoded) { to_->append(encoded); }

 private:
  void head(cbor_type type, std::uint64_t value) {
    const auto major = static_cast<unsigned>(type) << 5U;
    if (value < 24) {
      to_->push_back(static_cast<char>(major | value));
      return;
    }
    const unsigned width = value <= 0xFF ? 0 : value <= 0xFFFF ? 1 : value <= 0xFFFFFFFF ? 2 : 3;
    to_->push_back(static_cast<char>(major | (24 + width)));
    for (unsigned shift = 8U << width; shift > 0; shift -= 8) to_->push_back(static_cast<char>(value >> (shift - 8)));
  }

  std::string* to_;
};

/// A map whose members are not counted beforehand: at most 23 of them, in the order of their names.
class cbor_map {
 public:
  explicit cbor_map(std::string& to) : to_(&to), at_(to.size()) { to.push_back('\xA0'); }

  /// Begins a member; one item has to follow.
  [[nodiscard]] cbor_writer member(std::string_view name) {
    ++(*to_)[at_];
    cbor_writer writer(*to_);
    writer.text(name);
    return writer;
  }
  /// The bytes, for a value that is a map itself.
  [[nodiscard]] std::string& map_member(std::string_view name) {
    (void)member(name);
    return *to_;
  }

 private:
  std::string* to_;
  std::size_t at_;
};

/// One item of a well-formed whole, looked at where it stands. It is as good as the bytes live.
class cbor_view {
 public:
  /// The one item that these bytes are; nothing where they are not well-formed, say no length somewhere, are nested too
  /// deeply, or have a map with a name that is no text. What anybody may have written can be given.
  [[nodiscard]] static std::optional<cbor_view> whole(std::string_view bytes, std::size_t levels = deepest_cbor) {
    const auto size = measured(bytes, levels);
    if (!size || *size != bytes.size()) return std::nullopt;
    return cbor_view(bytes);
  }

  /// The first item of bytes that may go on behind it.
  [[nodiscard]] static std::optional<cbor_view> first(std::string_view bytes, std::size_t levels = deepest_cbor) {
    const auto size = measured(bytes, levels);
    if (!size) return std::nullopt;
    return cbor_view(bytes.substr(0, *size));
  }

  /// The bytes of the item.
  [[nodiscard]] std::string_view encoded() const noexcept { return bytes_; }

  [[nodiscard]] bool is_map() const noexcept { return type() == cbor_type::map; }
  [[nodiscard]] bool is_array() const noexcept { return type() == cbor_type::array; }
  [[nodiscard]] bool is_null() const noexcept { return bytes_ == "\xF6"; }

  /// A number that is not negative.
  [[nodiscard]] std::optional<std::uint64_t> number() const noexcept {
    if (type() != cbor_type::number) return std::nullopt;
    return head(bytes_).value;
  }
  /// A number that fits.
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept {
    const auto value = head(bytes_).value;
    const bool fits = value <= static_cast<std::uint64_t>(INT64_MAX);
    if (type() == cbor_type::number && fits) return static_cast<std::int64_t>(value);
    if (type() == cbor_type::negative && fits) return -1 - static_cast<std::int64_t>(value);
    return std::nullopt;
  }
  [[nodiscard]] std::optional<bool> boolean() const noexcept {
    if (bytes_ == "\xF5") return true;
    if (bytes_ == "\xF4") return false;
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::string_view> text() const noexcept { return content(cbor_type::text); }
  [[nodiscard]] std::optional<std::string_view> bytes() const noexcept { return content(cbor_type::bytes); }

  /// How many items an array has, or members a map.
  [[nodiscard]] std::size_t size() const noexcept {
    return is_array() || is_map() ? static_cast<std::size_t>(head(bytes_).value) : 0;
  }

  /// The member of this name; of several the last. Nothing where there is none, or the item is no map.
  [[nodiscard]] std::optional<cbor_view> find(std::string_view name) const {
    std::optional<cbor_view> found;
    each_member([&](std::string_view key, cbor_view value) {
      if (key == name) found = value;
    });
    return found;
  }

  /// Calls `f(name, value)` with each member of a map.
  template <class F>
  void each_member(F f) const {
    if (!is_map()) return;
    auto rest = bytes_.substr(head(bytes_).size);
    for (auto left = size(); left > 0; --left) {
      const auto key = first_of(rest);
      rest.remove_prefix(key.bytes_.size());
      const auto value = first_of(rest);
      rest.remove_prefix(value.bytes_.size());
      f(*key.text(), value);
    }
  }

  /// Calls `f(item)` with each item of an array.
  template <class F>
  void each_item(F f) const {
    if (!is_array()) return;
    auto rest = bytes_.substr(head(bytes_).size);
    for (auto left = size(); left > 0; --left) {
      const auto item = first_of(rest);
      rest.remove_prefix(item.bytes_.size());
      f(item);
    }
  }

 private:
  struct item_head {
    std::uint64_t value = 0;
    std::size_t size = 0;  // 0: there is none
  };

  explicit cbor_view(std::string_view bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] static cbor_type type_of(std::string_view bytes) noexcept {
    return static_cast<cbor_type>(static_cast<unsigned char>(bytes.front()) >> 5U);
  }
  [[nodiscard]] cbor_type type() const noexcept { return type_of(bytes_); }

  [[nodiscard]] static item_head head(std::string_view bytes) noexcept {
    if (bytes.empty()) return {};
    const unsigned info = static_cast<unsigned char>(bytes.front()) & 31U;
    if (info < 24) return {info, 1};
    if (info > 27) return {};
    const std::size_t width = std::size_t{1} << (info - 24);
    if (bytes.size() <= width) return {};
    std::uint64_t value = 0;
    for (std::size_t i = 1; i <= width; ++i) value = value << 8U | static_cast<unsigned char>(bytes[i]);
    return {value, width + 1};
  }

  // How many bytes the item at the beginning takes, if it is well-formed. Loops where a reader would call itself: open
  // holds how many items are still to come of each array or map around.
  [[nodiscard]] static std::optional<std::size_t> measured(std::string_view bytes, std::size_t levels) {
    std::uint64_t open[deepest_cbor + 1];  // NOLINT(modernize-avoid-c-arrays): of a map twice its members
    bool is_map[deepest_cbor + 1];         // NOLINT(modernize-avoid-c-arrays)
    if (levels > deepest_cbor) return std::nullopt;
    std::size_t depth = 0;
    open[0] = 1;
    is_map[0] = false;
    std::size_t at = 0;
    bool is_tagged = false;
    for (;;) {
      while (open[depth] == 0) {
        if (depth == 0) return at;
        --depth;
      }
      const auto rest = bytes.substr(at);
      const auto first = head(rest);
      if (first.size == 0) return std::nullopt;
      const auto type = type_of(rest);
      if (is_map[depth] && open[depth] % 2 == 0 && type != cbor_type::text) return std::nullopt;
      if (type == cbor_type::tag) {
        if (is_tagged) return std::nullopt;
        is_tagged = true;
        at += first.size;
        continue;  // what is tagged follows
      }
      is_tagged = false;
      --open[depth];
      at += first.size;
      const auto left = bytes.size() - at;
      switch (type) {
        case cbor_type::number:
        case cbor_type::negative:
        case cbor_type::simple: break;
        case cbor_type::bytes:
        case cbor_type::text:
          if (first.value > left) return std::nullopt;
          at += static_cast<std::size_t>(first.value);
          break;
        case cbor_type::array:
        case cbor_type::map:
          // Each item takes a byte at least.
          if (first.value > left || depth == levels) return std::nullopt;
          ++depth;
          is_map[depth] = type == cbor_type::map;
          open[depth] = is_map[depth] ? 2 * first.value : first.value;
          break;
        case cbor_type::tag: break;  // see above
      }
    }
  }

  // The first of the items that well-formed bytes are.
  [[nodiscard]] static cbor_view first_of(std::string_view bytes) noexcept {
    std::size_t at = 0;
    for (std::uint64_t left = 1; left > 0; --left) {
      const auto rest = bytes.substr(at);
      const auto first = head(rest);
      at += first.size;
      switch (type_of(rest)) {
        case cbor_type::bytes:
        case cbor_type::text: at += static_cast<std::size_t>(first.value); break;
        case cbor_type::array: left += first.value; break;
        case cbor_type::map: left += 2 * first.value; break;
        case cbor_type::tag: ++left; break;
        default: break;
      }
    }
    return cbor_view(bytes.substr(0, at));
  }

  [[nodiscard]] std::optional<std::string_view> content(cbor_type wanted) const noexcept {
    if (type() != wanted) return std::nullopt;
    return bytes_.substr(head(bytes_).size);
  }

  std::string_view bytes_;
};

}  // namespace commitpoint::codec
