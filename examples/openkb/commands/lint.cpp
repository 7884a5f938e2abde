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
  std::vector<finding> fixed;
  std::vector<mended_file> files;
};

cp::result<linted> look(knowledge_base& kb, const command_line& asked, std::stop_token stop, output& out) {
  BOOST_OUTCOME_TRY(const auto reader, read(kb, asked.root, std::move(stop), out));
  BOOST_OUTCOME_TRY(auto found, look_for_problems(asked.root));
  return linted{std::move(found), {}, {}};
}

// Looks, mends, and looks again: what is left is what it could not mend.
cp::result<linted> look_and_mend(knowledge_base& kb, const command_line& asked, std::stop_token stop, output& out) {
  const auto at = now();
  if (!at) return cp::failure(make_error_code(error::bad_clock));
  BOOST_OUTCOME_TRY(auto owner, own(kb, asked.root, stop, out));
  BOOST_OUTCOME_TRY(auto found, look_for_problems(asked.root));
  if (std::ranges::none_of(found, &finding::can_be_mended)) return linted{std::move(found), {}, {}};
  BOOST_OUTCOME_TRY(auto files, owner.run({.operation = "mend", .stop = std::move(stop)},
                                          [&](cp::enlisting_mutation& m) { return mend(m, found, *at); }));
  BOOST_OUTCOME_TRYV(settle_index(owner, asked.root));
  BOOST_OUTCOME_TRY(auto left, look_for_problems(asked.root));
  std::erase_if(found, [&](const finding& f) { return !is_problem(f) || std::ranges::find(left, f) != left.end(); });
  return linted{std::move(left), std::move(found), std::move(files)};
}

std::string text_of(const finding& f) {
  auto text = std::string(to_string(f.what)) + ": " + f.path;
  if (!f.document.empty()) text += " (" + f.document + ")";
  if (!f.detail.empty()) text += ": " + f.detail;
  return text;
}

json to_json(const finding& f, const std::string& root) {
  json out{
      {"what", to_string(f.what)}, {"problem", is_problem(f)}, {"can_be_mended", f.can_be_mended}, {"path", f.path}};
  if (!f.document.empty()) out["document"] = f.document;
  if (!f.detail.empty()) out["detail"] = f.detail;
  if (auto advice = advice_on(f, root); !advice.empty()) out["advice"] = std::move(advice);
  return out;
}

json to_json(const mended_file& f) {
  json out{{"path", f.path}, {"what", f.what}};
  if (!f.before.empty()) out["before"] = f.before;
  out["taken_out"] = f.taken_out;
  out["put_in"] = f.put_in;
  return out;
}

void tell(const mended_file& f, output& out) {
  out.line(f.what + ' ' + f.path + (f.before.empty() ? "" : ", which was " + f.before));
  for (const auto& line : f.taken_out) out.line("  - " + line);
  for (const auto& line : f.put_in) out.line("  + " + line);
}

// How many there are, and who can do something about them.
std::string summed_up(std::size_t problems, std::size_t mendable, bool fixed) {
  const auto left = problems - mendable;
  auto text = counted(problems, "problem", "problems") + (fixed ? " left" : "");
  if (left == 0) return text + "; try: openkb lint --fix";
  if (mendable > 0) text += "; openkb lint --fix mends " + std::to_string(mendable);
  text += mendable > 0 ? ", and " + std::to_string(left) + " it does not" : "; openkb lint --fix mends none";
  return text + ": what to do stands behind " + (left == 1 ? "it" : "each");
}

}  // namespace

int lint(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  const auto done = asked.fix ? look_and_mend(kb.value(), asked, std::move(stop), out)
                              : look(kb.value(), asked, std::move(stop), out);
  if (!done) return out.failed("failed", {}, done.error(), blockage_of(kb.value()));
  const auto& [left, fixed, files] = done.value();
  const auto problems = static_cast<std::size_t>(std::ranges::count_if(left, is_problem));
  const auto mendable = static_cast<std::size_t>(std::ranges::count_if(left, &finding::can_be_mended));
  json fields{{"status", problems == 0 ? "clean" : "problems"}, {"can_be_mended", mendable}};
  for (const auto* list : {"findings", "fixed", "mended", "changes"}) fields[list] = json::array();
  for (const auto& f : left) fields["findings"].push_back(to_json(f, asked.root));
  for (const auto& f : fixed) fields["fixed"].push_back(to_json(f, asked.root));
  for (const auto& f : files) {
    fields["mended"].push_back(f.path);
    fields["changes"].push_back(to_json(f));
  }
  out.object(fields);
  for (const auto& f : fixed) out.line({{"mended ", tone::good}, {text_of(f)}});
  for (const auto& f : files) tell(f, out);
  for (const auto& f : left) {
    const auto advice = advice_on(f, asked.root);
    out.line(text_of(f) + (advice.empty() ? "" : "; " + advice));
  }
  if (problems == 0) {
    out.line({{"clean", tone::good}});
  } else {
    out.line(summed_up(problems, mendable, asked.fix));
  }
  return problems == 0 ? exit_code::done : exit_code::failed;
}

}  // namespace openkb
