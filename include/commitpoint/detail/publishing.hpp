#pragma once

/// \file
/// Making one entry of the redo list live: by its owner after the commit point, or by a drain.

#include <commitpoint/detail/engine.hpp>
#include <commitpoint/detail/staged_tree.hpp>
#include <commitpoint/publish/concept.hpp>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Opened directories by path, so that a mutation opens each once, and the next barrier can sync them.
template <system::System S>
class directory_cache {
 public:
  directory_cache(S& system, const typename S::handle& root) : system_(system), root_(root) {}

  struct opened {
    typename S::handle handle;
    system::file_status status;
    bool ordered = false;
  };

  [[nodiscard]] result<const opened*> get(std::string_view plain) {
    const auto known = directories_.find(plain);
    if (known != directories_.end()) return &known->second;
    BOOST_OUTCOME_TRY(auto handle, open_beneath(system_, root_, std::string(plain), {.directory = true}));
    BOOST_OUTCOME_TRY(const auto status, system_.status(handle));
    opened entry{std::move(handle), status, false};
    entry.ordered = is_ordered(entry);
    return &directories_.emplace(plain, std::move(entry)).first->second;
  }

  /// Whether every path still leads to the directory that was opened: one that was moved away meanwhile, perhaps out of
  /// the root, must not be published into. Gives the first that does not.
  [[nodiscard]] result<std::string> moved_away() {
    for (const auto& [plain, known] : directories_) {
      BOOST_OUTCOME_TRY(const auto again, open_beneath(system_, root_, plain, {.directory = true}));
      BOOST_OUTCOME_TRY(const auto status, system_.status(again));
      if (status.inode != known.status.inode || status.device != known.status.device) return std::string(plain);
    }
    return std::string{};
  }

  /// Hands everything over to a barrier.
  void give_to(sync_set<S>& set) {
    for (auto& [plain, directory] : directories_) set.add(std::move(directory.handle));
    directories_.clear();
  }

 private:
  [[nodiscard]] bool is_ordered(const opened& entry) {
    const auto known = ordered_.find(entry.status.device);
    if (known != ordered_.end()) return known->second;
    return ordered_.emplace(entry.status.device, system_.ordered_metadata(entry.handle)).first->second;
  }

  S& system_;
  const typename S::handle& root_;
  std::map<std::string, opened, std::less<>> directories_;
  std::map<std::uint64_t, bool> ordered_;
};

/// Publishes entries of one mutation. Each may be published again after a crash in it.
template <class P>
class publishing {
 public:
  using S = typename P::system;

  publishing(session<P>& by, std::uint64_t mutation)
      : by_(by), mutation_(mutation), directories(by.system(), by.where().root), changed(by.new_sync_set()) {}

  result<void> publish(const redo_entry& r) {
    by_.say(step::publish, mutation_, r.path, r.length);
    auto done = apply(r);
    if (!done) return std::move(done).error().at(step::publish).on(r.path);
    return success();
  }

  /// Directories get their metadata when everything below them is live.
  result<void> finish_directories(const std::vector<redo_entry>& entries) {
    for (auto r = entries.rbegin(); r != entries.rend(); ++r) {
      if (r->what != redo_entry::action::make_directory || !r->about) continue;
      BOOST_OUTCOME_TRY(const auto* parent, directories.get(parent_of(r->path)));
      BOOST_OUTCOME_TRYV(apply_metadata(by_.system(), parent->handle, std::string(name_of(r->path)), *r->about));
    }
    return success();
  }

 private:
  using action = redo_entry::action;

