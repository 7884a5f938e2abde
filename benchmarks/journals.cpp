#include "adds.hpp"
#include "crashes.hpp"
#include "location.hpp"
#include "measured.hpp"

#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/sqlite.hpp>

#include <boost/filesystem/operations.hpp>

#include <string>

namespace benchmarks {

namespace {

constexpr std::size_t times = 20;

// A root of its own: a root keeps to one journal.
std::string root_for(const std::string& journal) {
  auto root = place_of_run() + "/journal-" + journal;
  boost::filesystem::create_directories(root);
  return root;
}

cp::result<void> write_note(cp::mutation& m) { return m.write("note", content(100)); }

// An undo record made durable: a name is registered before there is a file.
template <class Journal>
measured time_append(const std::string& root) {
  auto owner = cp::coordinator<Journal>::open(root).value().acquire().value();
  measured took;
  run_add(owner, {.operation = "append"}, ending::failed, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.will_create({"first"}));
    const stopwatch watch;
    for (std::size_t i = 0; i < times; ++i) {
      BOOST_OUTCOME_TRYV(m.will_create({"new-" + std::to_string(i)}));
    }
    took.seconds = watch.seconds() / static_cast<double>(times);
    return cp::success();
  });
  owner.release().value();
  return took;
}

// A whole mutation of one small file, by an owner that stays.
template <class Journal>
measured time_commit(const std::string& root) {
  auto owner = cp::coordinator<Journal>::open(root).value().acquire().value();
  run_add(owner, {.operation = "first"}, ending::committed, write_note);
  const stopwatch watch;
  for (std::size_t i = 0; i < times; ++i) run_add(owner, {.operation = "note"}, ending::committed, write_note);
  const measured took{watch.seconds() / static_cast<double>(times)};
  owner.release().value();
  return took;
}

template <class Journal>
measured time_session(const std::string& root) {
  auto where = cp::coordinator<Journal>::open(root).value();
  const stopwatch watch;
  auto owner = where.acquire().value();
  run_add(owner, {.operation = "note"}, ending::committed, write_note);
  owner.release().value();
  return {watch.seconds()};
}

template <class Journal>
measured time_drain(const std::string& root) {
  crash([&] {
    auto owner = cp::coordinator<Journal, killed_at_first_rename>::open(root).value().acquire().value();
    run_add(owner, {.operation = "note"}, ending::committed, write_note);
  });
  auto where = cp::coordinator<Journal>::open(root).value();
  const stopwatch watch;
  auto owner = where.acquire().value();
  const measured took{watch.seconds()};
  owner.release().value();
  return took;
}

template <class Journal>
void register_journal(const std::string& name) {
  const auto root = root_for(name);
  register_measured(name + ", append of an undo record", 1, [root] { return time_append<Journal>(root); });
  register_measured(name + ", commit of one small file", 1, [root] { return time_commit<Journal>(root); });
  register_measured(name + ", session with one small file", 5, [root] { return time_session<Journal>(root); });
  register_measured(name + ", drain of one small file", 3, [root] { return time_drain<Journal>(root); });
}

}  // namespace

void register_journals() {
  register_journal<cp::journal::log>("log");
  register_journal<cp::journal::json_file>("json_file");
  register_journal<cp::journal::sqlite>("sqlite");
}

}  // namespace benchmarks
