#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/snapshot/evidence.hpp>
#include <commitpoint/snapshot/reflink.hpp>

#include <string>
#include <system_error>
#include <utility>

namespace commitpoint::snapshot {

COMMITPOINT_INLINE result<saved> reflink::save(system::door& system, const system::handle& directory,
                                               const std::string& name, const system::handle& backups,
                                               const std::string& backup, bool /*writers_replace*/) {
  BOOST_OUTCOME_TRY(const auto from, system.open(directory, name, {}));
  BOOST_OUTCOME_TRY(const auto before, system.status(from));
  BOOST_OUTCOME_TRY(auto to, files::write_new_file(system, backups, backup, {}, 0600));
  auto cloned = system.clone(from, to);
  if (!cloned) {
    BOOST_OUTCOME_TRYV(system.remove_file(backups, backup));
    return refusal(std::move(cloned).error());
  }
  BOOST_OUTCOME_TRYV(refuse_drift(system, from, before));
  BOOST_OUTCOME_TRYV(system.set_modified(backups, backup, before.modified));
  return saved{std::move(to), stamps_of(words::reflink, before)};
}

COMMITPOINT_INLINE result<bool> reflink::intact(system::door& system, const system::handle& backups,
                                                const std::string& backup, const snapshot::evidence& evidence) {
  return is_intact(system, backups, backup, evidence);
}

COMMITPOINT_INLINE failure reflink::refusal(failure why) {
  if (why == std::errc::invalid_argument) {
    return std::move(why).because("its blocks cannot be shared: use snapshot::adaptive or snapshot::copy");
  }
  const bool never = why == std::errc::operation_not_supported || why == std::errc::cross_device_link ||
                     why == std::errc::function_not_supported;
  if (!never) return why;
  return failure(make_error_code(errc::unsupported), {},
                 why == std::errc::cross_device_link
                     ? "it is on another file system than the state directory, so that its blocks cannot be "
                       "shared: use snapshot::adaptive or snapshot::copy"
                     : "its file system cannot share blocks between files (xfs and btrfs can): use "
                       "snapshot::adaptive or snapshot::copy");
}

}  // namespace commitpoint::snapshot
