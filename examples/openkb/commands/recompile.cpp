#include "commands/choose_compiler.hpp"
#include "commands/commands.hpp"
#include "knowledge_base/clock.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "knowledge_base/layout.hpp"
#include "mutations/recompile_document.hpp"
#include "mutations/remove_document.hpp"
#include "text/plain_text.hpp"

#include <optional>
#include <utility>

namespace openkb {

namespace {

// One document, compiled without the lock, and what it was compiled from.
struct again {
  entry row;
  document source;
  compiled result;
};

cp::result<std::vector<entry>> asked_for(knowledge_base& kb, const command_line& asked, const std::stop_token& stop,
                                         output& out) {
  BOOST_OUTCOME_TRY(const auto reader, read(kb, asked.root, stop, out));
  BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(asked.root)));
  registry rows(db.get());
  if (asked.all) return rows.all();
  std::vector<entry> found;
  for (const auto& name : asked.paths) {
    BOOST_OUTCOME_TRY(auto e, find_document(rows, name));
    found.push_back(std::move(e));
  }
  return found;
}

// A compiler may take its time, and a language model does: nobody is kept waiting for the lock.
cp::result<std::vector<again>> compile_all(std::vector<entry> rows, const command_line& asked,
                                           const std::stop_token& stop, output& out) {
  BOOST_OUTCOME_TRY(const auto compile_it, choose_compiler(asked));
  std::vector<again> made;
  for (auto& row : rows) {
    if (stop.stop_requested()) return cp::failure(cp::errc::cancelled);
    BOOST_OUTCOME_TRY(auto source, document_in(asked.root, row));
    BOOST_OUTCOME_TRY(auto result, compile_it(source, stop));
    source.images.clear();
    made.push_back({std::move(row), std::move(source), std::move(result)});
    out.progress(made.size(), rows.size());
  }
  return made;
}

// Still the version that was compiled?
cp::result<void> require_same(cp::enlisting_mutation& m, const again& one) {
  BOOST_OUTCOME_TRY(const auto now, m.enlist([&](sqlite3* db) { return registry(db).by_name(one.row.name); }));
  bool same = now && now->id == one.row.id && now->sha256 == one.row.sha256;
  if (same) {
    BOOST_OUTCOME_TRY(const auto page, m.read(layout::source(one.row.name)));
    same = pages::text_in_source(page) == one.source.markdown;
  }
  if (!same) return cp::failure(make_error_code(error::source_changed), one.row.name, "run the command again");
  return cp::success();
}

struct done_again {
  std::size_t documents = 0;
  std::vector<std::string> written;
  std::vector<std::string> removed;
};

// All of them at one commit point. Where nothing comes out different, nothing is written, not even a line in the log.
cp::result<done_again> put_all(cp::enlisting_mutation& m, const std::vector<again>& all, const std::string& now) {
  page_changes changes(m);
  std::size_t changed = 0;
  for (const auto& one : all) {
    BOOST_OUTCOME_TRYV(require_same(m, one));
    BOOST_OUTCOME_TRY(const bool different, put_compiled(m, changes, one.row, one.result));
    changed += different ? 1U : 0U;
  }
  // Rolled back, so that not even the journal has anything to say of it.
  if (changed == 0) return cp::failure(make_error_code(error::already_here));
  const auto what = "compiled " + counted(changed, "document", "documents") + " again";
  BOOST_OUTCOME_TRYV(changes.append(std::string(layout::log), pages::log_line(now, what)));
  return done_again{changed, changes.written(), changes.removed()};
}

cp::result<done_again> recompile_at(knowledge_base& kb, const command_line& asked, std::stop_token stop, output& out) {
  const auto at = now();
  if (!at) return cp::failure(make_error_code(error::bad_clock));
  BOOST_OUTCOME_TRY(auto rows, asked_for(kb, asked, stop, out));
  BOOST_OUTCOME_TRY(const auto all, compile_all(std::move(rows), asked, stop, out));
  BOOST_OUTCOME_TRY(auto owner, own(kb, asked.root, stop, out));
  auto done = owner.run({.operation = "recompile", .stop = std::move(stop)},
                        [&](cp::enlisting_mutation& m) { return put_all(m, all, *at); });
  if (!done && done.error() == error::already_here) return done_again{};
  return done;
}

}  // namespace

int recompile(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  const auto done = recompile_at(kb.value(), asked, std::move(stop), out);
  if (!done) return out.failed("failed", {}, done.error(), blockage_of(kb.value()));
  const auto& [documents, written, removed] = done.value();
  out.object({{"status", documents == 0 ? "unchanged" : "recompiled"},
              {"documents", documents},
              {"written", written},
              {"removed", removed}});
  if (documents == 0) {
    out.done({{"unchanged", tone::faint}, {": every page is what the compiler makes of its source"}});
  } else {
    out.done({{"recompiled ", tone::good},
              {counted(documents, "document", "documents") + ": " + counted(written.size(), "file", "files") +
               " written, " + std::to_string(removed.size()) + " removed"}});
  }
  return exit_code::done;
}

}  // namespace openkb
