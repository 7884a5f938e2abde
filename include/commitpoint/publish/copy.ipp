#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/block_sums.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/rename.ipp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>

namespace commitpoint::publish {

COMMITPOINT_INLINE result<void> copy::prepare(system::door& system, const move& m) const {
  BOOST_OUTCOME_TRY(const auto there, system.status(m.to, m.target));
  if (there.type != system::node_type::regular) return success();  // the last look before the commit point refuses it
  BOOST_OUTCOME_TRY(const auto live, system.open(m.to, m.target, {.access = access::read_write}));
  if (!m.mode || *m.mode == there.mode) return success();
  return system.set_mode(live, there.mode);  // whoever may not set another may not set this one
}

COMMITPOINT_INLINE result<void> copy::put(system::door& system, const move& m) const {
  BOOST_OUTCOME_TRY(const auto there, system.status(m.to, m.target));
  if (there.type != system::node_type::regular) return rename{}.put(system, m);
  BOOST_OUTCOME_TRY(const auto source, system.open(m.from, m.source, {}));
  BOOST_OUTCOME_TRY(const auto live, system.open(m.to, m.target, {.access = access::read_write}));
  BOOST_OUTCOME_TRYV(write_over(system, source, live));
  BOOST_OUTCOME_TRY(const auto written, system.status(live));
  const auto mode = m.mode.value_or(written.mode);
  if (mode != written.mode) {
    BOOST_OUTCOME_TRYV(system.set_mode(live, mode));
  }
  return stamp(system, m);
}

COMMITPOINT_INLINE result<void> copy::write_over(system::door& system, const system::handle& source,
                                                 const system::handle& live) {
  BOOST_OUTCOME_TRY(const auto wanted, system.status(source));
  BOOST_OUTCOME_TRY(const auto before, system.status(live));
  files::hole_finder source_holes(system, source);
  files::hole_finder live_holes(system, live);
  for (std::uint64_t at = 0; at < wanted.size;) {
    if (wanted.size > files::worth_looking_for_holes) {
      // Where both have a hole there is nothing to write, but for the end, which makes the file as long as it is to be.
      BOOST_OUTCOME_TRY(const auto source_hole, source_holes.length_at(at));
      BOOST_OUTCOME_TRY(const auto live_hole, live_holes.length_at(at));
      const auto zeros = at < before.size ? std::min(source_hole, live_hole) : source_hole;
      const auto skipped = std::min(zeros, wanted.size - 1 - at) / files::stream_block * files::stream_block;
      at += skipped;
      if (skipped > 0) continue;
    }
    const auto size = std::min<std::uint64_t>(files::stream_block, wanted.size - at);
    BOOST_OUTCOME_TRY(auto bytes, files::read_range(system, source, at, size));
    if (bytes.size() != size) return failure(system_error(EIO)).because("the staged file became shorter");
    if (at + size == wanted.size && before.size > wanted.size) {
      const auto rest = std::min(files::end_of_block(wanted.size), before.size) - wanted.size;
      bytes.append(static_cast<std::size_t>(rest), '\0');
    }
    BOOST_OUTCOME_TRYV(files::write_all(system, live, at, bytes));
    at += size;
  }
  if (before.size <= wanted.size) return success();
  return system.truncate(live, wanted.size);
}

COMMITPOINT_INLINE result<void> copy::stamp(system::door& system, const move& m) {
  auto set = system.set_modified(m.to, m.target, m.modified);
  if (!set && set.error() == std::errc::operation_not_permitted) return success();
  return set;
}

}  // namespace commitpoint::publish
