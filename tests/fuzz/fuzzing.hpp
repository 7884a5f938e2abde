#pragma once

/// \file
/// What the fuzz targets of the library share: inputs that are JSON text, and how such a text is read leniently and
/// mutated as what it says.
///
/// A fuzzer that flips bytes never gets past a checksum, nor far into JSON. So a target is given a *scenario*, frames
/// what is in it with the right checksums, and flips bytes only where the scenario says so.

#include "findings.hpp"

#include <commitpoint/codec/json_text.hpp>
#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/system/simulated.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace fuzzing {

namespace cp = commitpoint;
using nlohmann::json;

// ---- Reading a scenario. What is missing or of another type is its default.

inline std::optional<json> parse(std::string_view bytes) {
  auto scenario = json::parse(bytes, nullptr, false);
  if (!scenario.is_object()) return {};
  return scenario;
}
[[nodiscard]] inline std::uint64_t number(const json& in, const char* key, std::uint64_t otherwise = 0) {
  const auto found = in.is_object() ? in.find(key) : in.end();
  return found != in.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : otherwise;
}
[[nodiscard]] inline bool has(const json& in, const char* key) { return in.is_object() && in.contains(key); }
[[nodiscard]] inline json value(const json& in, const char* key, json otherwise = nullptr) {
  if (!has(in, key)) return otherwise;
  auto decoded = cp::codec::decode_json(in[key]);
  return decoded ? *std::move(decoded) : otherwise;
}
/// Any bytes: `"text"`, or `{"$text": "caf%e9"}`.
[[nodiscard]] inline std::string bytes(const json& in, const char* key) {
  const auto found = value(in, key);
  return found.is_string() ? found.get<std::string>() : std::string();
}
[[nodiscard]] inline std::string word(const json& in, const char* key) {
  return has(in, key) && in[key].is_string() ? in[key].get<std::string>() : std::string();
}
/// At most so many elements, so that an input stays small.
[[nodiscard]] inline std::vector<json> list(const json& in, const char* key, std::size_t most = 32) {
  if (!has(in, key) || !in[key].is_array()) return {};
  const auto& all = in[key];
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), most))};
}

/// Bits that a scenario flips: `[{"at": 70, "bit": 3}]`.
inline void flip(std::string& what, const std::vector<json>& flips) {
  for (const auto& f : flips) {
    if (what.empty()) return;
    auto& byte = what[number(f, "at") % what.size()];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << number(f, "bit") % 8));
  }
}

/// All nodes of a value, parents before children.
inline void flatten(json& from, std::vector<json*>& into) {
  into.push_back(&from);
  if (!from.is_structured()) return;
  for (auto& element : from) flatten(element, into);
}

// ---- The simulated machine.

