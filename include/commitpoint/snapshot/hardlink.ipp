#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/stamps.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/evidence.hpp>
#include <commitpoint/snapshot/hardlink.hpp>

#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

namespace commitpoint::snapshot {

COMMITPOINT_INLINE result<saved> hardlink::save(system::door& system, const system::handle& directory,
                                                const std::string& name, const system::handle& backups,
                                                const std::string& backup, bool writers_replace) {
  BOOST_OUTCOME_TRY(auto file, system.open(directory, name, {}));
  BOOST_OUTCOME_TRY(const auto before, system.status(file));
  if (before.links == 1 && !files::is_recent(before.modified, system.now())) {
    auto linked = system.link(directory, name, backups, backup);
    if (linked) return linked_as(system, std::move(file), before, backups, backup);
    if (!cannot_link(linked.error())) return std::move(linked).error();
  }
  return copy{}.save(system, directory, name, backups, backup, writers_replace);
}

COMMITPOINT_INLINE result<bool> hardlink::intact(system::door& system, const system::handle& backups,
                                                 const std::string& backup, const snapshot::evidence& evidence) {
  return is_intact(system, backups, backup, evidence);
}

COMMITPOINT_INLINE bool hardlink::cannot_link(const failure& f) {
  return f == std::errc::cross_device_link || f == std::errc::too_many_links ||
         f == std::errc::operation_not_permitted || f == std::errc::operation_not_supported;
}

COMMITPOINT_INLINE result<saved> hardlink::linked_as(system::door& system, system::handle file,
                                                     const system::file_status& before, const system::handle& backups,
                                                     const std::string& backup) const {
  BOOST_OUTCOME_TRY(const auto now, system.status(backups, backup));
  if (now.inode != before.inode) {
    return failure(make_error_code(errc::drifted), {}, "it was replaced while it was saved");
  }
  BOOST_OUTCOME_TRYV(refuse_drift(system, file, before));
  auto evidence = stamps_of(words::hardlink, before);
  evidence.set("inode", before.inode);
  return saved{std::move(file), std::move(evidence)};
}

}  // namespace commitpoint::snapshot
