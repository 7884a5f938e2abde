#pragma once

/// \file
/// One mutation from its beginning to its end.

#include <commitpoint/detail/mutation/births.hpp>
#include <commitpoint/detail/mutation/commit.hpp>
#include <commitpoint/detail/mutation/hooks.hpp>
#include <commitpoint/detail/mutation/in_place.hpp>
#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/mutation/savepoint_stack.hpp>
#include <commitpoint/detail/mutation/staged_effects.hpp>
#include <commitpoint/detail/root/subprocess_lease.hpp>
#include <commitpoint/detail/undo/rollback.hpp>
#include <commitpoint/mutation.hpp>

#include <nlohmann/json.hpp>

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Carries out effects for a body, commits them or rolls them back.
// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): nobody derives from it, nor owns it as its base
class running_mutation final : public mutation_effects {
 public:
  running_mutation(session& by, const plan& what)
      : context_(by, what, by.next_number++), staged_(context_), in_place_(context_), savepoints_(context_, staged_) {}

  /// The plan's private directories and touches.
  result<void> begin() {
    context_.owner.say(step::begin, context_.number);
    return guard([&]() -> result<void> {
      BOOST_OUTCOME_TRYV(context_.renew_journal());
      // Before anything is written: a write-back error is only reported to descriptors that were open then.
      context_.owner.add_own_filesystem(context_.unsynced);
      BOOST_OUTCOME_TRYV(in_place_.make_scratch(context_.what.staging));
      return in_place_.protect(context_.what.touches);
    });
  }

  void say_body() const { context_.owner.say(step::body, context_.number); }

  /// The failure of an effect, or the stop token's, whatever the body made of it.
  [[nodiscard]] result<void> verdict() const {
    BOOST_OUTCOME_TRYV(context_.owner.not_inherited());
    if (poison_) return *poison_;
    return not_cancelled();
  }

  /// To the commit point and beyond. A failure whose outcome is `rolled_back` has still to be rolled back.
  result<void> commit() {
    detail::commit to_commit(context_);
    BOOST_OUTCOME_TRYV(located_here(to_commit.prepare()));
    if (!to_commit.changes_something()) {
      BOOST_OUTCOME_TRYV(located_here(to_commit.check_expected()));
      context_.owner.remove_staging(context_.number);
      run_hooks(context_);
      return success();
    }
    if (auto& previous = context_.owner.unretired) {
      // Its publish is durable now, and the commit record will be the last that anybody hears of it.
      BOOST_OUTCOME_TRYV(located_here(context_.owner.remove_siblings(previous->siblings)));
    }
    BOOST_OUTCOME_TRYV(located_here(to_commit.check()));
    BOOST_OUTCOME_TRYV(not_cancelled());
    auto written = to_commit.write_record();
    if (!written) return commit_failed(std::move(written).error());
    context_.owner.say(step::committed, context_.number);
    const auto previous = context_.owner.take_previous();
    auto published = to_commit.publish();
    if (!published) return publish_failed(std::move(published).error());
    context_.owner.remove_retired(previous);
    context_.owner.unretired.emplace(to_commit.leave(lease_.is_given()));
    outlast_births(context_);
    run_hooks(context_);
    return success();
  }

  /// Undoes everything. On failure the owner refuses whatever comes next.
  result<void> roll_back() {
    auto& owner = context_.owner;
    BOOST_OUTCOME_TRYV(owner.not_inherited());  // or a forked child would undo what its parent is doing
    owner.say(step::rolling_back, context_.number);
    if (context_.enlisted) owner.journal().rows()->abandon();
    if (!context_.wrote_in_place) {
      owner.remove_staging(context_.number);
      owner.say(step::rolled_back, context_.number);
      return success();
    }
    auto done = undo_in_place();
    if (done) return success();
    auto dirty = failure(make_error_code(errc::dirty_rollback), done.error().path(),
                         "caused by: " + done.error().message() + "; what can undo it is kept in " +
                             context_.staging.shown() + " and the journal, and the next acquire tries again")
                     .with(outcome::dirty);
    dirty = std::move(dirty).at(done.error().step).in(context_.number);
    owner.refused = dirty;
    return dirty;
  }

  /// The failure with what it says of this mutation.
  [[nodiscard]] failure named(failure why) const { return context_.named(std::move(why)); }
  /// What there is to be told of a mutation that was undone.
  [[nodiscard]] failure undone(failure why) const { return context_.why_undone(std::move(why)); }

  [[nodiscard]] std::uint64_t number() const noexcept override { return context_.number; }
  [[nodiscard]] path root() const override { return context_.send_tools_where_it_is(); }
  [[nodiscard]] bool cancelled() const noexcept override { return context_.what.stop.stop_requested(); }

