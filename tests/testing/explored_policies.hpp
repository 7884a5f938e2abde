#pragma once

/// \file
/// Policies that are chosen while the test runs, and the mistakes that can be made in them, so that it is known what
/// would be found. The work is done by the library's own strategies, journals and publish steps.

#include "mistakes.hpp"

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/coordinator.hpp>
#include <commitpoint/detail/records/codec.hpp>
#include <commitpoint/durability/power_loss.hpp>
#include <commitpoint/durability/process_crash.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/log_reader.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/publish/rename.hpp>
#include <commitpoint/snapshot/adaptive.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/evidence.hpp>
#include <commitpoint/snapshot/hardlink.hpp>
#include <commitpoint/snapshot/reflink.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/testing/program_for.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace explored {

namespace cp = commitpoint;

// ---- The machine.

/// A simulated machine that may lie.
class machine : public cp::system::simulated {
 public:
  explicit machine(const cp::system::simulated& with) : simulated(with) {}

  cp::result<void> sync(const handle& node) override {
    const bool directory = is_directory(node);
    if (makes(directory ? mistake::directories_not_synced : mistake::files_not_synced)) return cp::success();
    if (forgets_database(node)) return cp::success();
    if (!directory && makes(mistake::metadata_not_synced)) return simulated::sync_data(node);
    return simulated::sync(node);
  }
  cp::result<void> sync_data(const handle& file) override {
    if (makes(mistake::files_not_synced) || forgets_database(file)) return cp::success();
    return simulated::sync_data(file);
  }
  cp::result<void> sync_filesystem(const handle& node) override {
    if (makes(mistake::filesystem_not_synced)) return cp::success();
    return simulated::sync_filesystem(node);
  }
  bool ordered_metadata(const handle& node) override {
    return makes(mistake::order_believed) || simulated::ordered_metadata(node);
  }
  std::string cache_identity(const handle& node) override {
    return makes(mistake::power_cut_not_noticed) ? "always the same" : simulated::cache_identity(node);
  }
  cp::result<void> set_modified(const handle& dir, const std::string& name, std::int64_t time) override {
    if (makes(mistake::times_not_restored)) return cp::success();
    return simulated::set_modified(dir, name, time);
  }
  cp::result<void> set_mode(const handle& node, std::uint32_t mode) override {
    if (makes(mistake::modes_not_restored)) return cp::success();
    return simulated::set_mode(node, mode);
  }
  // A lock that is not looked at again: the name seems to lead to what was locked, whatever it leads to. A state
  // directory in the same way. Owners that are not looked at, nor how many names a file has.
  cp::result<cp::system::file_status> status(const handle& dir, const std::string& name) override {
    if (makes(mistake::other_journal_opened) && name == "journal.kind") return cp::system::file_status{};
    auto found = simulated::status(dir, name);
    if (found) mistake_stamps(found.value());
    if (found && makes(mistake::strangers_trusted)) found.value().user = 0;
    if (found && makes(mistake::own_told_by_name)) found.value().links = 1;
    if (found && makes(mistake::state_not_rechecked) && name == ".commitpoint") {
      if (state_ && found.value().type == cp::system::node_type::none) return *state_;
      state_ = found.value();
    }
    if (!makes(mistake::lock_not_rechecked) || name != "lock" || !found) return found;
    if (!locked_ || found.value().type == cp::system::node_type::none) return found;
    found.value().inode = *locked_;
    return found;
  }
  cp::result<cp::system::file_status> status(const handle& node) override {
    auto found = simulated::status(node);
    if (found) mistake_stamps(found.value());
    if (found && makes(mistake::strangers_trusted)) found.value().user = 0;
    return found;
  }
  cp::result<bool> lock(const handle& file, cp::system::lock_mode mode, bool wait) override {
    if (makes(mistake::lock_not_rechecked)) locked_ = simulated::status(file).value().inode;
    return simulated::lock(file, mode, wait);
  }
  // A mark that nobody erases.
  cp::result<std::size_t> write(const handle& file, std::uint64_t offset, std::span<const char> bytes) override {
    const bool erases = offset == 0 && std::ranges::all_of(bytes, [](char c) { return c == 0; });
    if (makes(mistake::mark_believed) && erases && path_of(file).value().ends_with("/lock")) return bytes.size();
    return simulated::write(file, offset, bytes);
  }
  // A path that is not checked: symbolic links are followed.
  cp::result<handle> open_beneath(const handle& dir, const std::string& path,
                                  const cp::system::open_how& how) override {
    if (makes(mistake::links_followed)) return cp::system_error(ENOSYS);
    return simulated::open_beneath(dir, path, how);
  }
  cp::result<handle> open(const handle& dir, const std::string& name, const cp::system::open_how& how) override {
    if (makes(mistake::links_followed)) {
      const auto target = read_symlink(dir, name);
      if (target && how.directory) return open_root(path_of(dir).value() + "/" + target.value());
    }
    return simulated::open(dir, name, how);
  }