/// Unwraps what the target itself does, which has to succeed.
template <class T>
T ok(cp::result<T> done) {
  if (!done) broken("the target's own work failed: " + done.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(done).value();
}

/// A machine whose disk is small, so that no record can fill the memory of the fuzzer.
[[nodiscard]] inline cp::system::simulation::world small_world() {
  cp::system::simulation::device_settings disk;
  disk.capacity = std::uint64_t{64} << 20U;
  return cp::system::simulation::world(disk);
}

/// Whether a name can stand in a directory.
[[nodiscard]] inline bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

// ---- Mutating a scenario.

namespace detail {

/// What is worth being written where a string or a number stands, beside what stands elsewhere in the scenario.
inline constexpr std::array words{"",
                                  ".",
                                  "..",
                                  "/",
                                  "../beside",
                                  "a/../../beside",
                                  "/beside",
                                  "out",
                                  "out/x",
                                  "bystander",
                                  "index.md",
                                  "notes",
                                  "notes/a.md",
                                  "raw.bin",
                                  ".commitpoint",
                                  ".commitpoint/lock",
                                  "journal.0",
                                  "journal.1",
                                  "m1",
                                  "m2",
                                  "b0",
                                  "f0",
                                  "o0",
                                  "m1/f0",
                                  "file",
                                  "directory",
                                  "symlink",
                                  "none",
                                  "tree",
                                  "absent",
                                  "appended",
                                  "created",
                                  "scratch",
                                  "sqlite",
                                  "put",
                                  "append",
                                  "remove",
                                  "remove-directory",
                                  "make-directory",
                                  "exchange",
                                  "copy",
                                  "hardlink",
                                  "reflink",
                                  "compensate",
                                  "power_loss",
                                  "process_crash",
                                  "set",
                                  "g1.json",
                                  "g2.json",
                                  "g1.m1.1.json",
                                  "boot 0 mount 0",
                                  "commit",
                                  "settle",
                                  "begin",
                                  "reopen",
                                  "sync"};
inline constexpr std::array numbers{std::uint64_t{0},          std::uint64_t{1},        std::uint64_t{2},
                                    std::uint64_t{7},          std::uint64_t{8},        std::uint64_t{56},
                                    std::uint64_t{64},         std::uint64_t{255},      std::uint64_t{4095},
                                    std::uint64_t{4096},       std::uint64_t{65536},    std::uint64_t{0x7FFFFFFF},
                                    std::uint64_t{0xFFFFFFFF}, std::uint64_t{1} << 62U, (std::uint64_t{1} << 63U) - 1,
                                    std::uint64_t{1} << 63U,   ~std::uint64_t{0}};

class mutator {
 public:
  mutator(json& scenario, const json* other, unsigned seed) : scenario_(scenario), random_(seed) {
    flatten(scenario_, nodes_);
    if (other != nullptr) {
      other_ = *other;
      flatten(other_, donors_);
    }
  }

  /// Changes one thing.
  void change() {
    nodes_.clear();
    flatten(scenario_, nodes_);
    auto& node = *nodes_[below(nodes_.size())];
    switch (below(9)) {
      case 0: node = words[below(words.size())]; break;
      case 1: node = numbers[below(numbers.size())]; break;
      case 2: assign(node, donor()); break;
      case 3: tweak(node); break;
      case 4: erase_from(node); break;
      case 5:
      case 6: add_to(node); break;
      case 7:
        if (node.is_array() && node.size() > 1) std::swap(node[below(node.size())], node[below(node.size())]);
        break;
      default: node = odd(); break;
    }
    if (!scenario_.is_object()) scenario_ = json::object();
  }

 private:
  std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }

  static void assign(json& to, const json& from) {
    auto copied = from;  // one may be in the other
    to = std::move(copied);
  }
  const json& donor() {
    const auto& from = donors_.empty() ? nodes_ : donors_;
    return *from[below(from.size())];
  }
  json odd() {
    switch (below(8)) {
      case 0: return nullptr;
      case 1: return true;
      case 2: return -1;
      case 3: return 0.5;
      case 4: return json::array();
      case 5: return json::object();
      case 6: return {{"$text", "caf%e9%00"}};
      default: return {{"$binary", "00ff"}};
    }
  }
  void tweak(json& node) {
    if (node.is_number_unsigned()) {
      const auto was = node.get<std::uint64_t>();
      const auto bit = std::uint64_t{1} << below(below(2) == 0 ? 8 : 64);
      node = below(3) == 0 ? was + 1 : below(2) == 0 ? was - 1 : was ^ bit;
    } else if (node.is_string()) {
      auto text = node.get<std::string>();
      const auto size = text.size();
      text.resize(size + 16);
      text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, text.size()));
      node = cp::codec::text_as_json(text);
    } else {
      add_to(node);
    }
  }
  void erase_from(json& node) {
    if (!node.is_structured() || node.empty()) return;
    if (node.is_array()) {
      node.erase(below(node.size()));
    } else {
      node.erase(std::next(node.begin(), static_cast<std::ptrdiff_t>(below(node.size()))));
    }
  }
  // Under a key that some object has already, so that it is likely to be one that somebody reads.
  void add_to(json& node) {
    auto added = below(3) == 0 ? odd() : donor();
    if (node.is_array()) {
      if (!node.empty() && below(2) == 0) added = node[below(node.size())];
      if (node.size() < 64) node.push_back(std::move(added));
    } else if (node.is_object()) {
      for (int tries = 0; tries < 8; ++tries) {
        const auto& like = donor();
        if (!like.is_object() || like.empty()) continue;
        const auto member = std::next(like.begin(), static_cast<std::ptrdiff_t>(below(like.size())));
        auto value = below(2) == 0 ? member.value() : std::move(added);
        const auto key = member.key();
        node[key] = std::move(value);
        return;
      }
    }
  }

  json& scenario_;
  json other_;
  std::vector<json*> nodes_;
  std::vector<json*> donors_;
  std::minstd_rand random_;
};

inline std::size_t give(const json& scenario, std::uint8_t* data, std::size_t max_size) {
  const auto text = scenario.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > max_size) return 0;
  std::memcpy(data, text.data(), text.size());
  return text.size();
}

}  // namespace detail

/// The mutator of a target whose inputs are scenarios. `as_bytes` gives what a scenario makes the library read, which
/// becomes an input of its own now and then, for a target that takes bytes as well; it may give nothing.
template <class AsBytes>
std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed, AsBytes as_bytes) {
  auto scenario = parse(text_of(data, size));
  if (!scenario) return LLVMFuzzerMutate(data, size, max_size);
  if (seed % 64 == 0) {
    const std::string raw = as_bytes(*scenario);
    if (!raw.empty() && raw.size() <= max_size) {
      std::memcpy(data, raw.data(), raw.size());
      return raw.size();
    }
  }
  detail::mutator mutation(*scenario, nullptr, seed);
  for (unsigned n = 0; n <= seed / 64 % 4; ++n) mutation.change();
  const auto given = detail::give(*scenario, data, max_size);
  return given != 0 ? given : size;
}
inline std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  return mutate(data, size, max_size, seed, [](const json&) { return std::string(); });
}

/// The same with parts of another input.
inline std::size_t cross(std::string_view one, std::string_view other, std::uint8_t* out, std::size_t max_size,
                         unsigned seed) {
  auto scenario = parse(one);
  const auto from = parse(other);
  if (!scenario || !from) {
    const auto size = std::min(one.size() / 2 + other.size() / 2, max_size);
    auto mixed = std::string(one.substr(0, one.size() / 2)).append(other.substr(other.size() - other.size() / 2));
    std::memcpy(out, mixed.data(), size);
    return size;
  }
  detail::mutator mutation(*scenario, &*from, seed);
  for (unsigned n = 0; n <= seed % 4; ++n) mutation.change();
  return detail::give(*scenario, out, max_size);
}

}  // namespace fuzzing
