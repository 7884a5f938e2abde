#include "knowledge_base.hpp"

#include "database.hpp"
#include "layout.hpp"
#include "registry.hpp"

#include <chrono>

namespace openkb {

namespace {

cp::failure no_knowledge_base(const std::filesystem::path& root) {
  const auto where = root == "." ? std::string{} : "--kb " + root.native() + ' ';
  return {make_error_code(error::no_knowledge_base), root.native(), "make one with: openkb " + where + "init"};
}

// A crash during `init` may have left no more than the state directory; that is enough to be opened and drained.
bool may_be_here(const std::filesystem::path& root) {
  std::error_code ignored;
  return std::filesystem::exists(registry_file(root), ignored) ||
         std::filesystem::exists(root / layout::state_directory, ignored);
}

}  // namespace

cp::result<kb_coordinator> open_knowledge_base(const std::filesystem::path& root, crash_at crash, opening how) {
  if (how == opening::existing && !may_be_here(root)) return no_knowledge_base(root);
  return kb_coordinator::open(root, cp::options{.state_directory = std::string(layout::state_directory)},
                              cp::journal::sqlite{.database = std::string(layout::registry)}, crash);
}

cp::result<kb_owner> acquire(kb_coordinator& kb, std::stop_token stop, output& out) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  auto owner = kb.acquire(cp::lock_options{.deadline = patience, .stop = stop});
  if (owner || !(owner.error() == cp::errc::lock_timeout)) return owner;
  out.note("another openkb is at work here; waiting for it");
  return kb.acquire(cp::lock_options{.stop = std::move(stop)});
}

cp::result<bool> is_made(const std::filesystem::path& root) {
  auto db = database::open_to_read(registry_file(root));
  if (!db && db.error() == std::errc::no_such_file_or_directory) return false;
  if (!db) return std::move(db).error();
  BOOST_OUTCOME_TRY(const auto version, registry(db.value().get()).version());
  if (version > registry::current_version) {
    return cp::failure(make_error_code(error::unknown_format), root.native(), "use the newest openkb");
  }
  return version == registry::current_version;
}

cp::result<void> require_made(const std::filesystem::path& root) {
  BOOST_OUTCOME_TRY(const bool made, is_made(root));
  if (!made) return no_knowledge_base(root);
  return cp::success();
}

std::optional<cp::blockage> blockage_of(kb_coordinator& kb) {
  auto report = kb.pending();
  return report ? std::move(report.value().blocked) : std::nullopt;
}

std::vector<std::filesystem::path> own_directories(const std::filesystem::path& root) {
  std::vector<std::filesystem::path> out;
  for (const auto directory : layout::own) out.push_back(root / directory);
  return out;
}

std::string registry_file(const std::filesystem::path& root) { return (root / layout::registry).native(); }

}  // namespace openkb
