#pragma once

/// \file
/// The shapes of mutations that are explored: one small tree, and one thing that is done to it by each.

#include <commitpoint/testing/exploration.hpp>

#include <nlohmann/json.hpp>

#include <cerrno>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace shapes {

namespace cp = commitpoint;
using cp::mutation;
using cp::touch;
using cp::system::hand;
using cp::testing::exploration;
using cp::testing::explored_mutation;

inline void build(hand& h) {
  for (const auto* d : {"notes", "notes/deep", "../store"}) h.make_directory(d);
  h.write("notes/a.md", "a\n");
  h.write("notes/b.md", "b\n");
  h.write("notes/deep/c.md", "c\n");
  h.write("index.md", "- [[a]]\n");
  h.write("log.md", "day one\n");
  h.write("raw.bin", std::string(1100, 'r'));
  h.write("../store/value", "0");
  h.set_mode("notes/b.md", 0600);
  h.set_attribute("index.md", "user.note", "kept");
  h.make_symlink("notes/a.md", "link");
}

// What a failing body fails with.
inline cp::result<void> give_up() { return std::make_error_code(std::errc::owner_dead); }

using body = std::function<cp::result<void>(mutation&, hand&)>;

inline explored_mutation one(body b) { return {.body = std::move(b)}; }

/// One whose tool writes new versions in a private directory first.
inline explored_mutation with_work(body b) {
  return {.about = [] { return cp::plan{.staging = {"work"}}; }, .body = std::move(b)};
}
inline void put_over(hand& h, const char* path, std::string_view bytes) {
  h.write("work/new", bytes);
  h.rename("work/new", path);
}

inline exploration shape(std::string name, std::vector<explored_mutation> mutations) {
  exploration what;
  what.name = std::move(name);
  what.build = build;
  what.mutations = std::move(mutations);
  for (auto& m : what.mutations) m.fails = m.fails || what.name.find("failing") != std::string::npos;
  return what;
}

/// What the next process does: one mutation as the owner that has drained, one in a session of its own.
inline std::vector<explored_mutation> next(bool overwrites) {
  const auto staged = one([](mutation& m, hand&) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.append("next.log", "next\n"));
    return m.write("next.md", "next\n");
  });
  auto in_place = one([=](mutation& m, hand& h) -> cp::result<void> {
    if (!overwrites) return m.write("next.md", "the next one\n");
    BOOST_OUTCOME_TRYV(m.protect(touch::file("next.md")));
    h.write("next.md", "the next one\n");
    return m.append("next.log", "the next one\n");
  });
  in_place.own_session = true;
  return {staged, in_place};
}

