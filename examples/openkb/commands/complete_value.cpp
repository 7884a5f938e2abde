#include "commands/complete_value.hpp"

#include "knowledge_base/knowledge_base.hpp"
#include "registry/registry.hpp"
#include "text/nfc.hpp"

#include <commitpoint/step.hpp>

namespace openkb {

namespace {

// Whoever presses a key does not want to wait for a lock.
std::vector<terminal::candidate> documents_of(const std::string& root) {
  const auto db = database::open_to_read(registry_file(root));
  if (!db) return {};
  registry rows(db.value().get());
  const auto version = rows.version();
  if (!version || version.value() < registry::oldest_version || version.value() > registry::current_version) return {};
  std::vector<terminal::candidate> out;
  if (const auto all = rows.all()) {
    for (const auto& e : all.value()) out.push_back({e.name, e.title});
  }
  return out;
}

}  // namespace

std::vector<terminal::candidate> complete_value(const terminal::to_complete& what) {
  std::vector<terminal::candidate> known;
  if (what.kind == "DOC" || what.kind == "PATTERN") {
    const auto root = what.options.find("kb");
    known = documents_of(root == what.options.end() ? "." : root->second);
  } else if (what.kind == "STEP") {
    for (const auto name : cp::step_names) known.push_back({std::string(name)});
  }
  std::erase_if(known, [begun = nfc(what.begun)](const auto& c) { return !nfc(c.word).starts_with(begun); });
  return known;
}

}  // namespace openkb
