#pragma once

/// \file
/// Staged effects that take over what somebody else made: stage, publish.

#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/mutation/staged_tree.hpp>
#include <commitpoint/detail/mutation/staged_versions.hpp>
#include <commitpoint/detail/root/leasing.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/copy.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/publish/interface.hpp>

#include <cerrno>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

/// Adopts for one mutation.
class adoption {
 public:
  adoption(mutation_context& c, staged_versions& versions) : c_(c), versions_(versions) {}

  result<path> stage(const std::string& plain) {
    BOOST_OUTCOME_TRY(const auto seen, versions_.look_for_file(plain));
    BOOST_OUTCOME_TRY(auto source, versions_.new_source(plain, seen));
    staged_entry entry{.what = kind::from_caller, .source = std::move(source), .live = seen.live.type};
    if (versions_.replaces(seen)) {
      BOOST_OUTCOME_TRY(entry.about, versions_.metadata_of(plain, seen));
    }
    if (const auto* own = seen.staged) {
      entry.before = own->what == kind::from_caller ? own->before : std::make_shared<const staged_entry>(*own);
    }
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(auto place, c_.system().path_of(*area));
    place += "/" + entry.source;
    given_[entry.source] = plain;
    versions_.note_undo([this, source = entry.source]() -> result<void> {
      given_.erase(source);
      return success();
    });
    c_.unsynced.add_unknown();
    c_.staged.put(plain, std::move(entry));
    return path(place);
  }

  result<void> publish(std::string_view from, const std::string& plain) {
    BOOST_OUTCOME_TRY(const auto seen, c_.look(plain));
    if (seen.type == node::none) {
      BOOST_OUTCOME_TRYV(c_.require_parent(plain));
    }
    BOOST_OUTCOME_TRY(auto found, locate_staged(from));
    BOOST_OUTCOME_TRY(const auto status, c_.system().status(found.directory, found.name));
    if (status.type == node::none) return failure(system_error(ENOENT), std::string(from));
    if (status.type == node::other) return failure(make_error_code(errc::not_a_regular_file), std::string(from));
    if (seen.type == node::directory && status.type == node::directory && replaces_directories()) {
      return publish_tree(found, plain);
    }
    const bool fits = seen.type == node::none || (seen.type == node::regular && status.type == node::regular);
    if (!fits) {
      return failure(system_error(EEXIST), plain,
                     status.type == node::directory && seen.type == node::directory && !replaces_directories()
                         ? "remove it first, or let publish::exchange replace it as a whole"
                         : "remove it first");
    }
    staged_entry entry{.what = kind::from_caller, .source = c_.staging.fresh_file(), .live = seen.live.type};
    if (versions_.replaces(seen)) {
      BOOST_OUTCOME_TRY(entry.about, versions_.metadata_of(plain, seen));
    }
    BOOST_OUTCOME_TRYV(versions_.note_parent(plain));
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRYV(note_move(found, entry.source));
    BOOST_OUTCOME_TRYV(move(found.directory, found.name, *area, entry.source));
    c_.unsynced.add_unknown();
    if (!found.given_for.empty() && found.given_for != plain) take_back(found.given_for);
    c_.staged.put(plain, std::move(entry));
    return expand_from_caller(c_, plain);
  }

 private:
  using kind = staged_entry::kind;

  struct found_staged : located {
    enum class base : std::uint8_t { root, area, staging };
    base below = base::root;     ///< in the root, in the mutation's own directory in staging, or in staging (a lease)
    std::string path = {};       ///< from there
    std::string given_for = {};  ///< the path that `stage` gave exactly this place for
  };