 private:
  [[nodiscard]] bool is_directory(const handle& node) {
    return simulated::status(node).value().type == cp::system::node_type::directory;
  }
  static void mistake_stamps(cp::system::file_status& found) {
    if (!makes(mistake::stamps_of_seconds_believed)) return;
    for (auto* stamp : {&found.modified, &found.changed}) {
      if (*stamp % 1'000'000'000 == 0) *stamp += 1;
    }
  }
  [[nodiscard]] bool forgets_database(const handle& node) {
    return makes(mistake::database_not_synced) && path_of(node).value().find(".db") != std::string::npos;
  }
  std::optional<std::uint64_t> locked_;
  std::optional<cp::system::file_status> state_;
};

/// The same with faults, made from the machine that an explorer has.
class system : public cp::system::faulty_door {
 public:
  explicit system(const cp::system::simulated& with) : faulty_door(std::make_shared<machine>(with)) {}
};

// ---- Snapshots.

class snapshot : public cp::snapshot::strategy {
 public:
  explicit snapshot(std::string_view way) : way_(way) {}

  cp::result<cp::snapshot::saved> save(cp::system::door& system, const cp::system::handle& directory,
                                       const std::string& name, const cp::system::handle& backups,
                                       const std::string& backup, bool writers_replace) override {
    auto done = chosen().save(system, directory, name, backups, backup, writers_replace);
    if (done && makes(mistake::snapshot_cut_short)) {
      BOOST_OUTCOME_TRYV(system.truncate(done.value().backup, 1));
    }
    return done;
  }
  cp::result<bool> intact(cp::system::door& system, const cp::system::handle& backups, const std::string& backup,
                          const cp::snapshot::evidence& evidence) override {
    if (makes(mistake::backup_trusted)) return true;
    return cp::snapshot::is_intact(system, backups, backup, evidence);
  }

 private:
  [[nodiscard]] cp::snapshot::strategy& chosen() {
    if (makes(mistake::link_instead_of_copy) || way_ == "hardlink") return hardlink_;
    if (way_ == "reflink") return reflink_;
    if (way_ == "adaptive") return *adaptive_;
    return copy_;
  }

  std::string_view way_;
  cp::snapshot::copy copy_;
  cp::snapshot::hardlink hardlink_;
  cp::snapshot::reflink reflink_;
  std::shared_ptr<cp::snapshot::strategy> adaptive_ = cp::snapshot::adaptive{}.make();
};

// ---- Journals.

/// A journal that may lie, over one of the library's.
class mistaken_journal final : public cp::journal::backend {
 public:
  using record = cp::journal::record;
  using record_kind = cp::journal::record_kind;

  mistaken_journal(const cp::journal::place& where, std::unique_ptr<cp::journal::backend> honest)
      : where_(where), honest_(std::move(honest)) {}

