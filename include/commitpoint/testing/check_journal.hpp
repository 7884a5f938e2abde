#pragma once

/// \file
/// The conformance suite of journals.

#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/failure.hpp>
#include <commitpoint/journal/interface.hpp>
#include <commitpoint/testing/workbench.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::testing {

namespace detail {

using records = std::vector<journal::record>;

/// A generation may say that more numbers are used than it was told.
[[nodiscard]] inline bool same_record(const journal::record& found, const journal::record& expected) {
  const bool is_generation = expected.kind == journal::record_kind::generation;
  return found.kind == expected.kind && found.body == expected.body &&
         (is_generation ? found.mutation >= expected.mutation : found.mutation == expected.mutation);
}
/// What a journal must not lose. It may forget a mutation that is settled, but for its number, and write records of its
/// own that undo nothing.
[[nodiscard]] inline records outstanding(records all) {
  using kind = journal::record_kind;
  std::set<std::uint64_t> settled;
  for (const auto& r : all) {
    if (r.kind == kind::rolled_back || r.kind == kind::retired) settled.insert(r.mutation);
  }
  std::erase_if(all, [&](const journal::record& r) {
    const bool nothing = r.kind == kind::protect && r.body.value("entries", nlohmann::json()).empty();
    return r.kind != kind::generation && (nothing || settled.contains(r.mutation));
  });
  return all;
}
/// The first number of a mutation that was not used yet, as far as these records say.
[[nodiscard]] inline std::uint64_t next_number(const records& all) {
  std::uint64_t next = 0;
  for (const auto& r : all)
    next = std::max(next, r.kind == journal::record_kind::generation ? r.mutation : r.mutation + 1);
  return next;
}
/// Whether `found` is the first `count` of `expected`.
[[nodiscard]] inline bool is_beginning(const records& found, const records& expected, std::size_t count) {
  if (found.size() != count || count > expected.size()) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (!same_record(found[i], expected[i])) return false;
  }
  return true;
}

/// A journal whose state directory is `a`, and the records that it should hold.
template <class Policy>
class journal_bench : public workbench {
 public:
  using backend = typename Policy::template backend<suite_system>;
  using kind = journal::record_kind;

  journal_bench(Policy settings, const path& base) : workbench(base), settings_(std::move(settings)) {}

  /// As a process does that comes next.
  [[nodiscard]] backend opened() {
    return backend::open(system, journal::place<suite_system>{root, a, state_directory_}, settings_).value();
  }
  [[nodiscard]] backend begun() {
    auto one = opened();
    expect(one.read().value().records.empty(), "a journal that was never begun holds records");
    one.begin_generation(generation(1), true).value();
    written = {generation(1)};
    return one;
  }
  /// Generation, an undone mutation, a committed one, one at work; all but the last record are durable.
  [[nodiscard]] backend filled() {
    auto one = begun();
    for (const auto what : {kind::protect, kind::rolled_back}) {
      add(one, some(what, 1));
      one.sync().value();
    }
    one.commit(some(kind::commit, 2), true).value();
    written.push_back(some(kind::commit, 2));
    add(one, some(kind::published, 2));
    one.sync().value();
    add(one, some(kind::protect, 3));
    return one;
  }
  void add(backend& to, const journal::record& r) {
    to.append(r).value();
    written.push_back(r);
  }

  [[nodiscard]] static journal::record generation(std::uint64_t next) {
    return {kind::generation, next, {{"pending", nlohmann::json::array()}}, {}};
  }
  [[nodiscard]] static journal::record some(kind what, std::uint64_t mutation, const std::string& text = "x") {
    return {what, mutation, {{"operation", text}, {"entries", {1, -2, nullptr, {{"path", "a/b\nc\xe9"}}}}}, {}};
  }

