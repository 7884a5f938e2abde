#pragma once

/// \file
/// Programs that are killed at a chosen call, and what has to be seen afterwards.
///
/// A *scenario* is a tree and what one owner does to it. It is run once undisturbed, which gives the states that the
/// tree goes through: as built, and after each mutation that succeeded. Then it is run in a child that is killed before
/// its nth call; the journal that the child left says which of those states the next drain must produce.

#include "record_body.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/publish/rename.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/testing/temporary_directory.hpp>
#include <commitpoint/testing/tree_image.hpp>

#include <doctest/doctest.h>
#include <boost/filesystem/operations.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace crash_lab {

namespace cp = commitpoint;
namespace fs = boost::filesystem;
using cp::journal::record_kind;
using cp::system::call;
using cp::system::fault;
using cp::system::fault_plan;
using cp::testing::tree_image;

/// A publish policy that is chosen when the program runs, so that any scenario can be run with each.
struct any_publish {
  using kind = cp::kind::publish;
  std::string_view way = cp::publish::by_rename;

  [[nodiscard]] std::unique_ptr<cp::publish::way> make() const {
    if (way == cp::publish::by_exchange) return std::make_unique<cp::publish::exchange>();
    if (way == cp::publish::by_copy) return std::make_unique<cp::publish::copy>();
    return std::make_unique<cp::publish::rename>();
  }
};

/// The native system, with a list of what was synced: inodes, 0 for a whole file system.
struct recorder : cp::system::native {
  using handle = cp::system::handle;
  using native::native;

  any_publish publish;  ///< what `open_here` publishes by
  std::string boot;     ///< another one: the power may have been cut in between
  std::shared_ptr<std::vector<std::uint64_t>> synced = std::make_shared<std::vector<std::uint64_t>>();

  std::string cache_identity(const handle& node) override { return native::cache_identity(node) + boot; }
  cp::result<void> sync(const handle& node) override {
    synced->push_back(status(node).value().inode);
    return native::sync(node);
  }
  cp::result<void> sync_data(const handle& file) override {
    synced->push_back(status(file).value().inode);
    return native::sync_data(file);
  }
  cp::result<void> sync_filesystem(const handle& node) override {
    synced->push_back(0);
    return native::sync_filesystem(node);
  }
};

// Which journal the scenarios run on. A program that tries another one says so before it includes this.
#ifndef CRASH_LAB_JOURNAL
#define CRASH_LAB_JOURNAL cp::journal::log
#endif
using journal_settings = CRASH_LAB_JOURNAL;

using system_type = cp::system::faulty<recorder>;
using coordinator = cp::coordinator<system_type, journal_settings, any_publish>;
using owner = coordinator::owner_type;

/// The smallest of its kind, so that what happens when it is full happens soon.
template <class Journal>
[[nodiscard]] Journal small_journal() {
  if constexpr (requires { Journal{}.preallocate; }) {
    return Journal{.preallocate = 4096};
  } else {
    return Journal{};
  }
}

inline constexpr auto state_directory = ".commitpoint";

/// The machine that a case runs on.
struct machine {
  bool ordered_metadata = false;
  bool use_openat2 = true;
  any_publish publish{};
  std::string_view boot{};

  [[nodiscard]] system_type system() const {
    recorder native({.use_openat2 = use_openat2, .ordered_metadata = ordered_metadata});
    native.publish = publish;
    native.boot = boot;
    return system_type(native);
  }
  [[nodiscard]] std::string name() const {
    return std::string(ordered_metadata ? "ordered" : "unordered") + (use_openat2 ? ", openat2" : ", walking") +
           (publish.way.empty() ? "" : ", " + std::string(publish.way));
  }
};

/// Where a sync costs nothing, if there is such a place.
inline cp::path fast_place() { return fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path(); }

// ---- Raw effects, as a program does them that knows nothing of commitpoint. All throw.

inline void demand(bool good, const std::string& what) {
  if (!good) throw std::system_error(errno, std::system_category(), what);
}

