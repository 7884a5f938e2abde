#pragma once

/// \file
/// The leases that one coordinator has given out, by name.

#include <commitpoint/system/door.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

/// What an adopting mutation has to know of a lease.
struct lease_entry {
  std::int64_t process = 0;  ///< that made it
  std::uint64_t serial = 0;  ///< grows; a smaller one was made earlier
  /// Opened before the first write into the lease: a write-back error is reported only to handles that were open then.
  std::shared_ptr<const system::handle> opened_before{};
  bool suspect = false;  ///< a sync has failed since; what was written may be lost although it is readable
};

/// May be used from several threads at once.
class lease_register {
 public:
  void add(const std::string& name, std::int64_t process, std::shared_ptr<const system::handle> opened_before) {
    const std::scoped_lock guard(mutex_);
    entries_.insert_or_assign(name, lease_entry{process, next_serial_++, std::move(opened_before), false});
  }
  void remove(const std::string& name) {
    const std::scoped_lock guard(mutex_);
    entries_.erase(name);
  }
  [[nodiscard]] std::optional<lease_entry> find(std::string_view name) const {
    const std::scoped_lock guard(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return std::nullopt;
    return found->second;
  }
  /// After a failed sync: another one would succeed, and what it did not write would be missed.
  void suspect_all() {
    const std::scoped_lock guard(mutex_);
    for (auto& [name, entry] : entries_) entry.suspect = true;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, lease_entry, std::less<>> entries_;
  std::uint64_t next_serial_ = 0;
};

}  // namespace commitpoint::detail
