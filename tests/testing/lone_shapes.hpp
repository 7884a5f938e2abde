#pragma once

/// \file
/// Shapes in which one thing is done, so that nothing that another one makes durable hides what is not.

#include "shapes.hpp"
#include "tangled_shapes.hpp"

#include <commitpoint/testing/exploration.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace shapes {

/// A tool writes to a path that it was given.
inline exploration staged_by_a_tool() {
  return shape("staged by a tool", {one([](mutation& m, hand& h) -> cp::result<void> {
                 BOOST_OUTCOME_TRY(const auto given, m.stage("notes/staged.md"));
                 h.write(given.native().substr(std::string(cp::testing::explored_root).size() + 1), "by a tool\n");
                 return cp::success();
               })});
}
/// In a directory whose group new files get, and so are staged in one of their own.
inline exploration in_a_groups_directory() {
  auto what = shape("in a group's directory",
                    {one([](mutation& m, hand&) { return m.write("notes/new.md", "of the group\n"); })});
  what.build = [](hand& h) {
    build(h);
    h.set_mode("notes", 02755);
  };
  return what;
}
inline exploration appended_and_renamed() {
  return shape("appended and renamed", {one([](mutation& m, hand&) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.append("log.md", "day two\n"));
                 return m.rename("log.md", "notes/log.md");
               })});
}
/// More directories than are synced one by one; then one file.
inline exploration wide_then_narrow() {
  auto what = shape("wide, then narrow", {one([](mutation& m, hand&) -> cp::result<void> {
                                            for (const auto* d : {"1", "2", "3", "4", "5"}) {
                                              BOOST_OUTCOME_TRYV(m.write(std::string(d) + "/new.md", "wide\n"));
                                            }
                                            return cp::success();
                                          }),
                                          one([](mutation& m, hand&) { return m.write("index.md", "narrow\n"); })});
  what.build = [](hand& h) {
    build(h);
    for (const auto* d : {"1", "2", "3", "4", "5"}) h.make_directory(d);
  };
  return what;
}
/// What a savepoint has put back is written into by the mutation, as a file that is live and nobody's backup.
inline exploration overwritten_after_savepoint(bool fails) {
  return shape(named("overwritten after a savepoint", fails), {one([fails](mutation& m, hand& h) -> cp::result<void> {
                 const auto inner = m.savepoint([&](mutation& s) -> cp::result<void> {
                   BOOST_OUTCOME_TRYV(s.protect(touch::file("raw.bin")));
                   h.write("raw.bin", "wrong");
                   return give_up();
                 });
                 if (inner || inner.error() != std::errc::owner_dead) return inner ? cp::errc::outcome_unknown : inner;
                 BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
                 h.write("raw.bin", std::string(1200, 'z'));
                 return end(fails);
               })});
}
/// What one mutation wrote to a live file is written again by a drain, after the next one's backup was put there.
inline exploration written_then_protected(bool appends) {
  const auto first = [appends](mutation& m, hand&) {
    return appends ? m.append("notes/a.md", "more of a\n") : m.write("notes/a.md", std::string(900, 'a'));
  };
  return shape(appends ? "appended, then protected" : "written, then protected",
               {one(first), one([](mutation& m, hand& h) -> cp::result<void> {
                  h.machine().pause(std::chrono::hours(1));  // or it is too young to be linked
                  BOOST_OUTCOME_TRYV(m.protect(touch::replaced_tree("notes")));
                  h.replace("notes/a.md", "replaced\n");
                  return cp::success();
                })});
}

/// Each fills the log, so that the one after it begins a new generation while the publish before is not durable yet; in
/// the second file, then in the first one again.
inline exploration renewed() {
  const auto filling = [](body b) {
    return explored_mutation{.about = [] { return cp::plan{.operation = std::string(4200, 'n'), .staging = {"work"}}; },
                             .body = std::move(b)};
  };
  return shape("renewed log", {filling([](mutation& m, hand&) { return m.write("index.md", "first\n"); }),
                               filling([](mutation& m, hand& h) -> cp::result<void> {
                                 BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
                                 put_over(h, "raw.bin", std::string(1300, 's'));
                                 return m.append("log.md", "day two\n");
                               }),
                               one([](mutation& m, hand&) { return m.write("notes/b.md", "third\n"); })});
}

