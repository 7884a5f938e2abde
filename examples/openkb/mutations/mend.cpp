#include "mutations/mend.hpp"

#include "knowledge_base/layout.hpp"
#include "mutations/recompile_document.hpp"
#include "registry/full_text.hpp"
#include "registry/terms.hpp"
#include "text/nfc.hpp"
#include "text/searchable_text.hpp"
#include "wiki/index_changes.hpp"
#include "wiki/index_pages.hpp"
#include "wiki/page_changes.hpp"
#include "wiki/pages.hpp"
#include "wiki/summary_topics.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace openkb {

namespace {

class mending {
 public:
  mending(cp::enlisting_mutation& m, const std::string& now) : m_(m), changes_(m), now_(now) {}

  cp::result<std::vector<mended_file>> run(const std::vector<finding>& found) {
    for (const auto& f : found) {
      if (f.what != finding::kind::other_spelling) continue;
      renamed_.emplace(f.path, f.detail);
      BOOST_OUTCOME_TRYV(changes_.respell(f.detail, f.path));
    }
    for (const auto& f : found) {
      if (!f.can_be_mended) continue;
      BOOST_OUTCOME_TRYV(mend_one(f));
    }
    for (const auto& [page, dropped] : pages_) {
      BOOST_OUTCOME_TRYV(mend_page(page, dropped));
    }
    BOOST_OUTCOME_TRYV(mend_index());
    // Last, because what was just made anew is no broken link any more.
    for (const auto& page : dead_topics_in_) {
      BOOST_OUTCOME_TRYV(drop_dead_topics(page));
    }
    if (!changes_.empty() || !renamed_.empty()) {
      BOOST_OUTCOME_TRYV(
          changes_.append(std::string(layout::log), pages::log_line(now_, "mended what lint had found")));
    }
    return changed();
  }

 private:
  cp::result<void> mend_one(const finding& f) {
    switch (f.what) {
      case finding::kind::stale_part: pages_[f.path].insert(f.document); break;
      case finding::kind::missing_part: pages_[f.path]; break;
      case finding::kind::stale_line: return drop_index_line(f.path, f.document);
      case finding::kind::missing_line: to_list_.insert(f.document); break;
      case finding::kind::stale_index: count_again_ = true; break;
      case finding::kind::stray_blob: return have_forgotten(f.detail);
      case finding::kind::missing_text: return put_text(f.document);
      case finding::kind::stray_text: return drop_text(f.detail);
      case finding::kind::damaged_text: return m_.enlist([](sqlite3* db) { return full_text(db).rebuild(); });
      case finding::kind::missing_file: return put_summary(f.document);
      // In other places the line goes for another reason.
      case finding::kind::broken_link:
        if (f.path.starts_with(layout::summaries)) dead_topics_in_.insert(f.path);
        break;
      case finding::kind::other_spelling:
      case finding::kind::missing_blob:
      case finding::kind::damaged_rows:
      case finding::kind::document_to_add:
      case finding::kind::foreign_file: break;
    }
    return cp::success();
  }

  // Lines of documents that have no part there go; of those that have one, the line comes that is not there.
  cp::result<void> mend_page(const std::string& file, const std::set<std::string>& dropped) {
    BOOST_OUTCOME_TRY(const auto known, m_.enlist([&](sqlite3* db) {
      const auto slug = std::filesystem::path(file).stem().native();
      const auto kind =
          file == layout::page(topic_kind::concept_page, slug) ? topic_kind::concept_page : topic_kind::entity_page;
      return term_registry(db).page_and_parts(kind, slug);
    }));
    BOOST_OUTCOME_TRY(const bool there, m_.exists(file));
    std::string text = pages::topic_head(known.page);
    if (there) {
      BOOST_OUTCOME_TRY(text, m_.read(file));
    }
    for (const auto& name : dropped) text = pages::with_part(text, name, {});
    for (const auto& part : known.put) {
      if (!has_part(text, part.document)) text = pages::with_part(text, part.document, pages::topic_part(part));
    }
    return pages::is_bare_topic(text, known.page) ? changes_.remove(file) : changes_.rewrite(file, text);
  }

  static bool has_part(std::string_view text, const std::string& document) {
    return std::ranges::any_of(pages::documents_in_page(text),
                               [&](const std::string& name) { return same_name(name, document); });
  }

  // A summary whose document has topics without pages. Lines of pages that are there stay as they are.
  cp::result<void> drop_dead_topics(const std::string& page) {
    BOOST_OUTCOME_TRY(const auto text, m_.read(page));
    std::vector<topic> dead;
    for (auto& t : pages::topics_in(text)) {
      BOOST_OUTCOME_TRY(const bool there, m_.exists(layout::page(t.kind, t.slug)));
      if (!there) dead.push_back(std::move(t));
    }
    return changes_.rewrite(page, pages::with_topics(text, {}, dead));
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

  cp::result<void> put_summary(const std::string& document) {
    BOOST_OUTCOME_TRY(const auto known, row(document));
    if (!known) return cp::success();
    return put_lost_summary(m_, changes_, *known);
  }

  [[nodiscard]] cp::result<std::vector<mended_file>> changed() {
    std::set<std::string> files(changes_.written().begin(), changes_.written().end());
    files.insert(changes_.removed().begin(), changes_.removed().end());
    for (const auto& [now, before] : renamed_) files.insert(now);
    std::vector<mended_file> out;
    for (const auto& file : files) {
      const auto renamed = renamed_.find(file);
      BOOST_OUTCOME_TRY(auto one, compared(m_, file, renamed == renamed_.end() ? std::string{} : renamed->second));
      out.push_back(std::move(one));
    }
    return out;
  }

  cp::enlisting_mutation& m_;
  page_changes changes_;
  const std::string& now_;
  std::map<std::string, std::set<std::string>> pages_;  // documents whose lines go, by page
  std::map<std::string, std::string> renamed_;          // old names by the new ones
  std::set<std::string> dead_topics_in_;                // summaries
  std::set<std::string> to_list_;
  bool count_again_ = false;
};

}  // namespace

cp::result<std::vector<mended_file>> mend(cp::enlisting_mutation& m, const std::vector<finding>& found,
                                          const std::string& now) {
  return mending(m, now).run(found);
}

}  // namespace openkb
