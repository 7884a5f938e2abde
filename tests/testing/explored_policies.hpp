#pragma once

/// \file
/// Policies that are chosen while the test runs, so that every combination is explored with one compiled engine; and
/// the mistakes that can be made in them, so that it is known what would be found. The work is done by the library's
/// own strategies, journals and publish steps.

#include "mistakes.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/durability/power_loss.hpp>
#include <commitpoint/durability/process_crash.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/publish/rename.hpp>
#include <commitpoint/snapshot/adaptive.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/hardlink.hpp>
#include <commitpoint/snapshot/reflink.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/testing/program_for.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace explored {

namespace cp = commitpoint;

// ---- The machine.

/// A simulated machine that may lie.
class machine : public cp::system::simulated {
 public:
  machine() = default;
  explicit machine(const cp::system::simulated& with) : simulated(with) {}

  cp::result<void> sync(const handle& node) const {
    const bool directory = is_directory(node);
    if (makes(directory ? mistake::directories_not_synced : mistake::files_not_synced)) return cp::success();
    if (forgets_database(node)) return cp::success();
    if (!directory && makes(mistake::metadata_not_synced)) return simulated::sync_data(node);
    return simulated::sync(node);
  }
  cp::result<void> sync_data(const handle& file) const {
    if (makes(mistake::files_not_synced) || forgets_database(file)) return cp::success();
    return simulated::sync_data(file);
  }
  cp::result<void> sync_filesystem(const handle& node) const {
    if (makes(mistake::filesystem_not_synced)) return cp::success();
    return simulated::sync_filesystem(node);
  }
  bool ordered_metadata(const handle& node) const {
    return makes(mistake::order_believed) || simulated::ordered_metadata(node);
  }
  std::string cache_identity(const handle& node) const {
    return makes(mistake::power_cut_not_noticed) ? "always the same" : simulated::cache_identity(node);
  }
  cp::result<void> set_modified(const handle& dir, const std::string& name, std::int64_t time) const {
    return makes(mistake::times_not_restored) ? cp::result<void>(cp::success())
                                              : simulated::set_modified(dir, name, time);
  }
  cp::result<void> set_mode(const handle& node, std::uint32_t mode) const {
    return makes(mistake::modes_not_restored) ? cp::result<void>(cp::success()) : simulated::set_mode(node, mode);
  }
  // A lock that is not looked at again: the name seems to lead to what was locked, whatever it leads to.
  cp::result<cp::system::file_status> status(const handle& dir, const std::string& name) const {
    auto found = simulated::status(dir, name);
    if (!makes(mistake::lock_not_rechecked) || name != "lock" || !found) return found;
    if (!locked_ || found.value().type == cp::system::node_type::none) return found;
    found.value().inode = *locked_;
    return found;
  }
  using simulated::status;
  cp::result<bool> lock(const handle& file, cp::system::lock_mode mode, bool wait) const {
    if (makes(mistake::lock_not_rechecked)) locked_ = simulated::status(file).value().inode;
    return simulated::lock(file, mode, wait);
  }
  // A path that is not checked: symbolic links are followed.
  cp::result<handle> open_beneath(const handle& dir, const std::string& path, const cp::system::open_how& how) const {
    if (makes(mistake::links_followed)) return cp::system_error(ENOSYS);
    return simulated::open_beneath(dir, path, how);
  }
  cp::result<handle> open(const handle& dir, const std::string& name, const cp::system::open_how& how) const {
    if (makes(mistake::links_followed)) {
      const auto target = read_symlink(dir, name);
      if (target && how.directory) return open_root(path_of(dir).value() + "/" + target.value());
    }
    return simulated::open(dir, name, how);
  }

 private:
  [[nodiscard]] bool is_directory(const handle& node) const {
    return simulated::status(node).value().type == cp::system::node_type::directory;
  }
  [[nodiscard]] bool forgets_database(const handle& node) const {
    return makes(mistake::database_not_synced) && path_of(node).value().find(".db") != std::string::npos;
  }
  mutable std::optional<std::uint64_t> locked_;
};

using system_type = cp::system::faulty<machine>;

/// The same, made from the machine that an explorer has.
class system : public system_type {
 public:
  system() = default;
  explicit system(const cp::system::simulated& with) : system_type(machine(with)) {}
};

// ---- Snapshots.

struct snapshot {
  using kind = cp::kind::snapshot;
  std::string_view way = "copy";

