#include "commands/commands.hpp"
#include "commands/room.hpp"
#include "knowledge_base/clock.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "mutations/index_document.hpp"
#include "mutations/remove_document.hpp"
#include "text/plain_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace openkb {

namespace {

// All that were asked for, each once, also where it was asked for by two of its names.
cp::result<std::vector<entry>> asked_for(cp::enlisting_mutation& m, const std::vector<std::string>& asked) {
  return m.enlist([&](sqlite3* db) -> cp::result<std::vector<entry>> {
    registry rows(db);
    std::vector<entry> all;
    for (const auto& name : asked) {
      BOOST_OUTCOME_TRY(auto found, find_document(rows, name));
      if (std::ranges::none_of(all, [&](const entry& e) { return e.id == found.id; })) all.push_back(std::move(found));
    }
    return all;
  });
}

// At one commit point. With --dry-run the removal is done like any other, and taken back: what is shown is what would
// happen.
cp::result<std::vector<removed>> take_out(knowledge_base::owner_type& owner, const command_line& asked,
                                          std::stop_token stop, const std::string& now) {
  std::vector<removed> seen;
  auto done =
      owner.run({.operation = "remove", .details = nlohmann::json{{"documents", asked.paths}}, .stop = std::move(stop)},
                [&](cp::enlisting_mutation& m) -> cp::result<std::vector<removed>> {
                  BOOST_OUTCOME_TRY(const auto found, asked_for(m, asked.paths));
                  std::vector<removed> all;
                  for (const auto& one : found) {
                    BOOST_OUTCOME_TRY(auto result, remove_document(m, one, asked.keep_raw, now));
                    all.push_back(std::move(result));
                  }
                  if (!asked.dry_run) return all;
                  seen = std::move(all);
                  return cp::failure(cp::errc::cancelled);
                });
  if (!done && !seen.empty() && done.error() == cp::errc::cancelled) return seen;
  return done;
}

cp::result<std::vector<removed>> remove_at(knowledge_base& kb, const command_line& asked, std::stop_token stop,
                                           output& out) {
  const auto at = now();
  if (!at) return cp::failure(make_error_code(error::bad_clock));
  BOOST_OUTCOME_TRY(auto owner, own(kb, asked.root, stop, out));
  BOOST_OUTCOME_TRY(auto done, take_out(owner, asked, std::move(stop), *at));
  const bool forgets = std::ranges::any_of(done, [](const removed& one) { return one.forgotten; });
  if (!forgets || asked.dry_run) return done;
  const auto settled = settle_index(owner, asked.root);
  if (!settled) out.warning({}, "the page index will forget it at the next command: " + settled.error().message());
  return done;
}

void tell(const removed& one, const command_line& asked, output& out) {
  const auto& [name, gone, changed, forgotten] = one;
  out.object({{"status", asked.dry_run ? "would remove" : "removed"},
              {"name", name},
              {"removed", gone},
              {"changed", changed},
              {"forgotten_by_index", forgotten}});
  const auto what = ": " + counted(gone.size(), "file", "files") + " removed, " +
                    counted(changed.size(), "page", "pages") + " changed" +
                    (forgotten ? ", and the page index forgets it" : "");
  if (asked.dry_run) {
    out.line({{"would remove "}, {name, tone::name}, {what}});
  } else {
    out.done({{"removed ", tone::good}, {name, tone::name}, {what}});
  }
  if (!asked.dry_run && !asked.watch.verbose) return;
  for (const auto& file : gone) out.line("  - " + file);
  for (const auto& file : changed) out.line("  ~ " + file);
}

}  // namespace

int remove(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  const auto done = remove_at(kb.value(), asked, std::move(stop), out);
  if (!done) {
    auto why = named_full(done.error(), asked.root);
    if (why == std::errc::no_space_on_device) why = std::move(why).advising(advice_on_room(asked));
    // Where one of several is not here, that one is named by the failure.
    const auto subject = asked.paths.size() == 1 ? asked.paths.front() : std::string{};
    return out.failed("failed", subject, why, blockage_of(kb.value()));
  }
  for (const auto& one : done.value()) tell(one, asked, out);
  return exit_code::done;
}

}  // namespace openkb
