#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/failure.hpp>
#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/testing/check_journal.hpp>
#include <commitpoint/testing/workbench.ipp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
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
    const auto body = codec::cbor_view::whole(r.body);
    const auto entries = body ? body->find("entries") : std::nullopt;
    const bool nothing = r.kind == kind::protect && (!entries || entries->size() == 0);
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

/// What a journal is checked with.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): an aggregate; who makes one names all
struct journal_case {
  function_ref<journal_opener()> make;
  const path& base;
};

/// A journal whose state directory is `a`, and the records that it should hold.
class journal_bench : public workbench {
 public:
  using backend = journal::backend;
  using kind = journal::record_kind;

  explicit journal_bench(const journal_case& c) : workbench(c.base), open_(c.make()) {}

  /// As a process does that comes next.
  [[nodiscard]] std::unique_ptr<backend> opened() {
    return open_(journal::place{system, root, a, state_directory_}).value();
  }
  /// The same, when it has read.
  [[nodiscard]] std::unique_ptr<backend> opened_and_read() {
    auto one = opened();
    (void)one->read().value();
    return one;
  }
  [[nodiscard]] std::unique_ptr<backend> begun() {
    auto one = opened();
    expect(one->read().value().records.empty(), "a journal that was never begun holds records");
    begin(*one, 1);
    return one;
  }
  /// Generation, an undone mutation, a committed one, one at work; all but the last record are durable.
  [[nodiscard]] std::unique_ptr<backend> filled() {
    auto one = begun();
    for (const auto what : {kind::protect, kind::rolled_back}) add_durable(*one, some(what, 1));
    commit(*one, some(kind::commit, 2));
    add_durable(*one, some(kind::published, 2));
    add(*one, some(kind::protect, 3));
    return one;
  }
  /// Of a journal with nothing pending, whose process ended. Skips one that has none.
  [[nodiscard]] std::string settled_bookmark() {
    const auto one = begun();
    for (const auto what : {kind::protect, kind::rolled_back}) add_durable(*one, some(what, 1));
    auto mark = one->bookmark();
    if (mark.empty()) throw conformance_report::skip("it has no bookmarks");
    return mark;
  }
  void add(backend& to, const journal::record& r) {
    to.append(r).value();
    written.push_back(r);
  }
  void add_durable(backend& to, const journal::record& r) {
    add(to, r);
    to.sync().value();
  }
  void commit(backend& to, const journal::record& r) {
    to.commit(r, true).value();
    written.push_back(r);
  }
  /// The next generation, which supersedes everything.
  void begin(backend& of, std::uint64_t next) {
    of.begin_generation(generation(next), true).value();
    written = {generation(next)};
  }

  [[nodiscard]] static journal::record generation(std::uint64_t next) {
    std::string body;
    codec::cbor_map map(body);
    map.member("pending").array(0);
    return {kind::generation, next, std::move(body), {}};
  }
  [[nodiscard]] static journal::record some(kind what, std::uint64_t mutation, const std::string& text = "x") {
    std::string body;
    codec::cbor_map map(body);
    auto entries = map.member("entries");
    entries.array(4);
    entries.number(1);
    entries.integer(-2);
    entries.null();
    codec::cbor_map inner(body);
    inner.member("path").text("a/b\nc\xe9");
    map.member("operation").text(text);
    return {what, mutation, std::move(body), {}};
  }

