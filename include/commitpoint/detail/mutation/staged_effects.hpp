#pragma once

/// \file
/// Effects off to the side. None of them changes anything live.

#include <commitpoint/detail/root/leasing.hpp>
#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/mutation/staged_tree.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/publish/interface.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

class staged_effects {
 public:
  using kind = staged_entry::kind;

  explicit staged_effects(mutation_context& c) : c_(c) {}

  result<void> write(const std::string& plain, std::string_view bytes, const write_options& how) {
    BOOST_OUTCOME_TRY(const auto seen, look_for_file(plain));
    BOOST_OUTCOME_TRY(auto source, new_source(plain, seen));
    BOOST_OUTCOME_TRY(auto file, create(source));
    BOOST_OUTCOME_TRYV(write_all(c_.system(), file, 0, bytes));
    if (replaces(seen)) {
      BOOST_OUTCOME_TRYV(keep_access(plain, seen, source));
    }
    if (how.mode) {
      BOOST_OUTCOME_TRYV(c_.system().set_mode(file, *how.mode & 07777U));
    }
    c_.unsynced.add(std::move(file));
    c_.staged.put(plain, {.what = kind::file,
                          .source = std::move(source),
                          .live = seen.live.type,
                          .rewrites = true,
                          .chosen_mode = how.mode ? std::optional(*how.mode & 07777U) : std::nullopt});
    return success();
  }

  result<void> append(const std::string& plain, std::string_view bytes) {
    BOOST_OUTCOME_TRY(const auto seen, look_for_file(plain));
    if (seen.type == node::none) return write(plain, bytes, {});
    if (seen.staged == nullptr && seen.source.empty()) {
      BOOST_OUTCOME_TRYV(begin_append(plain, seen));
    }
    const auto* entry = c_.staged.find(plain);
    if (entry != nullptr && entry->is_live_file) {
      BOOST_OUTCOME_TRYV(make_own(c_.staged.change(plain)));
    }
    const auto source = entry != nullptr ? entry->source : seen.source;
    BOOST_OUTCOME_TRY(auto file, open_staged(source, access::read_write));
    BOOST_OUTCOME_TRY(const auto status, c_.system().status(file));
    note_undo([this, source, size = status.size]() -> result<void> {
      BOOST_OUTCOME_TRY(const auto grown, open_staged(source, access::read_write));
      return c_.system().truncate(grown, size);
    });
    BOOST_OUTCOME_TRYV(write_all(c_.system(), file, status.size, bytes));
    c_.unsynced.add(std::move(file));
    if (entry != nullptr && entry->what == kind::append) c_.staged.change(plain).length += bytes.size();
    return success();
  }

  result<std::string> read(const std::string& plain, std::uint64_t limit) {
    BOOST_OUTCOME_TRY(const auto seen, look_for_file(plain));
    if (seen.type == node::none) return failure(system_error(ENOENT), plain);
    if (!seen.source.empty()) {
      BOOST_OUTCOME_TRY(const auto file, open_staged(seen.source, access::read));
      return read_whole(c_.system(), file, limit);
    }
    BOOST_OUTCOME_TRY(const auto live, open_beneath(c_.system(), c_.where().root, plain, {}));
    BOOST_OUTCOME_TRY(auto bytes, read_whole(c_.system(), live, limit));
    if (seen.staged != nullptr) {
      BOOST_OUTCOME_TRY(const auto file, open_staged(seen.staged->source, access::read));
      BOOST_OUTCOME_TRY(const auto added, read_whole(c_.system(), file, limit));
      bytes.resize(std::min<std::size_t>(bytes.size(), seen.staged->end.offset));
      if (added.size() > limit - bytes.size()) {
        return failure(system_error(EFBIG)).because("it would have more than " + std::to_string(limit) + " bytes");
      }
      bytes += added;
    }
    return bytes;
  }

