#include "knowledge_base/knowledge_base.hpp"

#include "knowledge_base/clock.hpp"
#include "knowledge_base/crash_at.hpp"
#include "knowledge_base/layout.hpp"
#include "knowledge_base/sharing.hpp"
#include "knowledge_base/step_log.hpp"
#include "mutations/index_document.hpp"
#include "mutations/upgrade.hpp"
#include "registry/database.hpp"
#include "registry/registry.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/observe/all.hpp>
#include <commitpoint/observe/chrome_trace.hpp>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <memory>

namespace openkb {

namespace {

// Only what differs from the defaults is named. Who watches comes before who ends the process.
using observers = cp::observe::all<step_log, cp::observe::chrome_trace, crash_at>;
using kb_coordinator = cp::coordinator<cp::journal::sqlite, observers>;

cp::failure no_knowledge_base(const std::filesystem::path& root) {
  const auto where = root == "." ? std::string{} : "--kb " + root.native() + ' ';
  return {make_error_code(error::no_knowledge_base), root.native(), "make one with: openkb " + where + "init"};
}

// What to do about the permissions of a knowledge base.
cp::failure advised(cp::failure why, const std::filesystem::path& root) {
  if (why != std::errc::permission_denied) return why;
  return std::move(why).advising("its owner lets others read it with: chmod -R go+rX " + root.native());
}

// A crash during `init` may have left no more than the state directory; that is enough to be opened and drained. Where
// it cannot be looked at, nobody knows.
cp::result<bool> may_be_here(const std::filesystem::path& root) {
  for (const auto& beginning : {registry_file(root), (root / layout::state_directory).native()}) {
    std::error_code code;
    if (std::filesystem::exists(beginning, code)) return true;
    if (code) return advised(cp::failure(code, beginning), root);
  }
  return false;
}

// Written through at once, so that the trace of a process that is killed ends where it was killed.
cp::result<cp::observe::chrome_trace> trace_to(const std::string& file) {
  if (file.empty()) return cp::observe::chrome_trace();
  auto stream = std::make_shared<std::ofstream>(file, std::ios::binary | std::ios::trunc);
  if (!*stream) return cp::failure(cp::system_error(errno), file);
  return cp::observe::chrome_trace([stream](std::string_view text) { *stream << text << std::flush; });
}

// By whoever takes the lock first, at one commit point.
cp::result<void> upgrade_at(knowledge_base::owner_type& owner, const std::filesystem::path& root, std::stop_token stop,
                            output& out) {
  BOOST_OUTCOME_TRY(const auto made_as, format_version(root));
  if (made_as == 0) return no_knowledge_base(root);
  if (made_as == registry::current_version) return cp::success();
  const auto at = now();
  if (!at) return cp::failure(make_error_code(error::bad_clock));
  out.note("an older openkb made this knowledge base; upgrading it " + upgrade_steps(made_as));
  return owner.run({.operation = "upgrade", .stop = std::move(stop)},
                   [&](cp::enlisting_mutation& m) { return upgrade(m, *at, made_as); });
}

// Whoever waits for longer than a moment wants to know why.
template <class Lock>
auto with_patience(std::stop_token stop, output& out, Lock lock) -> decltype(lock(cp::lock_options{})) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  auto held = lock(cp::lock_options{.deadline = patience, .stop = stop});
  if (held || !(held.error() == cp::errc::lock_timeout)) return held;
  out.note("another openkb is at work here; waiting for it");
  return lock(cp::lock_options{.stop = std::move(stop)});
}

}  // namespace

cp::result<knowledge_base> knowledge_base::open(const std::filesystem::path& root, const watching& who, opening how) {
  if (how == opening::existing) {
    BOOST_OUTCOME_TRY(const bool may_be, may_be_here(root));
    if (!may_be) return no_knowledge_base(root);
  }
  const bool both = how == opening::new_or_existing;  // the longer name of the two
  BOOST_OUTCOME_TRYV(require_short_path(root / (both ? layout::index_database : layout::registry)));
  BOOST_OUTCOME_TRY(auto trace, trace_to(who.trace));
  cp::options options{.state_directory = std::string(layout::state_directory),
                      .compensations = {{forget_indexed, forget_indexed_at(std::filesystem::absolute(root))}}};
  options.trust.group = group_that_shares(root);
  if (options.trust.group) {
    make_for_the_group();
    give_databases_to_the_group(root);
  }
  auto kb =
      kb_coordinator::open(root, std::move(options), cp::journal::sqlite{.database = std::string(layout::registry)},
                           observers(step_log(who.verbose), std::move(trace), crash_at{who.crash_at}));
  if (!kb) return advised(std::move(kb).error(), root);
  return knowledge_base(std::move(kb).value(), root);
}

cp::result<cp::reader> knowledge_base::read(const cp::lock_options& how) {
  auto reader = cp::any_coordinator::read(how);
  if (!reader) return advised(std::move(reader).error(), root_);
  return reader;
}

cp::result<knowledge_base::owner_type> acquire(knowledge_base& kb, std::stop_token stop, output& out) {
  return with_patience(std::move(stop), out, [&](const cp::lock_options& how) { return kb.acquire(how); });
}

cp::result<cp::reader> read(knowledge_base& kb, const std::filesystem::path& root, std::stop_token stop, output& out) {
  BOOST_OUTCOME_TRY(auto reader,
                    with_patience(std::move(stop), out, [&](const cp::lock_options& how) { return kb.read(how); }));
  out.recovered(reader.recovered());
  BOOST_OUTCOME_TRYV(require_made(root));
  return reader;
}

cp::result<cp::report> pending(knowledge_base& kb, std::stop_token stop, output& out) {
  return with_patience(std::move(stop), out, [&](const cp::lock_options& how) { return kb.pending(how); });
}

cp::result<knowledge_base::owner_type> own(knowledge_base& kb, const std::filesystem::path& root, std::stop_token stop,
                                           output& out) {
  BOOST_OUTCOME_TRY(auto owner, acquire(kb, stop, out));
  out.recovered(owner.recovered());
  BOOST_OUTCOME_TRYV(upgrade_at(owner, root, std::move(stop), out));
  const auto settled = settle_index(owner, root);
  if (!settled) out.warning({}, "the page index could not forget what was removed: " + settled.error().message());
  return owner;
}

cp::result<std::int64_t> format_version(const std::filesystem::path& root) {
  auto db = database::open_to_read(registry_file(root));
  if (!db && db.error() == std::errc::no_such_file_or_directory) return 0;
  if (!db) return std::move(db).error();
  BOOST_OUTCOME_TRY(const auto version, registry(db.value().get()).version());
  const bool known = version >= registry::oldest_version && version <= registry::current_version;
  if (version == 0 || known) return version;
  return cp::failure(make_error_code(error::unknown_format), root.native(),
                     "use the openkb that made it, or make a new one and add the documents to it");
}

cp::result<bool> is_made(const std::filesystem::path& root) {
  BOOST_OUTCOME_TRY(const auto made_as, format_version(root));
  return made_as != 0;
}

cp::result<void> require_made(const std::filesystem::path& root) {
  BOOST_OUTCOME_TRY(const bool made, is_made(root));
  if (!made) return no_knowledge_base(root);
  return cp::success();
}

std::optional<cp::blockage> blockage_of(knowledge_base& kb) {
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
