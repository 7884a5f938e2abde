#pragma once

/// \file
/// What happens when recovery cannot decide: a durable marker blocks everybody, the evidence is copied aside, and
/// nothing live is touched until somebody accepts.

#include <commitpoint/codec/flat_json.hpp>
#include <commitpoint/detail/mutation/staged_tree.hpp>
#include <commitpoint/detail/records/pending.hpp>
#include <commitpoint/detail/root/leasing.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/report.hpp>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

namespace commitpoint::detail {

/// A blockage, and whether it is over as soon as what is missing is back.
struct standing_blockage : blockage {
  bool may_pass = false;
};

/// The marker, if one stands.
[[nodiscard]] inline result<std::optional<standing_blockage>> read_blocked(system::door& system,
                                                                           const workspace& where) {
  BOOST_OUTCOME_TRY(const auto text,
                    read_own(system, where.state, names::blocked, std::uint64_t{1} << 20U, where.state_directory));
  if (!text) return std::optional<standing_blockage>{};
  const auto parsed = codec::flat_object::from(*text);
  standing_blockage b{{"unreadable", "the marker itself is damaged", joined(where.state_directory, names::quarantine)}};
  const auto text_of = [&](const char* key) { return parsed ? parsed->text(key).value_or("") : std::string{}; };
  // The id becomes the name of a directory, so that only what `block` makes is believed.
  const auto id = text_of("id");
  if (id.size() > 1 && id.front() == 'q' && id.find_first_not_of("0123456789", 1) == std::string::npos) {
    b = {{id, text_of("reason"), joined(where.state_directory, std::string(names::quarantine) + "/" + id)},
         parsed->number("passes").value_or(0) != 0};
  }
  return std::optional(std::move(b));
}

[[nodiscard]] inline failure blocked_failure(const standing_blockage& b) {
  if (b.may_pass) {
    return failure(make_error_code(errc::needs_repair), {},
                   b.reason + "; nothing was touched; only if it is gone for good, accept '" + b.id +
                       "', which gives up what is pending")
        .at(step::drain_read);
  }
  return failure(make_error_code(errc::needs_repair), b.evidence,
                 b.reason + "; nothing live was touched; look at the evidence, put right what needs it, then accept '" +
                     b.id + "'")
      .at(step::drain_read);
}

/// Sets aside what recovery cannot use.
class quarantine {
 public:
  explicit quarantine(session& by) : by_(by) {}

  /// Blocks everybody from now on: the marker first, then the evidence. Gives the failure to return.
  /// What may pass blocks until a drain finds that it has: nothing is copied, since nothing will be changed.
  result<void> block(const std::string& reason, bool may_pass = false) {
    auto& system = by_.system();
    BOOST_OUTCOME_TRYV(by_.still_locked());
    const auto id = "q" + std::to_string(system.random());
    const standing_blockage b{{id, reason, by_.where().state_directory + "/" + names::quarantine + "/" + id}, may_pass};
    auto marker = codec::object_text("  ");
    marker.text("evidence", b.evidence).text("id", b.id).text("reason", b.reason);
    if (may_pass) marker.number("passes", 1);
    const auto temporary = std::string(names::blocked) + "." + id;
    BOOST_OUTCOME_TRYV(write_aside(system, by_.where().state, names::blocked, temporary, marker.done() + "\n",
                                   system::rename_how::replace));
    if (may_pass) return blocked_failure(b);
    BOOST_OUTCOME_TRY(const auto place, make_place(id));
    BOOST_OUTCOME_TRYV(save_evidence(place));
    return blocked_failure(b);
  }

  /// What blocked is over.
  result<void> lift() {
    BOOST_OUTCOME_TRYV(by_.still_locked());
    BOOST_OUTCOME_TRYV(by_.system().remove_file(by_.where().state, names::blocked));
    return by_.system().sync(by_.where().state);
  }