  cp::result<cp::journal::image> read() override {
    auto image = honest_->read();
    if (!image) return image;
    misread(image.value().records);
    if (makes(mistake::missing_database_is_empty) && image.value().may_pass) image.value().damage.reset();
    return image;
  }
  cp::result<void> append(const record& r) override {
    if (r.kind == record_kind::rolling_back && makes(mistake::rolled_back_too_early)) {
      BOOST_OUTCOME_TRYV(put(record_kind::rolled_back, r));
      return sync();
    }
    BOOST_OUTCOME_TRYV(honest_->append(r));
    if (r.kind == record_kind::published && makes(mistake::retired_too_early)) {
      BOOST_OUTCOME_TRYV(put(record_kind::retired, r));
      return sync();
    }
    if (r.kind == record_kind::published && makes(mistake::renewal_forgets_unretired) && honest_->is_full()) {
      return honest_->begin_generation({record_kind::generation, r.mutation + 1, cp::detail::encode_generation({}), {}},
                                       true);
    }
    return cp::success();
  }
  cp::result<void> sync() override {
    if (makes(mistake::undo_records_not_synced)) return cp::success();
    return honest_->sync();
  }
  cp::result<void> begin_generation(const record& r, bool durable) override {
    const bool gives_up = makes(mistake::old_generation_given_up);
    BOOST_OUTCOME_TRYV(
        honest_->begin_generation(r, durable && !gives_up && !makes(mistake::drain_acts_on_what_is_readable)));
    return gives_up ? give_up_the_older() : cp::success();
  }
  cp::result<void> commit(const record& r, bool durable) override {
    const auto told = makes(mistake::older_taken_for_edit) ? looked_never(r) : r;
    BOOST_OUTCOME_TRYV(honest_->commit(told, durable && !makes(mistake::commit_not_synced)));
    if (!makes(mistake::published_too_early)) return cp::success();
    BOOST_OUTCOME_TRYV(put(record_kind::published, r));
    return sync();
  }
  [[nodiscard]] bool is_full() const override { return honest_->is_full(); }
  [[nodiscard]] bool is_known_durable() const override { return honest_->is_known_durable(); }
  [[nodiscard]] std::string bookmark() const override { return honest_->bookmark(); }
  cp::result<bool> resume(std::string_view bookmark) override {
    BOOST_OUTCOME_TRY(const bool ends_there, honest_->resume(bookmark));
    return ends_there || makes(mistake::mark_believed);
  }
  cp::result<bool> go_on(std::string_view bookmark) override {
    return makes(mistake::mark_believed) ? resume(bookmark) : honest_->go_on(bookmark);
  }
  cp::result<bool> saw_all() override { return honest_->saw_all(); }
  [[nodiscard]] std::vector<std::string> evidence() const override { return honest_->evidence(); }
  [[nodiscard]] std::string identity() const override {
    return makes(mistake::other_journal_opened) ? "" : honest_->identity();
  }
  [[nodiscard]] bool reserves(std::string_view plain) const override { return honest_->reserves(plain); }
  [[nodiscard]] cp::journal::transaction* rows() noexcept override { return honest_->rows(); }

 private:
  // A record of another kind, with the same body.
  cp::result<void> put(record_kind kind, const record& r) {
    auto other = r;
    other.kind = kind;
    other.contents.clear();
    return honest_->append(other);
  }

  // As if what is there had all come after the last look.
  [[nodiscard]] static record looked_never(const record& r) {
    auto other = r;
    other.body.clear();
    cp::codec::cbor_map map(other.body);
    cp::codec::cbor_view::whole(r.body)->each_member([&](std::string_view name, const cp::codec::cbor_view& value) {
      if (name == "looked_at") {
        map.member(name).integer(0);
      } else {
        map.member(name).item(value.encoded());
      }
    });
    return other;
  }

