#include "mutations/recompile_document.hpp"

#include "documents/source_file.hpp"
#include "knowledge_base/layout.hpp"
#include "registry/full_text.hpp"
#include "registry/terms.hpp"
#include "text/searchable_text.hpp"
#include "wiki/index_changes.hpp"
#include "wiki/pages.hpp"

#include <algorithm>
#include <array>

namespace openkb {

namespace {

format format_named(std::string_view name) noexcept {
  for (const auto f : {format::text, format::html, format::pdf, format::cloud}) {
    if (to_string(f) == name) return f;
  }
  return format::markdown;
}

// Of the original in raw/; empty when it is not kept.
cp::result<std::string> extension_of(cp::enlisting_mutation& m, const entry& e) {
  BOOST_OUTCOME_TRY(const auto files, m.enlist([&](sqlite3* db) { return registry(db).files_of(e.id); }));
  for (const auto& file : files) {
    if (file.starts_with("raw/")) return std::filesystem::path(file).extension().native();
  }
  return std::string{};
}

}  // namespace

cp::result<document> document_in(const std::filesystem::path& root, const entry& e) {
  BOOST_OUTCOME_TRY(const auto page, read_source(root / layout::source(e.name), std::uint64_t{1} << 30U));
  document out;
  out.place = e.source_path;
  out.stem = e.stem;
  out.format = format_named(e.format);
  out.sha256 = e.sha256;
  out.title = e.own_title;
  out.markdown = std::string(pages::text_in_source(page.bytes));
  return out;
}

cp::result<bool> put_compiled(cp::enlisting_mutation& m, page_changes& changes, entry e, const compiled& c) {
  BOOST_OUTCOME_TRY(const auto extension, extension_of(m, e));
  const pages::origin from{e.source_path, extension};
  const pages::identity id{e.name, e.added_at, e.updated_at};
  const auto changed_before = changes.written().size() + changes.removed().size();
  const auto file = layout::source(e.name);
  BOOST_OUTCOME_TRY(const auto page, m.read(file));
  const auto text = pages::text_in_source(page);
  BOOST_OUTCOME_TRYV(changes.rewrite(file, pages::with_source_head(page, c.title, from, id)));
  const auto before = e;
  e.title = c.title;
  BOOST_OUTCOME_TRY(const bool rows_changed, m.enlist([&](sqlite3* db) -> cp::result<bool> {
    BOOST_OUTCOME_TRY(const bool text_changed, full_text(db).put(e.id, {e.name, e.title, searchable_text(text)}));
    if (e.title == before.title) return text_changed;
    BOOST_OUTCOME_TRYV(registry(db).put(e));
    return true;
  }));
  BOOST_OUTCOME_TRY(const auto topics, changes.put_topics(e, c.topics));
  BOOST_OUTCOME_TRYV(changes.rewrite(layout::summary(e.name), pages::summary(c, from, id, topics)));
  index_changes index(m, changes);
  BOOST_OUTCOME_TRYV(index.replace(before, e));
  BOOST_OUTCOME_TRYV(index.count_again());
  return rows_changed || changes.written().size() + changes.removed().size() != changed_before;
}

cp::result<void> put_lost_summary(cp::enlisting_mutation& m, page_changes& changes, const entry& e) {
  BOOST_OUTCOME_TRY(const auto extension, extension_of(m, e));
  BOOST_OUTCOME_TRY(const auto source, document_in(m.root().native(), e));
  BOOST_OUTCOME_TRY(const auto topics, m.enlist([&](sqlite3* db) { return term_registry(db).pages_of(e.id); }));
  auto c = compile(source);
  c.title = e.title;
  const pages::origin from{e.source_path, extension};
  const pages::identity id{e.name, e.added_at, e.updated_at};
  return changes.write(layout::summary(e.name), pages::summary(c, from, id, topics));
}

}  // namespace openkb