inline exploration write_new() {
  return shape("write", {one([](mutation& m, hand&) { return m.write("notes/new.md", "new\n"); })});
}
/// What a worker has prepared without the lock; of two leases one is never adopted.
inline exploration leased() {
  const auto prepared = std::make_shared<std::string>();
  auto what = shape("leases", {one([prepared](mutation& m, hand&) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.publish(*prepared, "notes/leased.md"));
                      return m.append("log.md", "leased\n");
                    })});
  what.leases = {[prepared](cp::lease& l) -> cp::result<void> {
                   BOOST_OUTCOME_TRY(const auto file, l.write("prepared", "leased\n"));
                   *prepared = file.native();
                   return cp::success();
                 },
                 [](cp::lease& l) -> cp::result<void> {
                   BOOST_OUTCOME_TRYV(l.write("given up", "never\n"));
                   return cp::success();
                 }};
  return what;
}
inline exploration replace() {
  auto what = shape("replace", {one([](mutation& m, hand&) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.write("index.md", "- [[a]]\n- [[b]]\n"));
                      return m.write("notes/b.md", "a longer b\n");
                    })});
  what.edits = {{"index.md", "a person's index"}, {"notes/b.md", "a person's b"}};
  return what;
}
/// Several blocks, of which a power cut may take some: longer, then shorter, then longer again.
inline exploration rewritten() {
  const auto version = [](std::size_t size, char filling) {
    return one([=](mutation& m, hand&) { return m.write("raw.bin", std::string(size, filling)); });
  };
  const auto appended = one([](mutation& m, hand&) { return m.append("raw.bin", std::string(1500, 'u')); });
  auto what = shape("rewritten", {version(2300, 's'), version(700, 't'), appended});
  what.edits = {{"raw.bin", "a person's bytes"}};
  return what;
}
inline exploration remove() {
  return shape("remove", {one([](mutation& m, hand&) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.remove("notes/deep"));
                 return m.remove("link");
               })});
}
inline exploration rename() {
  auto what = shape("rename", {one([](mutation& m, hand&) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.rename("notes/b.md", "notes/renamed.md"));
                      return m.rename("notes/a.md", "index.md");
                    })});
  return what;
}
inline exploration append() {
  auto what = shape("append", {one([](mutation& m, hand&) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.append("log.md", "day two\n"));
                      return m.append("new.log", "day one\n");
                    })});
  what.edits = {{"log.md", "a person's log"}};
  return what;
}
inline exploration directories() {
  return shape("directories", {one([](mutation& m, hand&) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.create_directories("made/below"));
                 BOOST_OUTCOME_TRYV(m.write("made/below/new.md", "new\n"));
                 return m.symlink("below/new.md", "made/link");
               })});
}
inline exploration protected_file() {
  auto what = shape("protected file", {with_work([](mutation& m, hand& h) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
                      put_over(h, "raw.bin", std::string(1300, 's'));
                      return cp::success();
                    })});
  what.edits = {{"raw.bin", "a person's bytes"}};
  return what;
}
/// Not for `snapshot::hardlink`, which cannot save a file that is written into.
inline exploration overwritten_file(bool fails) {
  return shape(fails ? "overwritten file, failing" : "overwritten file",
               {one([fails](mutation& m, hand& h) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
                 h.write("raw.bin", std::string(700, 's'));
                 h.set_mode("raw.bin", 0640);
                 return fails ? give_up() : cp::success();
               })});
}
/// One after the other, so that the second is saved when nothing but its backup is new in staging.
inline exploration overwritten_files() {
  return shape("overwritten files, failing", {one([](mutation& m, hand& h) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
                 h.write("raw.bin", std::string(700, 's'));
                 BOOST_OUTCOME_TRYV(m.protect(touch::file("notes/a.md")));
                 h.write("notes/a.md", "overwritten\n");
                 return give_up();
               })});
}
inline exploration appended_file() {
  return shape("appended file", {one([](mutation& m, hand& h) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.protect(touch::appended("log.md")));
                 h.append("log.md", "day two\n");
                 return cp::success();
               })});
}
inline exploration protected_tree(bool fails) {
  auto what = shape(fails ? "protected tree, failing" : "protected tree",
                    {one([fails](mutation& m, hand& h) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.protect(touch::replaced_tree("notes")));
                      h.replace("notes/a.md", "a was replaced\n");
                      h.remove("notes/b.md");
                      h.write("notes/deep/d.md", "d\n");
                      return fails ? give_up() : cp::success();
                    })});
  what.edits = {{"notes/a.md", "a person's a"}, {"notes/added.md", "a person's file"}};
  return what;
}
inline exploration will_create() {
  return shape("will_create", {one([](mutation& m, hand& h) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.will_create({"blobs/one"}));
                 h.make_directory("blobs");
                 h.write("blobs/one", "a blob\n");
                 return cp::success();
               })});
}
inline exploration track_new() {
  auto what = shape("track_new", {one([](mutation& m, hand& h) -> cp::result<void> {
                      h.write("notes/blob", "a blob\n");
                      return m.track_new({"notes/blob"});
                    })});
  what.ignored_times = {"notes"};
  what.orphans = {"notes/blob"};
  return what;
}
inline exploration savepoint() {
  return shape("savepoint", {with_work([](mutation& m, hand& h) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.write("index.md", "outer\n"));
                 const auto inner = m.savepoint([&](mutation& s) -> cp::result<void> {
                   BOOST_OUTCOME_TRYV(s.write("index.md", "wrong\n"));
                   BOOST_OUTCOME_TRYV(s.protect(touch::file("raw.bin")));
                   put_over(h, "raw.bin", "wrong");
                   return give_up();
                 });
                 if (inner || inner.error() != std::errc::owner_dead) return inner ? cp::errc::outcome_unknown : inner;
                 return m.append("log.md", "day two\n");
               })});
}
inline exploration batch() {
  const auto item = [](const char* path, bool fails) {
    auto one_more = with_work([path, fails](mutation& m, hand& h) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write(path, "an item\n"));
      BOOST_OUTCOME_TRYV(m.append("log.md", "an item\n"));
      if (!fails) return cp::success();
      BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
      put_over(h, "raw.bin", "half of an item");
      return give_up();
    });
    one_more.fails = fails;
    return one_more;
  };
  return shape("batch", {item("notes/1.md", false), item("notes/2.md", true), item("notes/3.md", false)});
}
/// Two effects in somebody else's store; undone in the wrong order they leave something else.
inline exploration compensation(bool fails) {
  auto what =
      shape(fails ? "compensation, failing" : "compensation", {one([fails](mutation& m, hand& h) -> cp::result<void> {
              const auto set = [&](const char* old, const char* value) -> cp::result<void> {
                BOOST_OUTCOME_TRYV(m.on_rollback("set", old));
                h.write("../store/value", value);
                h.sync("../store/value");
                return cp::success();
              };
              BOOST_OUTCOME_TRYV(set("0", "1"));
              BOOST_OUTCOME_TRYV(set("1", "2"));
              return fails ? give_up() : m.write("notes/new.md", "new\n");
            })});
  what.compensations = [](hand h) {
    const auto set = [h](const nlohmann::json& value) mutable -> cp::result<void> {
      h.write("../store/value", value.get<std::string>());
      h.sync("../store/value");
      return cp::success();
    };
    return std::map<std::string, cp::compensation>{{"set", set}};
  };
  what.ignored_times = {"../store", "../store/value"};
  return what;
}
inline exploration mixed() {
  return shape("mixed", {with_work([](mutation& m, hand& h) -> cp::result<void> {
                           BOOST_OUTCOME_TRYV(m.write("index.md", "staged\n"));
                           BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
                           put_over(h, "raw.bin", "in place");
                           BOOST_OUTCOME_TRYV(m.will_create({"blob"}));
                           h.write("blob", "a blob\n");
                           return m.remove("notes/a.md");
                         }),
                         one([](mutation& m, hand&) { return m.append("log.md", "day two\n"); })});
}
/// The tree, and a directory in it that is on another device.
inline std::function<void(hand&)> build_with_disk(const cp::system::simulation::device_settings& second) {
  return [second](hand& h) {
    build(h);
    h.make_directory("disk");
    h.mount("disk", second);
    h.write("disk/old.md", "old\n");
  };
}
/// New versions are written beside their targets.
inline exploration two_devices(const cp::system::simulation::device_settings& second) {
  auto what = shape("two devices", {one([](mutation& m, hand&) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.write("disk/old.md", "replaced\n"));
                      BOOST_OUTCOME_TRYV(m.write("disk/new.md", "new\n"));
                      return m.write("index.md", "both\n");
                    })});
  what.build = build_with_disk(second);
  return what;
}
/// What is made and changed in place is on the other device, of which the protected tree is the root.
inline exploration two_devices_in_place(const cp::system::simulation::device_settings& second, bool fails) {
  auto what = shape(fails ? "two devices in place, failing" : "two devices in place",
                    {one([fails](mutation& m, hand& h) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.protect(touch::replaced_tree("disk")));
                      h.replace("disk/old.md", "old was replaced\n");
                      h.write("disk/extra.md", "extra\n");
                      return fails ? give_up() : cp::success();
                    })});
  what.build = build_with_disk(second);
  return what;
}
/// The same in a savepoint, which alone is undone.
inline exploration two_devices_savepoint(const cp::system::simulation::device_settings& second) {
  auto what = shape("two devices, savepoint", {one([](mutation& m, hand& h) -> cp::result<void> {
                      const auto inner = m.savepoint([&](mutation& s) -> cp::result<void> {
                        BOOST_OUTCOME_TRYV(s.protect(touch::replaced_tree("disk")));
                        h.replace("disk/old.md", "wrong\n");
                        return give_up();
                      });
                      if (inner || inner.error() != std::errc::owner_dead) return cp::errc::outcome_unknown;
                      return m.write("index.md", "outer\n");
                    })});
  what.build = build_with_disk(second);
  return what;
}
/// A staged directory in the place of a live one: only by `publish::exchange`, where metadata is ordered.
inline exploration exchanged_tree() {
  return shape("exchanged tree", {with_work([](mutation& m, hand& h) -> cp::result<void> {
                 h.make_directory("work/notes");
                 h.write("work/notes/e.md", "e\n");
                 h.write("work/notes/f.md", "f\n");
                 return m.publish("work/notes", "notes");
               })});
}

