#include "commands/commands.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "text/plain_text.hpp"

namespace openkb {

namespace {

struct settled {
  cp::report report;
  std::size_t purged = 0;
};

cp::result<settled> settle(knowledge_base& kb, const command_line& asked, std::stop_token stop, output& out) {
  settled done;
  if (!asked.accept.empty()) {
    BOOST_OUTCOME_TRY(done.report, kb.accept(asked.accept, cp::lock_options{.stop = stop}));
    if (!asked.purge) return done;
  }
  BOOST_OUTCOME_TRY(auto owner, acquire(kb, std::move(stop), out));
  if (asked.accept.empty()) done.report = owner.recovered();
  if (asked.purge) {
    BOOST_OUTCOME_TRY(done.purged, owner.purge_kept());
  }
  return done;
}

int show(knowledge_base& kb, std::stop_token stop, output& out) {
  const auto pending = openkb::pending(kb, std::move(stop), out);
  if (!pending) return out.failed("failed", {}, pending.error());
  auto fields = to_json(pending.value());
  fields["status"] = pending.value().blocked ? "needs repair" : pending.value().mutations.empty() ? "clean" : "pending";
  out.object(fields);
  const auto lines = to_lines(pending.value(), true);
  for (const auto& text : lines) out.line(text);
  if (lines.empty()) out.line("nothing to recover");
  return pending.value().blocked ? exit_code::needs_repair : exit_code::done;
}

}  // namespace

int recover(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  if (asked.dry_run) return show(kb.value(), std::move(stop), out);
  const auto done = settle(kb.value(), asked, std::move(stop), out);
  if (!done) return out.failed("failed", {}, done.error(), blockage_of(kb.value()));
  const auto& [report, purged] = done.value();
  auto fields = to_json(report);
  fields["status"] = report.mutations.empty() ? "clean" : "recovered";
  if (asked.purge) fields["purged"] = purged;
  out.object(fields);
  auto lines = to_lines(report, false);
  if (!asked.accept.empty()) lines.push_back("accepted " + asked.accept + "; what it held stays in the quarantine");
  if (asked.purge) lines.push_back("purged " + counted(purged, "kept file", "kept files"));
  if (lines.empty()) lines.emplace_back("nothing to recover");
  for (const auto& text : lines) out.done({{text}});
  return exit_code::done;
}

}  // namespace openkb
