#include "wiki/index_changes.hpp"

#include "knowledge_base/layout.hpp"
#include "registry/terms.hpp"
#include "text/initial.hpp"
#include "wiki/index_pages.hpp"

namespace openkb {

cp::result<void> index_changes::add(const entry& document) {
  const auto initial = initial_of(document.title);
  const auto page = layout::initial_page(initial);
  const auto line = pages::index_line(document);
  BOOST_OUTCOME_TRY(const bool there, changes_.exists(page));
  return there ? changes_.append(page, line) : changes_.write(page, pages::initial_head(initial) + line);
}

cp::result<void> index_changes::drop(const entry& document) {
  const auto initial = initial_of(document.title);
  const auto page = layout::initial_page(initial);
  BOOST_OUTCOME_TRY(const bool there, changes_.exists(page));
  if (!there) return cp::success();
  BOOST_OUTCOME_TRY(const auto text, m_.read(page));
  const auto rest = pages::without_line(text, document.name);
  return pages::is_bare_initial(rest, initial) ? changes_.remove(page) : changes_.rewrite(page, rest);
}

cp::result<void> index_changes::replace(const entry& before, const entry& now) {
  if (pages::index_line(before) == pages::index_line(now)) return cp::success();
  BOOST_OUTCOME_TRYV(drop(before));
  return add(now);
}

cp::result<void> index_changes::count_again() {
  const std::string index(layout::index);
  BOOST_OUTCOME_TRY(const auto now, m_.enlist([](sqlite3* db) { return contents_of(db); }));
  BOOST_OUTCOME_TRY(const bool there, m_.exists(index));
  std::string text;
  if (there) {
    BOOST_OUTCOME_TRY(text, m_.read(index));
  }
  const auto changed = pages::with_contents(text, now);
  return changed == text ? cp::success() : changes_.write(index, changed);
}

cp::result<pages::contents> contents_of(sqlite3* db) {
  registry rows(db);
  pages::contents out;
  BOOST_OUTCOME_TRY(out.documents, rows.tally(registry::all_documents));
  BOOST_OUTCOME_TRY(out.concepts, rows.tally(to_string(topic_kind::concept_page)));
  BOOST_OUTCOME_TRY(out.entities, rows.tally(to_string(topic_kind::entity_page)));
  BOOST_OUTCOME_TRY(out.initials, rows.initials());
  BOOST_OUTCOME_TRY(out.latest, rows.latest(pages::most_latest));
  BOOST_OUTCOME_TRY(out.shared, term_registry(db).most_shared(pages::most_shared));
  return out;
}

}  // namespace openkb