inline std::string slurp(const cp::path& file) {
  std::ifstream in(file.native(), std::ios::binary);
  demand(static_cast<bool>(in), file.native());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Writes in place: an existing file keeps its inode.
inline void spill(const cp::path& file, std::string_view bytes) {
  std::ofstream out(file.native(), std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  demand(static_cast<bool>(out), file.native());
}

inline void spill_behind(const cp::path& file, std::string_view bytes) {
  std::ofstream out(file.native(), std::ios::binary | std::ios::app);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  demand(static_cast<bool>(out), file.native());
}

inline void make_link(const std::string& target, const cp::path& at) {
  demand(::symlink(target.c_str(), at.c_str()) == 0, at.native());
}

inline void set_mode(const cp::path& at, unsigned mode) { demand(::chmod(at.c_str(), mode) == 0, at.native()); }

/// Seconds since the epoch that trees are built with; what is later was written by a mutation.
inline constexpr std::int64_t long_ago = 1'000'000'000;

inline void set_time(const cp::path& at, std::int64_t seconds, long nanoseconds) {
  const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
  demand(::utimensat(AT_FDCWD, at.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0, at.native());
}

/// Gives everything in a tree a time of its own, long ago.
inline void age(const cp::path& root) {
  std::vector<cp::path> all{root};
  for (const auto& e : fs::recursive_directory_iterator(root)) all.push_back(e.path());
  std::ranges::sort(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    set_time(all[i], long_ago + static_cast<std::int64_t>(i), 123'456'789 + static_cast<long>(i));
  }
}

/// A small knowledge base with everything in it that is easily lost: modes, links of both kinds, attributes, an odd
/// name.
inline void build_tree(const cp::path& root) {
  for (const auto* d :
       {"wiki", "wiki/concepts", "wiki/concepts/deep", "raw", "blobs", "empty", "shared", state_directory}) {
    demand(::mkdir((root / d).c_str(), 0755) == 0, d);
  }
  set_mode(root / state_directory, 0700);
  spill(root / "wiki/index.md", "- [[alpha]]\n- [[beta]]\n");
  spill(root / "wiki/log.md", "day one\nday two\n");
  spill(root / "wiki/concepts/alpha.md", std::string(2000, 'a'));
  spill(root / "wiki/concepts/beta.md", std::string(2000, 'b'));
  spill(root / "wiki/concepts/deep/gamma.md", "gamma\n");
  spill(root / "wiki/concepts/caf\xe9\n.md", "an odd name\n");
  spill(root / "wiki/nothing", "");
  spill(root / "raw/one.bin", std::string(10000, '1'));
  demand(::link((root / "raw/one.bin").c_str(), (root / "raw/also-one.bin").c_str()) == 0, "link");
  spill(root / "registry", "one row\n");
  set_mode(root / "registry", 0600);
  set_mode(root / "wiki/log.md", 0444);
  set_mode(root / "shared", 02775);
  set_mode(root / "empty", 0700);
  make_link("wiki/index.md", root / "start");
  make_link("no such thing", root / "wiki/dangling");
  make_link("alpha.md", root / "wiki/concepts/first");
  make_link("beta.md", root / "wiki/concepts/second");
  demand(::setxattr((root / "wiki/index.md").c_str(), "user.note", "kept", 4, 0) == 0 || errno == ENOTSUP, "xattr");
  age(root);
}

// ---- Scenarios.

/// What the body of a scenario is handed beside its owner.
class stage {
 public:
  stage(system_type system, cp::path root, int progress)
      : system_(std::move(system)), root_(std::move(root)), progress_(progress) {}

  [[nodiscard]] cp::path operator/(const cp::path& name) const { return root_ / name; }

  /// Between two raw effects: a place to be killed at, as the library's own calls are.
  void breathe() {
    if (!here_) here_ = system_.open_root("/").value();
    (void)system_.remove_file(here_, "commitpoint-no-such-name");
  }
  /// A mutation has returned success. Its state is remembered, or told to the parent.
  void succeeded() {
    if (on_success) on_success();
    if (progress_ >= 0) demand(::write(progress_, "S", 1) == 1, "pipe");
  }

  std::function<void()> on_success;

 private:
  system_type system_;
  cp::path root_;
  int progress_;
  system_type::handle here_;
};

struct scenario {
  std::string name;
  /// Calls `succeeded` after each mutation that has to succeed.
  std::function<void(owner&, stage&)> act;
  std::function<void(const cp::path&)> build = build_tree;
  /// Directories whose time no record keeps: those that `track_new` registers something in.
  std::vector<std::string> ignored_times = {};
  /// What stays when the process ends between its creation and the durable `track_new`.
  std::vector<std::string> orphans = {};
};

template <class T>
void expect_success(const cp::result<T>& r) {
  if (!r) throw std::runtime_error(r.error().message());
}

/// What undoes an effect in somebody else's store, here a file that no snapshot knows of.
inline cp::options options_for(const cp::path& root) {
  return {.compensations = {{"forget", [root](const nlohmann::json& name) -> cp::result<void> {
                               fs::remove(root / name.get<std::string>());
                               return cp::success();
                             }}}};
}

inline coordinator open_here(system_type system, const cp::path& root) {
  auto opened =
      coordinator::open(root, options_for(root), system, small_journal<journal_settings>(), system.inner().publish);
  if (!opened) throw std::runtime_error("open: " + opened.error().message());
  return std::move(opened).value();
}

// ---- Children.

struct ending {
  bool killed = false;        ///< by the plan
  std::size_t successes = 0;  ///< mutations that had returned success
  std::string trouble;        ///< what went wrong instead; empty otherwise
};

/// Runs `program(system, progress)` in a child under a plan, and waits.
template <class F>
[[nodiscard]] ending in_child(const machine& on, const fault_plan& plan, F program) {
  int ends[2];
  demand(::pipe(ends) == 0, "pipe");
  const pid_t child = ::fork();
  demand(child >= 0, "fork");
  if (child == 0) {
    ::close(ends[0]);
    int code = 0;
    try {
      auto system = on.system();
      system.arm(plan);
      program(system, ends[1]);
    } catch (const std::exception& e) {
      const std::string text = std::string("E") + e.what();
      code = ::write(ends[1], text.data(), text.size()) < 0 ? 98 : 99;
    }
    ::_exit(code);
  }
  ::close(ends[1]);
  std::string said;
  char buffer[512];
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    said.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  demand(::waitpid(child, &status, 0) == child, "waitpid");
  ending end;
  end.successes = std::min(said.find_first_not_of('S'), said.size());
  end.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (end.successes < said.size()) end.trouble = said.substr(end.successes + 1);
  if (!end.killed && !(WIFEXITED(status) && WEXITSTATUS(status) == 0) && end.trouble.empty()) end.trouble = "crashed";
  return end;
}

/// acquire, everything that the scenario does, release.
[[nodiscard]] inline ending act_in_child(const scenario& what, const machine& on, const cp::path& root,
                                         const fault_plan& plan) {
  return in_child(on, plan, [&](system_type& system, int progress) {
    auto kb = open_here(system, root);
    auto mine = kb.acquire();
    expect_success(mine);
    stage on_stage(system, root, progress);
    what.act(mine.value(), on_stage);
    expect_success(mine.value().release());
  });
}

/// acquire, which drains, and release.
[[nodiscard]] inline ending drain_in_child(const machine& on, const cp::path& root, const fault_plan& plan) {
  return in_child(on, plan, [&](system_type& system, int) {
    auto kb = open_here(system, root);
    auto mine = kb.acquire();
    expect_success(mine);
    expect_success(mine.value().release());
  });
}

/// A mutation that ends its process where its body says so.
template <class Body>
void leave_pending(const machine& on, const cp::path& root, cp::plan plan, Body body) {
  const auto end = in_child(on, {}, [&](system_type& system, int progress) {
    auto kb = open_here(system, root);
    auto mine = kb.acquire();
    expect_success(mine);
    stage on_stage(system, root, progress);
    expect_success(mine.value().run(std::move(plan), [&](cp::mutation& m) { return body(m, on_stage); }));
  });
  if (!end.killed) throw std::runtime_error("the child was to be killed: " + end.trouble);
}

[[noreturn]] inline void die() {
  ::kill(::getpid(), SIGKILL);
  ::_exit(97);
}

inline fault_plan kill_before_change(std::uint64_t nth) {
  return {.nth = nth, .effect = fault::ends_process, .only_changes = true};
}
inline fault_plan kill_before_call(std::uint64_t nth) { return {.nth = nth, .effect = fault::ends_process}; }

// ---- What is seen afterwards.

/// Everything, the state directory too.
[[nodiscard]] inline tree_image look_at_all(const cp::path& root) { return cp::testing::read_tree(root).value(); }

[[nodiscard]] inline tree_image look_at(const cp::path& root) {
  return cp::testing::read_tree(root, {.ignored = {state_directory}}).value();
}

/// Times count where the expected state has one from long ago: what has was not touched.
[[nodiscard]] inline std::string difference_from(tree_image expected, tree_image now,
                                                 const std::vector<std::string>& ignored_times = {}) {
  for (auto& [name, entry] : expected.entries) {
    const bool written = entry.modified && *entry.modified / 1'000'000'000 > long_ago + 1'000'000;
    if (!written && std::ranges::find(ignored_times, name) == ignored_times.end()) continue;
    entry.modified.reset();
    if (const auto same = now.entries.find(name); same != now.entries.end()) same->second.modified.reset();
  }
  return cp::testing::difference_text(expected, now);
}

/// The states of a tree: as built, and after each mutation that succeeded.
[[nodiscard]] inline std::vector<tree_image> states_of(const scenario& what, const machine& on) {
  const cp::testing::temporary_directory root(fast_place());
  what.build(root.path());
  std::vector<tree_image> states{look_at(root.path())};
  auto system = on.system();
  auto kb = open_here(system, root.path());
  auto mine = kb.acquire();
  expect_success(mine);
  stage on_stage(system, root.path(), -1);
  on_stage.on_success = [&] { states.push_back(look_at(root.path())); };
  what.act(mine.value(), on_stage);
  expect_success(mine.value().release());
  const auto left = difference_from(states.back(), look_at(root.path()), what.ignored_times);
  if (!left.empty()) throw std::runtime_error(what.name + ": release changed the tree: " + left);
  return states;
}

/// What a journal says, without touching it.
struct journal_state {
  std::size_t commits = 0;
  bool settled = true;                           ///< the last mutation was committed or rolled back
  std::map<std::string, std::string> covered;    ///< paths of the uncommitted mutation, and how each is undone
  std::map<std::string, std::uint64_t> lengths;  ///< of those that only grow
};

[[nodiscard]] inline journal_state read_journal(const machine& on, const cp::path& root) {
  auto system = on.system();
  journal_state state;
  const auto top = system.open_root(root.native()).value();
  auto directory = system.open(top, state_directory, {.directory = true});
  if (!directory) return state;
  const std::string name = state_directory;
  const auto backend = journal_settings{}.open({system, top, directory.value(), name}).value();
  const auto image = backend->read().value();
  if (image.damage) throw std::runtime_error("the journal is damaged: " + *image.damage);
  std::vector<nlohmann::json> entries;
  for (const auto& r : image.records) {
    switch (r.kind) {
      case record_kind::commit:
        ++state.commits;
        // A journal of files forgets those that are settled. Where a scenario has such, all its mutations commit.
        if (image.records.front().mutation <= 1 && !std::same_as<journal_settings, cp::journal::log>) {
          state.commits = std::max<std::size_t>(state.commits, r.mutation);
        }
        [[fallthrough]];
      case record_kind::rolled_back:
        state.settled = true;
        entries.clear();
        break;
      case record_kind::undone: entries.resize(support::json_of(r).at("remaining").get<std::size_t>()); break;
      case record_kind::protect:
      case record_kind::will_create:
      case record_kind::created:
      case record_kind::compensate: state.settled = false; [[fallthrough]];
      case record_kind::scratch:
      case record_kind::sibling: {
        auto body = support::json_of(r);
        for (auto& e : body.at("entries")) entries.push_back(std::move(e));
        break;
      }
      default: break;
    }
  }
  for (const auto& e : entries) {
    const auto how = e.at("how").get<std::string>();
    if (how == "scratch" || how == "compensate") continue;
    const auto at = e.at("path").get<std::string>();
    state.covered.emplace(at, how);
    if (e.contains("end")) state.lengths.emplace(at, e["end"]["offset"].get<std::uint64_t>());
  }
  return state;
}

/// Bytes by the path that they were displaced from. Links have their target behind an arrow.
using displaced = std::map<std::string, std::string>;

[[nodiscard]] inline std::string bytes_of(const cp::testing::tree_entry& e) {
  return S_ISLNK(e.mode) ? "-> " + e.target : e.content;
}

/// What a drain must keep: whatever stands where it will put something else, unless it is provably the mutation's own
/// (registered with its inode) or loses nothing (the beginning of what is put there).
[[nodiscard]] inline displaced expected_kept(const journal_state& journal, const tree_image& before,
                                             const tree_image& killed) {
  displaced kept;
  if (journal.settled) return kept;
  for (const auto& [name, entry] : killed.entries) {
    if (S_ISDIR(entry.mode)) continue;
    std::string how;
    for (const auto& [path, way] : journal.covered) {
      if (name == path || (way != "appended" && cp::files::is_at_or_below(name, path))) how = way;
    }
    if (how.empty() || how == "created") continue;
    if (how == "appended") {
      const auto offset = journal.lengths.at(name);
      if (entry.content.size() > offset) {
        kept[name + ".from-" + std::to_string(offset)] = entry.content.substr(offset);
      }
      continue;
    }
    const auto old = before.entries.find(name);
    const bool same_type = old != before.entries.end() && (old->second.mode & S_IFMT) == (entry.mode & S_IFMT);
    if (same_type && S_ISREG(entry.mode) && old->second.content.starts_with(entry.content)) continue;
    if (same_type && S_ISLNK(entry.mode) && old->second.target == entry.target) continue;
    if (S_ISREG(entry.mode) && entry.size == 0) continue;
    kept[name] = bytes_of(entry);
  }
  return kept;
}

[[nodiscard]] inline displaced kept_below(const cp::path& root) {
  displaced kept;
  const auto place = root / state_directory / "kept";
  if (!fs::exists(place)) return kept;
  const auto image = cp::testing::read_tree(place).value();
  for (const auto& [name, entry] : image.entries) {
    if (S_ISDIR(entry.mode)) continue;
    const auto slash = name.find('/');
    kept[slash == std::string::npos ? "(stray) " + name : name.substr(slash + 1)] = bytes_of(entry);
  }
  return kept;
}

[[nodiscard]] inline std::string describe(const displaced& bytes) {
  std::string text;
  for (const auto& [path, content] : bytes) {
    text += path + ": " + std::to_string(content.size()) + " bytes " +
            (content.size() > 60 ? content.substr(0, 60) + "..." : content) + "\n";
  }
  return text;
}

/// Nothing is left in the state directory beyond what belongs there.
[[nodiscard]] inline std::string leftovers(const cp::path& root) {
  static const std::set<std::string> belongs{"format",  "lock",         "lock.turnstile", "journal.0", "journal.1",
                                             "journal", "journal.kind", "staging",        "kept"};
  std::string found;
  for (const auto& e : fs::directory_iterator(root / state_directory)) {
    const auto name = e.path().filename().native();
    // A process may end while it makes one of these; nobody waits for what it began.
    if (!belongs.contains(name) && !name.starts_with("format.") && !name.starts_with("journal.kind."))
      found += name + " ";
  }
  for (const auto& e : fs::directory_iterator(root / state_directory / "staging")) found += e.path().native() + " ";
  return found;
}

/// A fresh coordinator drains what a dead process left: the state that the journal chose, entry by entry; nothing
/// private left over; and in `kept` exactly what had to be displaced. `killed` is the tree as the first dead process
/// left it, `left` its journal then. `drains` dead drains came in between.
inline void expect_recovered(const scenario& what, const machine& on, const cp::path& root,
                             const std::vector<tree_image>& states, const tree_image& killed, const journal_state& left,
                             const ending& end, int drains) {
  if (left.commits >= states.size()) FAIL_CHECK("more commits than mutations: " << left.commits);
  auto expected = states.at(std::min(left.commits, states.size() - 1));
  CHECK_MESSAGE(end.successes <= left.commits, "a mutation had returned success without a commit record");
  for (const auto& orphan : what.orphans) {
    const auto there = killed.entries.find(orphan);
    if (there == killed.entries.end() || expected.has(orphan) || left.covered.contains(orphan)) continue;
    expected.entries.insert(*there);
  }
  auto system = on.system();
  std::vector<std::string> named;
  {
    auto kb = open_here(system, root);
    auto mine = kb.acquire();
    if (!mine) {
      FAIL_CHECK("the drain failed: " << mine.error().message());
      return;
    }
    for (const auto& k : mine.value().recovered().kept) named.push_back(k.path);
    CHECK(mine.value().recovered().edited_later.empty());
    CHECK(mine.value().release());
  }
  CHECK(difference_from(expected, look_at(root), what.ignored_times) == "");
  CHECK(leftovers(root) == "");
  const auto wanted = expected_kept(left, states.at(std::min(left.commits, states.size() - 1)), killed);
  CHECK(describe(kept_below(root)) == describe(wanted));
  std::set<std::string> wanted_names;
  for (const auto& [path, bytes] : wanted) wanted_names.insert(path.substr(0, path.find(".from-")));
  const std::set<std::string> named_once(named.begin(), named.end());
  if (drains == 0) {
    CHECK(named_once == wanted_names);
    CHECK(named.size() == named_once.size());
  } else {
    // What an earlier drain had restored already is not displaced again.
    CHECK(std::ranges::includes(wanted_names, named_once));
  }
  auto kb = open_here(system, root);
  auto again = kb.acquire();
  REQUIRE(again);
  CHECK_MESSAGE(again.value().recovered().empty(), "the drain left something to the next one");
}

/// Kills a scenario before each of its calls (those that change something, or all) until it is through.
inline void sweep(const scenario& what, const machine& on, bool all_calls = false, std::uint64_t stride = 1) {
  const auto states = states_of(what, on);
  const std::string unit = all_calls ? "call" : "change";
  std::uint64_t n = 1;
  for (;; n += stride) {
    const auto where = what.name + " (" + on.name() + "), killed before " + unit + ' ' + std::to_string(n);
    INFO(where);
    const cp::testing::temporary_directory root(fast_place());
    what.build(root.path());
    const auto end = act_in_child(what, on, root.path(), all_calls ? kill_before_call(n) : kill_before_change(n));
    REQUIRE_MESSAGE(end.trouble.empty(), end.trouble);
    const auto killed = look_at(root.path());
    expect_recovered(what, on, root.path(), states, killed, read_journal(on, root.path()), end, 0);
    if (!end.killed) {
      CHECK(end.successes + 1 == states.size());
      break;
    }
  }
  const auto summary = what.name + " (" + on.name() + "): every " + unit + " up to " + std::to_string(n);
  MESSAGE(summary);
}

/// Kills the scenario before every `stride`th change, and the drains that follow: up to three deep. The simulated disk
/// has seen all such kills; this is that real processes do no other. So it takes larger steps: COMMITPOINT_STEPS times
/// as large.
inline void sweep_drains(const scenario& what, const machine& on, std::uint64_t stride, std::uint64_t drain_stride,
                         std::uint64_t third_stride) {
  const char* chosen = std::getenv("COMMITPOINT_STEPS");
  const std::uint64_t steps = chosen == nullptr ? 2 : std::strtoull(chosen, nullptr, 10);
  stride *= steps;
  drain_stride *= steps;
  const auto states = states_of(what, on);
  std::uint64_t cases = 0;
  bool through = false;
  for (std::uint64_t n = 1; !through; n += stride) {
    bool drained = false;
    for (std::uint64_t d = 1; !drained && !through; d += drain_stride) {
      // A third crash at every few calls; 0 is none.
      bool drained_again = false;
      for (std::uint64_t e = 0; !drained_again && !drained && !through; e += third_stride) {
        const auto where = what.name + " (" + on.name() + "), killed before change " + std::to_string(n) +
                           ", the drain before " + std::to_string(d) +
                           (e == 0 ? "" : ", the next drain before " + std::to_string(e));
        INFO(where);
        const cp::testing::temporary_directory root(fast_place());
        what.build(root.path());
        const auto end = act_in_child(what, on, root.path(), kill_before_change(n));
        REQUIRE_MESSAGE(end.trouble.empty(), end.trouble);
        through = !end.killed;
        const auto killed = look_at(root.path());
        const auto left = read_journal(on, root.path());
        const auto first = drain_in_child(on, root.path(), kill_before_change(d));
        REQUIRE_MESSAGE(first.trouble.empty(), first.trouble);
        drained = !first.killed;
        if (e > 0) {
          const auto second = drain_in_child(on, root.path(), kill_before_change(e));
          REQUIRE_MESSAGE(second.trouble.empty(), second.trouble);
          drained_again = !second.killed;
        }
        expect_recovered(what, on, root.path(), states, killed, left, end, 2);
        ++cases;
        if (third_stride == 0) break;
      }
    }
  }
  const auto summary = what.name + " (" + on.name() + "), with crashes in drains: " + std::to_string(cases) + " cases";
  MESSAGE(summary);
}

}  // namespace crash_lab
