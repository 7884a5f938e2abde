/// \file
/// Makes golden/ and trees/: what real mutations wrote, before what reads it was changed. The program uses what every
/// program may use, and reads the bytes of the journals by itself.
///
///     make_golden records DIR       the records of each kind
///     make_golden trees DIR         the trees, at each step at which a process can end
///     make_golden check FILE...     drains each state of those trees, and compares with what they say will come of it
///     make_golden unpack FILE N DIR the state N of one
///     make_golden drain DIR PROGRAM drains a tree ("log", "json_file", "sqlite" ...), and says what came of it
///
/// The data was made as root, on ext4, by
///
///     cmake --build build/dev --target make_golden
///     build/dev/tests/make_golden records tests/records/golden
///     build/dev/tests/make_golden trees tests/records/trees
///
/// Times, numbers of inodes and salts differ each time, so that it is not made again when nothing is to be added. To
/// see that a program of before can recover what a later one leaves, let the later one make trees in another place, and
/// the one of before `check` them.

#include "records/golden_text.hpp"
#include "records/tree_program.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/durability/process_crash.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <concepts>
#include <cstring>
#include <iostream>
#include <set>
#include <thread>

namespace {

using namespace records;
using cp::touch;
using temporary = cp::testing::temporary_directory;

// ---- Raw effects, as programs have them that know nothing of the library.

void write_into(const cp::path& where, std::string_view bytes, int how = O_TRUNC) {
  const int file = ::open(where.c_str(), O_WRONLY | O_CLOEXEC | how);
  demand(file >= 0, where.native());
  demand(::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), where.native());
  ::close(file);
}
void replace(const cp::path& where, std::string_view bytes) {
  auto aside = where;
  aside += ".aside";
  make_file(aside, bytes);
  demand(::rename(aside.c_str(), where.c_str()) == 0, where.native());
}
void make_directory(const cp::path& where) { demand(::mkdir(where.c_str(), 0755) == 0, where.native()); }
void make_link(const char* target, const cp::path& where) {
  demand(::symlink(target, where.c_str()) == 0, where.native());
}
void set_note(const cp::path& where, std::string_view value) {
  demand(::setxattr(where.c_str(), "user.note", value.data(), value.size(), 0) == 0, where.native());
}
void require(const cp::result<void>& done) {
  if (!done) throw std::runtime_error(done.error().message());
}