  // What `publish` is about to adopt goes back to where it was found, as it was there.
  result<void> note_move(const found_staged& found, const std::string& source) {
    if (c_.savepoints.empty()) return success();
    BOOST_OUTCOME_TRY(auto about, read_metadata(c_.system(), found.directory, found.name));
    versions_.note_undo([this, source, about = std::move(about), plain = found.path,
                         below = found.below]() -> result<void> {
      BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
      BOOST_OUTCOME_TRY(const auto staged, c_.system().status(*area, source));
      if (staged.type == node::none) return success();           // the move failed
      if (staged.type == node::directory || staged.links < 2) {  // else it was copied, and nothing done to it
        BOOST_OUTCOME_TRYV(apply_metadata(c_.system(), *area, source, about));
      }
      using base = typename found_staged::base;
      const auto& from = below == base::area ? *area : below == base::staging ? c_.where().staging : c_.where().root;
      BOOST_OUTCOME_TRY(const auto to, locate(c_.system(), from, plain));
      return move(*area, source, to.directory, to.name);
    });
    return success();
  }

  [[nodiscard]] bool replaces_directories() const { return c_.owner.shared().publish.replaces_directories(); }

  // A staged directory takes the place of a live one as a whole. What it replaces is moved and later removed without
  // being named entry by entry, so nothing may be in it that is not this mutation's to take.
  result<void> publish_tree(const found_staged& found, const std::string& plain) {
    const auto* own = c_.staged.find(plain);
    BOOST_OUTCOME_TRYV(c_.refuse_reserved_below(plain));
    BOOST_OUTCOME_TRY(const auto live, status_beneath(c_.system(), c_.where().root, plain));
    if (live.type != node::directory || (own != nullptr && own->live != node::directory) ||
        c_.staged.above(plain).second != nullptr) {
      return failure(system_error(EEXIST), plain, "this mutation made the directory: remove it first");
    }
    std::string parent;
    BOOST_OUTCOME_TRY(const auto above, c_.live_parent(plain, parent));
    if (!above->ordered) {
      return failure(make_error_code(errc::unsupported), plain,
                     "a directory is replaced only where renames reach the disk in order: remove it first");
    }
    BOOST_OUTCOME_TRY(const auto replaced, entries_below(c_.system(), c_.where().root, plain));
    for (const auto& [entry, status] : replaced) {
      BOOST_OUTCOME_TRYV(c_.refuse_reserved(entry));
      BOOST_OUTCOME_TRYV(c_.refuse_own(entry, status));
      if (!belongs_to(live, status)) {
        return failure(make_error_code(errc::unsupported), entry, "something is mounted in the directory");
      }
    }
    BOOST_OUTCOME_TRY(const auto made, entries_below(c_.system(), found.directory, found.name));
    for (const auto& [entry, status] : made) {
      if (status.type == node::other) return failure(make_error_code(errc::not_a_regular_file), entry);
    }
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    auto source = c_.staging.fresh_file();
    BOOST_OUTCOME_TRYV(note_move(found, source));
    BOOST_OUTCOME_TRYV(move(found.directory, found.name, *area, source));
    BOOST_OUTCOME_TRYV(part_sources(source));
    c_.unsynced.add_unknown();
    if (!found.given_for.empty() && found.given_for != plain) take_back(found.given_for);
    c_.staged.forget_below(plain);
    c_.staged.put(plain, {.what = kind::tree, .source = std::move(source), .live = node::directory});
    return success();
  }

  // What has other names in a tree that goes live as a whole is copied in its place, and its directory keeps its time.
  result<void> part_sources(const std::string& top) {
    auto& system = c_.system();
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(const auto entries, entries_below(system, *area, top));
    std::map<std::string, std::int64_t, std::less<>> times;
    for (const auto& [entry, status] : entries) {
      if (status.type == node::directory || status.links < 2) continue;
      const std::string directory(parent_of(entry));
      BOOST_OUTCOME_TRY(const auto above, status_beneath(system, *area, directory));
      times.try_emplace(directory, above.modified);
      BOOST_OUTCOME_TRYV(part_source(c_, entry, status));
    }
    for (const auto& [directory, modified] : times) {
      BOOST_OUTCOME_TRY(const auto at, locate(system, *area, directory));
      BOOST_OUTCOME_TRYV(system.set_modified(at.directory, at.name, modified));
    }
    return success();
  }