  result<void> write(path_view p, bytes_view bytes, const write_options& how) override {
    return effect(
        p, [&](const std::string& plain) { return staged_.write(plain, bytes.text(), how); }, bytes.size());
  }
  result<void> append(path_view p, bytes_view bytes) override {
    return effect(
        p, [&](const std::string& plain) { return staged_.append(plain, bytes.text()); }, bytes.size());
  }
  result<path> stage(path_view p) override {
    return effect(p, [&](const std::string& plain) { return staged_.stage(plain); });
  }
  result<void> publish(path_view staged, path_view live) override {
    return effect(live, [&](const std::string& plain) { return staged_.publish(staged.text(), plain); });
  }
  result<void> remove(path_view p) override {
    return effect(p, [&](const std::string& plain) { return staged_.remove(plain); });
  }
  result<void> rename(path_view from, path_view to) override {
    return effect(from, [&](const std::string& plain) -> result<void> {
      BOOST_OUTCOME_TRY(const auto target, context_.admit(to));
      return staged_.rename(plain, target);
    });
  }
  result<void> create_directories(path_view p) override {
    return effect(p, [&](const std::string& plain) { return staged_.create_directories(plain); });
  }
  result<void> symlink(std::string_view target, path_view p) override {
    return effect(p, [&](const std::string& plain) { return staged_.symlink(target, plain); });
  }
  result<void> protect(const touch& what) override {
    return guard([&] { return in_place_.protect(std::span(&what, 1)); });
  }
  result<void> will_create(const path_set& paths) override {
    return guard([&] { return in_place_.will_create(paths); });
  }
  result<void> track_new(const path_set& paths) override {
    return guard([&] { return in_place_.track_new(paths); });
  }
  result<void> expect(path_view p, std::optional<std::string_view> content) override {
    return guard([&]() -> result<void> {
      BOOST_OUTCOME_TRY(auto plain, context_.admit(p));
      context_.expected.add(std::move(plain), content);
      return success();
    });
  }
  result<void> on_rollback(std::string_view name, const nlohmann::json& arguments) override {
    return guard([&] { return in_place_.on_rollback(name, arguments); });
  }
  result<int> lease_fd() override {
    return guard([&] { return lease_.descriptor(context_.system(), context_.staging); });
  }

  result<void> open_savepoint() override {
    BOOST_OUTCOME_TRYV(verdict());
    const auto open = [&] { return savepoints_.open(); };
    auto opened = poisoned_by_exceptions(open);
    if (opened) return opened;
    poison_ = std::move(opened).error().at(step::body).in(context_.number);
    return *poison_;
  }
  result<void> close_savepoint(const failure* of_body) override {
    BOOST_OUTCOME_TRYV(context_.owner.not_inherited());  // or a forked child would undo what its parent is doing
    try {
      if (of_body != nullptr) return undo_savepoint(*of_body);
      auto kept = verdict();
      if (kept) kept = savepoints_.release();
      if (kept) return kept;
      return undo_savepoint(std::move(kept).error());
    } catch (...) {
      cannot_undo_ = poison_ = ended_by_exception();
      throw;
    }
  }
  void abandon_savepoint() override {
    if (!context_.owner.not_inherited()) return;
    try {
      (void)undo_savepoint(ended_by_exception());
    } catch (...) {
      cannot_undo_ = poison_ = ended_by_exception();
    }
  }

  // Reads fail without poisoning: what is not there may be asked for.
  result<std::string> read(path_view p) override {
    BOOST_OUTCOME_TRYV(context_.owner.not_inherited());
    BOOST_OUTCOME_TRY(const auto plain, context_.admit(p));
    auto bytes = staged_.read(plain, context_.owner.shared().settings.largest_read);
    if (!bytes) return std::move(bytes).error().at(step::body).on(plain).in(context_.number);
    return bytes;
  }
  result<bool> exists(path_view p) override {
    BOOST_OUTCOME_TRYV(context_.owner.not_inherited());
    BOOST_OUTCOME_TRY(const auto plain, context_.admit(p));
    auto seen = context_.look(plain);
    if (!seen) return std::move(seen).error().at(step::body).on(plain).in(context_.number);
    return seen.value().type != node::none;
  }

  // Only where the journal is transactional: no other owner hands out a mutation that asks.
  result<journal::transaction*> begin_rows() override {
    return guard([&]() -> result<journal::transaction*> {
      context_.enlisted = true;
      auto* const rows = context_.owner.journal().rows();
      BOOST_OUTCOME_TRYV(rows->begin());
      return rows;
    });
  }
  void poison(const failure& why) override {
    if (!poison_) poison_ = why;
  }

