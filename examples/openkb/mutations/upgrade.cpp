#include "mutations/upgrade.hpp"

#include "knowledge_base/layout.hpp"
#include "mutations/link_documents.hpp"
#include "mutations/recompile_document.hpp"
#include "registry/full_text.hpp"
#include "registry/link_table.hpp"
#include "registry/registry.hpp"
#include "registry/terms.hpp"
#include "text/searchable_text.hpp"
#include "wiki/index_changes.hpp"
#include "wiki/index_pages.hpp"
#include "wiki/page_changes.hpp"
#include "wiki/pages.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace openkb {

namespace {

// What a person configured stays, and keeps its order.
cp::result<void> put_format(cp::enlisting_mutation& m) {
  const std::string file(layout::config);
  BOOST_OUTCOME_TRY(const bool there, m.exists(file));
  auto config = nlohmann::ordered_json::object();
  if (there) {
    BOOST_OUTCOME_TRY(const auto text, m.read(file));
    config = nlohmann::ordered_json::parse(text, nullptr, false);
  }
  if (!config.is_object()) return cp::failure(make_error_code(error::bad_config), file);
  config["format"] = registry::current_version;
  return m.write(file, config.dump(2) + '\n');
}

// Pages keep the parts that they have. The lines of documents leave the one index for the pages of their initials.
cp::result<void> put_topics_and_index(cp::enlisting_mutation& m, const std::vector<entry>& documents) {
  BOOST_OUTCOME_TRYV(m.enlist([](sqlite3* db) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(term_registry(db).adopt_pages());
    return registry(db).count_again();
  }));
  page_changes changes(m);
  index_changes index(m, changes);
  BOOST_OUTCOME_TRYV(m.create_directories(layout::initials));
  const std::string old(layout::index);
  BOOST_OUTCOME_TRY(const bool there, m.exists(old));
  if (there) {
    BOOST_OUTCOME_TRY(const auto text, m.read(old));
    BOOST_OUTCOME_TRYV(changes.rewrite(old, pages::without_old_list(text)));
  }
  for (const auto& e : documents) {
    BOOST_OUTCOME_TRYV(index.drop(e));
    BOOST_OUTCOME_TRYV(index.add(e));
  }
  return index.count_again();
}

// One document's part of what the new tables hold. `source` has its text, as its source page has it.
cp::result<void> fill(cp::enlisting_mutation& m, const entry& e, const document& source, std::int64_t from) {
  return m.enlist([&](sqlite3* db) -> cp::result<void> {
    if (from < registry::version_with_text) {
      BOOST_OUTCOME_TRYV(full_text(db).put(e.id, {e.name, e.title, searchable_text(source.markdown)}));
    }
    return link_table(db).put(e.id, places_of(e.source_path), outgoing_links(source.markdown, e.source_path));
  });
}

// Once it is known where each of them is.
cp::result<void> link_others(cp::enlisting_mutation& m, const entry& e) {
  const auto file = layout::source(e.name);
  BOOST_OUTCOME_TRY(const bool there, m.exists(file));
  if (!there) return cp::success();
  BOOST_OUTCOME_TRY(const auto links, m.enlist([&](sqlite3* db) { return link_table(db).links_of(e.id); }));
  if (links.empty()) return cp::success();
  page_changes changes(m);
  BOOST_OUTCOME_TRY(const auto page, m.read(file));
  BOOST_OUTCOME_TRY(const auto linked, document_linking(m, changes).linked(page, links, e.source_path));
  return changes.rewrite(file, linked);
}

}  // namespace

cp::result<void> upgrade(cp::enlisting_mutation& m, const std::string& now, std::int64_t from) {
  BOOST_OUTCOME_TRY(const auto documents, m.enlist([&](sqlite3* db) -> cp::result<std::vector<entry>> {
    registry rows(db);
    BOOST_OUTCOME_TRYV(rows.upgrade_tables(from));
    return rows.all();
  }));
  if (from < registry::version_with_text) {
    BOOST_OUTCOME_TRYV(put_topics_and_index(m, documents));
  }
  for (const auto& e : documents) {
    // A source page that somebody removed is for lint to tell: it keeps nobody from going on, and the text is empty.
    BOOST_OUTCOME_TRY(const bool there, m.exists(layout::source(e.name)));
    document source;
    if (there) {
      BOOST_OUTCOME_TRY(source, document_in(m.root().native(), e));
    }
    BOOST_OUTCOME_TRYV(fill(m, e, source, from));
  }
  for (const auto& e : documents) {
    BOOST_OUTCOME_TRYV(link_others(m, e));
  }
  BOOST_OUTCOME_TRYV(put_format(m));
  return m.append(std::string(layout::log),
                  pages::log_line(now, "upgraded this knowledge base " + upgrade_steps(from)));
}

std::string upgrade_steps(std::int64_t from) {
  return "from format " + std::to_string(from) + " to " + std::to_string(registry::current_version);
}

}  // namespace openkb
