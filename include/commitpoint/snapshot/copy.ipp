#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/stamps.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/evidence.hpp>

#include <string>
#include <utility>

namespace commitpoint::snapshot {

COMMITPOINT_INLINE result<saved> copy::save(system::door& system, const system::handle& directory,
                                            const std::string& name, const system::handle& backups,
                                            const std::string& backup, bool /*writers_replace*/) {
  BOOST_OUTCOME_TRY(const auto from, system.open(directory, name, {}));
  BOOST_OUTCOME_TRY(const auto before, system.status(from));
  BOOST_OUTCOME_TRY(auto to, files::write_new_file(system, backups, backup, {}, 0600));
  BOOST_OUTCOME_TRYV(files::copy_content(system, from, to));
  BOOST_OUTCOME_TRYV(refuse_drift(system, from, before));
  BOOST_OUTCOME_TRY(const auto sum, files::checksum(system, to, before.size));
  if (files::is_recent(before.modified, system.now())) {  // another write may have left it the same time
    BOOST_OUTCOME_TRY(const auto still, files::checksum(system, from, before.size));
    if (still != sum) return written_meanwhile();
  }
  return saved{std::move(to), {{"way", words::copy}, {"size", before.size}, {"crc32c", std::uint64_t{sum}}}};
}

COMMITPOINT_INLINE result<bool> copy::intact(system::door& system, const system::handle& backups,
                                             const std::string& backup, const snapshot::evidence& evidence) {
  return is_intact(system, backups, backup, evidence);
}

}  // namespace commitpoint::snapshot
