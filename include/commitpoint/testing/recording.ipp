#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/testing/recording.hpp>

#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>

namespace commitpoint::testing {

COMMITPOINT_INLINE std::string sync_record::unsynced() const {
  std::string text;
  for (const auto& [inode, file] : contents) text += " the content of '" + file.name + "'";
  for (const auto& [inode, all] : names) {
    for (const auto& name : all) text += " the name '" + name + "'";
  }
  return text;
}

struct recording_door::state {
  std::mutex mutex;
  sync_record record;
};

COMMITPOINT_INLINE recording_door::recording_door(std::shared_ptr<system::door> behind)
    : forwarding_door(std::move(behind)), shared_(std::make_shared<state>()) {}

COMMITPOINT_INLINE sync_record recording_door::record() const {
  const std::scoped_lock guard(shared_->mutex);
  return shared_->record;
}

COMMITPOINT_INLINE void recording_door::forget() {
  const std::scoped_lock guard(shared_->mutex);
  shared_->record = {};
}

COMMITPOINT_INLINE result<system::handle> recording_door::open(const handle& dir, const std::string& name,
                                                               const system::open_how& how) {
  const bool creates = how.create || how.create_exclusive;
  bool is_new = creates;
  if (how.create) {
    const auto there = behind().status(dir, name);
    is_new = there && there.value().type == system::node_type::none;
  }
  auto opened = behind().open(dir, name, how);
  if (opened && is_new) {
    named(dir, name);
    about_to_write(opened.value(), name);
  }
  return opened;
}

COMMITPOINT_INLINE result<void> recording_door::make_directory(const handle& dir, const std::string& name,
                                                               std::uint32_t mode) {
  return named_if(behind().make_directory(dir, name, mode), dir, name);
}

COMMITPOINT_INLINE result<void> recording_door::make_symlink(const std::string& target, const handle& dir,
                                                             const std::string& name) {
  return named_if(behind().make_symlink(target, dir, name), dir, name);
}

COMMITPOINT_INLINE result<void> recording_door::remove_file(const handle& dir, const std::string& name) {
  BOOST_OUTCOME_TRY(const auto there, behind().status(dir, name));
  BOOST_OUTCOME_TRYV(behind().remove_file(dir, name));
  went(dir, name);
  const std::scoped_lock guard(shared_->mutex);
  if (there.links == 1) shared_->record.contents.erase(there.inode);
  return success();
}

COMMITPOINT_INLINE result<void> recording_door::remove_directory(const handle& dir, const std::string& name) {
  BOOST_OUTCOME_TRYV(behind().remove_directory(dir, name));
  went(dir, name);
  return success();
}

COMMITPOINT_INLINE result<void> recording_door::rename(const handle& from, const std::string& old_name,
                                                       const handle& to, const std::string& new_name,
                                                       system::rename_how how) {
  BOOST_OUTCOME_TRYV(behind().rename(from, old_name, to, new_name, how));
  how == system::rename_how::exchange ? named(from, old_name) : went(from, old_name);
  named(to, new_name);
  return success();
}

COMMITPOINT_INLINE result<void> recording_door::link(const handle& from, const std::string& old_name, const handle& to,
                                                     const std::string& new_name) {
  return named_if(behind().link(from, old_name, to, new_name), to, new_name);
}

COMMITPOINT_INLINE result<std::size_t> recording_door::write(const handle& file, std::uint64_t offset,
                                                             std::span<const char> bytes) {
  about_to_write(file);
  return behind().write(file, offset, bytes);
}

COMMITPOINT_INLINE result<void> recording_door::truncate(const handle& file, std::uint64_t size) {
  about_to_write(file);
  return behind().truncate(file, size);
}

COMMITPOINT_INLINE result<void> recording_door::clone(const handle& from, const handle& to) {
  about_to_write(to);
  return behind().clone(from, to);
}

COMMITPOINT_INLINE result<std::size_t> recording_door::copy_range(const handle& from, std::uint64_t from_offset,
                                                                  const handle& to, std::uint64_t to_offset,
                                                                  std::size_t length) {
  about_to_write(to);
  return behind().copy_range(from, from_offset, to, to_offset, length);
}

COMMITPOINT_INLINE result<void> recording_door::sync(const handle& node) {
  BOOST_OUTCOME_TRYV(behind().sync(node));
  return synced(node, true);
}

COMMITPOINT_INLINE result<void> recording_door::sync_data(const handle& file) {
  BOOST_OUTCOME_TRYV(behind().sync_data(file));
  return synced(file, false);
}

COMMITPOINT_INLINE result<void> recording_door::sync_filesystem(const handle& node) {
  BOOST_OUTCOME_TRYV(behind().sync_filesystem(node));
  BOOST_OUTCOME_TRY(const auto there, behind().status(node));
  const std::scoped_lock guard(shared_->mutex);
  shared_->record.contents.clear();
  shared_->record.names.clear();
  shared_->record.filesystems.insert(there.device);
  return success();
}

COMMITPOINT_INLINE void recording_door::about_to_write(const handle& file, const std::string& name) {
  const auto there = behind().status(file);
  if (!there) return;
  const std::scoped_lock guard(shared_->mutex);
  auto& known = shared_->record.contents;
  if (known.contains(there.value().inode)) return;
  auto durable = commitpoint::files::read_whole(behind(), file, there.value().size);
  known.emplace(there.value().inode, unsynced_file{name, durable ? std::move(durable).value() : std::string()});
}

COMMITPOINT_INLINE void recording_door::named(const handle& dir, const std::string& name) {
  const auto there = behind().status(dir);
  if (!there) return;
  const std::scoped_lock guard(shared_->mutex);
  shared_->record.names[there.value().inode].insert(name);
}

COMMITPOINT_INLINE void recording_door::went(const handle& dir, const std::string& name) {
  const auto there = behind().status(dir);
  if (!there) return;
  const std::scoped_lock guard(shared_->mutex);
  const auto known = shared_->record.names.find(there.value().inode);
  if (known == shared_->record.names.end()) return;
  known->second.erase(name);
  if (known->second.empty()) shared_->record.names.erase(known);
}

COMMITPOINT_INLINE result<void> recording_door::named_if(result<void> done, const handle& dir,
                                                         const std::string& name) {
  if (done) named(dir, name);
  return done;
}

COMMITPOINT_INLINE result<void> recording_door::synced(const handle& node, bool with_names) {
  BOOST_OUTCOME_TRY(const auto there, behind().status(node));
  const std::scoped_lock guard(shared_->mutex);
  shared_->record.contents.erase(there.inode);
  if (with_names) shared_->record.names.erase(there.inode);
  shared_->record.synced.insert(there.inode);
  return success();
}

}  // namespace commitpoint::testing
