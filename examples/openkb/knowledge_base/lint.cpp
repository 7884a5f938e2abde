#include "knowledge_base/lint.hpp"

#include "documents/document.hpp"
#include "documents/source_file.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "knowledge_base/layout.hpp"
#include "page_index/error.hpp"
#include "page_index/page_index.hpp"
#include "registry/database.hpp"
#include "registry/full_text.hpp"
#include "text/initial.hpp"
#include "text/links.hpp"
#include "wiki/index_changes.hpp"
#include "wiki/index_pages.hpp"
#include "wiki/pages.hpp"
#include "wiki/wiki_files.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace openkb {

namespace {

class inspection {
 public:
  explicit inspection(const std::filesystem::path& root) : root_(root) {}

  cp::result<std::vector<finding>> run() {
    BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(root_)));
    BOOST_OUTCOME_TRYV(check_database(db.get()));
    registry rows(db.get());
    for (auto& file : files_below(root_)) files_.insert(std::move(file));
    BOOST_OUTCOME_TRY(const auto documents, rows.all());
    BOOST_OUTCOME_TRYV(check_files(rows, documents));
    BOOST_OUTCOME_TRYV(check_topics(rows));
    BOOST_OUTCOME_TRYV(check_index(rows, documents));
    BOOST_OUTCOME_TRYV(check_links());
    BOOST_OUTCOME_TRYV(check_blobs(rows, documents));
    BOOST_OUTCOME_TRYV(check_text(db.get()));
    return std::move(found_);
  }

 private:
  void report(finding::kind what, std::string path, std::string document = {}, std::string detail = {}) {
    found_.push_back({what, std::move(path), std::move(document), std::move(detail)});
  }

  cp::result<void> check_database(sqlite3* db) {
    BOOST_OUTCOME_TRY(auto check, statement::prepare(db, "PRAGMA integrity_check"));
    BOOST_OUTCOME_TRYV(check.next());
    if (check.text(0) != "ok") report(finding::kind::damaged_rows, std::string(layout::registry), {}, check.text(0));
    return cp::success();
  }

  // Format 2 has no full text. FTS5's check is a statement that writes, as far as SQLite is concerned, and a place
  // where nothing can be written goes without.
  cp::result<void> check_text(sqlite3* db) {
    BOOST_OUTCOME_TRY(const auto version, registry(db).version());
    if (version < registry::version_with_text) return cp::success();
    full_text texts(db);
    const std::string file(layout::registry);
    BOOST_OUTCOME_TRYV(execute(db, "PRAGMA query_only = 0"));
    const auto damage = texts.damage();
    BOOST_OUTCOME_TRYV(execute(db, "PRAGMA query_only = 1"));
    if (damage && damage.value()) report(finding::kind::damaged_text, file, {}, *damage.value());
    BOOST_OUTCOME_TRY(auto missing, texts.missing());
    for (auto& name : missing) report(finding::kind::missing_text, file, std::move(name));
    BOOST_OUTCOME_TRY(const auto strays, texts.strays());
    for (const auto id : strays) report(finding::kind::stray_text, file, {}, std::to_string(id));
    return cp::success();
  }

  cp::result<void> check_files(registry& rows, const std::vector<entry>& documents) {
    for (const auto& e : documents) {
      BOOST_OUTCOME_TRY(const auto files, rows.files_of(e.id));
      for (const auto& file : files) {
        owned_.insert(file);
        if (!files_.contains(file)) report(finding::kind::missing_file, file, e.name);
      }
    }
    return cp::success();
  }

  cp::result<std::string> read(const std::string& page) const {
    BOOST_OUTCOME_TRY(auto file, read_source(root_ / page, std::uint64_t{1} << 30U));
    return std::move(file.bytes);
  }

  cp::result<void> check_topics(registry& rows) {
    BOOST_OUTCOME_TRY(const auto topics, rows.all_pages());
    for (const auto& [topic, names] : topics) {
      const auto page = layout::page(topic.kind, topic.slug);
      owned_.insert(page);
      std::set<std::string> expected(names.begin(), names.end());
      if (!files_.contains(page)) {
        for (const auto& name : expected) report(finding::kind::missing_part, page, name);
        continue;
      }
      BOOST_OUTCOME_TRY(const auto text, read(page));
      for (auto& name : pages::documents_in_page(text)) {
        if (expected.erase(name) == 0) report(finding::kind::stale_part, page, std::move(name));
      }
      for (const auto& name : expected) report(finding::kind::missing_part, page, name);
    }
    return check_other_pages();
  }

  // What openkb has no row for may be a person's own; a line of openkb's there is stale all the same.
  cp::result<void> check_other_pages() {
    for (const auto& file : files_) {
      if (owned_.contains(file) || file == layout::index || file == layout::log || is_initial(file)) continue;
      const bool page = file.starts_with("wiki/concepts/") || file.starts_with("wiki/entities/");
      bool stale = false;
      if (page && file.ends_with(".md")) {
        BOOST_OUTCOME_TRY(const auto text, read(file));
        for (auto& name : pages::documents_in_page(text)) {
          report(finding::kind::stale_part, file, std::move(name));
          stale = true;
        }
      }
      if (!stale) report(finding::kind::foreign_file, file);
    }
    return cp::success();
  }

  static bool is_initial(std::string_view file) { return file.starts_with(layout::initials) && file.ends_with(".md"); }

  // Each document has one line, on the page of its initial; an older openkb wrote them all in one place.
  cp::result<void> check_index(registry& rows, const std::vector<entry>& documents) {
    BOOST_OUTCOME_TRY(const auto version, rows.version());
    const bool by_initial = version >= registry::version_with_text;
    const std::string index(layout::index);
    std::map<std::string, std::multiset<std::string>> listed;  // by page
    for (const auto& file : files_) {
      if (by_initial ? !is_initial(file) : file != index) continue;
      BOOST_OUTCOME_TRY(const auto text, read(file));
      for (auto& name : pages::documents_in_index(text)) listed[file].insert(std::move(name));
    }
    for (const auto& e : documents) {
      const auto page = by_initial ? layout::initial_page(initial_of(e.title)) : index;
      auto& names = listed[page];
      const auto line = names.find(e.name);
      if (line == names.end()) {
        report(finding::kind::missing_line, page, e.name);
      } else {
        names.erase(line);
      }
    }
    for (const auto& [page, names] : listed) {
      for (const auto& name : names) report(finding::kind::stale_line, page, name);
    }
    return by_initial ? check_contents(rows) : cp::success();
  }

  cp::result<void> check_contents(registry& rows) {
    const std::string index(layout::index);
    std::string text;
    if (files_.contains(index)) {
      BOOST_OUTCOME_TRY(text, read(index));
    }
    BOOST_OUTCOME_TRY(const auto now, contents_of(rows.connection()));
    if (text != pages::with_contents(text, now)) report(finding::kind::stale_index, index);
    return cp::success();
  }

  // What a document itself says is not judged, unless it leads into the wiki's own images.
  cp::result<void> check_links() {
    for (const auto& page : files_) {
      if (!page.starts_with("wiki/") || !page.ends_with(".md")) continue;
      BOOST_OUTCOME_TRY(const auto text, read(page));
      const bool source = page.starts_with("wiki/sources/");
      for (const auto& l : find_links(text)) {
        const auto target = target_of(page, l.target);
        if (target.empty() || files_.contains(target)) continue;
        const bool own = target.starts_with("wiki/") || target.starts_with("raw/") || target.starts_with(".openkb/");
        std::error_code ignored;
        if ((source && !is_made_by_openkb(target) && !owned_.contains(target)) || !own) continue;
        if (!std::filesystem::exists(root_ / target, ignored)) report(finding::kind::broken_link, page, {}, l.target);
      }
    }
    return cp::success();
  }

  [[nodiscard]] static bool is_made_by_openkb(const std::string& target) {
    return target.starts_with("wiki/sources/images/") || target.starts_with("wiki/summaries/") ||
           target.starts_with("raw/") || target.starts_with(".openkb/files/");
  }

  cp::result<void> check_blobs(registry& rows, const std::vector<entry>& documents) {
    std::map<std::string, std::string> expected;  // name by id
    for (const auto& e : documents) {
      if (!e.index_id.empty()) expected.emplace(e.index_id, e.name);
    }
    BOOST_OUTCOME_TRY(const auto going, rows.index_deletions());
    try {
      auto index = page_index::index::to_read(root_ / layout::index_root);
      for (const auto& d : index.documents()) {
        const bool mine = d.collection == layout::index_collection;
        if (mine && expected.erase(d.id) > 0) continue;
        // Without openkb's label it is somebody else's, who may use the same index.
        if (!mine || d.label.empty()) continue;
        if (std::ranges::find(going, d.id) != going.end()) continue;  // the next owner sees to it
        report(finding::kind::stray_blob, blob_of(d.id), {}, d.id);
      }
      for (const auto& stray : index.strays()) {
        report(finding::kind::stray_blob, (std::filesystem::path(layout::index_root) / stray).native());
      }
    } catch (const page_index::error& e) {
      report(finding::kind::damaged_rows, std::string(layout::index_database), {}, e.what());
    }
    for (const auto& [id, name] : expected) report(finding::kind::missing_blob, blob_of(id), name, id);
    return cp::success();
  }

  static std::string blob_of(const std::string& id) {
    return std::string(layout::index_blobs) + '/' + std::string(layout::index_collection) + '/' + id + ".pdf";
  }

  const std::filesystem::path& root_;
  std::set<std::string> files_;
  std::set<std::string> owned_;
  std::vector<finding> found_;
};

}  // namespace

std::string_view to_string(finding::kind k) noexcept {
  switch (k) {
    case finding::kind::missing_file: return "missing file";
    case finding::kind::stale_part: return "stale part";
    case finding::kind::missing_part: return "missing part";
    case finding::kind::missing_line: return "missing line";
    case finding::kind::stale_line: return "stale line";
    case finding::kind::stale_index: return "stale index";
    case finding::kind::broken_link: return "broken link";
    case finding::kind::missing_blob: return "missing in the page index";
    case finding::kind::stray_blob: return "stray in the page index";
    case finding::kind::missing_text: return "missing in the full text";
    case finding::kind::stray_text: return "stray in the full text";
    case finding::kind::damaged_text: return "damaged full text";
    case finding::kind::damaged_rows: return "damaged";
    case finding::kind::foreign_file: return "not openkb's";
  }
  return "?";
}

bool is_problem(const finding& f) noexcept { return f.what != finding::kind::foreign_file; }

cp::result<std::vector<finding>> look_for_problems(const std::filesystem::path& root) { return inspection(root).run(); }

}  // namespace openkb
