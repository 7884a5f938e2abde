#include "commands/commands.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "registry/registry.hpp"

namespace openkb {

namespace {

// Under the shared lock only committed states are seen; a crash that nobody settled yet is settled first.
cp::result<std::vector<entry>> entries_of(knowledge_base& kb, const command_line& asked, std::stop_token stop,
                                          output& out) {
  BOOST_OUTCOME_TRY(const auto reader, read(kb, asked.root, std::move(stop), out));
  BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(asked.root)));
  return registry(db.get()).all();
}

}  // namespace

int list(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  const auto entries = entries_of(kb.value(), asked, std::move(stop), out);
  if (!entries) return out.failed("failed", {}, entries.error(), blockage_of(kb.value()));
  json documents = json::array();
  for (const auto& e : entries.value()) {
    documents.push_back({{"name", e.name},
                         {"title", e.title},
                         {"format", e.format},
                         {"size", e.size},
                         {"sha256", e.sha256},
                         {"source", e.source_path},
                         {"added", e.added_at},
                         {"updated", e.updated_at}});
    out.line({{e.name, tone::name}, {"  (" + e.format + ", " + e.added_at.substr(0, 10) + ")  " + e.title}});
  }
  if (entries.value().empty()) out.note("no documents yet; add some with: openkb add FILE|DIR");
  out.object({{"documents", documents}});
  return exit_code::done;
}

}  // namespace openkb
