#include "chapters.hpp"

#include "adds.hpp"

#include <algorithm>
#include <stdexcept>

namespace benchmarks {

namespace {

chapter adds() {
  const auto in_empty = [](const char* over, const char* under, const char* target = "") {
    return ratio{name_at(over, 0), name_at(under, 0), 1, target};
  };
  return {"adds",
          "One add, and its peers",
          21,
          [] {
            register_floor(0);
            register_staged(0);
            register_settling_later();
            register_failed(0);
            register_in_place(0);
            register_failed_in_place(0);
            register_unsynced();
            register_other_hands();
            register_blobs();
            register_version_stores();
          },
          {in_empty("staged", "floor", "1.15"), in_empty("session", "floor, last barrier", "1.25"),
           in_empty("session, settling later", "floor", "1.2"),
           in_empty("session", "blobs in SQLite, WAL, opened and closed", "1.1"),
           in_empty("session", "blobs in SQLite, rollback journal, opened and closed"),
           in_empty("staged, no syncs", "floor, no syncs", "1.6"), in_empty("in place", "floor"),
           in_empty("floor, fsync of each", "floor"), in_empty("staged", "blobs in SQLite, WAL"),
           in_empty("staged", "blobs in SQLite, rollback journal"), in_empty("staged", "file by file"),
           in_empty("staged", "file by file, durable"), in_empty("session", "git add and commit"),
           in_empty("session", "ostree commit and checkout"), in_empty("staged, failed", "staged", "1.2"),
           in_empty("in place, failed", "in place", "1.2")}};
}

chapter trees(const settings& s) {
  auto sizes = s.sizes;
  sizes.insert(sizes.begin(), 0);
  chapter c{"trees",
            "The same add in trees of N pages of each kind",
            11,
            [sizes] {
              for (const auto n : sizes) {
                register_floor(n);
                register_staged(n);
                register_in_place(n);
              }
            },
            {}};
  for (const auto n : s.sizes) {
    for (const auto* what : {"staged", "session", "in place"}) {
      c.ratios.push_back({name_at(what, n), name_at(what, 0), 1, "1.15"});
    }
    c.ratios.push_back({name_at("floor", n), name_at("floor", 0)});
  }
  return c;
}

chapter crashes(const settings& s) {
  std::vector<std::size_t> sizes{0};
  if (!s.sizes.empty()) sizes.push_back(s.sizes.back());
  chapter c{"crashes",
            "The drain after a crash",
            11,
            [sizes] {
              for (const auto n : sizes) {
                register_staged(n);
                register_in_place(n);
                register_drains(n);
              }
            },
            {}};
  for (const auto n : sizes) {
    c.ratios.push_back({name_at("drain, staged and committed", n), name_at("staged", n), 1, "1"});
    c.ratios.push_back({name_at("drain, staged and not committed", n), name_at("staged", n), 1, "1"});
    c.ratios.push_back({name_at("drain, in place and not committed", n), name_at("in place", n), 1, "1"});
  }
  return c;
}

chapter batches() {
  return {"batches",
          "Many documents at one commit point: the time for each",
          11,
          register_batches,
          {{"small document, one by one", name_at("small document", "batch", 64), 1, "5 or more"},
           {"small document, one by one", name_at("small document", "batch", 1'024)},
           {"standard add, one by one", name_at("standard add", "batch", 64), 1, "5 or more"}}};
}

chapter preparing() {
  const auto two_to_one = [](const std::string& name) {
    return ratio{name_at(name, "workers", 2), name_at(name, "workers", 1)};
  };
  return {"prepare",
          "Documents prepared by one worker and by two: the time for each",
          11,
          register_preparing,
          {two_to_one("prepare, batches of 1"),
           two_to_one("prepare, batches of 8"),
           {name_at("prepare, batches of 1", "workers", 1), "the owner converts"},
           {name_at("prepare, batches of 8", "workers", 2), "the owner converts"}}};
}

chapter snapshots(const settings& s) {
  chapter c{"snapshots", "Saving what is written in place, until it is durable", 5, [s] { register_snapshots(s); }, {}};
  const auto files = powers_of_ten(10, s.largest_tree).back();
  for (const auto* name : {"reflink", "adaptive", "hardlink, writers replace"}) {
    c.ratios.push_back({name_at(name, "files", files), name_at("copy", "files", files)});
  }
  return c;
}

chapter journals() {
  chapter c{"journals", "What each journal takes", 11, register_journals, {}};
  for (const std::string what : {"append of an undo record", "commit of one small file", "session with one small file",
                                 "drain of one small file"}) {
    c.ratios.push_back({"json_file, " + what, "log, " + what});
    c.ratios.push_back({"sqlite, " + what, "log, " + what});
  }
  return c;
}

chapter locks() {
  const auto beside = [](std::size_t readers) {
    return ratio{name_at("session beside readers", "readers", readers),
                 name_at("session beside readers", "readers", 0)};
  };
  return {"locks",
          "Lock hand-over, and readers beside a writer",
          11,
          register_locks,
          {{"acquire and release, two processes at once", "acquire and release, nobody else"}, beside(1), beside(2)}};
}

chapter many_files(const settings& s) {
  chapter c{"many", "One mutation of many files", 11, [s] { register_many_files(s); }, {}};
  const auto all = powers_of_ten(1, s.largest_mutation);
  if (all.size() < 2) return c;
  const auto largest = all.back();
  for (const auto* what : {"commit, new files", "drain, new files", "commit, over old ones", "drain, over old ones"}) {
    c.ratios.push_back({name_at(what, "files", largest), name_at(what, "files", largest / 10), 10, "1 (linear)"});
  }
  c.ratios.push_back({name_at("drain, new files", "files", largest), name_at("commit, new files", "files", largest)});
  return c;
}

chapter tracking() {
  return {"track_new",
          "Files registered that somebody made",
          21,
          register_track_new,
          {{"track_new, 1,000 calls", "bare syncs, 1,000", 1, "2"},
           {"track_new, 1,000 calls", "track_new, 250 calls", 4, "1 (linear)"},
           {"track_new, 1 call of 1,000", "track_new, 1,000 calls"}}};
}

}  // namespace

std::vector<chapter> chapters_of(const settings& s) {
  std::vector<chapter> all{adds(),       trees(s),   crashes(s), batches(),     preparing(),
                           snapshots(s), journals(), locks(),    many_files(s), tracking()};
  if (s.chapters.empty()) return all;
  std::vector<chapter> chosen;
  for (const auto& name : s.chapters) {
    const auto known = std::ranges::find(all, name, &chapter::name);
    if (known == all.end()) throw std::invalid_argument("no chapter: " + name);
    chosen.push_back(*known);
  }
  return chosen;
}

}  // namespace benchmarks
