#pragma once

/// \file
/// The private directory of one mutation: new versions, backups, and what was live and went away.

#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/detail/records/names.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/files/tree.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace commitpoint::detail {

/// Made when it is first needed, so that a mutation that stages nothing leaves nothing.
class staging_area {
 public:
  staging_area(session& by, std::uint64_t mutation)
      : by_(&by), system_(&by.system()), where_(&by.where()), name_(staging_name(mutation)) {}

  /// The directory's handle; makes the directory the first time.
  [[nodiscard]] result<const system::handle*> directory() {
    if (!directory_) {
      auto made = system_->make_directory(where_->staging, name_, 0700);
      if (!made && made.error() == std::errc::file_exists) {
        // Left by a mutation that wrote no record: its number was never used. Or another owner's.
        BOOST_OUTCOME_TRYV(by_->still_locked());
        BOOST_OUTCOME_TRYV(remove_tree(*system_, where_->staging, name_));
        made = system_->make_directory(where_->staging, name_, 0700);
      }
      if (!made) return std::move(made).error().on(shown());
      BOOST_OUTCOME_TRY(directory_, system_->open(where_->staging, name_, {.directory = true}));
    }
    return &directory_;
  }

  /// Whether it was made.
  [[nodiscard]] bool made() const noexcept { return static_cast<bool>(directory_); }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// A name that was not used yet.
  [[nodiscard]] std::string fresh_file() { return numbered('f'); }
  [[nodiscard]] std::string fresh_backup() { return numbered('b'); }
  [[nodiscard]] std::string fresh_scratch() { return numbered('s'); }
  /// Where what is removed, or replaced, goes.
  [[nodiscard]] std::string fresh_slot() { return numbered('x'); }
  /// What is known of an old version.
  [[nodiscard]] std::string fresh_note() { return numbered('o'); }
  [[nodiscard]] std::uint64_t fresh_serial() noexcept { return serial_++; }
  /// Its path relative to the root, for messages and tools.
  [[nodiscard]] std::string shown() const { return where_->state_directory + "/" + names::staging + "/" + name_; }

  /// A fresh name for a new file that will live in a directory like `parent`: the set-group-id bit and a default ACL
  /// of the directory that a file is created in decide its group and its ACL, so where the parent has either, the
  /// file is created in a directory that has the same.
  [[nodiscard]] result<std::string> fresh_like(const system::handle& parent, const system::file_status& status,
                                               const std::string& parent_path) {
    if (auto known = fresh_in_known(parent_path)) return *std::move(known);
    BOOST_OUTCOME_TRY(const auto attributes, system_->attributes(parent));
    const auto acl = attributes.find("system.posix_acl_default");
    std::string nursery;
    if ((status.mode & 02000U) != 0 || acl != attributes.end()) {
      BOOST_OUTCOME_TRY(const auto* area, directory());
      nursery = fresh_nursery();
      BOOST_OUTCOME_TRYV(system_->make_directory(*area, nursery, 0700));
      BOOST_OUTCOME_TRY(const auto made, system_->open(*area, nursery, {.directory = true}));
      if ((status.mode & 02000U) != 0) {
        BOOST_OUTCOME_TRY(const auto own, system_->status(made));
        BOOST_OUTCOME_TRYV(system_->set_owner(*area, nursery, own.user, status.group));
        BOOST_OUTCOME_TRYV(system_->set_mode(made, own.mode | 02000U));
      }
      if (acl != attributes.end()) {
        BOOST_OUTCOME_TRYV(system_->set_attribute(made, acl->first, acl->second));
      }
    }
    nurseries_.emplace(parent_path, nursery);
    return nursery.empty() ? fresh_file() : nursery + "/" + fresh_file();
  }

  /// The same, where the parent was looked at before; otherwise nothing.
  [[nodiscard]] std::optional<std::string> fresh_in_known(const std::string& parent_path) {
    const auto known = nurseries_.find(parent_path);
    if (known == nurseries_.end()) return std::nullopt;
    return known->second.empty() ? fresh_file() : known->second + "/" + fresh_file();
  }

 private:
  [[nodiscard]] std::string numbered(char kind) { return kind + std::to_string(serial_++); }
  [[nodiscard]] std::string fresh_nursery() { return numbered('d'); }

  session* by_;
  system::door* system_;
  const workspace* where_;
  std::string name_;
  system::handle directory_;
  std::uint64_t serial_ = 0;
  std::map<std::string, std::string> nurseries_;
};

}  // namespace commitpoint::detail