  // What `publish` may adopt: something in one of the plan's staging directories, or at a path that `stage` gave.
  result<found_staged> locate_staged(std::string_view from) {
    const auto refused = failure(make_error_code(errc::outside_root), std::string(from),
                                 "only what stands in this mutation's private staging, or in a live lease of this "
                                 "process, can be adopted");
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(const auto area_path, c_.system().path_of(*area));
    if (from.starts_with(area_path + "/")) {
      BOOST_OUTCOME_TRY(const auto name, plain_path(from.substr(area_path.size() + 1)));
      for (std::string_view above = name; !above.empty(); above = parent_of(above)) {
        const auto given = given_.find(above);
        if (given == given_.end()) continue;
        const auto* entry = c_.staged.find(given->second);
        if (entry == nullptr || entry->what != kind::from_caller || entry->source != above) break;  // adopted already
        BOOST_OUTCOME_TRY(auto at, locate(c_.system(), *area, name));
        return found_staged{
            {std::move(at)}, found_staged::base::area, name, above == name ? given->second : std::string{}};
      }
      return refused;
    }
    auto rest = from;
    if (rest.starts_with(c_.where().root_path + "/")) rest.remove_prefix(c_.where().root_path.size() + 1);
    BOOST_OUTCOME_TRY(const auto plain, plain_path(rest));
    if (const auto inside = beneath_staging(plain); is_lease_name(inside)) {
      BOOST_OUTCOME_TRY(auto at, locate_leased(inside));
      if (at) return found_staged{*std::move(at), found_staged::base::staging, std::string(inside), {}};
      return refused;
    }
    for (const auto& directory : c_.what.staging) {
      BOOST_OUTCOME_TRY(const auto allowed, plain_path(directory));
      if (plain == allowed || !is_at_or_below(plain, allowed)) continue;
      BOOST_OUTCOME_TRY(auto at, locate(c_.system(), c_.where().root, plain));
      return found_staged{{std::move(at)}, found_staged::base::root, plain, {}};
    }
    return refused;
  }

  // The part of a root-relative path that is below `staging/`; empty when it is not there.
  [[nodiscard]] std::string_view beneath_staging(std::string_view plain) const {
    const auto staging = joined(c_.where().state_directory, names::staging) + "/";
    return plain.starts_with(staging) ? plain.substr(staging.size()) : std::string_view{};
  }

  // Something in the files of a lease, given by its path below `staging/`; nothing unless this process holds the lease.
  // Others wrote it before this mutation began, so the barrier has to go through a handle that is older still.
  result<std::optional<located>> locate_leased(std::string_view inside) {
    const auto name = inside.substr(0, inside.find('/'));
    const auto held = c_.owner.shared().leases.find(name);
    const auto files = joined(name, names::lease_files);
    if (!held || held->process != c_.system().process() || inside == files || !is_at_or_below(inside, files)) {
      return std::nullopt;
    }
    if (held->suspect) {
      return failure(system_error(EIO), std::string(inside),
                     "a sync failed after it was written, and what is there may be lost: make it again in a new lease");
    }
    c_.unsynced.add_older(c_.where().state_status.device, held->serial, held->opened_before);
    BOOST_OUTCOME_TRY(auto at, locate(c_.system(), c_.where().staging, std::string(inside)));
    return std::optional<located>(std::move(at));
  }

  // A private directory may be on another device than the state directory.
  result<void> move(const system::handle& from, const std::string& name, const system::handle& to,
                    const std::string& new_name) {
    auto moved = c_.system().rename(from, name, to, new_name, system::rename_how::keep);
    if (moved || moved.error() != std::errc::cross_device_link) return moved;
    BOOST_OUTCOME_TRYV(copy_tree(c_.system(), from, name, to, new_name));
    return remove_tree(c_.system(), from, name);
  }

  // What a tool made for this path was published elsewhere: as if `stage` had never been called.
  void take_back(const std::string& plain) {
    const auto before = c_.staged.find(plain)->before;
    c_.staged.forget(plain);
    if (before) c_.staged.put(plain, *before);
  }

  mutation_context& c_;
  staged_versions& versions_;
  std::map<std::string, std::string, std::less<>> given_;  // by its place in staging, the path that `stage` gave it for
};

}  // namespace commitpoint::detail