  result<path> stage(const std::string& plain) {
    BOOST_OUTCOME_TRY(const auto seen, look_for_file(plain));
    BOOST_OUTCOME_TRY(auto source, new_source(plain, seen));
    staged_entry entry{.what = kind::from_caller, .source = std::move(source), .live = seen.live.type};
    if (replaces(seen)) {
      BOOST_OUTCOME_TRY(entry.about, metadata_of(plain, seen));
    }
    if (const auto* own = seen.staged) {
      entry.before = own->what == kind::from_caller ? own->before : std::make_shared<const staged_entry>(*own);
    }
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(auto place, c_.system().path_of(*area));
    place += "/" + entry.source;
    given_[entry.source] = plain;
    note_undo([this, source = entry.source]() -> result<void> {
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
    staged_entry entry{.what = kind::from_caller, .source = c_.staging.fresh("f"), .live = seen.live.type};
    if (replaces(seen)) {
      BOOST_OUTCOME_TRY(entry.about, metadata_of(plain, seen));
    }
    BOOST_OUTCOME_TRYV(note_parent(plain));
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRYV(note_move(found, entry.source));
    BOOST_OUTCOME_TRYV(move(found.directory, found.name, *area, entry.source));
    c_.unsynced.add_unknown();
    if (!found.given_for.empty() && found.given_for != plain) take_back(found.given_for);
    c_.staged.put(plain, std::move(entry));
    return expand_from_caller(c_, plain);
  }

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

  result<void> create_directories(const std::string& plain) {
    for (std::size_t end = 0; end != std::string::npos;) {
      end = plain.find('/', end + 1);
      const auto directory = plain.substr(0, end);
      BOOST_OUTCOME_TRY(const auto seen, c_.look(directory));
      if (seen.type == node::directory) continue;
      if (seen.type == node::symlink) return failure(make_error_code(errc::outside_root), directory);
      if (seen.type != node::none) return failure(system_error(ENOTDIR), directory);
      BOOST_OUTCOME_TRYV(note_parent(directory));
      c_.staged.put(directory, {.what = kind::directory, .live = seen.live.type, .mode = 0777U & ~c_.system().umask()});
    }
    return success();
  }

  result<void> symlink(std::string_view target, const std::string& plain) {
    if (target.empty()) return failure(system_error(ENOENT), plain, "a link needs a target");
    if (target.find('\0') != std::string_view::npos) {
      return failure(make_error_code(errc::invalid_path), plain, "the target of the link has a NUL byte");
    }
    BOOST_OUTCOME_TRY(const auto seen, c_.look(plain));
    if (seen.type != node::none && seen.type != node::symlink) return failure(system_error(EEXIST), plain);
    if (seen.type == node::none) {
      BOOST_OUTCOME_TRYV(c_.require_parent(plain));
    }
    BOOST_OUTCOME_TRYV(note_parent(plain));
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    auto source = c_.staging.fresh("f");
    BOOST_OUTCOME_TRYV(c_.system().make_symlink(std::string(target), *area, source));
    c_.unsynced.add_unknown();  // a link cannot be opened to be synced
    c_.staged.put(plain, {.what = kind::symlink, .source = std::move(source), .live = seen.live.type});
    return success();
  }

  /// What undoes, in staging, the effects since a mark; the entries of the overlay have their own.
  [[nodiscard]] std::size_t mark() const noexcept { return undo_.size(); }
  result<void> rewind(std::size_t mark) {
    for (; undo_.size() > mark; undo_.pop_back()) {
      BOOST_OUTCOME_TRYV(undo_.back()());
    }
    return success();
  }
  /// Nothing has to be undone any more.
  void forget_undo() { undo_.clear(); }

 private:
  struct found_staged : located {
    enum class base : std::uint8_t { root, area, staging };
    base below = base::root;     ///< in the root, in the mutation's own directory in staging, or in staging (a lease)
    std::string path = {};       ///< from there
    std::string given_for = {};  ///< the path that `stage` gave exactly this place for
  };

  // Only a savepoint undoes what was staged: without one all of it is simply removed.
  template <class F>
  void note_undo(F undo) {
    if (!c_.savepoints.empty()) undo_.emplace_back(std::move(undo));
  }

  // What `publish` is about to adopt goes back to where it was found, as it was there.
  result<void> note_move(const found_staged& found, const std::string& source) {
    if (c_.savepoints.empty()) return success();
    BOOST_OUTCOME_TRY(auto about, read_metadata(c_.system(), found.directory, found.name));
    note_undo([this, source, about = std::move(about), plain = found.path, below = found.below]() -> result<void> {
      BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
      BOOST_OUTCOME_TRY(const auto staged, c_.system().status(*area, source));
      if (staged.type == node::none) return success();  // the move failed
      BOOST_OUTCOME_TRYV(apply_metadata(c_.system(), *area, source, about));
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
    if (!c_.system().ordered_metadata(above)) {
      return failure(make_error_code(errc::unsupported), plain,
                     "a directory is replaced only where renames reach the disk in order: remove it first");
    }
    BOOST_OUTCOME_TRY(const auto replaced, entries_below(c_.system(), c_.where().root, plain));
    for (const auto& [entry, status] : replaced) {
      BOOST_OUTCOME_TRYV(c_.refuse_reserved(entry));
      if (status.device != live.device || status.mount != live.mount) {
        return failure(make_error_code(errc::unsupported), entry, "something is mounted in the directory");
      }
    }
    BOOST_OUTCOME_TRY(const auto made, entries_below(c_.system(), found.directory, found.name));
    for (const auto& [entry, status] : made) {
      if (status.type == node::other) return failure(make_error_code(errc::not_a_regular_file), entry);
    }
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    auto source = c_.staging.fresh("f");
    BOOST_OUTCOME_TRYV(note_move(found, source));
    BOOST_OUTCOME_TRYV(move(found.directory, found.name, *area, source));
    c_.unsynced.add_unknown();
    if (!found.given_for.empty() && found.given_for != plain) take_back(found.given_for);
    c_.staged.forget_below(plain);
    c_.staged.put(plain, {.what = kind::tree, .source = std::move(source), .live = node::directory});
    return success();
  }

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

  result<sight> look_for_file(const std::string& plain) {
    BOOST_OUTCOME_TRY(auto seen, c_.look(plain));
    if (seen.type != node::none && seen.type != node::regular) {
      return failure(make_error_code(errc::not_a_regular_file), plain);
    }
    return seen;
  }

  result<void> note_parent(const std::string& plain) {
    std::string parent(parent_of(plain));
    if (c_.parents.contains(parent)) return success();
    BOOST_OUTCOME_TRYV(c_.live_parent(plain, parent));
    return success();
  }

  // A name for a new version. One that replaces nothing is created where the rules of its directory hold.
  result<std::string> new_source(const std::string& plain, const sight& seen) {
    if (seen.type != node::none) {
      BOOST_OUTCOME_TRYV(note_parent(plain));
      return c_.staging.fresh("f");
    }
    BOOST_OUTCOME_TRYV(c_.require_parent(plain));
    std::string parent(parent_of(plain));
    if (auto known = c_.staging.fresh_in_known(parent)) return *std::move(known);
    BOOST_OUTCOME_TRY(const auto opened, c_.live_parent(plain, parent));
    return c_.staging.fresh_like(opened, std::string(parent_of(plain)));
  }

  result<system::handle> create(const std::string& source) {
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    const system::open_how how{.access = access::read_write, .create_exclusive = true};
    if (source.find('/') == std::string::npos) return c_.system().open(*area, source, how);
    c_.unsynced.add_unknown();  // the directory in between
    return open_beneath(c_.system(), *area, source, how);
  }

  result<system::handle> open_staged(const std::string& source, access how) {
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    return open_beneath(c_.system(), *area, source, {.access = how});
  }

  // Whether a new version takes the place of a file that has access rights to be kept; also where `stage` was asked to
  // replace one, and its tool made nothing yet.
  [[nodiscard]] static bool replaces(const sight& seen) noexcept {
    return seen.type != node::none || (seen.staged != nullptr && seen.staged->about.has_value());
  }

  result<metadata> metadata_of(const std::string& plain, const sight& seen) {
    // What a tool made has the tool's rights until it is adopted; the replaced file's were noted.
    if (seen.staged != nullptr && seen.staged->what == kind::from_caller && seen.staged->about) {
      return *seen.staged->about;
    }
    if (seen.source.empty()) {
      BOOST_OUTCOME_TRY(const auto at, locate(c_.system(), c_.where().root, plain));
      return read_metadata(c_.system(), at.directory, at.name);
    }
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(const auto at, locate(c_.system(), *area, seen.source));
    return read_metadata(c_.system(), at.directory, at.name);
  }

  // The new version at `source` gets mode, owner, ACL and attributes of the one that it replaces.
  result<void> keep_access(const std::string& plain, const sight& seen, const std::string& source) {
    BOOST_OUTCOME_TRY(const auto about, metadata_of(plain, seen));
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(const auto at, locate(c_.system(), *area, source));
    return apply_access(c_.system(), at.directory, at.name, about);
  }

  result<void> begin_append(const std::string& plain, const sight& seen) {
    BOOST_OUTCOME_TRYV(note_parent(plain));
    // For writing, so that a file that may not be written is an error now, and not after the commit point.
    BOOST_OUTCOME_TRY(const auto live,
                      open_beneath(c_.system(), c_.where().root, plain, {.access = access::read_write}));
    BOOST_OUTCOME_TRY(const auto end, read_end(c_.system(), live));
    staged_entry entry{.what = kind::append, .source = c_.staging.fresh("f"), .live = seen.live.type, .end = end};
    BOOST_OUTCOME_TRYV(create(entry.source));
    c_.staged.put(plain, std::move(entry));
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

  result<void> mark_absent(const std::string& plain, const sight& seen) {
    BOOST_OUTCOME_TRYV(c_.refuse_reserved(plain));
    const auto live = seen.staged != nullptr ? seen.staged->live : seen.live.type;
    if (live == node::none) {
      c_.staged.forget(plain);
      return success();
    }
    BOOST_OUTCOME_TRYV(note_parent(plain));
    c_.staged.put(plain, {.what = kind::absent, .live = live});
    return success();
  }

  // A live file gets a second link in staging: its inode and all its metadata go to the new name.
  result<void> move_entry(const std::string& from, const sight& seen, const std::string& to) {
    BOOST_OUTCOME_TRYV(c_.refuse_reserved(from));
    BOOST_OUTCOME_TRYV(c_.refuse_reserved(to));
    if (seen.type == node::other) return failure(make_error_code(errc::not_a_regular_file), from);
    BOOST_OUTCOME_TRY(const auto target, c_.look(to));
    BOOST_OUTCOME_TRYV(note_parent(to));
    const auto live = target.live.type;
    if (seen.type == node::directory) {
      staged_entry made{.what = kind::directory, .live = live};
      if (seen.staged != nullptr) {
        made.about = seen.staged->about;
        made.mode = seen.staged->mode;
      } else {
        BOOST_OUTCOME_TRY(made.about, metadata_of(from, seen));
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

  // A renamed file is its live inode until the commit, so what is to be changed is a copy of it.
  result<void> make_own(staged_entry& entry) {
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    auto copy = c_.staging.fresh("f");
    BOOST_OUTCOME_TRYV(copy_node(c_.system(), *area, entry.source, *area, copy));
    entry.source = std::move(copy);
    entry.is_live_file = false;
    return success();
  }

  result<std::string> source_for_rename(const std::string& from, const sight& seen) {
    if (!seen.source.empty()) return seen.source;
    if (seen.staged != nullptr) return whole_of_append(from, *seen.staged);
    BOOST_OUTCOME_TRYV(note_parent(from));
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(const auto at, locate(c_.system(), c_.where().root, from));
    auto source = c_.staging.fresh("f");
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
    auto source = c_.staging.fresh("f");
    BOOST_OUTCOME_TRYV(copy_node(c_.system(), at.directory, at.name, *area, source));
    BOOST_OUTCOME_TRY(const auto whole, open_staged(source, access::read_write));
    BOOST_OUTCOME_TRY(const auto added, open_staged(entry.source, access::read));
    BOOST_OUTCOME_TRYV(copy_range(c_.system(), added, 0, whole, entry.end.offset, entry.length));
    return source;
  }

  mutation_context& c_;
  std::map<std::string, std::string, std::less<>> given_;  // by its place in staging, the path that `stage` gave it for
  std::vector<std::function<result<void>()>> undo_;        // while a savepoint is open: oldest first
};

}  // namespace commitpoint::detail