  /// Settles a blockage: what was staged joins the evidence, the journal starts anew, and the marker goes last.
  result<report> accept(const std::string& id) {
    auto& system = by_.system();
    BOOST_OUTCOME_TRY(const auto standing, read_blocked(system, by_.where()));
    if (!standing || standing->id != id) {
      return failure(system_error(ENOENT), id,
                     standing ? "what blocks is '" + standing->id + "'" : "nothing is blocked");
    }
    BOOST_OUTCOME_TRYV(by_.still_locked());
    auto image = by_.journal().read();
    std::uint64_t next = 1;
    if (image) {
      for (const auto& r : image.value().records) next = std::max(next, r.mutation + 1);
    }
    BOOST_OUTCOME_TRY(const auto place, make_place(id));
    BOOST_OUTCOME_TRYV(save_evidence(place));
    // What an interrupted accept has moved already counts as well: numbers are never used twice.
    BOOST_OUTCOME_TRY(const auto moved, system.list(place));
    for (const auto& [name, type] : moved) next = std::max(next, staging_number(name) + 1);
    BOOST_OUTCOME_TRY(const auto staged, system.list(by_.where().staging));
    for (const auto& [name, type] : staged) {
      if (is_lease_name(name)) continue;  // no evidence of anything, and a worker may be filling it
      next = std::max(next, staging_number(name) + 1);
      BOOST_OUTCOME_TRYV(system.rename(by_.where().staging, name, place, name, system::rename_how::replace));
    }
    BOOST_OUTCOME_TRYV(system.sync(place));
    BOOST_OUTCOME_TRYV(system.sync(by_.where().staging));
    BOOST_OUTCOME_TRYV(by_.begin_generation(next, encode_accepted(id, by_.where().root_id), true));
    BOOST_OUTCOME_TRYV(lift());
    report settled;
    settled.blocked = standing;
    return settled;
  }

 private:
  // Copies what is not in the quarantine yet: whoever set the marker may have ended before it was done. A copy gets its
  // name when it is whole, and is never made again, because `accept` writes to the journal.
  result<void> save_evidence(const system::handle& place) {
    auto& system = by_.system();
    for (const auto& name : by_.journal().evidence()) {
      BOOST_OUTCOME_TRY(const auto saved, system.status(place, name));
      BOOST_OUTCOME_TRY(const auto status, system.status(by_.where().state, name));
      if (saved.type != node::none || (status.type != node::regular && status.type != node::directory)) continue;
      const auto partial = name + ".partial";
      BOOST_OUTCOME_TRYV(remove_tree(system, place, partial));
      BOOST_OUTCOME_TRYV(copy_tree(system, by_.where().state, name, place, partial));
      BOOST_OUTCOME_TRYV(sync_tree(place, partial));
      BOOST_OUTCOME_TRYV(system.rename(place, partial, place, name, system::rename_how::keep));
    }
    return system.sync(place);
  }

  // A journal may be a directory of files.
  result<void> sync_tree(const system::handle& place, const std::string& name) {
    auto& system = by_.system();
    BOOST_OUTCOME_TRY(const auto top, system.open(place, name, {}));
    BOOST_OUTCOME_TRY(const auto status, system.status(top));
    if (status.type == node::directory) {
      BOOST_OUTCOME_TRY(const auto entries, entries_below(system, place, name));
      for (const auto& e : entries) {
        if (e.status.type != node::regular && e.status.type != node::directory) continue;
        BOOST_OUTCOME_TRY(const auto file, open_beneath(system, place, e.path, {}));
        BOOST_OUTCOME_TRYV(system.sync(file));
      }
    }
    return system.sync(top);
  }

  result<system::handle> make_place(const std::string& id) {
    auto& system = by_.system();
    BOOST_OUTCOME_TRYV(make_directory_if_missing(system, by_.where().state, names::quarantine, 0700));
    BOOST_OUTCOME_TRY(const auto all, system.open(by_.where().state, names::quarantine, {.directory = true}));
    BOOST_OUTCOME_TRYV(make_directory_if_missing(system, all, id, 0700));
    BOOST_OUTCOME_TRYV(system.sync(all));
    BOOST_OUTCOME_TRYV(system.sync(by_.where().state));
    return system.open(all, id, {.directory = true});
  }

  session& by_;
};

}  // namespace commitpoint::detail
