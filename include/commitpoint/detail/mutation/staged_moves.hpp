#pragma once

/// \file
/// Staged effects that take names away, or give what has one another: remove, rename.

#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/mutation/staged_tree.hpp>
#include <commitpoint/detail/mutation/staged_versions.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/copy.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Moves and removes for one mutation.
class staged_moves {
 public:
  staged_moves(mutation_context& c, staged_versions& versions) : c_(c), versions_(versions) {}

  result<void> remove(const std::string& plain) {
    BOOST_OUTCOME_TRYV(c_.refuse_reserved_below(plain));
    BOOST_OUTCOME_TRYV(expand_from_caller(c_, plain));
    BOOST_OUTCOME_TRY(const auto seen, c_.look(plain));
    if (seen.type == node::none) return failure(system_error(ENOENT), plain);
    if (seen.type == node::directory) {
      BOOST_OUTCOME_TRY(const auto below, tree_below(c_, plain));
      for (auto e = below.rbegin(); e != below.rend(); ++e) {
        BOOST_OUTCOME_TRYV(mark_absent(e->first, e->second));
      }
    }
    return mark_absent(plain, seen);
  }

  result<void> rename(const std::string& from, const std::string& to) {
    BOOST_OUTCOME_TRYV(c_.refuse_reserved_below(from));
    if (is_at_or_below(to, from)) {
      return from == to ? result<void>(success()) : failure(system_error(EINVAL)).on(from, to);
    }
    BOOST_OUTCOME_TRYV(refuse_replaced_tree(from));
    BOOST_OUTCOME_TRYV(expand_from_caller(c_, from));
    BOOST_OUTCOME_TRYV(expand_above(c_, to));
    BOOST_OUTCOME_TRY(const auto source, c_.look(from));
    if (source.type == node::none) return failure(system_error(ENOENT), from);
    if (source.type == node::other) return failure(make_error_code(errc::not_a_regular_file), from);
    BOOST_OUTCOME_TRY(const auto target, c_.look(to));
    if (target.type == node::directory || (source.type == node::directory && target.type != node::none)) {
      return failure(system_error(EEXIST)).on(to, from);
    }
    BOOST_OUTCOME_TRYV(c_.require_parent(to));
    std::vector<std::pair<std::string, sight>> below;
    if (source.type == node::directory) {
      BOOST_OUTCOME_TRY(below, tree_below(c_, from));
    }
    BOOST_OUTCOME_TRYV(move_entry(from, source, to));
    for (const auto& [entry, seen] : below) {
      BOOST_OUTCOME_TRYV(move_entry(entry, seen, to + entry.substr(from.size())));
    }
    for (auto e = below.rbegin(); e != below.rend(); ++e) {
      BOOST_OUTCOME_TRYV(mark_absent(e->first, e->second));
    }
    return mark_absent(from, source);
  }

 private:
  using kind = staged_entry::kind;

  result<void> refuse_replaced_tree(const std::string& plain) {
    const auto& all = c_.staged.entries();
    for (auto e = all.lower_bound(plain); e != all.end() && e->first.starts_with(plain); ++e) {
      if (e->second.what == kind::tree && is_at_or_below(e->first, plain)) {
        return failure(make_error_code(errc::unsupported), e->first,
                       "this mutation replaces the directory as a whole: publish it under its new name instead");
      }
    }
    return success();
  }

  result<void> mark_absent(const std::string& plain, const sight& seen) {
    BOOST_OUTCOME_TRYV(c_.refuse_reserved(plain));
    const auto live = seen.staged != nullptr ? seen.staged->live : seen.live.type;
    if (live == node::none) {
      c_.staged.forget(plain);
      return success();
    }
    BOOST_OUTCOME_TRYV(versions_.note_parent(plain));
    c_.staged.put(plain, {.what = kind::absent, .live = live});
    return success();
  }

  // A live file gets a second link in staging: its inode and all its metadata go to the new name.
  result<void> move_entry(const std::string& from, const sight& seen, const std::string& to) {
    BOOST_OUTCOME_TRYV(c_.refuse_reserved(from));
    BOOST_OUTCOME_TRYV(c_.refuse_reserved(to));
    if (seen.type == node::other) return failure(make_error_code(errc::not_a_regular_file), from);
    BOOST_OUTCOME_TRY(const auto target, c_.look(to));
    BOOST_OUTCOME_TRYV(versions_.note_parent(to));
    const auto live = target.live.type;
    if (seen.type == node::directory) {
      staged_entry made{.what = kind::directory, .live = live};
      if (seen.staged != nullptr) {
        made.about = seen.staged->about;
        made.mode = seen.staged->mode;
      } else {
        BOOST_OUTCOME_TRY(made.about, versions_.metadata_of(from, seen));
      }
      c_.staged.put(to, std::move(made));
      return success();
    }
    const bool is_live_file = seen.staged != nullptr ? seen.staged->is_live_file : seen.source.empty();
    BOOST_OUTCOME_TRY(auto source, source_for_rename(from, seen));
    c_.unsynced.add_unknown();
    c_.staged.put(to, {.what = seen.type == node::symlink ? kind::symlink : kind::file,
                       .source = std::move(source),
                       .live = live,
                       .is_live_file = is_live_file && seen.type == node::regular});
    return success();
  }

  result<std::string> source_for_rename(const std::string& from, const sight& seen) {
    if (!seen.source.empty()) return seen.source;
    if (seen.staged != nullptr) return whole_of_append(from, *seen.staged);
    BOOST_OUTCOME_TRYV(versions_.note_parent(from));
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(const auto at, locate(c_.system(), c_.where().root, from));
    auto source = c_.staging.fresh_file();
    auto linked = c_.system().link(at.directory, at.name, *area, source);
    if (linked) return source;
    if (linked.error() != std::errc::cross_device_link && linked.error() != std::errc::operation_not_permitted) {
      return std::move(linked).error().on(from);
    }
    BOOST_OUTCOME_TRYV(copy_node(c_.system(), at.directory, at.name, *area, source));
    return source;
  }

  result<std::string> whole_of_append(const std::string& from, const staged_entry& entry) {
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(const auto at, locate(c_.system(), c_.where().root, from));
    auto source = c_.staging.fresh_file();
    BOOST_OUTCOME_TRYV(copy_node(c_.system(), at.directory, at.name, *area, source));
    BOOST_OUTCOME_TRY(const auto whole, versions_.open_staged(source, access::read_write));
    BOOST_OUTCOME_TRY(const auto added, versions_.open_staged(entry.source, access::read));
    BOOST_OUTCOME_TRYV(copy_range(c_.system(), added, 0, whole, entry.end.offset, entry.length));
    return source;
  }

  mutation_context& c_;
  staged_versions& versions_;
};

}  // namespace commitpoint::detail
