#pragma once

/// \file
/// Whose state directory a process carries out. A journal makes whoever drains it write, remove and chmod: with root's
/// rights, if root drains. So it is only believed where nobody could have written it but the process' own user, root,
/// and whom `options::trust` names.

#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// The bits of a state directory that a group shares: its members may work in it, and what is made in it is theirs.
inline constexpr std::uint32_t shared_bits = 02070;

/// Whether a group that is trusted shares a state directory. Where everybody may make names in the root, everybody can
/// put such a directory there.
[[nodiscard]] inline bool is_shared(const system::file_status& state, const system::file_status& root,
                                    const trust& trusted) noexcept {
  return trusted.group && state.group == *trusted.group && (state.mode & shared_bits) == shared_bits &&
         (root.mode & 0002U) == 0;
}

/// Looks at owners and permissions as they are now. What it is given outlives it.
class trusted_owners {
 public:
  trusted_owners(system::door& system, const system::handle& root, const system::handle& state,
                 const std::string& state_directory, const trust& trusted)
      : system_(system), root_(root), state_(state), shown_(state_directory), trusted_(trusted) {}

  /// \errors untrusted_owner
  [[nodiscard]] result<void> check_directory() const {
    BOOST_OUTCOME_TRY(const auto state, system_.status(state_));
    BOOST_OUTCOME_TRY(const bool shared, shares(state));
    return check(state, shown_, shared, (state.mode & 0002U) != 0, !shared && (state.mode & 0020U) != 0);
  }

  /// Whether no user but the process' own and root is trusted.
  [[nodiscard]] bool trusts_nobody_else() const noexcept { return trusted_.users.empty() && !trusted_.group; }
  /// The same of what was looked at already, where nobody else is trusted.
  [[nodiscard]] bool is_own(const system::file_status& state) const {
    return static_cast<bool>(check(state, shown_, false, (state.mode & 0002U) != 0, (state.mode & 0020U) != 0));
  }
  [[nodiscard]] bool is_own(const system::file_status& there, const system::file_status& state) const {
    const bool by_all = (there.mode & 0002U) != 0 && (state.mode & 0001U) != 0;
    const bool by_group = (there.mode & 0020U) != 0 && (state.mode & 0010U) != 0;
    return static_cast<bool>(check(there, shown_, false, by_all, by_group));
  }

  /// What stands at names in the state directory; what does not is nobody's.
  /// \errors untrusted_owner
  [[nodiscard]] result<void> check_files(const std::vector<std::string>& names) const {
    BOOST_OUTCOME_TRY(const auto state, system_.status(state_));
    BOOST_OUTCOME_TRY(const bool shared, shares(state));
    for (const auto& name : names) {
      const bool is_deep = name.find('/') != std::string::npos;
      BOOST_OUTCOME_TRY(const auto there,
                        is_deep ? status_beneath(system_, state_, name) : system_.status(state_, name));
      if (there.type == node::none) continue;
      // Who may not enter the directory cannot write to what is in it.
      const bool by_all = (there.mode & 0002U) != 0 && (state.mode & 0001U) != 0;
      const bool by_group = !shared && (there.mode & 0020U) != 0 && (state.mode & 0010U) != 0;
      const bool has_mode = there.type != node::symlink;
      BOOST_OUTCOME_TRYV(check(there, joined(shown_, name), shared, has_mode && by_all, has_mode && by_group));
    }
    return success();
  }

 private:
  [[nodiscard]] result<bool> shares(const system::file_status& state) const {
    if (!trusted_.group) return false;
    BOOST_OUTCOME_TRY(const auto root, system_.status(root_));
    return is_shared(state, root, trusted_);
  }

  [[nodiscard]] result<void> check(const system::file_status& there, const std::string& plain, bool shared,
                                   bool by_everybody, bool by_group) const {
    const auto me = system_.user();
    const bool is_trusted = there.user == me || there.user == 0 || std::ranges::count(trusted_.users, there.user) != 0;
    if (!shared && !is_trusted) {
      return failure(make_error_code(errc::untrusted_owner), plain,
                     "it belongs to " + named(there.user) + ", and this process is " + named(me) + "'s: run it as " +
                         named(there.user) + ", or name that user in options::trust");
    }
    if (by_everybody) {
      return failure(make_error_code(errc::untrusted_owner), plain,
                     "everybody may write to it: take that permission away (chmod o-w)");
    }
    if (!by_group) return success();
    return failure(
        make_error_code(errc::untrusted_owner), plain,
        "its group, " + std::to_string(there.group) +
            ", may write to it: take that permission away (chmod g-w), or let options::trust name the group, "
            "and give the state directory its set-group-id bit (chmod g+rwxs)");
  }

  [[nodiscard]] std::string named(std::uint32_t user) const {
    const auto name = system_.user_name(user);
    return "user " + std::to_string(user) + (name.empty() ? "" : " (" + name + ")");
  }

  system::door& system_;
  const system::handle& root_;
  const system::handle& state_;
  const std::string& shown_;
  const trust& trusted_;
};

}  // namespace commitpoint::detail
