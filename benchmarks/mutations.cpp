#include "mutations.hpp"

#include "raw_calls.hpp"

#include <string>
#include <vector>

namespace benchmarks {

namespace {

bool has_invented_name(const change& c) { return c.is_new && c.path.starts_with("blobs/"); }

}  // namespace

cp::result<void> stage_all(cp::mutation& m, const changes& all) {
  for (const auto& c : all) {
    BOOST_OUTCOME_TRYV(m.write(c.path, c.bytes));
  }
  return cp::success();
}

cp::plan plan_in_place(const changes& all) {
  cp::plan plan{.operation = "add"};
  for (const auto& c : all) {
    if (!c.is_new) plan.touches.push_back(cp::touch::file(c.path));
  }
  return plan;
}

cp::result<void> write_all_in_place(cp::mutation& m, const changes& all) {
  std::vector<std::string> known_names;
  std::vector<std::string> invented_names;
  for (const auto& c : all) {
    if (has_invented_name(c)) {
      invented_names.push_back(c.path);
    } else if (c.is_new) {
      known_names.push_back(c.path);
    }
  }
  BOOST_OUTCOME_TRYV(m.will_create(known_names));
  raw_calls calls;
  for (const auto& c : all) {
    const auto file = calls.overwrite(AT_FDCWD, (m.root() / c.path).native());
    calls.write(file, 0, c.bytes);
  }
  return m.track_new(invented_names);
}

}  // namespace benchmarks