  [[nodiscard]] records held() {
    auto image = opened()->read().value();
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
    const auto all = commitpoint::files::entries_below(native, root, state_directory_).value();
    for (const auto& [plain, status] : all) {
      const auto at = commitpoint::files::locate(native, root, plain).value();
      if (!has(at.directory, at.name)) continue;  // it went with its directory
      const auto names = lost.names.find(native.status(at.directory).value().inode);
      if (names != lost.names.end() && names->second.contains(at.name)) {
        commitpoint::files::remove_tree(native, at.directory, at.name).value();
      } else if (const auto file = lost.contents.find(status.inode); file != lost.contents.end()) {
        overwrite(at.directory, at.name, file->second.durable);
      }
    }
    system.inner().forget();
  }
  void expect_written_after_a_cut() {
    cut_power();
    expect_written("after a power cut");
  }
  /// Ends what was planned. Whether it never came to it.
  bool disarm() {
    const bool over = system.counts().faults == 0;
    system.disarm();
    return over;
  }
  /// The journal's files in the state directory.
  [[nodiscard]] std::vector<std::string> evidence() {
    std::vector<std::string> files;
    const auto names = opened()->evidence();
    for (const auto& name : names) {
      const auto type = native.status(a, name).value().type;
      if (type == system::node_type::regular) files.push_back(name);
      if (type != system::node_type::directory) continue;
      const auto below = commitpoint::files::entries_below(native, a, name).value();
      for (const auto& entry : below) files.push_back(entry.path);
    }
    return files;
  }

  records written;  ///< what it should hold

 private:
  journal_opener open_;
  std::string state_directory_ = "a";
};

/// What is asked of every journal.
struct journal_checks {
  using bench = journal_bench;
  using kind = journal::record_kind;

  static void creates_nothing(const journal_case& c) {
    bench one(c);
    expect(one.opened()->read().value().records.empty(), "it holds records");
    expect(one.names(one.a).empty(), "there is something in the state directory");
  }

  static void order(const journal_case& c) {
    bench one(c);
    const auto journal = one.begun();
    one.expect_written("after begin_generation");
    for (const auto what : {kind::protect, kind::will_create, kind::created, kind::rolling_back, kind::rolled_back}) {
      one.add(*journal, bench::some(what, 1));
      one.expect_written("after append, without a sync,");
    }
    one.add(*journal, bench::some(kind::protect, 2));
    one.commit(*journal, bench::some(kind::commit, 2));
    one.expect_written("after commit");
    one.add(*journal, bench::some(kind::published, 2));
    one.add(*journal, bench::some(kind::retired, 2));
    one.expect_written("after a whole mutation");
  }

  static void later_process(const journal_case& c) {
    bench one(c);
    { const auto first = one.filled(); }
    const auto second = one.opened_and_read();
    one.add(*second, bench::some(kind::rolling_back, 3));
    one.expect_written("after the second process");
  }

