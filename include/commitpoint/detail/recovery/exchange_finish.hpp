#pragma once

/// \file
/// Finishing exchanges, which must not be done twice.

#include <commitpoint/detail/publishing/exchanged.hpp>
#include <commitpoint/detail/records/replaced_tree.hpp>
#include <commitpoint/detail/recovery/finish_context.hpp>

#include <string>
#include <utility>

namespace commitpoint::detail {

/// Finishes the exchanges of one mutation.
class exchange_finish {
 public:
  explicit exchange_finish(finish_context& c) : c_(c) {}

  result<std::string> missing_for_exchange(const redo_entry& r) {
    BOOST_OUTCOME_TRY(const auto source, c_.source_status(r));
    BOOST_OUTCOME_TRY(const auto live, c_.live_status(r));
    const auto state = exchange_view(r, live, source).state();
    if (state == exchange_state::unclear) {
      if (c_.what.published && source.type == node::none) return std::string{};  // removed once its publish was durable
      return "the staged version of '" + r.path + "' is missing or altered, or cannot be told from the old one";
    }
    if (state == exchange_state::done || r.post.type != node::directory) return std::string{};
    BOOST_OUTCOME_TRY(const bool ordered, c_.is_ordered(r));
    if (ordered) return std::string{};
    return failure(make_error_code(errc::unsupported), r.path,
                   "a directory is exchanged only where renames reach the disk in order; nothing was touched")
        .at(step::drain_verify)
        .in(c_.what.number);
  }

  result<void> finish_exchange(const redo_entry& r, const system::file_status& live) {
    BOOST_OUTCOME_TRY(const auto source, c_.source_status(r));
    const exchange_view view(r, live, source);
    if (view.live_is_new()) return success();
    if (view.state() != exchange_state::pending) return c_.later_edit(r);
    if (view.live_is_old()) {
      BOOST_OUTCOME_TRYV(keep_edits_below(r));
      if (c_.may_be_edited(r, live)) {
        BOOST_OUTCOME_TRYV(c_.make_way(r, live));
      }
      return c_.publisher.publish(r);
    }
    if (c_.what.published && c_.came_later(r, live)) return c_.later_edit(r);
    if (live.type != node::none) {
      BOOST_OUTCOME_TRYV(c_.make_way(r, live));
    }
    return c_.publisher.publish(r);
  }

 private:
  // What a person changed in a directory, or put into it, since the mutation looked: it goes with the directory.
  result<void> keep_edits_below(const redo_entry& r) {
    if (r.pre.type != node::directory) return success();
    BOOST_OUTCOME_TRY(const auto known, c_.read_staged(r.old));
    const auto before = decode_states(known);
    BOOST_OUTCOME_TRY(const auto now, entries_below(c_.by.system(), c_.by.where().root, r.path));
    for (const auto& [below, state] : states_of(now, r.path)) {
      const auto old = before.find(below);
      const bool is_sure = !c_.what.looked_at || !may_come_again(state.modified, *c_.what.looked_at);
      if (old != before.end() && old->second.same(state) && is_sure) continue;
      BOOST_OUTCOME_TRYV(c_.kept.keep(c_.what.number, joined(r.path, below),
                                      "it was in the directory that the interrupted mutation replaces"));
    }
    return success();
  }

  finish_context& c_;
};

}  // namespace commitpoint::detail
