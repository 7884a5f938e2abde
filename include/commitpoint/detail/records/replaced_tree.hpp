#pragma once

/// \file
/// What stood in a directory that is replaced as a whole. After a crash it may have been edited before it goes, and
/// what a person put into it must be found among everything that goes anyway.

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/detail/records/codec.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/files/tree.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::detail {

/// The files and links below a directory, by their path below it.
using tree_states = std::map<std::string, version_state, std::less<>>;

[[nodiscard]] inline tree_states states_of(const std::vector<tree_entry>& entries, std::string_view above) {
  tree_states states;
  for (const auto& [plain, status] : entries) {
    if (status.type == node::directory) continue;
    states.emplace(plain.substr(above.empty() ? 0 : above.size() + 1), version_state::of(status));
  }
  return states;
}

/// As it is written to staging, in CBOR.
[[nodiscard]] inline std::string encode_states(const tree_states& states) {
  std::string encoded;
  codec::cbor_writer(encoded).array(states.size());
  for (const auto& [plain, state] : states) {
    codec::cbor_map map(encoded);
    map.member("path").text(plain);
    encode(state, map.map_member("state"));
  }
  return encoded;
}

/// Nothing is known where it makes no sense: then everything is taken for a person's.
[[nodiscard]] inline tree_states decode_states(std::string_view encoded) {
  tree_states states;
  const auto list = codec::cbor_view::whole(encoded);
  if (!list) return {};
  std::string wrong;
  list->each_item([&](const codec::cbor_view& item) {
    const members in(item, wrong);
    states.emplace(in.text("path"), decode_state(in.map("state")));
  });
  if (!wrong.empty()) return {};
  return states;
}

}  // namespace commitpoint::detail
