#pragma once

/// \file
/// The last look at each target, immediately before the commit record.

#include <commitpoint/detail/mutation/commit_context.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/end.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Looks at the targets of one commit.
class last_look {
 public:
  explicit last_look(commit_context& c) : c_(c) {}

  /// The names of all new versions, in one look.
  result<void> look_at_staging() {
    if (std::ranges::none_of(c_.redo, [&](const auto& r) { return known_source(r) != nullptr; })) return success();
    BOOST_OUTCOME_TRY(const auto* area, c_.mutation.staging.directory());
    BOOST_OUTCOME_TRY(staged_, c_.mutation.system().list(*area));
    std::ranges::sort(staged_, {}, &system::directory_entry::name);
    return success();
  }

  result<void> check_target(redo_entry& r) {
    const auto expected = r.pre.type;
    if (c_.is_new_directory(parent_of(r.path))) {
      r.pre = {};
    } else {
      BOOST_OUTCOME_TRY(const auto parent, c_.publisher.directories.get(parent_of(r.path)));
      BOOST_OUTCOME_TRY(const auto live, c_.mutation.system().status(parent->handle, std::string(name_of(r.path))));
      const auto replaced = c_.mutation.staged.find(r.path);
      const bool goes_first = replaced != nullptr && replaced->live != node::none && expected == node::none;
      if (!goes_first) {
        if (live.type != expected) {
          return failure(make_error_code(errc::drifted), r.path,
                         "another program put something else there, or took it away, while the mutation ran");
        }
        if (live.type != node::none && r.how != publish::by_copy && !belongs_to(parent->status, live)) {
          return failure(make_error_code(errc::unsupported), r.path, "something is mounted on it");
        }
        if (r.how == publish::by_copy && !version_state::of(live).same(r.pre)) {
          return failure(make_error_code(errc::drifted), r.path, "another program wrote to it while the mutation ran");
        }
        note_pre(r, live);
      }
      if (live.is_fixed) return failure(system_error(EPERM), r.path, "it is immutable or append-only (see chattr)");
      if (r.what == action::append) {
        BOOST_OUTCOME_TRYV(check_end(r, *parent, live));
      }
    }
    BOOST_OUTCOME_TRYV(note_post(r));
    return keep_distinct(r);
  }

 private:
  using kind = staged_entry::kind;
  using action = redo_entry::action;

  void note_pre(redo_entry& r, const system::file_status& live) const {
    const bool is_tree = r.what == action::put && live.type == node::directory;
    r.pre = is_tree ? version_state::leaving(live) : version_state::of(live);
    if (is_tree) r.pre_born = live.born;
    // Where the writer may not keep them, writing takes the set-id bits away.
    if (r.how == publish::by_copy && !r.live_mode && (live.mode & 06000U) != 0) r.live_mode = live.mode;
  }

  // An exchange of what cannot be told apart could not be told from its opposite.
  result<void> keep_distinct(redo_entry& r) const {
    if (r.how != publish::by_exchange || !r.pre.same(r.post)) return success();
    if (r.pre.type == node::directory) {
      return failure(make_error_code(errc::drifted), r.path, "another program changed it while the mutation ran");
    }
    r.how = publish::by_rename;
    return success();
  }

  result<void> check_end(const redo_entry& r, const directory_cache::opened& parent, const system::file_status& live) {
    // For writing, as the publish will: what it is refused there is better refused here.
    BOOST_OUTCOME_TRY(const auto file, c_.mutation.system().open(parent.handle, std::string(name_of(r.path)),
                                                                 {.access = access::read_write}));
    BOOST_OUTCOME_TRY(const bool same, has_end(c_.mutation.system(), file, r.end));
    if (same && live.size == r.end.offset) return success();
    return failure(make_error_code(errc::drifted), r.path, "another program wrote to it while the mutation ran");
  }

  result<void> note_post(redo_entry& r) {
    switch (r.what) {
      case action::remove:
      case action::remove_directory: r.post = {}; return success();
      case action::make_directory: r.post = {.type = node::directory}; return success();
      case action::append:
        r.post = {.type = node::regular, .size = r.end.offset + r.length, .modified = 0, .inode = r.pre.inode};
        return success();
      case action::put: break;
    }
    if (const auto* made = known_source(r)) {
      if (!std::ranges::binary_search(staged_, r.source, {}, &system::directory_entry::name))
        return staged_version_is_gone(r);
      r.post = *made;
      if (r.how == publish::by_copy) r.post.inode = r.pre.inode;
      return success();
    }
    BOOST_OUTCOME_TRY(const auto status, c_.new_version(r));
    if (status.type == node::none) {
      return staged_version_is_gone(r);
    }
    const bool is_tree = status.type == node::directory;
    r.post = is_tree ? version_state::leaving(status) : version_state::of(status);
    if (is_tree) r.post_born = status.born;
    if (r.how == publish::by_copy) r.post.inode = r.pre.inode;
    return success();
  }

  [[nodiscard]] static failure staged_version_is_gone(const redo_entry& r) {
    return failure(system_error(ENOENT), r.path, "its staged version is gone");
  }

  // What a source in the mutation's own directory was when it was written, which nobody has changed since.
  [[nodiscard]] const version_state* known_source(const redo_entry& r) const {
    if (!c_.mutation.sources_are_as_made || r.what != action::put || !r.sibling.empty()) return nullptr;
    if (!parent_of(r.source).empty()) return nullptr;
    const auto* e = c_.mutation.staged.find(r.path);
    return e != nullptr && e->made && e->source == r.source ? &*e->made : nullptr;
  }

  commit_context& c_;
  std::vector<system::directory_entry> staged_;  // in the mutation's own directory, in the order of their names
};

}  // namespace commitpoint::detail
