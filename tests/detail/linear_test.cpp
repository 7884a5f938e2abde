// What grows with the number of files in one mutation, and how: counts of calls and of bytes, of N files and of 2 N.

#include <commitpoint/coordinator.hpp>
#include <commitpoint/detail/mutation/saved_paths.hpp>
#include <commitpoint/detail/undo/undo_order.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/system/simulated/hand.hpp>

#include <doctest/doctest.h>

#include <malloc.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cp = commitpoint;
using cp::detail::undo_entry;
using cp::system::call;
using machine = cp::system::faulty<cp::system::simulated>;
using way = undo_entry::way;

namespace {

struct place {
  cp::system::simulated disk;
  machine system{disk};
  cp::system::hand hand{disk};

  place() { hand.make_directory("/tree"); }
  [[nodiscard]] auto open() { return cp::coordinator<machine>::open("/tree", {}, system).value(); }
};

std::string name_of(int i) { return "file" + std::to_string(i); }

using run = std::function<void(place&, int)>;

void run_one(place& p, const std::function<cp::result<void>(cp::mutation&)>& body) {
  p.open().acquire().value().run({.operation = "n"}, body).value();
}

// Calls for 2 N files, beyond twice those for N.
void check_linear(const run& what, int n) {
  const auto calls = [&](int files) {
    place p;
    what(p, files);
    return p.system.counts();
  };
  const auto once = calls(n);
  const auto twice = calls(2 * n);
  CHECK(twice.total <= 2 * once.total + 50);
  CHECK(twice.syncs() <= once.syncs() + 4);
  CHECK(twice.bytes_written <= 2 * once.bytes_written + (1U << 20U));
}

undo_entry saved(std::string path, way how, cp::journal::record_kind kind = cp::journal::record_kind::protect) {
  return {.record = kind, .how = how, .path = std::move(path)};
}

}  // namespace

TEST_CASE("A9: what was saved is found without looking at all of it, in each scope") {
  cp::detail::saved_paths known;
  std::vector<undo_entry> all{
      saved("a", way::restore_file),       saved("t", way::restore_tree),
      saved("grows", way::restore_length), saved("new", way::restore_absence, cp::journal::record_kind::will_create),
      saved("a", way::restore_file),       saved("t/b", way::restore_file)};
  for (std::size_t i = 0; i < all.size(); ++i) known.add(all[i], i);
  CHECK(known.covers("a", 0));
  CHECK(known.covers("t", 1));
  CHECK(known.covers("t/deep/c", 0));
  CHECK_FALSE(known.covers("tt", 0));
  CHECK_FALSE(known.covers("grows", 0));
  CHECK_FALSE(known.covers("new", 0));
  CHECK_FALSE(known.covers("a/b", 0));
  CHECK(known.covers("a", 3));  // the fifth one
  CHECK_FALSE(known.covers("a", 5));
  CHECK(known.covers("t/b", 3));
  CHECK_FALSE(known.covers("t/c", 3));
  known.cut(3);
  CHECK(known.covers("a", 0));
  CHECK_FALSE(known.covers("a", 1));
  CHECK_FALSE(known.covers("t/b", 2));
  CHECK(known.covers("t/b", 1));
}

TEST_CASE("A9: files that only grow are known to be put back by a newer entry, of many at once") {
  const std::vector<undo_entry> all{saved("a", way::restore_length), saved("b", way::restore_length),
                                    saved("t/c", way::restore_length), saved("a", way::restore_file),
                                    saved("t", way::restore_tree)};
  const auto found = cp::detail::restored_before(cp::detail::needed_entries(all));
  CHECK(found.contains(&all[0]));
  CHECK_FALSE(found.contains(&all[1]));
  CHECK(found.contains(&all[2]));
  CHECK(found.size() == 2);
}

// Two hundred thousand paths, each looked up as `protect` does: by comparing each with each this does not end.
TEST_CASE("A9: as many lookups as there are saved paths") {
  cp::detail::saved_paths known;
  std::vector<undo_entry> all;
  std::size_t found = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto plain = name_of(i);
    if (known.covers(plain, 0)) ++found;
    all.push_back(saved(plain, way::restore_file));
    known.add(all.back(), all.size() - 1);
    if (known.covers(plain, 0)) ++found;
  }
  CHECK(found == all.size());
}

TEST_CASE("A9, A23: calls and bytes grow with the number of files, and syncs do not") {
  SUBCASE("planned touches that fail") {
    check_linear(
        [](place& p, int n) {
          cp::plan what;
          for (int i = 0; i < n; ++i) what.touches.push_back(cp::touch::file(name_of(i)));
          CHECK_FALSE(p.open().acquire().value().run(
              what, [](cp::mutation&) -> cp::result<void> { return std::make_error_code(std::errc::owner_dead); }));
        },
        400);
  }
  SUBCASE("files that are there, overwritten in a savepoint that fails") {
    check_linear(
        [](place& p, int n) {
          for (int i = 0; i < n; ++i) p.hand.write("/tree/" + name_of(i), "old");
          auto kb = p.open();
          auto mine = kb.acquire().value();
          mine.run({.operation = "n"},
                   [&](cp::mutation& m) -> cp::result<void> {
                     (void)m.savepoint([&](cp::mutation& s) -> cp::result<void> {
                       for (int i = 0; i < n; ++i) {
                         BOOST_OUTCOME_TRYV(s.write(name_of(i), "new"));
                         BOOST_OUTCOME_TRYV(s.expect(name_of(i), "old"));
                       }
                       return std::make_error_code(std::errc::owner_dead);
                     });
                     return m.write("one", "1");
                   })
              .value();
        },
        400);
  }
  SUBCASE("new versions") {
    check_linear(
        [](place& p, int n) {
          run_one(p, [&](cp::mutation& m) -> cp::result<void> {
            for (int i = 0; i < n; ++i) {
              BOOST_OUTCOME_TRYV(m.write(name_of(i), "new"));
              BOOST_OUTCOME_TRYV(m.expect(name_of(i), cp::absent));
            }
            return cp::success();
          });
        },
        400);
  }
  SUBCASE("tracked files") {
    check_linear(
        [](place& p, int n) {
          run_one(p, [&](cp::mutation& m) -> cp::result<void> {
            std::vector<std::string> names;
            for (int i = 0; i < n; ++i) {
              p.hand.write("/tree/" + name_of(i), "new");
              names.push_back(name_of(i));
            }
            return m.track_new(names);
          });
          p.disk.pause(std::chrono::seconds(1));
        },
        400);
  }
  SUBCASE("the drain of a mutation that was killed before its first rename") {
    check_linear(
        [](place& p, int n) {
          {
            auto kb = p.open();
            auto mine = kb.acquire().value();
            (void)mine.run({.operation = "n"}, [&](cp::mutation& m) -> cp::result<void> {
              for (int i = 0; i < n; ++i) {
                BOOST_OUTCOME_TRYV(m.write(name_of(i), "new"));
              }
              p.system.arm({.nth = 1, .times = 1'000'000, .only = call::rename});
              return cp::success();
            });
          }
          p.system.disarm();
          p.system.reset_counts();
          auto kb = p.open();
          CHECK(kb.acquire().value().recovered().mutations.size() == 1);
          CHECK(p.hand.read("/tree/" + name_of(n - 1)) == "new");
        },
        400);
  }
}
