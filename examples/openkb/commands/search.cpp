#include "commands/commands.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "knowledge_base/layout.hpp"
#include "registry/fts_query.hpp"
#include "registry/full_text.hpp"
#include "registry/registry.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace openkb {

namespace {

constexpr std::array<char, 2> both_marks{mark_begin, mark_end};
constexpr std::string_view marks(both_marks.data(), both_marks.size());

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& w : words) out.append(out.empty() ? "" : " ").append(w);
  return out;
}

// What an older openkb made is upgraded first, by whoever may write to it.
cp::result<void> require_full_text(knowledge_base& kb, const command_line& asked, const std::stop_token& stop,
                                   output& out) {
  BOOST_OUTCOME_TRY(const auto version, format_version(asked.root));
  if (version == 0 || version >= registry::version_with_text) return cp::success();
  if (const auto owner = own(kb, asked.root, stop, out); !owner) {
    return cp::failure(make_error_code(error::no_full_text), asked.root,
                       "somebody who may write to it has to run a command once, such as: openkb lint --fix (" +
                           owner.error().message() + ")");
  }
  return cp::success();
}

cp::result<std::vector<hit>> look(knowledge_base& kb, const command_line& asked, std::stop_token stop, output& out) {
  BOOST_OUTCOME_TRY(const auto query, fts_query(joined(asked.paths)));
  BOOST_OUTCOME_TRYV(require_full_text(kb, asked, stop, out));
  BOOST_OUTCOME_TRY(const auto reader, read(kb, asked.root, std::move(stop), out));
  BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(asked.root)));
  return full_text(db.get()).find(query, asked.limit);
}

// The passage in pieces, what was found between its marks in bold; without the marks.
std::vector<piece> pieces_of(std::string_view passage) {
  std::vector<piece> out{{"    "}};
  tone now = tone::plain;
  for (;;) {
    const auto end = std::min(passage.find_first_of(marks), passage.size());
    out.push_back({passage.substr(0, end), now});
    if (end == passage.size()) return out;
    now = passage[end] == mark_begin ? tone::name : tone::plain;
    passage.remove_prefix(end + 1);
  }
}

std::string without_marks(std::string_view passage) {
  std::string out;
  std::ranges::copy_if(passage, std::back_inserter(out), [](char c) { return marks.find(c) == marks.npos; });
  return out;
}

void tell(const std::vector<hit>& found, output& out) {
  for (const auto& each : found) {
    out.line({{each.name, tone::name}, {"  "}, {each.title}});
    if (!each.passage.empty()) out.line(pieces_of(each.passage));
  }
}

}  // namespace

int search(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  const auto found = look(kb.value(), asked, std::move(stop), out);
  if (!found) return out.failed("failed", {}, found.error(), blockage_of(kb.value()));
  json results = json::array();
  for (const auto& each : found.value()) {
    results.push_back({{"name", each.name},
                       {"title", each.title},
                       {"path", layout::source(each.name)},
                       {"score", each.score},
                       {"passage", without_marks(each.passage)}});
  }
  out.object({{"query", joined(asked.paths)}, {"results", results}});
  tell(found.value(), out);
  if (found.value().empty()) out.note("nothing found");
  return exit_code::done;
}

}  // namespace openkb
