#include "clock.hpp"
#include "commands.hpp"
#include "index_document.hpp"
#include "knowledge_base.hpp"
#include "plain_text.hpp"
#include "remove_document.hpp"

#include <optional>

namespace openkb {

namespace {

// With --dry-run the removal is done like any other, and taken back: what is shown is what would happen.
cp::result<removed> take_out(knowledge_base::owner_type& owner, const command_line& asked, std::stop_token stop,
                             const std::string& now) {
  std::optional<removed> seen;
  auto done =
      owner.run({.operation = "remove", .details = {{"document", asked.paths.front()}}, .stop = std::move(stop)},
                [&](cp::enlisting_mutation& m) -> cp::result<removed> {
                  BOOST_OUTCOME_TRY(const auto found, m.enlist([&](sqlite3* db) {
                    registry rows(db);
                    return find_document(rows, asked.paths.front());
                  }));
                  BOOST_OUTCOME_TRY(auto result, remove_document(m, found, asked.keep_raw, now));
                  if (!asked.dry_run) return result;
                  seen.emplace(std::move(result));
                  return cp::failure(cp::errc::cancelled);
                });
  if (!done && seen && done.error() == cp::errc::cancelled) return *std::move(seen);
  return done;
}

cp::result<removed> remove_at(knowledge_base& kb, const command_line& asked, std::stop_token stop, output& out) {
  const auto at = now();
  if (!at) return cp::failure(make_error_code(error::bad_clock));
  BOOST_OUTCOME_TRY(auto owner, own(kb, asked.root, stop, out));
  BOOST_OUTCOME_TRY(auto done, take_out(owner, asked, std::move(stop), *at));
  if (!done.forgotten || asked.dry_run) return done;
  const auto settled = settle_index(owner, asked.root);
  if (!settled) out.note("the page index will forget it at the next command: " + settled.error().message());
  return done;
}

}  // namespace

int remove(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  const auto done = remove_at(kb.value(), asked, std::move(stop), out);
  if (!done) return out.failed("failed", asked.paths.front(), done.error(), blockage_of(kb.value()));
  const auto& [name, gone, changed, forgotten] = done.value();
  out.object({{"status", asked.dry_run ? "would remove" : "removed"},
              {"name", name},
              {"removed", gone},
              {"changed", changed},
              {"forgotten_by_index", forgotten}});
  out.line((asked.dry_run ? "would remove " : "removed ") + name + ": " + counted(gone.size(), "file", "files") +
           " removed, " + counted(changed.size(), "page", "pages") + " changed" +
           (forgotten ? ", and the page index forgets it" : ""));
  if (!asked.dry_run && !asked.watch.verbose) return exit_code::done;
  for (const auto& file : gone) out.line("  - " + file);
  for (const auto& file : changed) out.line("  ~ " + file);
  return exit_code::done;
}

}  // namespace openkb
