#include "adds.hpp"
#include "location.hpp"
#include "measured.hpp"
#include "mutations.hpp"
#include "raw_calls.hpp"
#include "settings.hpp"

#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/hardlink.hpp>
#include <commitpoint/snapshot/reflink.hpp>

#include <boost/filesystem/operations.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <iostream>
#include <set>

namespace benchmarks {

namespace {

constexpr std::size_t small = 1'000;

void write_long(raw_calls& calls, const descriptor& file, std::size_t size) {
  for (std::size_t at = 0; at < size; at += 100'000) {
    calls.write(file, at, content(std::min<std::size_t>(100'000, size - at)));
  }
}

// As if it had been written long ago: what was is saved without a second look.
void make_old(const descriptor& file) {
  const timespec long_ago[]{{1'000'000'000, 1}, {1'000'000'000, 1}};
  check(::futimens(file.get(), long_ago), "futimens");
}

const std::string& root_of_subjects() {
  static const std::string root = [] {
    auto name = place_of_run() + "/saved";
    boost::filesystem::create_directories(name);
    return name;
  }();
  return root;
}

// So many files of 1,000 bytes, a hundred in a directory; made when it is first asked for.
std::string tree_of(std::size_t files) {
  static std::set<std::size_t> made;
  auto name = "tree-" + std::to_string(files);
  if (!made.insert(files).second) return name;
  raw_calls calls;
  for (std::size_t i = 0; i < files; ++i) {
    const auto directory = root_of_subjects() + "/" + name + "/" + std::to_string(i / 100);
    if (i % 100 == 0) boost::filesystem::create_directories(directory);
    const auto file = calls.create(AT_FDCWD, directory + "/" + std::to_string(i));
    calls.write(file, 0, content(small));
    make_old(file);
  }
  calls.sync_filesystem(calls.open_directory(AT_FDCWD, root_of_subjects()));
  return name;
}

std::string file_of(std::size_t bytes) {
  static std::set<std::size_t> made;
  auto name = "file-" + std::to_string(bytes);
  if (!made.insert(bytes).second) return name;
  raw_calls calls;
  const auto file = calls.create(AT_FDCWD, root_of_subjects() + "/" + name);
  write_long(calls, file, bytes);
  make_old(file);
  calls.sync_filesystem(file);
  return name;
}

// From the beginning of `protect` until what was saved is durable. Nothing is written then, and the mutation fails.
template <class Snapshot>
measured time_protect(const cp::touch& what) {
  auto owner = cp::coordinator<Snapshot>::open(root_of_subjects()).value().acquire().value();
  measured took;
  run_add(owner, {.operation = "protect"}, ending::failed, [&](cp::mutation& m) -> cp::result<void> {
    const stopwatch watch;
    BOOST_OUTCOME_TRYV(m.protect(what));
    took.seconds = watch.seconds();
    return cp::success();
  });
  owner.release().value();
  return took;
}

template <class Snapshot>
bool works_here() {
  try {
    static_cast<void>(time_protect<Snapshot>(cp::touch::file(file_of(small))));
    return true;
  } catch (const std::exception& e) {
    return false;
  }
}

template <class Snapshot>
void register_snapshot(const std::string& name, const settings& s, bool writers_replace) {
  if (!works_here<Snapshot>()) {
    std::cerr << "SKIPPED: snapshots by " << name << ": not on this file system\n";
    return;
  }
  for (const auto files : powers_of_ten(10, s.largest_tree)) {
    register_measured(name_at(name, "files", files), 1, [files, writers_replace] {
      const auto path = tree_of(files);
      return time_protect<Snapshot>(writers_replace ? cp::touch::replaced_tree(path) : cp::touch::tree(path));
    });
  }
  if (writers_replace) return;  // a file by itself is saved for writers that write into it
  for (std::size_t bytes = 1'024; bytes <= s.largest_file; bytes *= 16) {
    register_measured(name_at(name, "bytes", bytes), 1,
                      [bytes] { return time_protect<Snapshot>(cp::touch::file(file_of(bytes))); });
  }
}

}  // namespace

void register_snapshots(const settings& s) {
  register_snapshot<cp::snapshot::copy>("copy", s, false);
  register_snapshot<cp::snapshot::reflink>("reflink", s, false);
  register_snapshot<cp::snapshot::adaptive>("adaptive", s, false);
  register_snapshot<cp::snapshot::hardlink>("hardlink, writers replace", s, true);
}

}  // namespace benchmarks
