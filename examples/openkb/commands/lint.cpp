#include "knowledge_base/lint.hpp"
#include "commands/commands.hpp"
#include "knowledge_base/clock.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "mutations/index_document.hpp"
#include "mutations/mend.hpp"
#include "text/plain_text.hpp"

#include <algorithm>

namespace openkb {

namespace {

struct linted {
  std::vector<finding> left;
  std::vector<std::string> mended;  // files
};

cp::result<linted> look(knowledge_base& kb, const command_line& asked, std::stop_token stop, output& out) {
  BOOST_OUTCOME_TRY(const auto reader, read(kb, asked.root, std::move(stop), out));
  BOOST_OUTCOME_TRY(auto found, look_for_problems(asked.root));
  return linted{std::move(found), {}};
}

// Looks, mends, and looks again: what is left is what it could not mend.
cp::result<linted> look_and_mend(knowledge_base& kb, const command_line& asked, std::stop_token stop, output& out) {
  const auto at = now();
  if (!at) return cp::failure(make_error_code(error::bad_clock));
  BOOST_OUTCOME_TRY(auto owner, own(kb, asked.root, stop, out));
  BOOST_OUTCOME_TRY(const auto found, look_for_problems(asked.root));
  if (std::ranges::none_of(found, is_problem)) return linted{found, {}};
  BOOST_OUTCOME_TRY(auto mended, owner.run({.operation = "mend", .stop = std::move(stop)},
                                           [&](cp::enlisting_mutation& m) { return mend(m, found, *at); }));
  BOOST_OUTCOME_TRYV(settle_index(owner, asked.root));
  BOOST_OUTCOME_TRY(auto left, look_for_problems(asked.root));
  return linted{std::move(left), std::move(mended)};
}

std::string_view advice_on(const finding& f) noexcept {
  switch (f.what) {
    case finding::kind::missing_file:
    case finding::kind::missing_blob: return "; remove the document, then add it again";
    case finding::kind::damaged_rows: return "; restore the knowledge base from a copy";
    default: return {};
  }
}

}  // namespace

int lint(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  const auto done = asked.fix ? look_and_mend(kb.value(), asked, std::move(stop), out)
                              : look(kb.value(), asked, std::move(stop), out);
  if (!done) return out.failed("failed", {}, done.error(), blockage_of(kb.value()));
  const auto& [left, mended] = done.value();
  const auto problems = static_cast<std::size_t>(std::ranges::count_if(left, is_problem));
  json list = json::array();
  for (const auto& f : left) {
    json each{{"what", to_string(f.what)}, {"problem", is_problem(f)}, {"path", f.path}};
    if (!f.document.empty()) each["document"] = f.document;
    if (!f.detail.empty()) each["detail"] = f.detail;
    list.push_back(std::move(each));
    auto text = std::string(to_string(f.what)) + ": " + f.path;
    if (!f.document.empty()) text += " (" + f.document + ")";
    if (!f.detail.empty()) text += ": " + f.detail;
    out.line(text.append(advice_on(f)));
  }
  out.object({{"status", problems == 0 ? "clean" : "problems"}, {"findings", list}, {"mended", mended}});
  if (!mended.empty()) out.done({{"mended ", tone::good}, {counted(mended.size(), "file", "files")}});
  if (problems == 0) {
    out.line({{"clean", tone::good}});
  } else {
    out.line(counted(problems, "problem", "problems") + (asked.fix ? " left" : "; try: openkb lint --fix"));
  }
  return problems == 0 ? exit_code::done : exit_code::failed;
}

}  // namespace openkb
