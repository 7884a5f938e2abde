#include "mutations/mend.hpp"

#include "knowledge_base/layout.hpp"
#include "mutations/link_documents.hpp"
#include "mutations/recompile_document.hpp"
#include "registry/full_text.hpp"
#include "text/links.hpp"
#include "text/plain_text.hpp"
#include "text/searchable_text.hpp"
#include "wiki/index_changes.hpp"
#include "wiki/index_pages.hpp"
#include "wiki/page_changes.hpp"
#include "wiki/pages.hpp"
#include "wiki/wiki_files.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace openkb {

namespace {

class mending {
 public:
  mending(cp::enlisting_mutation& m, const std::string& now) : m_(m), changes_(m), now_(now) {}

  cp::result<std::vector<std::string>> run(const std::vector<finding>& found) {
    for (const auto& f : found) {
      BOOST_OUTCOME_TRYV(mend_one(f));
    }
    for (const auto& name : to_compile_) {
      BOOST_OUTCOME_TRYV(compile_again(name));
    }
    BOOST_OUTCOME_TRYV(mend_index());
    // Last, because what was just made anew is no broken link any more.
    for (const auto& f : found) {
      if (f.what != finding::kind::broken_link) continue;
      BOOST_OUTCOME_TRYV(drop_broken_links(f.path));
    }
    if (!changes_.empty()) {
      BOOST_OUTCOME_TRYV(
          changes_.append(std::string(layout::log), pages::log_line(now_, "mended what lint had found")));
    }
    return changed();
  }

 private:
  cp::result<void> mend_one(const finding& f) {
    switch (f.what) {
      case finding::kind::stale_part: return drop_line(f.path, f.document);
      case finding::kind::stale_line: return drop_index_line(f.path, f.document);
      case finding::kind::missing_line: to_list_.insert(f.document); break;
      case finding::kind::stale_index: count_again_ = true; break;
      case finding::kind::stray_blob: return have_forgotten(f.detail);
      case finding::kind::missing_text: return put_text(f.document);
      case finding::kind::stray_text: return drop_text(f.detail);
      case finding::kind::damaged_text: return m_.enlist([](sqlite3* db) { return full_text(db).rebuild(); });
      case finding::kind::missing_part: to_compile_.insert(f.document); break;
      case finding::kind::missing_file:
        if (f.path == layout::summary(f.document)) to_compile_.insert(f.document);
        break;
      case finding::kind::broken_link:
      case finding::kind::missing_blob:
      case finding::kind::damaged_rows:
      case finding::kind::foreign_file: break;
    }
    return cp::success();
  }

  [[nodiscard]] std::vector<std::string> changed() const {
    auto out = changes_.written();
    out.insert(out.end(), changes_.removed().begin(), changes_.removed().end());
    return out;
  }

  cp::result<void> drop_line(const std::string& page, const std::string& document) {
    BOOST_OUTCOME_TRY(const auto text, m_.read(page));
    const auto rest = pages::with_part(text, document, {});
    return pages::is_bare_topic(rest) ? changes_.remove(page) : changes_.rewrite(page, rest);
  }

  cp::result<void> drop_index_line(const std::string& page, const std::string& document) {
    BOOST_OUTCOME_TRY(const auto text, m_.read(page));
    const auto initial = std::filesystem::path(page).stem().native();
    const auto rest = pages::without_line(text, document);
    BOOST_OUTCOME_TRYV(pages::is_bare_initial(rest, initial) ? changes_.remove(page) : changes_.rewrite(page, rest));
    to_list_.insert(document);  // it may have been listed twice
    return cp::success();
  }

  cp::result<void> mend_index() {
    index_changes index(m_, changes_);
    for (const auto& document : to_list_) {
      BOOST_OUTCOME_TRY(const auto known, row(document));
      if (!known) continue;
      BOOST_OUTCOME_TRYV(index.drop(*known));
      BOOST_OUTCOME_TRYV(index.add(*known));
    }
    if (!count_again_ && changes_.empty()) return cp::success();
    return index.count_again();
  }

  cp::result<std::optional<entry>> row(const std::string& document) {
    return m_.enlist([&](sqlite3* db) { return registry(db).by_name(document); });
  }

  cp::result<void> have_forgotten(const std::string& index_id) {
    if (index_id.empty()) return cp::success();
    return m_.enlist([&](sqlite3* db) { return registry(db).add_index_deletion(index_id); });
  }

  cp::result<void> put_text(const std::string& document) {
    BOOST_OUTCOME_TRY(const auto known, row(document));
    if (!known) return cp::success();
    BOOST_OUTCOME_TRY(const bool there, m_.exists(layout::source(document)));
    std::string text;
    if (there) {
      BOOST_OUTCOME_TRY(const auto source, document_in(m_.root().native(), *known));
      text = searchable_text(source.markdown);
    }
    return m_.enlist([&](sqlite3* db) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(full_text(db).put(known->id, {known->name, known->title, text}));
      return cp::success();
    });
  }

  cp::result<void> drop_text(const std::string& id) {
    return m_.enlist([&](sqlite3* db) { return full_text(db).remove(std::stoll(id)); });
  }

  // By the built-in compiler: a language model may be tried afterwards.
  cp::result<void> compile_again(const std::string& document) {
    BOOST_OUTCOME_TRY(const auto known, row(document));
    if (!known) return cp::success();
    BOOST_OUTCOME_TRY(const bool there, m_.exists(layout::source(document)));
    if (!there) return cp::success();
    BOOST_OUTCOME_TRY(const auto source, document_in(m_.root().native(), *known));
    BOOST_OUTCOME_TRYV(put_compiled(m_, changes_, *known, compile(source)));
    return cp::success();
  }

  cp::result<void> drop_broken_links(const std::string& page) {
    BOOST_OUTCOME_TRY(const bool page_there, m_.exists(page));
    if (!page_there) return cp::success();
    constexpr std::string_view sources = "wiki/sources/";
    if (page.starts_with(sources) && page.ends_with(".md")) {
      BOOST_OUTCOME_TRY(const auto known, row(page.substr(sources.size(), page.size() - sources.size() - 3)));
      if (known) {
        BOOST_OUTCOME_TRYV(document_linking(m_, changes_).unlink_missing(known->id, known->name, known->source_path));
      }
    }
    BOOST_OUTCOME_TRY(const auto text, m_.read(page));
    std::set<std::string> gone;
    for (const auto& l : find_links(text)) {
      const auto target = target_of(page, l.target);
      if (target.empty()) continue;
      BOOST_OUTCOME_TRY(const bool there, m_.exists(target));
      if (!there) gone.insert(target);
    }
    return changes_.rewrite(
        page, without_links(text, [&](const link& l) { return gone.contains(target_of(page, l.target)); }));
  }

  cp::enlisting_mutation& m_;
  page_changes changes_;
  const std::string& now_;
  std::set<std::string> to_compile_;
  std::set<std::string> to_list_;
  bool count_again_ = false;
};

}  // namespace

cp::result<std::vector<std::string>> mend(cp::enlisting_mutation& m, const std::vector<finding>& found,
                                          const std::string& now) {
  return mending(m, now).run(found);
}

}  // namespace openkb