  [[nodiscard]] records held() {
    auto image = opened().read().value();
    expect(!image.damage, "it calls itself damaged: " + image.damage.value_or(""));
    expect(next_number(image.records) >= next_number(written), "it forgot the number of a mutation");
    return outstanding(std::move(image.records));
  }
  void expect_written(const std::string& when) {
    const auto found = held();
    const auto wanted = outstanding(written);
    expect(is_beginning(found, wanted, wanted.size()),
           when + " it holds " + std::to_string(found.size()) + " records that are not the " +
               std::to_string(wanted.size()) + " that were written, in order");
  }
  /// After something that was interrupted: as before, or with `last` as well; with it for certain if `certain`.
  void expect_written_perhaps(const journal::record& last, bool certain, const std::string& when) {
    auto with = written;
    with.push_back(last);
    const auto found = held();
    const auto is = [&](const records& all) {
      const auto wanted = outstanding(all);
      return is_beginning(found, wanted, wanted.size());
    };
    const bool has_it = is(with);
    expect(has_it || is(written), when + " it holds neither the old nor the new records");
    expect(has_it || !certain, when + " the record is not there, and yet it was said to be");
    if (has_it) written = with;
  }
  /// Takes away what no sync covered: what was written to files, and names. What is left is what may be relied on.
  void cut_power() {
    const auto lost = system.inner().record();
    const auto all = commitpoint::detail::entries_below(native, root, state_directory_).value();
    for (const auto& [plain, status] : all) {
      const auto at = commitpoint::detail::locate(native, root, plain).value();
      if (!has(at.directory, at.name)) continue;  // it went with its directory
      const auto names = lost.names.find(native.status(at.directory).value().inode);
      if (names != lost.names.end() && names->second.contains(at.name)) {
        commitpoint::detail::remove_tree(native, at.directory, at.name).value();
      } else if (const auto file = lost.contents.find(status.inode); file != lost.contents.end()) {
        overwrite(at.directory, at.name, file->second.durable);
      }
    }
    system.inner().forget();
  }
  [[nodiscard]] std::vector<std::string> evidence() {
    std::vector<std::string> files;
    const auto names = opened().evidence();
    for (const auto& name : names) {
      const auto type = native.status(a, name).value().type;
      if (type == system::node_type::regular) files.push_back(name);
      if (type != system::node_type::directory) continue;
      const auto below = commitpoint::detail::entries_below(native, a, name).value();
      for (const auto& entry : below) files.push_back(entry.path);
    }
    return files;
  }

  records written;

 private:
  Policy settings_;
  std::string state_directory_ = "a";
};

}  // namespace detail

