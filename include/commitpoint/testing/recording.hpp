#pragma once

/// \file
/// `recording<Inner>`: another System, which remembers what was made or written and not synced since.

#include <commitpoint/policy.hpp>
#include <commitpoint/system/concept.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>

namespace commitpoint::testing {

/// What a sync did not cover yet, by inode, with the name that each was last reached by; and what was synced.
struct sync_record {
  std::map<std::uint64_t, std::string> contents;         ///< files that were written to
  std::map<std::uint64_t, std::set<std::string>> names;  ///< names that came, by their directory
  std::multiset<std::uint64_t> synced;                   ///< inodes that were synced, one entry each time
  std::multiset<std::uint64_t> filesystems;              ///< devices that were synced as a whole

  /// Empty when everything is durable; otherwise what is not, for people.
  [[nodiscard]] std::string unsynced() const {
    std::string text;
    for (const auto& [inode, name] : contents) text += " the content of '" + name + "'";
    for (const auto& [inode, all] : names) {
      for (const auto& name : all) text += " the name '" + name + "'";
    }
    return text;
  }
};

/// Wraps a System by inheritance; copies share the record. A sync that failed covers nothing.
template <system::System Inner>
class recording : public Inner {
 public:
  using kind = commitpoint::kind::system;
  using handle = typename Inner::handle;

  recording() = default;
  explicit recording(Inner inner) : Inner(std::move(inner)) {}

  /// A copy of the record.
  [[nodiscard]] sync_record record() const {
    const std::scoped_lock guard(shared_->mutex);
    return shared_->record;
  }
  /// Forgets everything, as if all had been synced.
  void forget() {
    const std::scoped_lock guard(shared_->mutex);
    shared_->record = {};
  }

  // The calls that change or sync something.

  result<handle> open(const handle& dir, const std::string& name, const system::open_how& how) {
    const bool creates = how.create || how.create_exclusive;
    bool is_new = creates;
    if (how.create) {
      const auto there = Inner::status(dir, name);
      is_new = there && there.value().type == system::node_type::none;
    }
    auto opened = Inner::open(dir, name, how);
    if (opened && is_new) {
      named(dir, name);
      written(opened.value(), name);
    }
    return opened;
  }
  result<void> make_directory(const handle& dir, const std::string& name, std::uint32_t mode) {
    return named_if(Inner::make_directory(dir, name, mode), dir, name);
  }
  result<void> make_symlink(const std::string& target, const handle& dir, const std::string& name) {
    return named_if(Inner::make_symlink(target, dir, name), dir, name);
  }
  result<void> remove_file(const handle& dir, const std::string& name) {
    BOOST_OUTCOME_TRY(const auto there, Inner::status(dir, name));
    BOOST_OUTCOME_TRYV(Inner::remove_file(dir, name));
    went(dir, name);
    const std::scoped_lock guard(shared_->mutex);
    if (there.links == 1) shared_->record.contents.erase(there.inode);
    return success();
  }
  result<void> remove_directory(const handle& dir, const std::string& name) {
    BOOST_OUTCOME_TRYV(Inner::remove_directory(dir, name));
    went(dir, name);
    return success();
  }
  result<void> rename(const handle& from, const std::string& old_name, const handle& to, const std::string& new_name,
                      system::rename_how how) {
    BOOST_OUTCOME_TRYV(Inner::rename(from, old_name, to, new_name, how));
    how == system::rename_how::exchange ? named(from, old_name) : went(from, old_name);
    named(to, new_name);
    return success();
  }
  result<void> link(const handle& from, const std::string& old_name, const handle& to, const std::string& new_name) {
    return named_if(Inner::link(from, old_name, to, new_name), to, new_name);
  }
  result<std::size_t> write(const handle& file, std::uint64_t offset, std::span<const char> bytes) {
    auto done = Inner::write(file, offset, bytes);
    if (done) written(file, "?");
    return done;
  }
  result<void> truncate(const handle& file, std::uint64_t size) {
    auto done = Inner::truncate(file, size);
    if (done) written(file, "?");
    return done;
  }
  result<void> clone(const handle& from, const handle& to) {
    BOOST_OUTCOME_TRYV(Inner::clone(from, to));
    written(to, "?");
    return success();
  }
  result<std::size_t> copy_range(const handle& from, std::uint64_t from_offset, const handle& to,
                                 std::uint64_t to_offset, std::size_t length) {
    auto done = Inner::copy_range(from, from_offset, to, to_offset, length);
    if (done) written(to, "?");
    return done;
  }
  result<void> sync(const handle& node) {
    BOOST_OUTCOME_TRYV(Inner::sync(node));
    return synced(node, true);
  }
  result<void> sync_data(const handle& file) {
    BOOST_OUTCOME_TRYV(Inner::sync_data(file));
    return synced(file, false);
  }
  result<void> sync_filesystem(const handle& node) {
    BOOST_OUTCOME_TRYV(Inner::sync_filesystem(node));
    BOOST_OUTCOME_TRY(const auto there, Inner::status(node));
    const std::scoped_lock guard(shared_->mutex);
    shared_->record.contents.clear();
    shared_->record.names.clear();
    shared_->record.filesystems.insert(there.device);
    return success();
  }

 private:
  struct state {
    std::mutex mutex;
    sync_record record;
  };

  void written(const handle& file, const std::string& name) {
    const auto there = Inner::status(file);
    if (!there) return;
    const std::scoped_lock guard(shared_->mutex);
    shared_->record.contents.emplace(there.value().inode, name);
  }
  void named(const handle& dir, const std::string& name) {
    const auto there = Inner::status(dir);
    if (!there) return;
    const std::scoped_lock guard(shared_->mutex);
    shared_->record.names[there.value().inode].insert(name);
  }
  void went(const handle& dir, const std::string& name) {
    const auto there = Inner::status(dir);
    if (!there) return;
    const std::scoped_lock guard(shared_->mutex);
    const auto known = shared_->record.names.find(there.value().inode);
    if (known == shared_->record.names.end()) return;
    known->second.erase(name);
    if (known->second.empty()) shared_->record.names.erase(known);
  }
  result<void> named_if(result<void> done, const handle& dir, const std::string& name) {
    if (done) named(dir, name);
    return done;
  }
  result<void> synced(const handle& node, bool with_names) {
    BOOST_OUTCOME_TRY(const auto there, Inner::status(node));
    const std::scoped_lock guard(shared_->mutex);
    shared_->record.contents.erase(there.inode);
    if (with_names) shared_->record.names.erase(there.inode);
    shared_->record.synced.insert(there.inode);
    return success();
  }

  std::shared_ptr<state> shared_ = std::make_shared<state>();
};

}  // namespace commitpoint::testing
