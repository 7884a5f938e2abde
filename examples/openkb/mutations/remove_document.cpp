#include "mutations/remove_document.hpp"

#include "documents/same_name.hpp"
#include "documents/source_file.hpp"
#include "knowledge_base/layout.hpp"
#include "mutations/link_documents.hpp"
#include "terminal/nearest.hpp"
#include "text/links.hpp"
#include "text/nfc.hpp"
#include "text/plain_text.hpp"
#include "wiki/index_changes.hpp"
#include "wiki/page_changes.hpp"
#include "wiki/pages.hpp"
#include "wiki/wiki_files.hpp"

#include <algorithm>
#include <set>

namespace openkb {

namespace {

class removal {
 public:
  removal(cp::enlisting_mutation& m, const entry& e, bool keep_raw, const std::string& now)
      : m_(m), changes_(m), entry_(e), keep_raw_(keep_raw), now_(now) {}

  cp::result<removed> run() {
    index_changes index(m_, changes_);
    BOOST_OUTCOME_TRYV(changes_.put_topics(entry_, {}));
    BOOST_OUTCOME_TRYV(remove_files());
    BOOST_OUTCOME_TRYV(document_linking(m_, changes_).remove(entry_.id));
    BOOST_OUTCOME_TRYV(index.drop(entry_));
    BOOST_OUTCOME_TRYV(remove_rows());
    BOOST_OUTCOME_TRYV(index.count_again());
    BOOST_OUTCOME_TRYV(mend_links());
    const auto what = "removed " + code_span(entry_.name) + (keep_raw_ ? ", and kept its original" : "");
    BOOST_OUTCOME_TRYV(changes_.append(std::string(layout::log), pages::log_line(now_, what)));
    return removed{entry_.name, changes_.removed(), changes_.written(), entry_.index_owned};
  }

 private:
  cp::result<void> remove_files() {
    BOOST_OUTCOME_TRY(const auto files, m_.enlist([&](sqlite3* db) { return registry(db).files_of(entry_.id); }));
    for (const auto& file : files) {
      if (keep_raw_ && file.starts_with("raw/")) continue;
      BOOST_OUTCOME_TRYV(changes_.remove(file));
      gone_.insert(nfc(file));
    }
    return changes_.remove_directory(layout::images(entry_.name));
  }

  // Pages are read as they stand, and only those that lead to what goes as this mutation sees them.
  cp::result<void> mend_links() {
    const std::filesystem::path root(m_.root().native());
    for (const auto& page : changes_.removed()) gone_.insert(nfc(page));
    for (const auto& file : gone_) names_.insert(std::filesystem::path(file).stem().native());
    for (const auto& standing : files_below(root)) {
      if (!standing.starts_with("wiki/") || !standing.ends_with(".md") || standing == layout::log ||
          gone_.contains(nfc(standing)))
        continue;
      const auto text = read_source(root / standing, largest_text);
      if (!text || !may_lead_here(text.value().bytes)) continue;
      BOOST_OUTCOME_TRY(const bool as_it_stood, m_.exists(standing));
      const auto page = as_it_stood ? standing : nfc(standing);  // it may have got its name back
      BOOST_OUTCOME_TRY(const bool there, m_.exists(page));
      if (!there) continue;  // it went with another document
      BOOST_OUTCOME_TRY(const auto now, m_.read(page));
      const auto mended =
          without_links(now, [&](const link& l) { return gone_.contains(nfc(target_of(page, l.target))); });
      if (mended == now) continue;
      BOOST_OUTCOME_TRYV(changes_.write(page, mended));
    }
    return cp::success();
  }

  // To read its links takes longer than to see that none of the names is there. A name can be written in several ways
  // in a link: with percent signs, behind backslashes, or where it has accents.
  [[nodiscard]] bool may_lead_here(std::string_view page) const {
    return page.find_first_of("%\\") != std::string_view::npos || std::ranges::any_of(names_, [&](const auto& name) {
             return nfd(name) != name || page.find(name) != std::string_view::npos;
           });
  }

  cp::result<void> remove_rows() {
    return m_.enlist([&](sqlite3* db) -> cp::result<void> {
      registry rows(db);
      if (entry_.index_owned) {
        BOOST_OUTCOME_TRYV(rows.add_index_deletion(entry_.index_id));
      }
      return rows.remove(entry_.id);
    });
  }

  cp::enlisting_mutation& m_;
  page_changes changes_;
  const entry& entry_;
  bool keep_raw_;
  const std::string& now_;
  std::set<std::string> gone_;  // files, and their names without directory and extension, in NFC
  std::set<std::string> names_;
};

// Whether a place is this one, or ends as it does: `docs/report.md`, `report.md`.
bool is_place(const std::string& place, const std::string& asked) {
  const auto known = nfc(place);
  const auto end = nfc(asked);
  return known == end || (!end.empty() && known.ends_with('/' + end));
}

std::string file_name_of(const entry& e) { return e.source_path.substr(e.source_path.rfind('/') + 1); }

// What neither a name nor a place is exactly: the end of a place if it is that of one only, or nothing that is here.
cp::result<entry> find_among(std::vector<entry> all, const std::string& asked, const std::string& place) {
  std::vector<entry> found;
  for (const auto& e : all) {
    if (is_place(e.source_path, place)) return e;
    if (is_place(e.source_path, asked)) found.push_back(e);
  }
  if (found.size() == 1) return found.front();
  std::string candidates;
  for (const auto& e : found)
    candidates.append(candidates.empty() ? "" : ", or ").append(e.name + " (" + e.source_path + ")");
  if (!found.empty()) {
    return cp::failure(
        make_error_code(error::no_such_document), asked,
        counted(found.size(), "document has", "documents have") + " that name; say which: " + candidates);
  }
  std::vector<std::string> known;
  for (const auto& e : all) known.insert(known.end(), {e.name, file_name_of(e)});
  const auto meant = terminal::did_you_mean(nfc(asked), known);
  return cp::failure(make_error_code(error::no_such_document), asked,
                     meant.empty() ? std::string{} : meant + " (see: openkb list)");
}

}  // namespace

cp::result<entry> find_document(registry& rows, const std::string& asked) {
  for (const auto& name : {asked, nfc(asked), nfd(asked)}) {
    BOOST_OUTCOME_TRY(auto found, rows.by_name(name));
    if (found) return *std::move(found);
  }
  const auto place = place_of(file_of_same_name(asked));
  for (const auto& written : {asked, place ? place.value() : asked}) {
    BOOST_OUTCOME_TRY(auto found, rows.by_place(written));
    if (found) return *std::move(found);
  }
  BOOST_OUTCOME_TRY(auto all, rows.all());
  return find_among(std::move(all), asked, place ? place.value() : asked);
}

cp::result<removed> remove_document(cp::enlisting_mutation& m, const entry& e, bool keep_raw, const std::string& now) {
  return removal(m, e, keep_raw, now).run();
}

}  // namespace openkb
