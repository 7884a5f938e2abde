#include "commands/commands.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "registry/registry.hpp"

namespace openkb {

namespace {

struct found {
  cp::report pending;
  counts in_registry;
};

// Looks only: neither owner nor reader, because either would settle what a crash left. A single SQL statement sees
// one committed state of the registry anyway.
cp::result<found> look(knowledge_base& kb, const command_line& asked, std::stop_token stop, output& to) {
  found out;
  BOOST_OUTCOME_TRY(out.pending, openkb::pending(kb, std::move(stop), to));
  const bool settled = out.pending.mutations.empty() && !out.pending.blocked;
  BOOST_OUTCOME_TRY(const bool made, is_made(asked.root));
  if (!made && settled) return require_made(asked.root).error();
  if (!made) return out;  // an `init` that has still to be finished or undone
  BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(asked.root)));
  BOOST_OUTCOME_TRY(out.in_registry, registry(db.get()).count());
  return out;
}

}  // namespace

int status(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  const auto seen = look(kb.value(), asked, std::move(stop), out);
  if (!seen) return out.failed("failed", {}, seen.error(), blockage_of(kb.value()));
  const auto& [pending, in_registry] = seen.value();
  json fields{{"status", pending.blocked             ? "needs repair"
                         : pending.mutations.empty() ? "clean"
                                                     : "pending"},
              {"documents", in_registry.documents},
              {"concepts", in_registry.concepts},
              {"entities", in_registry.entities}};
  fields.update(to_json(pending));
  out.object(fields);
  out.line("documents: " + std::to_string(in_registry.documents) + ", concepts: " +
           std::to_string(in_registry.concepts) + ", entities: " + std::to_string(in_registry.entities));
  const auto lines = to_lines(pending, true);
  for (const auto& text : lines) out.line(text);
  if (!pending.mutations.empty()) out.line("the next command that takes the lock settles this, or: openkb recover");
  if (lines.empty()) out.line({{"clean", tone::good}, {": nothing is pending"}});
  return pending.blocked ? exit_code::needs_repair : exit_code::done;
}

}  // namespace openkb