  template <class S>
  class backend {
   public:
    using saved = cp::snapshot::saved<typename S::handle>;

    explicit backend(const snapshot& settings) : way_(settings.way) {}

    [[nodiscard]] cp::result<saved> save(S& system, const typename S::handle& directory, const std::string& name,
                                         const typename S::handle& backups, const std::string& backup,
                                         bool writers_replace) {
      auto done = chosen(system, directory, name, backups, backup, writers_replace);
      if (done && makes(mistake::snapshot_cut_short)) {
        BOOST_OUTCOME_TRYV(system.truncate(done.value().backup, 1));
      }
      return done;
    }
    [[nodiscard]] cp::result<bool> intact(S& system, const typename S::handle& backups, const std::string& backup,
                                          const nlohmann::json& evidence) const {
      if (makes(mistake::backup_trusted)) return true;
      return cp::snapshot::is_intact(system, backups, backup, evidence);
    }

   private:
    template <class... Arguments>
    [[nodiscard]] cp::result<saved> chosen(Arguments&... arguments) {
      if (makes(mistake::link_instead_of_copy) || way_ == "hardlink") return hardlink_.save(arguments...);
      if (way_ == "reflink") return reflink_.save(arguments...);
      if (way_ == "adaptive") return adaptive_.save(arguments...);
      return copy_.save(arguments...);
    }

    std::string_view way_;
    cp::snapshot::copy::backend<S> copy_{cp::snapshot::copy{}};
    cp::snapshot::hardlink::backend<S> hardlink_{cp::snapshot::hardlink{}};
    cp::snapshot::reflink::backend<S> reflink_{cp::snapshot::reflink{}};
    cp::snapshot::adaptive::backend<S> adaptive_{cp::snapshot::adaptive{}};
  };
};

// ---- Journals.

struct journal {
  using kind = cp::kind::journal;
  bool readable = false;  ///< `json_file`, else `log`

  template <class S>
  class backend {
   public:
    using log = cp::journal::log_backend<S>;
    using json = cp::journal::json_backend<S>;
    using record = cp::journal::record;
    using record_kind = cp::journal::record_kind;
    static constexpr bool transactional = false;

    [[nodiscard]] static cp::result<backend> open(S& system, const cp::journal::place<S>& where,
                                                  const journal& settings) {
      if (settings.readable) {
        BOOST_OUTCOME_TRY(auto made, json::open(system, where, {.reserve = 4096}));
        return backend(std::move(made));
      }
      BOOST_OUTCOME_TRY(auto made, log::open(system, where, {.preallocate = 4096}));
      return backend(std::move(made));
    }
    [[nodiscard]] cp::result<cp::journal::image> read() {
      auto image = std::visit([](auto& j) { return j.read(); }, which_);
      if (image) misread(image.value().records);
      return image;
    }
    [[nodiscard]] cp::result<void> append(const record& r) {
      if (r.kind == record_kind::rolling_back && makes(mistake::rolled_back_too_early)) {
        BOOST_OUTCOME_TRYV(put({record_kind::rolled_back, r.mutation, r.body, {}}));
        return sync();
      }
      BOOST_OUTCOME_TRYV(put(r));
      if (r.kind == record_kind::published && makes(mistake::retired_too_early)) {
        BOOST_OUTCOME_TRYV(put({record_kind::retired, r.mutation, r.body, {}}));
        return sync();
      }
      return cp::success();
    }
    [[nodiscard]] cp::result<void> sync() {
      if (makes(mistake::undo_records_not_synced)) return cp::success();
      return std::visit([](auto& j) { return j.sync(); }, which_);
    }
    [[nodiscard]] cp::result<void> begin_generation(const record& r, bool durable) {
      const bool acts_at_once = makes(mistake::drain_acts_on_what_is_readable);
      return std::visit([&](auto& j) { return j.begin_generation(r, durable && !acts_at_once); }, which_);
    }
    [[nodiscard]] cp::result<void> commit(const record& r, bool durable) {
      const bool lazy = makes(mistake::commit_not_synced);
      BOOST_OUTCOME_TRYV(std::visit([&](auto& j) { return j.commit(r, durable && !lazy); }, which_));
      if (!makes(mistake::published_too_early)) return cp::success();
      BOOST_OUTCOME_TRYV(put({record_kind::published, r.mutation, r.body, {}}));
      return sync();
    }
    [[nodiscard]] bool is_full() const {
      return std::visit([](const auto& j) { return j.is_full(); }, which_);
    }
    [[nodiscard]] bool reserves(std::string_view) const { return false; }
    [[nodiscard]] std::vector<std::string> evidence() const {
      return std::visit([](const auto& j) { return j.evidence(); }, which_);
    }