  static void large_bodies(const journal_case& c) {
    bench one(c);
    const auto journal = one.begun();
    one.add(*journal, bench::some(kind::protect, 1, std::string(300'000, 'b')));
    one.add(*journal, bench::some(kind::protect, 1, ""));
    one.commit(*journal, bench::some(kind::commit, 1, std::string(300'000, 'c')));
    one.expect_written("after large bodies");
  }

  static void generations(const journal_case& c) {
    bench one(c);
    const auto journal = one.filled();
    for (std::uint64_t next = 4; next < 8; ++next) {
      one.begin(*journal, next);
      one.expect_written("after the next generation");
      one.add(*journal, bench::some(kind::protect, next));
      one.expect_written("in the next generation");
    }
  }

  using continues_at = result<bool>(journal::backend& later, std::string_view mark);

  static result<bool> resumes(journal::backend& later, std::string_view mark) { return later.resume(mark); }
  static result<bool> goes_on(journal::backend& later, std::string_view mark) {
    BOOST_OUTCOME_TRY(const bool same, later.go_on(mark));
    if (!same) return false;
    return later.saw_all();
  }

  template <continues_at& Continues>
  static void bookmarks(const journal_case& c) {
    bench one(c);
    const auto mark = one.settled_bookmark();
    const auto later = one.opened();
    expect(Continues(*later, mark).value(), "nothing was written, and it does not go on at the bookmark");
    one.expect_written("after it went on");
    one.add_durable(*later, bench::some(kind::protect, 2));
    one.expect_written_after_a_cut();
    one.commit(*later, bench::some(kind::commit, 2));
    one.expect_written("after it went on, and a commit");
  }

  template <continues_at& Continues>
  static void old_bookmarks(const journal_case& c) {
    bench one(c);
    const auto mark = one.settled_bookmark();
    const auto expect_refused = [&](const std::string& old, const std::string& what) {
      const auto later = one.opened();
      const auto said = Continues(*later, old);
      expect(!said || !said.value(), "it goes on at " + what);
      (void)later->read().value();
      one.expect_written("after " + what);
    };
    expect_refused(mark.substr(0, mark.size() - 1), "half of a bookmark");
    expect_refused("x", "a bookmark that is none");
    const auto journal = one.opened_and_read();
    one.add(*journal, bench::some(kind::protect, 2));
    expect_refused(mark, "a bookmark from before a record");
    one.add(*journal, bench::some(kind::rolled_back, 2));
    one.begin(*journal, 3);
    expect_refused(mark, "a bookmark from before a generation");
  }

  static void full(const journal_case& c) {
    bench one(c);
    const auto journal = one.begun();
    std::uint64_t mutation = 1;
    for (; mutation <= 400 && !journal->is_full(); ++mutation) {
      one.add(*journal, bench::some(kind::protect, mutation, std::string(1500, 'b')));
      one.add(*journal, bench::some(kind::rolled_back, mutation));
    }
    if (!journal->is_full()) throw conformance_report::skip("it was not full after 400 mutations");
    one.expect_written("when it is full");
    one.begin(*journal, mutation);
    expect(!journal->is_full(), "it is still full");
  }

  static void cut_after_generation(const journal_case& c) {
    bench one(c);
    const auto journal = one.begun();
    one.expect_written_after_a_cut();
  }

  static void cut_after_sync(const journal_case& c) {
    bench one(c);
    const auto journal = one.begun();
    one.add_durable(*journal, bench::some(kind::protect, 1));
    one.expect_written_after_a_cut();
  }

  static void cut_after_commit(const journal_case& c) {
    bench one(c);
    const auto journal = one.begun();
    one.add_durable(*journal, bench::some(kind::protect, 1));
    one.commit(*journal, bench::some(kind::commit, 1));
    one.expect_written_after_a_cut();
  }

  static void cut_after_second_generation(const journal_case& c) {
    bench one(c);
    const auto journal = one.begun();
    one.add_durable(*journal, bench::some(kind::protect, 1));
    one.begin(*journal, 2);
    one.expect_written_after_a_cut();
  }

  static void cut_after_read(const journal_case& c) {
    bench one(c);
    {
      const auto first = one.begun();
      one.add(*first, bench::some(kind::protect, 1));
    }
    const auto second = one.opened_and_read();
    second->sync().value();
    one.expect_written_after_a_cut();
  }

  // What is readable of a first generation need not be durable: a journal that does not know says so, and sync helps.
  static void cut_after_interrupted_beginning(const journal_case& c) {
    for (std::uint64_t nth = 1;; ++nth) {
      bench one(c);
      const auto first = one.opened_and_read();
      one.system.reset_counts();
      one.end_before_change(nth);
      (void)first->begin_generation(bench::generation(1), true);
      const bool over = one.disarm();
      const auto next = one.opened();
      if (!next->read().value().records.empty()) {
        if (!next->is_known_durable()) next->sync().value();
        one.written = {bench::generation(1)};
        one.cut_power();
        one.expect_written("begun by one that ended before change " + std::to_string(nth) + ", after a power cut,");
      }
      if (over) break;
    }
  }

  static void end_in_generation(const journal_case& c) {
    for (std::uint64_t nth = 1;; ++nth) {
      bench one(c);
      const auto journal = one.filled();
      const auto before = one.written;
      one.system.reset_counts();
      one.end_before_change(nth);
      const bool done = static_cast<bool>(journal->begin_generation(bench::generation(4), true));
      const bool over = one.disarm();
      const auto when = "ended before change " + std::to_string(nth) + ":";
      const auto found = one.held();
      const auto old = outstanding(before);
      const bool is_new = is_beginning(found, {bench::generation(4)}, 1);
      expect(is_new || is_beginning(found, old, old.size()), when + " it is neither");
      expect(is_new || !done, when + " the new one was said to rule, and the old one does");
      const auto next = one.opened_and_read();
      one.begin(*next, 5);
      one.expect_written(when + " and another generation was begun,");
      if (over) break;
    }
  }

  // `What` is `append` or `commit`.
  template <journal::record_kind What>
  static result<void> write(journal::backend& to) {
    const auto r = bench::some(What, 3);
    return What == kind::commit ? to.commit(r, true) : to.append(r);
  }

  template <journal::record_kind What>
  static void end_in_write(const journal_case& c) {
    for (std::uint64_t nth = 1;; ++nth) {
      bench one(c);
      const auto journal = one.filled();
      one.system.reset_counts();
      one.end_before_change(nth);
      const bool done = static_cast<bool>(write<What>(*journal));
      const bool over = one.disarm();
      const auto when = "ended before change " + std::to_string(nth) + ":";
      one.expect_written_perhaps(bench::some(What, 3), done, when);
      const auto next = one.opened_and_read();
      one.add(*next, bench::some(kind::protect, 4));
      one.expect_written(when + " and another record was appended,");
      if (over) break;
    }
  }

  template <journal::record_kind What>
  static void failure_in_write(const journal_case& c) {
    constexpr bool is_commit = What == kind::commit;
    for (std::uint64_t nth = 1;; ++nth) {
      bench one(c);
      const auto journal = one.filled();
      one.system.reset_counts();
      one.system.arm({.nth = nth, .error = EIO});
      const auto done = write<What>(*journal);
      const bool over = one.disarm();
      const auto when = "call " + std::to_string(nth) + " failed:";
      const auto before = one.written.size();
      one.expect_written_perhaps(bench::some(What, 3), static_cast<bool>(done), when);
      const bool there = one.written.size() > before;
      expect(done || !is_commit || !there || done.error().outcome() == outcome::unknown,
             when + " the commit record is there, and the failure does not say that its outcome is unknown");
      const auto more = bench::some(kind::protect, 4);
      if (!there && !done && !is_commit && journal->append(more)) one.written.push_back(more);
      one.expect_written(when + " after another append");
      if (over) break;
    }
  }

  template <system::call Sync>
  static void failed_sync(const journal_case& c) {
    bench one(c);
    const auto journal = one.filled();
    one.add(*journal, bench::some(kind::protect, 3));
    one.system.reset_counts();
    one.system.arm({.nth = 1, .error = EIO, .only = Sync});
    const auto done = journal->sync();
    if (one.disarm()) throw conformance_report::skip("it does not use this call");
    expect(!done, "sync succeeded");
    expect(!journal->sync(), "a second sync succeeded, although the first may have lost what it did not write");
  }

  template <system::call Sync>
  static void unknown_commit(const journal_case& c) {
    bench one(c);
    const auto journal = one.filled();
    one.system.reset_counts();
    one.system.arm({.nth = 1, .error = EIO, .only = Sync});
    const auto done = journal->commit(bench::some(kind::commit, 3), true);
    if (one.disarm()) throw conformance_report::skip("it does not use this call");
    expect(!done, "the commit succeeded");
    const auto before = one.written.size();
    one.expect_written_perhaps(bench::some(kind::commit, 3), false, "then");
    expect(one.written.size() == before || done.error().outcome() == outcome::unknown,
           "the record can be read, and the failure does not say that its outcome is unknown");
  }

  static void flipped_bits(const journal_case& c) {
    bench one(c);
    { const auto journal = one.filled(); }
    const auto names = one.evidence();
    if (names.empty()) throw conformance_report::skip("it keeps no files in the state directory");
    for (const auto& name : names) {
      const auto whole = one.content(one.a, name);
      for (std::size_t at = 0; at < whole.size() && at < 4096; at += 7) {
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        one.overwrite(one.a, name, damaged);
        const auto image = one.opened()->read();
        if (!image || image.value().damage) continue;
        const auto found = outstanding(image.value().records);
        const auto wanted = outstanding(one.written);
        expect(is_beginning(found, wanted, found.size()) && found.size() + 1 >= wanted.size(),
               "byte " + std::to_string(at) + " of " + name + " was changed, and nobody noticed");
      }
      one.overwrite(one.a, name, whole);
    }
    one.expect_written("when all was put back,");
  }

  static void reserved_paths(const journal_case& c) {
    bench one(c);
    const auto journal = one.begun();
    expect(!journal->reserves("wiki/index.md") && !journal->reserves("x"), "it reserves them");
  }
};

struct journal_check {
  const char* name;
  void (*body)(const journal_case&);
};

inline constexpr auto an_append = journal::record_kind::protect;
inline constexpr auto a_commit = journal::record_kind::commit;

inline constexpr journal_check all_journal_checks[] = {
    {"open and read create nothing", &journal_checks::creates_nothing},
    {"a generation, and records in their order, as a later process reads them", &journal_checks::order},
    {"a later process goes on where the one before ended", &journal_checks::later_process},
    {"a body of any size", &journal_checks::large_bodies},
    {"a new generation supersedes everything", &journal_checks::generations},
    {"a bookmark leads a later process to the end of the journal", &journal_checks::bookmarks<journal_checks::resumes>},
    {"a bookmark that is not of the end is refused", &journal_checks::old_bookmarks<journal_checks::resumes>},
    {"it goes on at the bookmark of who knows that nobody wrote", &journal_checks::bookmarks<journal_checks::goes_on>},
    {"it does not go on where somebody wrote after all", &journal_checks::old_bookmarks<journal_checks::goes_on>},
    {"a journal that is full is so no more after a new generation", &journal_checks::full},
    {"a power cut after begin_generation loses nothing", &journal_checks::cut_after_generation},
    {"a power cut after sync loses nothing", &journal_checks::cut_after_sync},
    {"a power cut after commit loses nothing", &journal_checks::cut_after_commit},
    {"a power cut after a second begin_generation loses nothing", &journal_checks::cut_after_second_generation},
    {"a power cut after a later process read and synced loses nothing", &journal_checks::cut_after_read},
    {"a power cut after a later process found what another one had begun loses nothing",
     &journal_checks::cut_after_interrupted_beginning},
    {"a process that ends in begin_generation leaves the old generation or the new one",
     &journal_checks::end_in_generation},
    {"a process that ends in append leaves the record whole or not at all", &journal_checks::end_in_write<an_append>},
    {"a failed call in append is passed on, and the next records are in order",
     &journal_checks::failure_in_write<an_append>},
    {"a process that ends in commit leaves the record whole or not at all", &journal_checks::end_in_write<a_commit>},
    {"a failed call in commit is passed on, and the next records are in order",
     &journal_checks::failure_in_write<a_commit>},
    {"a failed sync is passed on, and not tried again", &journal_checks::failed_sync<system::call::sync>},
    {"a commit whose sync fails is unknown", &journal_checks::unknown_commit<system::call::sync>},
    {"a failed sync_data is passed on, and not tried again", &journal_checks::failed_sync<system::call::sync_data>},
    {"a commit whose sync_data fails is unknown", &journal_checks::unknown_commit<system::call::sync_data>},
    {"a failed sync_filesystem is passed on, and not tried again",
     &journal_checks::failed_sync<system::call::sync_filesystem>},
    {"a commit whose sync_filesystem fails is unknown", &journal_checks::unknown_commit<system::call::sync_filesystem>},
    {"a flipped bit is never taken for a record", &journal_checks::flipped_bits},
    {"it reserves no paths of the application", &journal_checks::reserved_paths},
};

COMMITPOINT_INLINE conformance_report check_backend(function_ref<journal_opener()> make, const path& base) {
  conformance_report report;
  const journal_case c{make, base};
  for (const auto& one : all_journal_checks) {
    report.check(one.name, [&] { one.body(c); });
  }
  return report;
}

}  // namespace detail

}  // namespace commitpoint::testing