/// Checks a journal policy. `make` gives its settings, anew for every check; all backends of one check get copies of
/// the same. What a journal writes past the system policy (a database does) is not seen by the checks of syncs.
template <class Policy, class Make>
[[nodiscard]] conformance_report check_journal(Make make, const path& base = suite_place()) {
  using bench = detail::journal_bench<Policy>;
  using kind = journal::record_kind;
  static_assert(journal::JournalBackend<typename bench::backend, suite_system, Policy>);
  conformance_report report;

  report.check("open and read create nothing", [&] {
    bench one(make(), base);
    expect(one.opened().read().value().records.empty(), "it holds records");
    expect(one.names(one.a).empty(), "there is something in the state directory");
  });
  report.check("a generation, and records in their order, as a later process reads them", [&] {
    bench one(make(), base);
    auto journal = one.begun();
    one.expect_written("after begin_generation");
    for (const auto what : {kind::protect, kind::will_create, kind::created, kind::rolling_back, kind::rolled_back}) {
      one.add(journal, bench::some(what, 1));
      one.expect_written("after append, without a sync,");
    }
    one.add(journal, bench::some(kind::protect, 2));
    journal.commit(bench::some(kind::commit, 2), true).value();
    one.written.push_back(bench::some(kind::commit, 2));
    one.expect_written("after commit");
    one.add(journal, bench::some(kind::published, 2));
    one.add(journal, bench::some(kind::retired, 2));
    one.expect_written("after a whole mutation");
  });
  report.check("a later process goes on where the one before ended", [&] {
    bench one(make(), base);
    { const auto first = one.filled(); }
    auto second = one.opened();
    (void)second.read().value();
    one.add(second, bench::some(kind::rolling_back, 3));
    one.expect_written("after the second process");
  });
  report.check("a body of any size", [&] {
    bench one(make(), base);
    auto journal = one.begun();
    one.add(journal, bench::some(kind::protect, 1, std::string(300'000, 'b')));
    one.add(journal, bench::some(kind::protect, 1, ""));
    journal.commit(bench::some(kind::commit, 1, std::string(300'000, 'c')), true).value();
    one.written.push_back(bench::some(kind::commit, 1, std::string(300'000, 'c')));
    one.expect_written("after large bodies");
  });
  report.check("a new generation supersedes everything", [&] {
    bench one(make(), base);
    auto journal = one.filled();
    for (std::uint64_t next = 4; next < 8; ++next) {
      journal.begin_generation(bench::generation(next), true).value();
      one.written = {bench::generation(next)};
      one.expect_written("after the next generation");
      one.add(journal, bench::some(kind::protect, next));
      one.expect_written("in the next generation");
    }
  });
  report.check("a journal that is full is so no more after a new generation", [&] {
    bench one(make(), base);
    auto journal = one.begun();
    std::uint64_t mutation = 1;
    for (; mutation <= 400 && !journal.is_full(); ++mutation) {
      one.add(journal, bench::some(kind::protect, mutation, std::string(1500, 'b')));
      one.add(journal, bench::some(kind::rolled_back, mutation));
    }
    if (!journal.is_full()) throw conformance_report::skip("it was not full after 400 mutations");
    one.expect_written("when it is full");
    journal.begin_generation(bench::generation(mutation), true).value();
    expect(!journal.is_full(), "it is still full");
  });
  for (const std::string what : {"begin_generation", "sync", "commit", "a second begin_generation"}) {
    report.check("a power cut after " + what + " loses nothing", [&] {
      bench one(make(), base);
      auto journal = one.begun();
      if (what != "begin_generation") {
        one.add(journal, bench::some(kind::protect, 1));
        journal.sync().value();
      }
      if (what == "commit") {
        journal.commit(bench::some(kind::commit, 1), true).value();
        one.written.push_back(bench::some(kind::commit, 1));
      }
      if (what == "a second begin_generation") {
        journal.begin_generation(bench::generation(2), true).value();
        one.written = {bench::generation(2)};
      }
      one.cut_power();
      one.expect_written("after a power cut");
    });
  }
  report.check("a power cut after a later process read and synced loses nothing", [&] {
    bench one(make(), base);
    {
      auto first = one.begun();
      one.add(first, bench::some(kind::protect, 1));
    }
    auto second = one.opened();
    (void)second.read().value();
    second.sync().value();
    one.cut_power();
    one.expect_written("after a power cut");
  });

  report.check("a process that ends in begin_generation leaves the old generation or the new one", [&] {
    for (std::uint64_t nth = 1;; ++nth) {
      bench one(make(), base);
      auto journal = one.filled();
      const auto before = one.written;
      one.system.reset_counts();
      one.end_before_change(nth);
      const bool done = static_cast<bool>(journal.begin_generation(bench::generation(4), true));
      const bool over = one.system.counts().faults == 0;
      one.system.disarm();
      const auto when = "ended before change " + std::to_string(nth) + ":";
      const auto found = one.held();
      const auto old = detail::outstanding(before);
      const bool is_new = detail::is_beginning(found, {bench::generation(4)}, 1);
      expect(is_new || detail::is_beginning(found, old, old.size()), when + " it is neither");
      expect(is_new || !done, when + " the new one was said to rule, and the old one does");
      auto next = one.opened();
      (void)next.read().value();
      next.begin_generation(bench::generation(5), true).value();
      one.written = {bench::generation(5)};
      one.expect_written(when + " and another generation was begun,");
      if (over) break;
    }
  });
  for (const bool is_commit : {false, true}) {
    const std::string what = is_commit ? "commit" : "append";
    const auto write = [&](auto& journal, const journal::record& r) {
      return is_commit ? journal.commit(r, true) : journal.append(r);
    };
    const auto fresh = [&] { return bench::some(is_commit ? kind::commit : kind::protect, 3); };
    report.check("a process that ends in " + what + " leaves the record whole or not at all", [&] {
      for (std::uint64_t nth = 1;; ++nth) {
        bench one(make(), base);
        auto journal = one.filled();
        one.system.reset_counts();
        one.end_before_change(nth);
        const bool done = static_cast<bool>(write(journal, fresh()));
        const bool over = one.system.counts().faults == 0;
        one.system.disarm();
        const auto when = "ended before change " + std::to_string(nth) + ":";
        one.expect_written_perhaps(fresh(), done, when);
        auto next = one.opened();
        (void)next.read().value();
        one.add(next, bench::some(kind::protect, 4));
        one.expect_written(when + " and another record was appended,");
        if (over) break;
      }
    });
    report.check("a failed call in " + what + " is passed on, and the next records are in order", [&] {
      for (std::uint64_t nth = 1;; ++nth) {
        bench one(make(), base);
        auto journal = one.filled();
        one.system.reset_counts();
        one.system.arm({.nth = nth, .error = EIO});
        const auto done = write(journal, fresh());
        const bool over = one.system.counts().faults == 0;
        one.system.disarm();
        const auto when = "call " + std::to_string(nth) + " failed:";
        const auto before = one.written.size();
        one.expect_written_perhaps(fresh(), static_cast<bool>(done), when);
        const bool there = one.written.size() > before;
        expect(done || !is_commit || !there || done.error().outcome() == outcome::unknown,
               when + " the commit record is there, and the failure does not say that its outcome is unknown");
        const auto more = bench::some(kind::protect, 4);
        if (!there && !done && !is_commit && journal.append(more)) one.written.push_back(more);
        one.expect_written(when + " after another append");
        if (over) break;
      }
    });
  }
  for (const auto which : {system::call::sync, system::call::sync_data, system::call::sync_filesystem}) {
    report.check("a failed " + std::string(to_string(which)) + " is passed on, and not tried again", [&] {
      bench one(make(), base);
      auto journal = one.filled();
      one.add(journal, bench::some(kind::protect, 3));
      one.system.reset_counts();
      one.system.arm({.nth = 1, .error = EIO, .only = which});
      const auto done = journal.sync();
      const bool failed = one.system.counts().faults > 0;
      one.system.disarm();
      if (!failed) throw conformance_report::skip("it does not use this call");
      expect(!done, "sync succeeded");
      expect(!journal.sync(), "a second sync succeeded, although the first may have lost what it did not write");
    });
    report.check("a commit whose " + std::string(to_string(which)) + " fails is unknown", [&] {
      bench one(make(), base);
      auto journal = one.filled();
      one.system.reset_counts();
      one.system.arm({.nth = 1, .error = EIO, .only = which});
      const auto done = journal.commit(bench::some(kind::commit, 3), true);
      const bool failed = one.system.counts().faults > 0;
      one.system.disarm();
      if (!failed) throw conformance_report::skip("it does not use this call");
      expect(!done, "the commit succeeded");
      const auto before = one.written.size();
      one.expect_written_perhaps(bench::some(kind::commit, 3), false, "then");
      expect(one.written.size() == before || done.error().outcome() == outcome::unknown,
             "the record can be read, and the failure does not say that its outcome is unknown");
    });
  }
  report.check("a flipped bit is never taken for a record", [&] {
    bench one(make(), base);
    { const auto journal = one.filled(); }
    const auto names = one.evidence();
    if (names.empty()) throw conformance_report::skip("it keeps no files in the state directory");
    for (const auto& name : names) {
      const auto whole = one.content(one.a, name);
      for (std::size_t at = 0; at < whole.size() && at < 4096; at += 7) {
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        one.overwrite(one.a, name, damaged);
        const auto image = one.opened().read();
        if (!image || image.value().damage) continue;
        const auto found = detail::outstanding(image.value().records);
        const auto wanted = detail::outstanding(one.written);
        expect(detail::is_beginning(found, wanted, found.size()) && found.size() + 1 >= wanted.size(),
               "byte " + std::to_string(at) + " of " + name + " was changed, and nobody noticed");
      }
      one.overwrite(one.a, name, whole);
    }
    one.expect_written("when all was put back,");
  });
  report.check("it reserves no paths of the application", [&] {
    bench one(make(), base);
    const auto journal = one.begun();
    expect(!journal.reserves("wiki/index.md") && !journal.reserves("x"), "it reserves them");
  });
  return report;
}

/// The same, of default-made settings.
template <class Policy>
[[nodiscard]] conformance_report check_journal(const path& base = suite_place()) {
  return check_journal<Policy>([] { return Policy{}; }, base);
}

}  // namespace commitpoint::testing
