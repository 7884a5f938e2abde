// Slow work is done by several threads without the lock; one thread commits the results, in order, several at a time.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace cp = commitpoint;

struct source {
  std::string name;
  std::string text;
};

// Runs in any thread, as long as it likes. What it makes is private, and is gone if nobody adopts it.
cp::result<cp::path> convert(const source& in, cp::lease& staging) {
  if (in.text.empty()) return std::make_error_code(std::errc::invalid_argument);
  return staging.write("page.md", "# " + in.name + "\n\n" + in.text + "\n");
}

// Runs in the thread that called `prepare`, which has the lock: short work only.
cp::result<void> commit(cp::mutation& m, const source& in, cp::path&& page) {
  BOOST_OUTCOME_TRYV(m.publish(page, in.name + ".md"));
  return m.append("index.md", "- [[" + in.name + "]]\n");
}

int main() {
  const cp::testing::temporary_directory root;
  auto notes = cp::coordinator<>::open(root.path()).value();
  std::vector<source> sources{{"empty", ""}};
  for (int i = 0; i < 20; ++i) sources.push_back({"note" + std::to_string(i), "text " + std::to_string(i)});

  const auto done =
      cp::prepare(notes, {.jobs = 4, .window = 16, .batch = 8, .operation = "convert"}, sources, convert, commit);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (!done.outcomes[i]) std::cout << sources[i].name << ": " << done.outcomes[i].error().message() << '\n';
  }
  std::cout << done.committed << " committed in " << done.commits << " commits, " << done.failed << " failed\n";

  const auto index = notes.read().value().read("index.md").value();
  return done.committed == 20 && done.failed == 1 && index.starts_with("- [[note0]]\n- [[note1]]\n") ? 0 : 1;
}
