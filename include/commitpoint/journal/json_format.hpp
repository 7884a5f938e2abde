#pragma once

/// \file
/// The text of one file of `journal::json_file`, shared by its reader and its writer; docs/formats/json.md is the same
/// in prose.
///
/// Every later version keeps the names, `version`, and the last line with its checksum where they are, so that any
/// version can tell a file that it does not know from a torn one.

#include <commitpoint/codec/crc32c.hpp>
#include <commitpoint/codec/json_limits.hpp>
#include <commitpoint/codec/json_text.hpp>
#include <commitpoint/journal/record.hpp>
#include <commitpoint/result.hpp>

#include <nlohmann/json.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace commitpoint::journal::json_format {

inline constexpr std::uint64_t version = 1;

/// Which file: `g5.json` is generation 5, and `g5.m12.3.json` in it the third state of mutation 12.
struct file_name {
  std::uint64_t generation = 0;
  std::uint64_t mutation = 0;  ///< 0 for the file of the generation itself
  std::uint64_t state = 0;     ///< from 1; 0 for the file of the generation itself

  [[nodiscard]] auto operator<=>(const file_name&) const = default;  // NOLINT(modernize-use-nullptr): a false alarm
  [[nodiscard]] bool is_generation() const noexcept { return state == 0; }
  [[nodiscard]] std::string text() const {
    auto name = "g" + std::to_string(generation);
    if (!is_generation()) name += ".m" + std::to_string(mutation) + "." + std::to_string(state);
    return name + ".json";
  }
};

/// The file that a name stands for, or nothing: whatever else is in the directory is not the journal's.
[[nodiscard]] inline std::optional<file_name> parse_name(std::string_view name) {
  file_name found;
  auto rest = name;
  const auto take = [&](std::string_view before, std::uint64_t& into) {
    if (!rest.starts_with(before)) return;
    rest.remove_prefix(before.size());
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), into);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  };
  take("g", found.generation);
  take(".m", found.mutation);
  take(".", found.state);
  if (found.generation == 0 || found.text() != name) return {};  // one spelling only
  return found;
}

/// What a file says.
struct content {
  file_name name;
  std::uint64_t salt = 0;  ///< random; with the number it tells generations apart
  bool synced = false;     ///< of a generation: it was begun by an owner that makes its records durable
  std::map<std::uint64_t, std::uint64_t> durable = {};  ///< states that were durable before this one, by mutation
  std::vector<record> records = {};
};

/// The words for kinds that this version has one for; they are for people, and not read.
[[nodiscard]] constexpr std::string_view word_for(record_kind kind) noexcept {
  switch (kind) {
    case record_kind::generation: return "generation";
    case record_kind::protect: return "protect";
    case record_kind::will_create: return "will_create";
    case record_kind::created: return "created";
    case record_kind::scratch: return "scratch";
    case record_kind::sibling: return "sibling";
    case record_kind::commit: return "commit";
    case record_kind::published: return "published";
    case record_kind::rolling_back: return "rolling_back";
    case record_kind::rolled_back: return "rolled_back";
    case record_kind::retired: return "retired";
    case record_kind::undone: return "undone";
    case record_kind::compensate: return "compensate";
    case record_kind::copying: return "copying";
    default: return "";
  }
}

// The last lines of a file. What stands before them is under the checksum, and they are compared byte by byte.
[[nodiscard]] inline std::string seal(std::uint32_t sum) {
  std::string text = ",\n  \"crc32c\": \"";
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    codec::append_hex(text, static_cast<unsigned char>(sum >> (shift - 8)));
  }
  return text + "\"\n}\n";
}
inline constexpr std::size_t seal_size = 27;  // of `seal(any)`

/// The text of a file.
/// \errors std::errc::invalid_argument for a body that is no object or nested too deeply: it could not be read back.
[[nodiscard]] inline result<std::string> encode(const content& what) {
  nlohmann::ordered_json file{{"journal", "commitpoint"}, {"version", version}, {"generation", what.name.generation}};
  file["salt"] = what.salt;
  if (what.name.is_generation()) {
    file["synced"] = what.synced;
  } else {
    file["mutation"] = what.name.mutation;
    file["state"] = what.name.state;
    auto& durable = file["durable"] = nlohmann::ordered_json::object();
    for (const auto& [mutation, state] : what.durable) durable[std::to_string(mutation)] = state;
  }
  auto& all = file["records"] = nlohmann::ordered_json::array();
  for (const auto& r : what.records) {
    auto body = is_readable_body(r.body)
                    ? codec::encode_json(nlohmann::json::from_cbor(r.body, true, false), codec::deepest_cbor)
                    : std::nullopt;
    if (!body) return unreadable_body();
    nlohmann::ordered_json one{{"kind", static_cast<unsigned>(r.kind)}};
    if (const auto word = word_for(r.kind); !word.empty()) one["word"] = word;
    one["mutation"] = r.mutation;
    one["body"] = *std::move(body);
    if (!r.contents.empty()) one["contents"] = codec::text_as_json(r.contents);
    all.push_back(std::move(one));
  }
  auto text = file.dump(2);
  text.resize(text.size() - 2);  // the closing brace
  return text + seal(codec::crc32c{text}.value());
}

