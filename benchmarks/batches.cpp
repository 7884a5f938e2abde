#include "adds.hpp"
#include "measured.hpp"
#include "mutations.hpp"

#include <utility>

namespace benchmarks {

namespace {

// What a small document changes: a new page, and two files that all of them rewrite.
changes small_document(const changes& add) {
  changes some;
  for (const auto& c : add) {
    if (c.path.starts_with("wiki/summaries/") || c.path == index_file || c.path == registry_file) some.push_back(c);
  }
  return some;
}

using kind_of_document = changes (*)(const changes&);

// The time for each document, when so many have one commit point. Each has a savepoint of its own.
measured batch_of(std::size_t count, kind_of_document kind) {
  auto& t = tree::holding(0);
  auto owner = cp::coordinator<>::open(t.root()).value().acquire().value();
  add_staged(owner, t.next_adds(1).front(), ending::committed);
  std::vector<changes> documents;
  for (const auto& add : t.next_adds(count)) documents.push_back(kind(add));
  const stopwatch watch;
  run_add(owner, {.operation = "batch"}, ending::committed, [&](cp::mutation& m) -> cp::result<void> {
    for (const auto& all : documents) {
      BOOST_OUTCOME_TRYV(m.savepoint([&](cp::mutation& inner) { return stage_all(inner, all); }));
    }
    return cp::success();
  });
  const measured took{watch.seconds() / static_cast<double>(count)};
  owner.release().value();
  t.forget_adds();
  return took;
}

// The same through one owner, one after the other.
measured one_by_one(kind_of_document kind) {
  constexpr std::size_t count = 16;
  auto& t = tree::holding(0);
  auto owner = cp::coordinator<>::open(t.root()).value().acquire().value();
  add_staged(owner, t.next_adds(1).front(), ending::committed);
  const auto adds = t.next_adds(count);
  const stopwatch watch;
  for (const auto& add : adds) add_staged(owner, kind(add), ending::committed);
  const measured took{watch.seconds() / static_cast<double>(count)};
  owner.release().value();
  t.forget_adds();
  return took;
}

void register_kind(const std::string& name, kind_of_document kind, std::size_t largest) {
  register_measured(name + ", one by one", 1, [kind] { return one_by_one(kind); });
  for (std::size_t count = 1; count <= largest; count *= 4) {
    register_measured(name_at(name, "batch", count), 1, [count, kind] { return batch_of(count, kind); });
  }
}

}  // namespace

void register_batches() {
  register_kind("small document", small_document, 1'024);
  register_kind(
      "standard add", [](const changes& add) { return add; }, 64);
}

}  // namespace benchmarks