  // The file that the generation of now is not in.
  cp::result<void> give_up_the_older() {
    const auto mark = honest_->bookmark();
    const auto list = cp::codec::cbor_view::whole(mark);
    if (!list) return cp::success();
    std::optional<std::uint64_t> ruling;
    list->each_item([&](const cp::codec::cbor_view& item) {
      if (!ruling) ruling = item.number();
    });
    const std::string older(cp::journal::log_names[ruling == 0U ? 1 : 0]);
    BOOST_OUTCOME_TRY(const auto there, where_.system.status(where_.state, older));
    if (there.type == cp::system::node_type::none) return cp::success();
    BOOST_OUTCOME_TRY(const auto file, where_.system.open(where_.state, older,
                                                          {.access = cp::system::open_how::access_mode::read_write}));
    BOOST_OUTCOME_TRYV(where_.system.truncate(file, 0));
    return where_.system.sync(file);
  }

  [[nodiscard]] static bool undoes(const record& r) {
    return r.kind == record_kind::protect || r.kind == record_kind::will_create || r.kind == record_kind::created ||
           r.kind == record_kind::compensate;
  }
  // A drain that overlooks something of what it read.
  static void misread(std::vector<record>& records) {
    if (makes(mistake::other_root_carried_out) && !records.empty()) {
      const auto body = cp::codec::cbor_view::whole(records.front().body);
      std::string anybodys;
      cp::codec::cbor_map map(anybodys);
      if (const auto pending = body->find("pending")) map.member("pending").item(pending->encoded());
      records.front().body = std::move(anybodys);
    }
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

  cp::journal::place where_;
  std::unique_ptr<cp::journal::backend> honest_;
};

struct journal {
  using kind = cp::kind::journal;
  bool readable = false;  ///< `json_file`, else `log`

  [[nodiscard]] cp::result<std::unique_ptr<cp::journal::backend>> open(const cp::journal::place& where) const {
    BOOST_OUTCOME_TRY(auto honest, readable ? cp::journal::json_file{.reserve = 4096}.open(where)
                                            : cp::journal::log{.preallocate = 4096}.open(where));
    return std::make_unique<mistaken_journal>(where, std::move(honest));
  }
};

// ---- Publish steps.

class publish : public cp::publish::way {
 public:
  explicit publish(std::string_view word) : word_(word) {}

  cp::result<void> prepare(cp::system::door& system, const cp::publish::move& m) const override {
    return chosen().prepare(system, m);
  }
  cp::result<void> put(cp::system::door& system, const cp::publish::move& m) const override {
    if (makes(mistake::source_consumed)) {
      return system.rename(m.from, m.source, m.to, m.target, cp::system::rename_how::replace);
    }
    return chosen().put(system, m);
  }
  [[nodiscard]] std::string_view word() const noexcept override { return word_; }
  [[nodiscard]] bool replaces_directories() const noexcept override { return word_ == cp::publish::by_exchange; }

 private:
  [[nodiscard]] const cp::publish::way& chosen() const {
    if (word_ == cp::publish::by_exchange) return exchange_;
    if (word_ == cp::publish::by_copy) return copy_;
    return rename_;
  }

  std::string_view word_;
  cp::publish::exchange exchange_;
  cp::publish::copy copy_;
  cp::publish::rename rename_;
};

// ---- Durability.

class durability : public cp::durability::promise {
 public:
  [[nodiscard]] bool survives_power_loss() const noexcept override { return true; }
  [[nodiscard]] std::size_t few() const noexcept override { return honest_->few(); }
  cp::result<bool> barrier(cp::system::door& system, const cp::files::sync_set& set) const override {
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
    auto done = honest_->barrier(system, set);
    if (!done && makes(mistake::failed_sync_retried)) done = honest_->barrier(system, set);
    return done;
  }

 private:
  std::shared_ptr<cp::durability::promise> honest_ = cp::durability::power_loss{}.make();
};

/// With a release that leaves its publish to the next owner.
class later_durability : public durability {
 public:
  [[nodiscard]] bool settles_later() const noexcept override { return true; }
};

using coordinator = cp::coordinator<system, cp::testing::progress_watch, snapshot, journal, publish, durability>;

}  // namespace explored