   private:
    explicit backend(std::variant<log, json> which) : which_(std::move(which)) {}

    cp::result<void> put(const record& r) {
      return std::visit([&](auto& j) { return j.append(r); }, which_);
    }

    [[nodiscard]] static bool undoes(const record& r) {
      return r.kind == record_kind::protect || r.kind == record_kind::will_create || r.kind == record_kind::created ||
             r.kind == record_kind::compensate;
    }
    // A drain that overlooks something of what it read.
    static void misread(std::vector<record>& records) {
      const auto is = [](record_kind k) { return [k](const record& r) { return r.kind == k; }; };
      if (makes(mistake::commit_overlooked)) std::erase_if(records, is(record_kind::commit));
      if (makes(mistake::undo_record_overlooked)) {
        const auto last = std::find_if(records.rbegin(), records.rend(), undoes);
        if (last != records.rend()) records.erase(std::next(last).base());
      }
      if (makes(mistake::undone_oldest_first)) {
        std::vector<record*> those;
        for (auto& r : records) {
          if (undoes(r)) those.push_back(&r);
        }
        for (std::size_t i = 0; i < those.size() / 2; ++i) std::swap(*those[i], *those[those.size() - 1 - i]);
      }
    }

    std::variant<log, json> which_;
  };
};

// ---- Publish steps.

struct publish {
  using kind = cp::kind::publish;
  std::string_view chosen = cp::publish::by_rename;

  template <class S>
  class backend {
   public:
    using move = cp::publish::move<typename S::handle>;

    explicit backend(const publish& settings) : way_(settings.chosen) {}
    [[nodiscard]] std::string_view way() const { return way_; }
    [[nodiscard]] bool replaces_directories() const { return way_ == cp::publish::by_exchange; }
    [[nodiscard]] cp::result<void> prepare(S& system, const move& m) const {
      return visit([&](const auto& step) { return step.prepare(system, m); });
    }
    [[nodiscard]] cp::result<void> put(S& system, const move& m) const {
      if (makes(mistake::source_consumed)) {
        return system.rename(m.from, m.source, m.to, m.target, cp::system::rename_how::replace);
      }
      return visit([&](const auto& step) { return step.put(system, m); });
    }

   private:
    template <class F>
    cp::result<void> visit(F f) const {
      if (way_ == cp::publish::by_exchange) return f(cp::publish::exchange::backend<S>(cp::publish::exchange{}));
      if (way_ == cp::publish::by_copy) return f(cp::publish::copy::backend<S>(cp::publish::copy{}));
      return f(cp::publish::rename::backend<S>(cp::publish::rename{}));
    }
    std::string_view way_;
  };
};

// ---- Durability.

struct durability {
  using kind = cp::kind::durability;

  template <class S>
  class backend {
   public:
    static constexpr bool survives_power_loss = true;

    explicit backend(const durability&) {}
    [[nodiscard]] std::size_t few() const noexcept { return honest_.few(); }
    [[nodiscard]] cp::result<bool> barrier(S& system, const cp::detail::sync_set<S>& set) const {
      if (makes(mistake::barrier_skipped)) return false;
      if (makes(mistake::barrier_forgets_some) && set.has_all_nodes()) {
        if (set.empty()) return false;
        BOOST_OUTCOME_TRYV(system.sync(set.nodes().front()));
        return false;
      }
      if (makes(mistake::barrier_forgets_other_devices) && !set.has_all_nodes() && !set.filesystems().empty()) {
        BOOST_OUTCOME_TRYV(system.sync_filesystem(*set.filesystems().front().handle));
        return true;
      }
      auto done = honest_.barrier(system, set);
      if (!done && makes(mistake::failed_sync_retried)) done = honest_.barrier(system, set);
      return done;
    }

   private:
    cp::durability::power_loss::backend<S> honest_{cp::durability::power_loss{}};
  };
};

using coordinator = cp::coordinator<system, cp::testing::progress_watch, snapshot, journal, publish, durability>;

}  // namespace explored