 private:
  // Runs an effect unless one has failed before; a failure poisons what follows.
  // An exception (out of memory) does as well, also one that the body catches.
  template <class F>
  auto guard(F f) -> decltype(f()) {
    BOOST_OUTCOME_TRYV(verdict());
    auto done = poisoned_by_exceptions(f);
    if (!done) {
      auto why = std::move(done).error().at(step::body).in(context_.number);
      // A store that deduplicates returned an old path: nothing happened that a rollback could miss.
      if (why != errc::not_new) poison_ = why;
      return why;
    }
    return done;
  }
  template <class F>
  auto poisoned_by_exceptions(F& f) -> decltype(f()) {
    try {
      return f();
    } catch (...) {
      poison_ = ended_by_exception();
      throw;
    }
  }
  [[nodiscard]] failure ended_by_exception() const noexcept {
    auto why = failure(std::make_error_code(std::errc::operation_canceled));  // needs no memory
    return std::move(why).at(step::body);
  }
  template <class F>
  auto effect(path_view p, F f, std::uint64_t bytes = 0) -> decltype(f(std::string())) {
    using Result = decltype(f(std::string()));
    return guard([&]() -> Result {
      BOOST_OUTCOME_TRY(const auto plain, context_.admit(p));
      context_.owner.say(step::stage, context_.number, plain, bytes);
      BOOST_OUTCOME_TRYV(expand_above(context_, plain));
      auto done = f(plain);
      if (!done) return std::move(done).error().at(step::stage).on(plain);
      return done;
    });
  }
  // Gives `why`, or why it could not be undone. Then the scopes around it are left to the final rollback.
  result<void> undo_savepoint(failure why) {
    if (!cannot_undo_) {
      auto undone = savepoints_.undo();
      if (undone && !context_.failed_sync) {
        poison_.reset();
        return why;
      }
      if (undone) {
        // A sync loses what it fails to make durable, of the whole file system, and the next one would not say so.
        cannot_undo_ = poison_ = failure(*context_.failed_sync).at(step::body).in(context_.number);
        return *cannot_undo_;
      }
      const auto& cause = undone.error();
      auto f =
          failure(cause.code, cause.path(),
                  "a savepoint could not be undone" + (cause.explanation().empty() ? "" : ": " + cause.explanation()));
      cannot_undo_ = poison_ = std::move(f).at(cause.step).at(step::body).in(context_.number);
    }
    return *cannot_undo_;
  }

  [[nodiscard]] result<void> not_cancelled() const {
    if (cancelled()) {
      return failure(make_error_code(errc::cancelled), {}, "plan::stop was triggered").in(context_.number);
    }
    return success();
  }
  [[nodiscard]] result<void> located_here(result<void> done) const {
    if (!done) return std::move(done).error().at(step::barrier).in(context_.number);
    return done;
  }

  result<void> commit_failed(failure why) {
    if (why.outcome() != outcome::unknown) return std::move(why).at(step::commit).in(context_.number);
    return refuse(errc::outcome_unknown, outcome::unknown, step::commit, why,
                  "; nothing was undone, and the next acquire decides by what the journal then says");
  }
  result<void> publish_failed(const failure& why) {
    return refuse(errc::publish_incomplete, outcome::unfinished, step::publish, why,
                  "; what is still to be published is kept in " + context_.staging.shown() +
                      ", and the next acquire finishes it");
  }
  failure refuse(errc code, outcome holds, step at, const failure& why, const std::string& then) {
    auto f = failure(make_error_code(code), why.path(), "caused by: " + why.message() + then);
    f = std::move(f).at(at).in(context_.number).with(holds);
    context_.owner.refused = f;
    return f;
  }

  result<void> undo_in_place() {
    auto& owner = context_.owner;
    BOOST_OUTCOME_TRYV(owner.append(journal::record_kind::rolling_back, context_.number, owner.body()));
    rollback undo(owner, context_.number, rollback::when::alive, context_.began, context_.stamps_hold(), owner.last);
    if (context_.failed_sync) {
      undo.write_again();
      BOOST_OUTCOME_TRYV(undo.undo_all(context_.undone));
    }
    BOOST_OUTCOME_TRYV(undo.undo_all(context_.undo));
    // What was staged next to targets on other devices is gone as well; the barrier covers their file systems.
    undo.touched().merge(std::move(context_.unsynced));
    BOOST_OUTCOME_TRYV(owner.shared().durability.barrier(owner.system(), undo.touched()));
    if (context_.failed_sync && !context_.undone.empty()) {
      return failure(system_error(EIO), owner.where().state_directory,
                     "a sync failed while the journal had records that were not durable: they may be lost");
    }
    BOOST_OUTCOME_TRYV(owner.append(journal::record_kind::rolled_back, context_.number, owner.body()));
    BOOST_OUTCOME_TRYV(owner.sync_journal());
    owner.say(step::rolled_back, context_.number);
    owner.remove_staging(context_.number);
    return success();
  }

  mutation_context context_;
  staged_effects staged_;
  in_place_effects in_place_;
  savepoint_stack savepoints_;
  subprocess_lease lease_;
  std::optional<failure> poison_;       // of the innermost scope; an outer one is sound, or there would be no inner one
  std::optional<failure> cannot_undo_;  // of the whole mutation: going on after a savepoint would not be safe
};

}  // namespace commitpoint::detail
