#pragma once

/// \file
/// Whether an exchange was done. Doing it twice would undo it, so a drain must know.

#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/system/door.hpp>

#include <cstdint>
#include <optional>

namespace commitpoint::detail {

enum class exchange_state : std::uint8_t {
  pending,  ///< the new version is still in staging
  done,     ///< it is live, or was
  unclear,  ///< it is nowhere to be found, or cannot be told from the old one
};

/// Tells the two versions of a path apart. Files and links: by type, size and time, in which the two differ, or they
/// would not have been exchanged. Directories: by inode, where it is the very inode; in a copied tree, where all inodes
/// are others, by time.
class exchange_view {
 public:
  exchange_view(const redo_entry& r, const system::file_status& live, const system::file_status& staged)
      : r_(r), live_(live), staged_(staged) {}

  [[nodiscard]] exchange_state state() const {
    using enum exchange_state;
    const bool distinct = !r_.pre.same(r_.post);
    if (r_.post.type != node::directory && r_.pre.type != node::directory) {
      if (!distinct) return unclear;
      if (live_is_new()) return done;
      if (staged_.type == node::none) return live_is_old() ? unclear : done;
      if (version_state::of(staged_).same(r_.post)) return pending;
      return version_state::of(staged_).same(r_.pre) ? done : unclear;
    }
    if (is_very(staged_, r_.post, r_.post_born)) return pending;
    if (is_very(staged_, r_.pre, r_.pre_born) || is_very(live_, r_.post, r_.post_born)) return done;
    if (is_very(live_, r_.pre, r_.pre_born) || !distinct) return unclear;
    if (staged_.type == node::none) return live_is_old() ? unclear : done;
    if (version_state::leaving(staged_).same(r_.post)) return pending;
    if (version_state::leaving(staged_).same(r_.pre)) return done;
    return version_state::leaving(live_).same(r_.post) ? done : unclear;
  }

  [[nodiscard]] bool live_is_new() const { return is(live_, r_.post, r_.post_born); }
  [[nodiscard]] bool live_is_old() const { return is(live_, r_.pre, r_.pre_born); }

 private:
  [[nodiscard]] static bool is(const system::file_status& s, const version_state& v,
                               const std::optional<std::int64_t>& born) {
    if (v.type != node::directory) return version_state::of(s).same(v);
    return is_very(s, v, born) || version_state::leaving(s).same(v);
  }
  // An inode number may be given again, but not with the same time of birth; where none is kept, the other time has to
  // do.
  [[nodiscard]] static bool is_very(const system::file_status& s, const version_state& v,
                                    const std::optional<std::int64_t>& born) {
    if (s.type != v.type || v.type != node::directory || s.inode != v.inode) return false;
    return born ? s.born == born : s.modified == v.modified;
  }

  const redo_entry& r_;
  const system::file_status& live_;
  const system::file_status& staged_;
};

}  // namespace commitpoint::detail
