#pragma once

/// \file
/// Databases that were opened as files, only to see that they are databases.

#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Keeps one handle of each as long as the database has a name: closing it would take from this process the locks that
/// SQLite has on the database. Only an owner uses it.
class open_databases {
 public:
  /// The handle of a file, if it is kept; while it is, no other file has its inode.
  [[nodiscard]] const system::handle* find(const system::file_status& of) const {
    const auto known =
        std::ranges::find_if(kept_, [&](const auto& one) { return one.inode == of.inode && one.device == of.device; });
    return known == kept_.end() ? nullptr : &known->file;
  }

  /// Keeps one more, and closes those that have no name any more: nobody else can open these.
  void add(system::door& system, system::handle file) {
    const auto found = system.status(file);
    const auto status = found ? found.value() : system::file_status{};
    kept_.push_back({status.device, status.inode, std::move(file)});
    std::erase_if(kept_, [&](const auto& one) {
      const auto now = system.status(one.file);
      return now && now.value().links == 0;
    });
  }

 private:
  struct one_database {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    system::handle file;
  };
  std::vector<one_database> kept_;
};

}  // namespace commitpoint::detail