/// What is announced in a directory that the mutation before has exchanged, and which a power cut may exchange back.
inline exploration in_exchanged_tree() {
  auto what = exchanged_tree();
  what.name = "in an exchanged tree";
  what.mutations.push_back(one([](mutation& m, hand& h) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.will_create({"notes/new.md"}));
    h.write("notes/new.md", "new\n");
    return cp::success();
  }));
  return what;
}

/// The same on another device, and then a file in it that is written in place: not for `snapshot::hardlink`.
inline exploration two_devices_exchanged(const cp::system::simulation::device_settings& second) {
  auto what = shape("two devices, exchanged", {with_work([](mutation& m, hand& h) -> cp::result<void> {
                                                 h.make_directory("work/sub");
                                                 h.write("work/sub/c.md", "another c\n");
                                                 h.write("work/sub/e.md", "e\n");
                                                 return m.publish("work/sub", "disk/sub");
                                               }),
                                               one([](mutation& m, hand& h) -> cp::result<void> {
                                                 BOOST_OUTCOME_TRYV(m.protect(touch::file("disk/sub/c.md")));
                                                 h.write("disk/sub/c.md", "in place\n");
                                                 return m.write("disk/sub/f.md", "f\n");
                                               })});
  what.build = [build = build_with_disk(second)](hand& h) {
    build(h);
    h.make_directory("disk/sub");
    h.write("disk/sub/c.md", "c\n");
  };
  return what;
}

/// All of them that any combination can do; those of which `exchange` without order refuses some, too.
inline std::vector<exploration> all(bool overwrites) {
  std::vector<exploration> list{write_new(),
                                leased(),
                                replace(),
                                rewritten(),
                                remove(),
                                rename(),
                                append(),
                                directories(),
                                protected_file(),
                                appended_file(),
                                protected_tree(false),
                                protected_tree(true),
                                will_create(),
                                track_new(),
                                savepoint(),
                                batch(),
                                compensation(false),
                                compensation(true),
                                mixed()};
  if (overwrites) {
    list.push_back(overwritten_file(false));
    list.push_back(overwritten_file(true));
    list.push_back(overwritten_files());
  }
  return list;
}

}  // namespace shapes