/// Why a file is whole and yet senseless, for people.
struct senseless {
  std::string why;
};

// The members of a file, by their types.
class reading {
 public:
  explicit reading(const nlohmann::json& file) noexcept : file_(file) {}

  [[nodiscard]] std::variant<content, senseless> read(const file_name& name) && {
    if (!file_.is_object() || file_.value("journal", nlohmann::json()) != "commitpoint") {
      return senseless{"the checksum is right, and it is no file of a journal"};
    }
    const auto known = number(file_, "version");
    if (known != version) {
      return senseless{"unknown version " + (known ? std::to_string(*known) : std::string("(none)")) +
                       " (written by a newer commitpoint?)"};
    }
    content found{name};
    const auto salt = number(file_, "salt");
    if (!salt || number(file_, "generation") != name.generation) return senseless{"it is not what its name says"};
    found.salt = *salt;
    if (name.is_generation()) {
      const auto synced = file_.find("synced");
      if (synced == file_.end() || !synced->is_boolean()) return senseless{"it is not what its name says"};
      found.synced = synced->get<bool>();
    } else if (number(file_, "mutation") != name.mutation || number(file_, "state") != name.state ||
               !read_durable(found)) {
      return senseless{"it is not what its name says"};
    }
    const auto records = file_.find("records");
    if (records == file_.end() || !records->is_array() || records->empty()) return senseless{"it has no records"};
    for (const auto& one : *records) {
      if (auto why = read_record(one, found); !why.empty()) return senseless{std::move(why)};
    }
    return found;
  }

 private:
  [[nodiscard]] static std::optional<std::uint64_t> number(const nlohmann::json& in, const char* key) {
    const auto found = in.find(key);
    if (found == in.end() || !found->is_number_unsigned()) return {};
    return found->get<std::uint64_t>();
  }

  [[nodiscard]] bool read_durable(content& found) const {
    const auto durable = file_.find("durable");
    if (durable == file_.end() || !durable->is_object()) return false;
    for (const auto& [key, state] : durable->items()) {
      std::uint64_t mutation = 0;
      const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), mutation);
      if (error != std::errc{} || end != key.data() + key.size() || !state.is_number_unsigned()) return false;
      found.durable[mutation] = state.get<std::uint64_t>();
    }
    return true;
  }

  // Gives what is wrong with it.
  [[nodiscard]] static std::string read_record(const nlohmann::json& one, content& found) {
    const auto kind = number(one, "kind");
    const auto mutation = number(one, "mutation");
    if (!one.is_object() || !kind || !mutation) return "a record that has no kind or no mutation";
    if (*kind > 0xFFFF || !is_known(static_cast<record_kind>(*kind))) {
      return "unknown kind of record " + std::to_string(*kind) + " (written by a newer commitpoint?)";
    }
    record r{static_cast<record_kind>(*kind), *mutation, {}, {}};
    const bool first = found.name.is_generation() && found.records.empty();
    if ((r.kind == record_kind::generation) != first) return "a generation record anywhere but first, or another first";
    if (!found.name.is_generation() && r.mutation != found.name.mutation) return "a record of another mutation";
    const auto body = one.find("body");
    auto decoded = body != one.end() ? codec::decode_json(*body) : std::nullopt;
    if (!decoded || !decoded->is_object()) return "a record whose body is no object";
    nlohmann::json::to_cbor(*decoded, r.body);
    if (const auto contents = one.find("contents"); contents != one.end()) {
      auto bytes = codec::decode_json(*contents);
      if (!bytes || !bytes->is_string()) return "a record whose contents are no text";
      r.contents = bytes->get<std::string>();
    }
    found.records.push_back(std::move(r));
    return {};
  }

  const nlohmann::json& file_;
};

/// What the file of this name says, or why it makes no sense; nothing if it is torn: not whole as it was written.
[[nodiscard]] inline std::optional<std::variant<content, senseless>> parse(const file_name& name,
                                                                           std::string_view text) {
  if (text.size() < seal_size) return {};
  const auto sealed = text.substr(0, text.size() - seal_size);
  if (text.substr(sealed.size()) != seal(codec::crc32c{sealed}.value())) return {};
  // The file, its records, a record, its body; what is not text adds a level inside.
  if (!codec::nested_at_most(text, codec::deepest_cbor + 5)) return senseless{"it is no JSON, or nested too deeply"};
  const auto file = nlohmann::json::parse(text, nullptr, false);
  if (file.is_discarded()) return senseless{"it is no JSON, or nested too deeply"};
  return reading(file).read(name);
}

}  // namespace commitpoint::journal::json_format