/// Gives everything a time of its own, long ago, and waits until it is seen to be unchanged since.
void age(const cp::path& root) {
  auto all = read_tree(root);
  std::int64_t n = 0;
  for (auto& [path, about] : all) {
    const timespec times[2] = {{0, UTIME_OMIT}, {1'000'000'000 + ++n, 123'456'700 + n}};
    demand(::utimensat(AT_FDCWD, (root / path).c_str(), times, AT_SYMLINK_NOFOLLOW) == 0, path);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
}

void make_database(const cp::path& where) {
  (void)ask_database(where, "PRAGMA page_size = 512; CREATE TABLE t(x); INSERT INTO t VALUES('old row')");
}

// ---- The states that a tree goes through.

/// Looks at the tree at each step: what stands there then is what a process leaves that ends there. A child does the
/// reading, because whoever closes a database takes the locks of its own process away.
class recorder {
 public:
  explicit recorder(cp::path root) : root_(std::move(root)) {}

  void see(const cp::observe::event& e) {
    if (!on) return;
    auto label = std::string(to_string(e.at));
    if (e.mutation != 0) label += " " + std::to_string(e.mutation);
    if (!e.path.empty()) label += " " + escaped(e.path);
    see(label);
  }
  void see(const std::string& label) {
    const auto text = in_child();
    tree_changer found{{}};
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) demand(found.take(line), line);
    if (states.empty() || states.back().holds != found.result()) states.push_back({{}, found.result(), {}, {}});
    states.back().at.push_back(label);
  }
  [[nodiscard]] watcher watch() {
    return {[this](const auto& e) { see(e); }};
  }

  bool on = false;
  std::vector<state> states;

 private:
  std::string in_child() {
    const temporary room;
    const auto id = ::fork();
    demand(id >= 0, "fork");
    if (id == 0) {
      try {
        make_file(room / "text", changes_text({}, read_tree(root_)));
        ::_exit(0);
      } catch (const std::exception& e) {
        std::cerr << e.what() << "\n";
      }
      ::_exit(1);
    }
    int status = 0;
    ::waitpid(id, &status, 0);
    demand(status == 0, "the child");
    return file_content(room / "text");
  }

  cp::path root_;
};

// ---- What is done to a tree.

void build(const cp::path& root) {
  for (const auto* d : {"notes", "data", "data/sub", "olddir", "olddir/inner"}) make_directory(root / d);
  make_file(root / "notes/index.md", "the old index\n");
  set_note(root / "notes/index.md", std::string_view("\0\xff note", 7));
  make_file(root / "notes/caf\xe9.md", "an odd name\n");
  make_file(root / "notes/old.md", "it gets another name\n");
  make_file(root / "notes/gone.md", "it goes\n");
  make_file(root / "olddir/inner/file", "it goes with its directory\n");
  make_file(root / "log.txt", "one\n");
  make_file(root / "journal.txt", "first line\n");
  make_file(root / "book", "the old book\n");
  set_note(root / "book", "of the book");
  demand(::chmod((root / "book").c_str(), 0640) == 0, "chmod");
  make_file(root / "draft", "the old draft\n");
  make_file(root / "data/a", "old a\n");
  make_file(root / "data/sub/b", "old b\n");
  make_file(root / "data/untouched", "untouched\n");
  make_file(root / "data/twice", "two names\n");
  demand(::link((root / "data/twice").c_str(), (root / "other-name").c_str()) == 0, "link");
  make_link("a", root / "data/link");
  make_link("notes/index.md", root / "start");
  make_link("data", root / "current");
}

cp::plan rich_plan() {
  cp::plan what{.operation = "rich",
                .details = nlohmann::json{{"for", "people"}, {"numbers", {1, -1, 0.5, nullptr, true}}}};
  what.touches = {touch::file("book"), touch::tree("data"), touch::appended("journal.txt")};
  what.staging = {"out"};
  return what;
}

template <class M>
cp::result<void> enlist_row(M& m, const char* sql) {
  if constexpr (std::derived_from<M, cp::enlisting_mutation>) {
    return m.enlist([&](sqlite3* database) -> cp::result<void> {
      if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return cp::success();
      return std::make_error_code(std::errc::io_error);
    });
  } else {
    (void)m;
    (void)sql;
    return cp::success();
  }
}

/// Something of everything.
template <class M>
cp::result<void> rich(M& m, const cp::path& root) {
  write_into(root / "book", "the new book, written in place\n");
  write_into(root / "data/a", "new a\n");
  make_file(root / "data/new", "new in data\n");
  demand(::unlink((root / "data/sub/b").c_str()) == 0, "unlink");
  write_into(root / "data/twice", "written through\n");
  write_into(root / "journal.txt", "second line\n", O_APPEND);
  BOOST_OUTCOME_TRYV(m.protect(touch::file("absent")));
  make_file(root / "absent", "it was not there\n");
  BOOST_OUTCOME_TRYV(m.protect(touch::file("current")));
  demand(::unlink((root / "current").c_str()) == 0, "unlink");
  make_link("elsewhere", root / "current");
  BOOST_OUTCOME_TRYV(m.will_create({"made/deep"}));
  make_directory(root / "made");
  make_file(root / "made/deep", "announced\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  make_file(root / "tracked", "registered afterwards\n");
  make_directory(root / "tracked-too");
  BOOST_OUTCOME_TRYV(m.track_new({"tracked", "tracked-too"}));
  nlohmann::json arguments{{"id", 7}, {"list", {-1, 2.5, 0.1, nullptr, false, "text", 5'000'000'000}}, {"$key", "v"}};
  arguments["bytes"] = nlohmann::json::binary({0, 255});
  arguments["not text"] = "\xff";
  BOOST_OUTCOME_TRYV(m.on_rollback("undo-remote", arguments));
  BOOST_OUTCOME_TRYV(enlist_row(m, "INSERT INTO t VALUES('new row')"));
  (void)m.savepoint([&](auto& s) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(s.protect(touch::file("draft")));
    write_into(root / "draft", "a draft that is given up\n");
    BOOST_OUTCOME_TRYV(s.write("notes/given-up.md", "x"));
    BOOST_OUTCOME_TRYV(enlist_row(s, "INSERT INTO t VALUES('given up')"));
    return std::make_error_code(std::errc::operation_canceled);
  });
  BOOST_OUTCOME_TRYV(m.savepoint([&](auto& s) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(s.protect(touch::file("draft")));
    write_into(root / "draft", "a draft that stays\n");
    return s.write("notes/kept.md", "from a savepoint\n");
  }));
  BOOST_OUTCOME_TRYV(m.expect("log.txt", "one\n"));
  BOOST_OUTCOME_TRYV(m.expect("nothing", cp::absent));
  BOOST_OUTCOME_TRYV(m.write("notes/index.md", "the new index\n"));
  BOOST_OUTCOME_TRYV(m.write("notes/caf\xe9.md", "an odd name, again\n", {.mode = 0600}));
  BOOST_OUTCOME_TRYV(m.append("log.txt", "two\n"));
  BOOST_OUTCOME_TRYV(m.append("new-log.txt", "one\n"));
  BOOST_OUTCOME_TRYV(m.remove("notes/gone.md"));
  BOOST_OUTCOME_TRYV(m.remove("olddir"));
  BOOST_OUTCOME_TRYV(m.rename("notes/old.md", "notes/moved.md"));
  BOOST_OUTCOME_TRYV(m.create_directories("x/y"));
  BOOST_OUTCOME_TRYV(m.write("x/y/z", "deep\n"));
  BOOST_OUTCOME_TRYV(m.symlink("notes/moved.md", "start"));
  make_file(root / "out/tool", "made by a tool\n");
  make_file(root / "out/left", "nobody's\n");
  BOOST_OUTCOME_TRYV(m.publish("out/tool", "tool"));
  BOOST_OUTCOME_TRY(const auto place, m.stage("tree"));
  make_directory(place);
  make_file(place / "leaf", "staged\n");
  set_note(place, "of a directory");
  return cp::success();
}

cp::result<void> give_up() { return std::make_error_code(std::errc::operation_canceled); }

/// What one process does: a tree, its program, and what that does while it is watched.
struct scenario {
  std::string name;
  std::string about;
  std::string program;
  std::function<void(const cp::path&)> build = {};
  std::function<void(const cp::path&, recorder&)> act = {};
};

/// Runs a mutation of its own first, which is not retired when `body` begins; then watches.
template <class Program, class Body>
void run_watched(const Program& p, const cp::path& root, recorder& seen, cp::plan what, Body body) {
  auto opened = p.open(root, old_boot, seen.watch());
  auto owner = opened.acquire();
  if (!owner) throw std::runtime_error(owner.error().message());
  require(owner.value().run({.operation = "first"},
                            [](auto& m) -> cp::result<void> { return m.write("first", "of the first mutation\n"); }));
  seen.on = true;
  const cp::result<void> done = owner.value().run(what, body);
  if (!done && done.error() != std::errc::operation_canceled) throw std::runtime_error(done.error().message());
  seen.see("after run");
  require(owner.value().release());
  seen.see("released");
  seen.on = false;
}

template <class Body>
scenario with_body(std::string name, std::string about, std::string program, std::function<void(const cp::path&)> make,
                   std::function<cp::plan()> plan, Body body) {
  scenario s{std::move(name), std::move(about), program};
  s.build = std::move(make);
  s.act = [program, plan, body](const cp::path& root, recorder& seen) {
    with_program(program, [&](const auto& p) {
      run_watched(p, root, seen, plan(), [&](auto& m) -> cp::result<void> { return body(m, root); });
    });
  };
  return s;
}

void build_for_sqlite(const cp::path& root) {
  build(root);
  make_database(root / "app.db");
}

void build_large(const cp::path& root) {
  make_file(root / "shrinks", std::string(1500, 's'));
  make_file(root / "grows", std::string(700, 'g'));
  make_file(root / "same", "same size");
  make_file(root / "twin", "two names");
  demand(::link((root / "twin").c_str(), (root / "twin-too").c_str()) == 0, "link");
  make_file(root / "moves", "moves");
  make_file(root / "log.txt", "one\n");
}

template <class M>
cp::result<void> rewrite(M& m, const cp::path& root) {
  (void)root;
  BOOST_OUTCOME_TRYV(m.write("shrinks", std::string(600, 'S')));
  BOOST_OUTCOME_TRYV(m.write("grows", std::string(1600, 'G')));
  BOOST_OUTCOME_TRYV(m.write("same", "SAME SIZE", {.mode = 0600}));
  BOOST_OUTCOME_TRYV(m.write("twin", "TWO NAMES"));
  BOOST_OUTCOME_TRYV(m.write("fresh", "fresh"));
  BOOST_OUTCOME_TRYV(m.append("log.txt", "two\n"));
  return m.rename("moves", "moved");
}

void build_site(const cp::path& root) {
  make_directory(root / "site");
  make_directory(root / "site/img");
  make_file(root / "site/index.html", "<old>\n");
  make_file(root / "site/img/logo", "logo");
  make_link("index.html", root / "site/start");
  make_file(root / "page", "old page\n");
}

template <class M>
cp::result<void> replace_site(M& m, const cp::path& root) {
  make_directory(root / "out/site");
  make_file(root / "out/site/index.html", "<new>\n");
  make_file(root / "out/site/style.css", "new\n");
  BOOST_OUTCOME_TRYV(m.publish("out/site", "site"));
  BOOST_OUTCOME_TRYV(m.write("page", "new page\n"));
  return m.write("fresh", "fresh\n");
}

template <class M>
cp::result<void> rebuild_in_place(M& m, const cp::path& root) {
  replace(root / "site/index.html", "<new>\n");
  demand(::unlink((root / "site/img/logo").c_str()) == 0, "unlink");
  return m.write("page", "new page\n");
}

template <class M>
cp::result<void> change_databases(M& m, const cp::path& root) {
  (void)ask_database(root / "notes.db", "INSERT INTO t VALUES('new row')");
  make_database(root / "new.db");
  return m.write("page", "new page\n");
}

void build_mounted(const cp::path& root) {
  make_directory(root / "mnt");
  demand(::mount("none", (root / "mnt").c_str(), "tmpfs", 0, "size=4m,mode=755") == 0, "mount");
  for (const auto* name : {"a", "b", "c", "d"}) make_file(root / "mnt" / name, std::string("old ") + name + "\n");
  make_file(root / "here", "old here\n");
}

template <class M>
cp::result<void> change_mounted(M& m, const cp::path& root) {
  BOOST_OUTCOME_TRYV(m.protect(touch::file("mnt/d")));
  write_into(root / "mnt/d", "new d\n");
  BOOST_OUTCOME_TRYV(m.will_create({"mnt/e"}));
  make_file(root / "mnt/e", "new e\n");
  make_file(root / "mnt/out/tool", "by a tool\n");
  BOOST_OUTCOME_TRYV(m.publish("mnt/out/tool", "tool"));
  BOOST_OUTCOME_TRYV(m.write("mnt/a", "new a\n"));
  BOOST_OUTCOME_TRYV(m.remove("mnt/b"));
  BOOST_OUTCOME_TRYV(m.append("mnt/c", "more c\n"));
  return m.write("here", "new here\n");
}

std::vector<scenario> scenarios() {
  std::vector<scenario> all;
  for (const std::string program : {"log", "json_file", "sqlite"}) {
    const auto make = program == "sqlite" ? &build_for_sqlite : &build;
    all.push_back(with_body(program + "-commits", "A mutation with something of everything commits.", program, make,
                            &rich_plan, [](auto& m, const cp::path& root) { return rich(m, root); }));
    all.push_back(with_body(program + "-fails", "The body of a mutation with something of everything fails.", program,
                            make, &rich_plan, [](auto& m, const cp::path& root) {
                              auto done = rich(m, root);
                              return done ? give_up() : done;
                            }));
  }
  const auto plain = [] { return cp::plan{.operation = "plain"}; };
  all.push_back(with_body("copy-commits", "publish::copy writes into live files.", "log, publish::copy", &build_large,
                          plain, [](auto& m, const cp::path& root) { return rewrite(m, root); }));
  all.push_back(with_body(
      "exchange-commits", "publish::exchange replaces files, and a directory as a whole.", "log, publish::exchange",
      &build_site, [] { return cp::plan{.operation = "exchange", .staging = {"out"}}; },
      [](auto& m, const cp::path& root) { return replace_site(m, root); }));
  const auto replaced = [] { return cp::plan{.operation = "rebuild", .touches = {touch::replaced_tree("site")}}; };
  all.push_back(with_body("hardlink-commits", "A tree whose writers replace files was saved by hard links.", "log",
                          &build_site, replaced,
                          [](auto& m, const cp::path& root) { return rebuild_in_place(m, root); }));
  const auto databases = [] {
    return cp::plan{.operation = "rows", .touches = {touch::sqlite("notes.db"), touch::sqlite("new.db")}};
  };
  const auto make_databases = [](const cp::path& root) {
    make_database(root / "notes.db");
    make_file(root / "page", "old page\n");
  };
  all.push_back(with_body("database-commits", "SQLite databases are written in place.", "log", make_databases,
                          databases, [](auto& m, const cp::path& root) { return change_databases(m, root); }));
  const auto with_scratch = [] { return cp::plan{.operation = "mounted", .staging = {"mnt/out"}}; };
  all.push_back(with_body("mounted-commits", "Some paths are on another file system.", "log", build_mounted,
                          with_scratch, [](auto& m, const cp::path& root) { return change_mounted(m, root); }));
  scenario unsynced{"unsynced-commits", "Written under durability::process_crash.", "log", &build};
  unsynced.act = [](const cp::path& root, recorder& seen) {
    const program<cp::journal::log, cp::durability::process_crash> p{{.preallocate = 4096}};
    run_watched(p, root, seen, rich_plan(), [&](auto& m) -> cp::result<void> { return rich(m, root); });
  };
  all.push_back(std::move(unsynced));
  return all;
}

std::vector<state> states_of(const scenario& s, const cp::path& base = "/tmp") {
  const temporary directory(base);
  const auto root = directory / "root";
  make_directory(root);
  s.build(root);
  make_directory(root / ".commitpoint");
  demand(::chmod((root / ".commitpoint").c_str(), 0700) == 0, "chmod");
  age(root);
  recorder seen(root);
  s.act(root, seen);
  if (s.name == "mounted-commits") ::umount2((root / "mnt").c_str(), MNT_DETACH);
  return std::move(seen.states);
}

/// The states of a drain that begins at the `nth` state whose name begins with `at`.
std::vector<state> states_of_drain(const std::vector<state>& from, const std::string& at, std::size_t nth,
                                   const std::string& name, const std::string& boot) {
  const auto* begin = &from.front();
  for (const auto& s : from) {
    if (std::ranges::none_of(s.at, [&](const auto& step) { return step.starts_with(at); })) continue;
    begin = &s;
    if (nth-- == 0) break;
  }
  const temporary directory;
  const auto root = directory / "root";
  make_directory(root);
  make_tree(root, begin->holds);
  recorder seen(root);
  with_program(name, [&](const auto& p) {
    auto opened = p.open(root, boot, seen.watch());
    seen.on = true;
    auto owner = opened.acquire();
    if (!owner) throw std::runtime_error(owner.error().message());
    require(owner.value().release());
    seen.see("released");
    seen.on = false;
  });
  return std::move(seen.states);
}

// ---- What a drain makes of them.

std::vector<std::string> drained(const tree& what, const std::string& program, const std::string& boot) {
  const temporary directory(boost::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp");
  const auto root = directory / "root";
  make_directory(root);
  make_tree(root, what);
  return drain(root, program, boot);
}

/// What is the same each time.
std::vector<std::string> lasting(const tree& what, const std::string& program, const std::string& boot) {
  auto lines = drained(what, program, boot);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto again = drained(what, program, boot);
  demand(lines.size() == again.size(), "two drains differ");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i] == again[i]) continue;
    const auto one = words_of(lines[i]);
    const auto time = place_of_time(one);
    demand(time < one.size(), "two drains differ: " + lines[i] + " and " + again[i]);
    lines[i].replace(lines[i].find(one[time]), one[time].size(), "-");
  }
  demand(is_as_expected(lines, again), "two drains differ");
  return lines;
}

/// The names and contents that are live, and nothing that differs each time.
std::vector<std::string> gist_of(const tree& was, std::vector<std::string> lines) {
  if (lines.back() == as_it_was) {
    const temporary directory;
    make_tree(directory.path(), was);
    lines = tree_lines(directory.path());
  }
  std::vector<std::string> gist;
  for (auto line = std::ranges::find(lines, live_begins); line != lines.end(); ++line) {
    const auto words = words_of(*line);
    const bool has_time = place_of_time(words) < words.size();
    gist.push_back(has_time ? words[0] + " " + words.back() : *line);
  }
  return gist;
}

archive archive_of(const std::string& about, const std::string& program, const std::string& boot,
                   std::vector<state> states, const std::vector<std::string>& old_gist,
                   const std::vector<std::string>& new_gist) {
  archive a{{about}, program, boot, std::move(states), {}};
  const auto note = [&](const tree& what, const std::string& now) {
    const auto lines = lasting(what, program, now);
    for (const auto& [name, known] : a.outcomes) {
      if (known == lines) return name;
    }
    const auto gist = gist_of(what, lines);
    const bool blocked = std::ranges::any_of(lines, [](const auto& l) { return l.starts_with("blocked: "); });
    const std::string word = blocked ? "needs_repair" : gist == old_gist ? "old" : gist == new_gist ? "new" : "other";
    const auto name = std::to_string(a.outcomes.size() + 1) + " " + word;
    a.outcomes[name] = lines;
    return name;
  };
  for (auto& s : a.states) {
    s.copied = note(s.holds, {});
    s.same_boot = note(s.holds, boot);
  }
  return a;
}

void save(const cp::path& where, const archive& a) {
  const auto text = archive_text(a);
  demand(archive_text(archive_from(text)) == text, "it does not come back");
  make_file(where, text);
  std::cout << where.native() << ": " << a.states.size() << " states, " << a.outcomes.size() << " outcomes, "
            << text.size() << " bytes\n";
}

void make_trees(const cp::path& into) {
  for (const auto& s : scenarios()) {
    const auto states = states_of(s);
    const auto old_gist = gist_of(states.front().holds, {as_it_was});
    const auto new_gist = gist_of(states.back().holds, {as_it_was});
    save(into / (s.name + ".txt"), archive_of(s.about, s.program, old_boot, states, old_gist, new_gist));
    const auto save_drain = [&](const std::string& name, const std::string& at, std::size_t nth,
                                const std::string& boot) {
      const auto of_drain = states_of_drain(states, at, nth, s.program, boot);
      save(into / (name + ".txt"), archive_of(s.about + " Its process ended at '" + at + "'; this is the drain.",
                                              s.program, boot, of_drain, old_gist, new_gist));
    };
    const std::string later = "the boot after that";
    const auto journal = s.name.substr(0, s.name.find('-'));
    if (s.name == "log-fails") save_drain(journal + "-drains-undoing", "undo 2", 3, old_boot);
    if (s.name.ends_with("-commits") && s.program == journal) {
      if (journal == "log") save_drain(journal + "-drains-uncommitted", "check 2", 0, later);
      save_drain(journal + "-drains-committed", "committed 2", 0, later);
    }
    if (journal == "copy" || journal == "exchange") save_drain(journal + "-drains", "publish 2", 2, old_boot);
  }
}

// ---- The records.

std::uint64_t little(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i > 0; --i) value = value << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

constexpr std::array<const char*, 15> kinds{
    "",          "generation",   "protect",     "will_create", "created", "scratch",    "sibling", "commit",
    "published", "rolling_back", "rolled_back", "retired",     "undone",  "compensate", "copying"};

/// What is alike in two records that differ in numbers and names only.
std::string shape_of(const nlohmann::json& j, const std::string& key = {}) {
  static const std::set<std::string> telling{"how", "do", "way", "type", "durability", "durable"};
  if (j.is_object()) {
    std::string text = "{";
    for (const auto& [name, value] : j.items()) {
      const bool anything = key == "arguments" || key == "details" || key == "attributes";
      text += name + ":" + (anything ? "" : shape_of(value, name)) + ",";
    }
    return text + "}";
  }
  if (j.is_array()) {
    std::set<std::string> parts;
    for (const auto& e : j) parts.insert(shape_of(e, key));
    std::string text = "[";
    for (const auto& p : parts) text += p + ";";
    return text + "]";
  }
  if (j.is_string() && telling.contains(key)) return j.get<std::string>();
  if (j.is_number_integer() && !j.is_number_unsigned()) return "negative";
  return j.type_name();
}

/// Everything that was encoded, one of each shape.
class collection {
 public:
  void add(const std::string& kind, const std::string& note, std::string_view bytes) {
    const auto shape = shape_of(nlohmann::json::from_cbor(bytes));
    if (shapes_.insert(kind + " " + shape).second) all[kind].push_back({note, std::string(bytes), json_of(bytes)});
  }

  void look_at(const std::string& note, const tree& t) {
    for (const auto& [path, n] : t) {
      if (n.what != node::type::file || !path.starts_with(".commitpoint/")) continue;
      const auto name = path.substr(path.rfind('/') + 1);
      if (path == ".commitpoint/journal.0" || path == ".commitpoint/journal.1") {
        look_at_log(note, n.content);
      } else if (path.starts_with(".commitpoint/staging/m") && name.ends_with(".manifest")) {
        add("manifest", note, n.content);
      } else if (path.starts_with(".commitpoint/staging/m") && name.starts_with('o')) {
        add(nlohmann::json::from_cbor(n.content).is_array() ? "tree_states" : "block_sums", note, n.content);
      }
    }
  }

  std::map<std::string, std::vector<golden>> all;

 private:
  // docs/formats/log.md has the header.
  void look_at_log(const std::string& note, std::string_view log) {
    for (std::size_t at = 0; at + 56 <= log.size() && log.substr(at, 4) == "CPLR";) {
      const auto body = static_cast<std::size_t>(little(log, at + 40, 4));
      const auto contents = static_cast<std::size_t>(little(log, at + 44, 4));
      add(kinds.at(static_cast<std::size_t>(little(log, at + 6, 2))), note, log.substr(at + 56, body));
      at += (56 + body + contents + 7) / 8 * 8;
    }
  }

  std::set<std::string> shapes_;
};

/// A file system that shares blocks, for clones; nothing where there is none.
std::string mount_xfs(const cp::path& directory) {
  const auto image = (directory / "image").native();
  const auto where = (directory / "mounted").native();
  make_directory(where);
  const auto command = "(truncate -s 512M " + image + " && mkfs.xfs -qf -m reflink=1 " + image + " && mount -o loop " +
                       image + " " + where + ") >/dev/null 2>&1";
  return std::system(command.c_str()) == 0 ? where : std::string{};
}

void make_records(const cp::path& into) {
  collection found;
  const auto all = scenarios();
  std::string rows;
  for (const auto& s : all) {
    const auto states = states_of(s);
    for (const auto& one : states) found.look_at(s.name + ", at '" + one.at.front() + "'", one.holds);
    if (s.program.starts_with("log") && !s.name.ends_with("-fails")) {
      for (const auto& [at, nth] : {std::pair<const char*, std::size_t>{"check 2", 0}, {"publish 2", 1}}) {
        if (s.name == "unsynced-commits") continue;
        for (const auto& one : states_of_drain(states, at, nth, s.program, "the boot after that")) {
          found.look_at(s.name + ", a drain at '" + one.at.front() + "'", one.holds);
        }
      }
    }
    if (s.name == "unsynced-commits") {
      // Nobody knows what is left of it after another boot: it is accepted as it stands.
      const temporary directory;
      const auto root = directory / "root";
      make_directory(root);
      make_tree(root, states.at(states.size() / 2).holds);
      with_program(s.program, [&](const auto& p) {
        auto opened = p.open(root, "the boot after that");
        demand(!opened.acquire(), "it is not blocked");
        demand(static_cast<bool>(opened.accept(opened.pending().value().blocked->id)), "accept");
      });
      found.look_at(s.name + ", accepted", read_tree(root));
    }
    if (s.program == "json_file") {
      const auto save_files = [&](const state& one, const std::string& name) {
        const auto place = into / "json_file" / name;
        boost::filesystem::create_directories(place);
        for (const auto& [path, file] : one.holds) {
          if (path.starts_with(".commitpoint/journal/g")) make_file(place / path.substr(21), file.content);
        }
      };
      save_files(states.back(), s.name);
      if (s.name.ends_with("-commits")) {
        const auto of_drain = states_of_drain(states, "check 2", 0, s.program, "the boot after that");
        save_files(*std::ranges::find_if(of_drain,
                                         [](const auto& one) {
                                           return std::ranges::any_of(
                                               one.at, [](const auto& step) { return step.starts_with("drain-undo"); });
                                         }),
                   s.name + "-drained");
      }
    }
    if (s.program == "sqlite" && !s.name.ends_with("-fails")) {
      const auto of_commit = std::ranges::find_if(states, [](const auto& one) {
        return std::ranges::any_of(one.at, [](const auto& step) { return step.starts_with("committed"); });
      });
      const temporary directory;
      make_tree(directory.path(), of_commit->holds);
      std::istringstream in(
          ask_database(directory / "app.db",
                       "SELECT instance || ' ' || mutation || ' ' || generation || ' ' || hex(record) "
                       "FROM commitpoint_commits ORDER BY mutation"));
      for (std::string instance, mutation, generation, hex; in >> instance >> mutation >> generation >> hex;) {
        rows += "row " + instance + " " + mutation + " " + generation + "\n";
        for (std::size_t at = 0; at < hex.size(); at += 108) rows += "record " + hex.substr(at, 108) + "\n";
      }
    }
  }
  {
    const temporary directory;
    const auto where = mount_xfs(directory.path());
    if (where.empty()) std::cerr << "no xfs here: there will be no clones\n";
    for (const auto& s : all) {
      if (where.empty() || (s.name != "log-commits" && s.name != "hardlink-commits")) continue;
      for (const auto& one : states_of(s, where)) found.look_at(s.name + " on xfs", one.holds);
    }
    if (!where.empty()) ::umount2(where.c_str(), MNT_DETACH);
  }
  for (const auto& [kind, list] : found.all) {
    const bool is_record = std::ranges::find(kinds, kind) != kinds.end();
    make_file(into / (kind + ".txt"),
              "# " + std::string(is_record ? "The bodies of records of the kind" : "What stands in files of staging:") +
                  " " + kind + ". One of each shape that was seen.\n" + golden_text(list));
    std::cout << kind << ": " << list.size() << "\n";
  }
  make_file(into / "sqlite_rows.txt",
            "# Rows of commitpoint_commits: instance, mutation and generation, and the record.\n" + rows);
}

int check(const std::vector<std::string>& files) {
  int wrong = 0;
  for (const auto& file : files) {
    const auto a = archive_from(file_content(file));
    for (const auto& s : a.states) {
      for (const bool copied : {true, false}) {
        const auto& wanted = a.outcomes.at(copied ? s.copied : s.same_boot);
        const auto lines = drained(s.holds, a.program, copied ? std::string{} : a.boot);
        if (is_as_expected(wanted, lines)) continue;
        ++wrong;
        std::cout << file << ", at '" << s.at.front() << (copied ? "', copied" : "', in the same boot")
                  << "\n---- expected\n"
                  << text_of(wanted) << "---- found\n"
                  << text_of(lines);
      }
    }
    std::cout << file << ": " << a.states.size() << " states\n";
  }
  std::cout << wrong << " wrong\n";
  return wrong == 0 ? 0 : 1;
}

int act(const std::vector<std::string>& words) {
  const auto is = [&](const char* word, std::size_t size) { return words.size() == size && words[0] == word; };
  if (is("records", 2) || is("trees", 2)) {
    demand(::geteuid() == 0 && ::unshare(CLONE_NEWNS) == 0, "only root can make them");
    demand(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "mount");
    words[0] == "records" ? make_records(words[1]) : make_trees(words[1]);
    return 0;
  }
  if (words.size() > 1 && words[0] == "check") return check({words.begin() + 1, words.end()});
  if (is("unpack", 4)) {
    boost::filesystem::create_directory(words[3]);
    make_tree(words[3], archive_from(file_content(words[1])).states.at(std::stoull(words[2])).holds);
    return 0;
  }
  if (is("drain", 3)) {
    std::cout << text_of(drain(words[1], words[2], {}));
    return 0;
  }
  std::cerr
      << "usage: make_golden records DIR | trees DIR | check FILE... | unpack FILE STATE DIR | drain DIR PROGRAM\n";
  return 2;
}

}  // namespace

int main(int count, char** words) {
  ::umask(022);
  try {
    return act({words + 1, words + count});
  } catch (const std::exception& e) {
    std::cerr << "make_golden: " << e.what() << "\n";
    return 1;
  }
}