  result<void> apply(const redo_entry& r) {
    BOOST_OUTCOME_TRY(const auto* parent, directories.get(parent_of(r.path)));
    BOOST_OUTCOME_TRYV(changed.add_filesystem(by_.system(), parent->handle, parent->status.device));
    const std::string name(name_of(r.path));
    switch (r.what) {
      case action::remove_directory: return remove_directory(*parent, name);
      case action::make_directory: return make_directory(r, *parent, name);
      case action::append: return append(r, *parent, name);
      case action::remove: {
        BOOST_OUTCOME_TRY(const auto slot, source_of(r));
        return unless_missing(
            by_.system().rename(parent->handle, name, *slot.from, slot.name, system::rename_how::replace));
      }
      case action::put: break;
    }
    BOOST_OUTCOME_TRY(const auto source, source_of(r));
    const auto spare = source.name + ".spare";
    return by_.shared().publish.put(by_.system(),
                                    publish::move<typename S::handle>{*source.from, source.name, spare,
                                                                      parent->handle, name, parent->ordered});
  }

  // Somebody else took it away between the last look and now: the outcome is the same.
  [[nodiscard]] static result<void> unless_missing(result<void> done) {
    if (!done && done.error() == std::errc::no_such_file_or_directory) return success();
    return done;
  }

  // A directory that a stranger has put something into meanwhile stays, with what the stranger put there.
  result<void> remove_directory(const typename directory_cache<S>::opened& parent, const std::string& name) {
    auto done = unless_missing(by_.system().remove_directory(parent.handle, name));
    if (!done && done.error() == std::errc::directory_not_empty) return success();
    return done;
  }

  struct place {
    const typename S::handle* from;
    std::string name;
  };

  result<place> source_of(const redo_entry& r) {
    if (!r.sibling.empty()) {
      BOOST_OUTCOME_TRY(const auto* beside, directories.get(parent_of(r.sibling)));
      return place{&beside->handle, std::string(name_of(r.sibling))};
    }
    if (!area_) {
      BOOST_OUTCOME_TRY(area_, by_.system().open(by_.where().staging, staging_name(mutation_), {.directory = true}));
    }
    const std::string below(parent_of(r.source));
    if (below.empty()) return place{&area_, r.source};
    auto nested = nested_.find(below);
    if (nested == nested_.end()) {
      BOOST_OUTCOME_TRY(auto opened, open_beneath(by_.system(), area_, below, {.directory = true}));
      nested = nested_.emplace(below, std::move(opened)).first;
    }
    return place{&nested->second, std::string(name_of(r.source))};
  }

  result<void> make_directory(const redo_entry& r, const typename directory_cache<S>::opened& parent,
                              const std::string& name) {
    // All bits, because where the directory above has a default ACL, that decides and not the umask.
    auto made = by_.system().make_directory(parent.handle, name, r.about ? 0700U : 0777U);
    if (!made && made.error() != std::errc::file_exists) return made;
    // Opened now, so that the next barrier covers it even if nothing is put into it.
    BOOST_OUTCOME_TRY(const auto* own, directories.get(r.path));
    // This process' umask may be another than the one that the mode was made with.
    if (made && !r.about && (own->status.mode & 0777U) != r.mode) {
      BOOST_OUTCOME_TRY(const auto attributes, by_.system().attributes(parent.handle));
      if (!attributes.contains("system.posix_acl_default")) {
        return by_.system().set_mode(own->handle, r.mode | (own->status.mode & 07000U));
      }
    }
    return success();
  }

  result<void> append(const redo_entry& r, const typename directory_cache<S>::opened& parent,
                      const std::string& name) {
    BOOST_OUTCOME_TRY(const auto source, source_of(r));
    BOOST_OUTCOME_TRY(const auto bytes, by_.system().open(*source.from, source.name, {}));
    BOOST_OUTCOME_TRY(auto live, by_.system().open(parent.handle, name, {.access = access::read_write}));
    BOOST_OUTCOME_TRYV(copy_range(by_.system(), bytes, 0, live, r.end.offset, r.length));
    changed.add(std::move(live));
    return success();
  }

  session<P>& by_;
  std::uint64_t mutation_;
  typename S::handle area_;
  std::map<std::string, typename S::handle> nested_;

 public:
  directory_cache<S> directories;
  sync_set<S> changed;
};

}  // namespace commitpoint::detail
