#pragma once

/// \file
/// The door to a tree that a group shares. What the library makes for its own user alone (0600, 0700) is made for the
/// group there, whatever the umask says, so that each member can settle what a crash of another has left.

#include <commitpoint/system/forwarding_door.hpp>

#include <cstdint>
#include <string>

namespace commitpoint::detail {

/// Stands before the door that does the work.
class group_door final : public system::forwarding_door {
 public:
  using forwarding_door::forwarding_door;

  result<system::handle> open(const system::handle& directory, const std::string& name,
                              const system::open_how& how) override {
    if (how.mode != 0600 || (!how.create && !how.create_exclusive)) return behind().open(directory, name, how);
    auto for_group = how;
    for_group.mode = 0660;
    BOOST_OUTCOME_TRY(auto made, behind().open(directory, name, for_group));
    BOOST_OUTCOME_TRYV(give(made, 0060));
    return made;
  }
  result<void> make_directory(const system::handle& directory, const std::string& name, std::uint32_t mode) override {
    if (mode != 0700) return behind().make_directory(directory, name, mode);
    BOOST_OUTCOME_TRYV(behind().make_directory(directory, name, 0770));
    BOOST_OUTCOME_TRY(
        const auto made,
        behind().open(directory, name, {.access = system::open_how::access_mode::path, .directory = true}));
    return give(made, 0070);
  }

  /// Nobody but root gives files away: what a member puts back in the place of another's is his own.
  result<void> set_owner(const system::handle& directory, const std::string& name, std::uint32_t user,
                         std::uint32_t group) override {
    auto given = behind().set_owner(directory, name, user, group);
    if (given || given.error() != std::errc::operation_not_permitted) return given;
    BOOST_OUTCOME_TRY(const auto there, behind().status(directory, name));
    if (there.group == group) return success();
    return behind().set_owner(directory, name, there.user, group);
  }
  /// The times of another's directories are his to set.
  result<void> set_modified(const system::handle& directory, const std::string& name, std::int64_t time) override {
    auto set = behind().set_modified(directory, name, time);
    if (set || set.error() != std::errc::operation_not_permitted) return set;
    BOOST_OUTCOME_TRY(const auto there, behind().status(directory, name));
    if (there.type == system::node_type::directory && there.user != user()) return success();
    return set;
  }

 private:
  // The umask may have taken the group's bits; of what another has made, he has given them.
  result<void> give(const system::handle& made, std::uint32_t bits) {
    BOOST_OUTCOME_TRY(const auto there, behind().status(made));
    if ((there.mode & bits) == bits || there.user != user()) return success();
    return behind().set_mode(made, there.mode | bits);
  }
};

}  // namespace commitpoint::detail
