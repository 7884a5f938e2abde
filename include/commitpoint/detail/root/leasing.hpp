#pragma once

/// \file
/// Making leases, and removing those that nobody holds.
///
///     maker    make lN  ->  open or make lN/lock, lock it  ->  is the name still that inode?  ->  make lN/files
///     reaper   open or make lN/lock, try to lock it        ->  is the name still that inode?  ->  delete, the lock
///     last
///
/// Only who holds the lock, and sees it at its name, may use or delete what is beside it. A reaper that comes between
/// the first two steps of a maker takes the directory away: the maker finds its lock at no name, and tries another.

#include <commitpoint/detail/root/lock.hpp>
#include <commitpoint/detail/root/opened_root.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/lease.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace commitpoint::detail {

[[nodiscard]] inline bool is_lease_name(std::string_view name) noexcept { return name.starts_with('l'); }

/// Deletes the directory of a lease. The caller holds its lock; the lock file goes last, so that whoever finds
/// something in it finds a lock as well.
[[nodiscard]] inline result<void> delete_lease(system::door& system, const system::handle& staging,
                                               const std::string& name, const system::handle& directory) {
  BOOST_OUTCOME_TRY(const auto found, system.list(directory));
  for (const auto& entry : found) {
    if (entry.name == names::lease_lock) continue;
    BOOST_OUTCOME_TRYV(remove_tree(system, directory, entry.name));
  }
  BOOST_OUTCOME_TRYV(system.remove_file(directory, names::lease_lock));
  return system.remove_directory(staging, name);
}

/// Removes one lease unless somebody holds it. That it is gone by then, or cannot be removed, harms nobody: the next
/// drain looks again.
inline result<void> reap_lease(opened_root& shared, const std::string& name) {
  auto& system = shared.system;
  if (shared.leases.find(name)) return success();
  BOOST_OUTCOME_TRY(const auto directory, system.open(shared.where.staging, name, {.directory = true}));
  BOOST_OUTCOME_TRY(auto file, system.open(directory, names::lease_lock,
                                           {.access = access::read_write, .create = true, .mode = 0600}));
  BOOST_OUTCOME_TRY(const bool locked, system.lock(file, system::lock_mode::exclusive, false));
  if (!locked) return success();
  BOOST_OUTCOME_TRY(const auto status, system.status(file));
  const held_lock held(system, std::move(file), status);
  BOOST_OUTCOME_TRY(const bool current, held.leads_to(directory, names::lease_lock));
  if (!current) return success();
  return delete_lease(system, shared.where.staging, name, directory);
}

/// The directory behind a `lease`. It has one descriptor, the locked file's, because many leases wait to be committed
/// at a time: whoever works in it opens what is needed.
class leased_staging final : public leased_directory {
 public:
  leased_staging(std::shared_ptr<opened_root> shared, std::string name, std::shared_ptr<const system::handle> lock)
      : shared_(std::move(shared)),
        name_(std::move(name)),
        lock_(std::move(lock)),
        process_(shared_->system.process()),
        place_(shared_->where.root_path + "/" + shared_->where.state_directory + "/" + names::staging + "/" + name_ +
               "/" + names::lease_files) {
    shared_->leases.add(name_, process_, lock_);
  }
  ~leased_staging() override {
    auto& system = shared_->system;
    if (system.process() != process_) return;  // it is the parent's, and so is the lock
    shared_->leases.remove(name_);
    try {
      (void)remove();
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; as after a failure, the next drain removes it
    }
    (void)system.unlock(*lock_);  // a mutation that adopted from it may have the descriptor
  }

  [[nodiscard]] const commitpoint::path& place() const noexcept override { return place_; }

  result<void> write(path_view name, bytes_view bytes) override {
    auto& system = shared_->system;
    BOOST_OUTCOME_TRY(const auto plain, plain_path(name.text()));
    const auto from_staging = joined(joined(name_, names::lease_files), plain);
    auto at = locate(system, shared_->where.staging, from_staging);
    if (!at) return failure(at.error().code, plain);
    auto written = write_new_file(system, at.value().directory, at.value().name, bytes.text(), 0666);
    if (!written) return std::move(written).error().on(plain);
    return success();
  }

 private:
  result<void> remove() {
    BOOST_OUTCOME_TRY(const auto directory, shared_->system.open(shared_->where.staging, name_, {.directory = true}));
    return delete_lease(shared_->system, shared_->where.staging, name_, directory);
  }

  std::shared_ptr<opened_root> shared_;
  std::string name_;
  std::shared_ptr<const system::handle> lock_;
  std::int64_t process_;
  commitpoint::path place_;
};

/// One attempt, under one name. Nothing when a drain took it for an orphan before it was locked.
[[nodiscard]] inline result<std::optional<lease>> try_lease(const std::shared_ptr<opened_root>& shared,
                                                            const std::string& name) {
  auto& system = shared->system;
  const auto reaped = [](const failure& f) { return f == std::errc::no_such_file_or_directory; };
  auto made = system.make_directory(shared->where.staging, name, 0700);
  if (!made && made.error() == std::errc::file_exists) return std::nullopt;
  if (!made) return std::move(made).error();
  auto directory = system.open(shared->where.staging, name, {.directory = true});
  if (!directory && reaped(directory.error())) return std::nullopt;
  if (!directory) return std::move(directory).error();
  auto file =
      system.open(directory.value(), names::lease_lock, {.access = access::read_write, .create = true, .mode = 0600});
  if (!file && reaped(file.error())) return std::nullopt;
  if (!file) return std::move(file).error();
  BOOST_OUTCOME_TRYV(system.lock(file.value(), system::lock_mode::exclusive, true));  // a reaper is done soon
  BOOST_OUTCOME_TRY(const auto status, system.status(file.value()));
  held_lock held(system, std::move(file).value(), status);
  BOOST_OUTCOME_TRY(const bool current, held.leads_to(directory.value(), names::lease_lock));
  if (!current) return std::nullopt;
  BOOST_OUTCOME_TRYV(system.make_directory(directory.value(), names::lease_files, 0700));
  // Opened before the first write into the lease, so that it hears of write-back errors as well.
  auto locked = std::make_shared<const system::handle>(std::move(held).take());
  return lease(std::make_unique<leased_staging>(shared, name, std::move(locked)));
}

/// A new lease.
/// \errors untrusted_owner; the system's, with the path in the state directory.
[[nodiscard]] inline result<lease> make_lease(const std::shared_ptr<opened_root>& shared) {
  BOOST_OUTCOME_TRYV(shared->owners.check_directory());
  while (true) {
    const auto name = "l" + std::to_string(shared->system.random());
    auto made = try_lease(shared, name);
    if (!made) {
      return std::move(made)
          .error()
          .at(step::stage)
          .on(joined(joined(shared->where.state_directory, names::staging), name));
    }
    if (made.value()) return *std::move(made).value();
  }
}

}  // namespace commitpoint::detail
