#include "commands/commands.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "knowledge_base/layout.hpp"
#include "registry/fts_query.hpp"
#include "registry/full_text.hpp"
#include "registry/registry.hpp"
#include "text/printable.hpp"

#include <unistd.h>

#include <cstdlib>
#include <vector>

namespace openkb {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& w : words) out.append(out.empty() ? "" : " ").append(w);
  return out;
}

// What an older openkb made is upgraded first, by whoever may write to it.
cp::result<void> require_full_text(knowledge_base& kb, const command_line& asked, const std::stop_token& stop,
                                   output& out) {
  BOOST_OUTCOME_TRY(const auto version, format_version(asked.root));
  if (version == 0 || version == registry::current_version) return cp::success();
  if (const auto owner = own(kb, asked.root, stop, out); !owner) {
    return cp::failure(make_error_code(error::no_full_text), asked.root,
                       "somebody who may write to it has to run a command once, such as: openkb lint --fix (" +
                           owner.error().message() + ")");
  }
  return cp::success();
}

cp::result<std::vector<hit>> look(knowledge_base& kb, const command_line& asked, const std::stop_token& stop,
                                  output& out) {
  BOOST_OUTCOME_TRY(const auto query, fts_query(joined(asked.paths)));
  BOOST_OUTCOME_TRYV(require_full_text(kb, asked, stop, out));
  BOOST_OUTCOME_TRY(const auto reader, kb.read(cp::lock_options{.stop = stop}));
  out.recovered(reader.recovered());
  BOOST_OUTCOME_TRYV(require_made(asked.root));
  BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(asked.root)));
  return full_text(db.get()).find(query, asked.limit);
}

// The marks around what was found become what `begin` and `end` are.
std::string with_marks(std::string_view passage, std::string_view begin, std::string_view end) {
  std::string out;
  for (const char c : passage) {
    if (c == mark_begin) {
      out += begin;
    } else if (c == mark_end) {
      out += end;
    } else {
      out += c;
    }
  }
  return out;
}

void tell(const std::vector<hit>& found, output& out) {
  const bool bold = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  for (const auto& each : found) {
    out.line(each.name + "  " + printable(each.title));
    if (each.passage.empty()) continue;
    out.line("    " + with_marks(each.passage, bold ? "\x1b[1m" : "", bold ? "\x1b[m" : ""));
  }
}

}  // namespace

int search(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  const auto found = look(kb.value(), asked, stop, out);
  if (!found) return out.failed("failed", {}, found.error(), blockage_of(kb.value()));
  json results = json::array();
  for (const auto& each : found.value()) {
    results.push_back({{"name", each.name},
                       {"title", each.title},
                       {"path", layout::source(each.name)},
                       {"score", each.score},
                       {"passage", with_marks(each.passage, {}, {})}});
  }
  out.object({{"query", joined(asked.paths)}, {"results", results}});
  tell(found.value(), out);
  if (found.value().empty()) out.note("nothing found");
  return exit_code::done;
}

}  // namespace openkb