using device = cp::system::simulation::device_settings;

inline exploration on_another_device(const device& second, std::string name, std::vector<explored_mutation> mutations) {
  auto what = shape("another device: " + name, std::move(mutations));
  what.build = build_with_disk(second);
  return what;
}
inline exploration device_file(const device& second, bool fails) {
  return on_another_device(second, named("a file", fails), {one([fails](mutation& m, hand& h) -> cp::result<void> {
                             BOOST_OUTCOME_TRYV(m.protect(touch::file("disk/old.md")));
                             h.write("disk/old.md", "in place\n");
                             return end(fails);
                           })});
}
inline exploration device_link(const device& second) {
  auto what = on_another_device(second, "a link, failing", {one([](mutation& m, hand& h) -> cp::result<void> {
                                  BOOST_OUTCOME_TRYV(m.protect(touch::file("disk/link")));
                                  h.remove("disk/link");
                                  h.make_symlink("another", "disk/link");
                                  return give_up();
                                })});
  what.build = [build = std::move(what.build)](hand& h) {
    build(h);
    h.make_symlink("old.md", "disk/link");
  };
  return what;
}
inline exploration device_created(const device& second) {
  return on_another_device(second, "a new file", {one([](mutation& m, hand& h) -> cp::result<void> {
                             BOOST_OUTCOME_TRYV(m.will_create({"disk/new.md"}));
                             h.write("disk/new.md", "new\n");
                             return cp::success();
                           })});
}
inline exploration device_then_here(const device& second) {
  return on_another_device(second, "then here",
                           {one([](mutation& m, hand&) { return m.write("disk/old.md", "first\n"); }),
                            one([](mutation& m, hand&) { return m.write("index.md", "here\n"); })});
}
inline exploration device_twice(const device& second) {
  return on_another_device(second, "twice",
                           {one([](mutation& m, hand&) { return m.write("disk/old.md", "first\n"); }),
                            one([](mutation& m, hand&) { return m.write("disk/old.md", "second\n"); })});
}
inline exploration device_append(const device& second) {
  auto what = on_another_device(second, "an append",
                                {one([](mutation& m, hand&) { return m.append("disk/old.md", "day two\n"); })});
  what.edits = {{"disk/old.md", "a person's log"}};
  return what;
}
/// The directory that a saved tree was in is gone as well.
inline exploration device_tree_and_parent(const device& second) {
  auto what =
      on_another_device(second, "a tree and its parent, failing", {one([](mutation& m, hand& h) -> cp::result<void> {
                          BOOST_OUTCOME_TRYV(m.protect(touch::tree("disk/above/tree")));
                          h.remove("disk/above/tree");
                          h.remove("disk/above");
                          return give_up();
                        })});
  what.build = [build = std::move(what.build)](hand& h) {
    build(h);
    h.make_directory("disk/above", 0777);
    h.make_directory("disk/above/tree");
  };
  what.ignored_times = {"disk", "disk/above"};
  return what;
}

/// All of them that any combination can do. `saves_elsewhere`: also files of another device.
inline std::vector<exploration> all_lone(const device& second, bool overwrites, bool saves_elsewhere) {
  std::vector<exploration> list{staged_by_a_tool(),
                                in_a_groups_directory(),
                                appended_and_renamed(),
                                wide_then_narrow(),
                                written_then_protected(false),
                                written_then_protected(true),
                                renewed(),
                                device_created(second),
                                device_then_here(second),
                                device_twice(second),
                                device_append(second),
                                device_link(second)};
  if (overwrites) {
    list.push_back(overwritten_after_savepoint(false));
    list.push_back(overwritten_after_savepoint(true));
  }
  if (saves_elsewhere) list.push_back(device_tree_and_parent(second));
  if (overwrites && saves_elsewhere) {
    list.push_back(device_file(second, false));
    list.push_back(device_file(second, true));
  }
  return list;
}

}  // namespace shapes
