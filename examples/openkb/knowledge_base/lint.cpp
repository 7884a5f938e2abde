#include "knowledge_base/lint.hpp"

#include "documents/document.hpp"
#include "documents/source_file.hpp"
#include "knowledge_base/broken_links.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "knowledge_base/layout.hpp"
#include "page_index/error.hpp"
#include "page_index/page_index.hpp"
#include "registry/database.hpp"
#include "registry/full_text.hpp"
#include "text/initial.hpp"
#include "text/nfc.hpp"
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
  explicit inspection(const std::filesystem::path& root) : root_(root), files_(files_below(root)) {}

  cp::result<std::vector<finding>> run() {
    BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(root_)));
    BOOST_OUTCOME_TRYV(check_database(db.get()));
    registry rows(db.get());
    BOOST_OUTCOME_TRY(const auto documents, rows.all());
    BOOST_OUTCOME_TRYV(check_files(rows, documents));
    BOOST_OUTCOME_TRYV(check_topics(rows));
    BOOST_OUTCOME_TRYV(check_index(rows, documents));
    BOOST_OUTCOME_TRYV(check_other_files(rows));
    BOOST_OUTCOME_TRYV(check_links());
    BOOST_OUTCOME_TRYV(check_blobs(rows, documents));
    BOOST_OUTCOME_TRYV(check_text(db.get()));
    return std::move(found_);
  }

 private:
  void report(finding::kind what, std::string path, std::string document = {}, std::string detail = {}) {
    found_.push_back({what, std::move(path), std::move(document), std::move(detail), false});
  }
  // What `mend` (mutations/mend.hpp) does something about.
  void report_mendable(finding::kind what, std::string path, std::string document = {}, std::string detail = {}) {
    found_.push_back({what, std::move(path), std::move(document), std::move(detail), true});
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
    if (damage && damage.value()) report_mendable(finding::kind::damaged_text, file, {}, *damage.value());
    BOOST_OUTCOME_TRY(auto missing, texts.missing());
    for (auto& name : missing) report_mendable(finding::kind::missing_text, file, std::move(name));
    BOOST_OUTCOME_TRY(const auto strays, texts.strays());
    for (const auto id : strays) report_mendable(finding::kind::stray_text, file, {}, std::to_string(id));
    return cp::success();
  }

  // The file as its name is written on the disk; empty when there is none. It is openkb's from here on.
  std::string own(const std::string& file) {
    owned_.insert(nfc(file));
    auto written = files_.find(file);
    if (!written.empty() && written != file && misspelt_.insert(file).second)
      report_mendable(finding::kind::other_spelling, file, {}, written);
    return written;
  }

  [[nodiscard]] bool is_owned(const std::string& file) const { return owned_.contains(nfc(file)); }

  cp::result<void> check_files(registry& rows, const std::vector<entry>& documents) {
    for (const auto& e : documents) {
      BOOST_OUTCOME_TRY(const auto files, rows.files_of(e.id));
      const bool has_source = !files_.find(layout::source(e.name)).empty();
      for (const auto& file : files) {
        if (!own(file).empty()) continue;
        // A summary can be made anew of the source.
        const bool can = has_source && file == layout::summary(e.name);
        can ? report_mendable(finding::kind::missing_file, file, e.name)
            : report(finding::kind::missing_file, file, e.name);
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
      std::map<std::string, std::string> expected;  // by the name in NFC
      for (const auto& name : names) expected.emplace(nfc(name), name);
      if (const auto written = own(page); !written.empty()) {
        BOOST_OUTCOME_TRY(const auto text, read(written));
        for (auto& name : pages::documents_in_page(text)) {
          if (expected.erase(nfc(name)) == 0) report_mendable(finding::kind::stale_part, page, std::move(name));
        }
      }
      for (const auto& [key, name] : expected) report_mendable(finding::kind::missing_part, page, name);
    }
    return cp::success();
  }

  // What openkb has no row for may be a person's own; a line of openkb's there is stale all the same.
  cp::result<void> check_other_files(registry& rows) {
    for (const auto& file : files_.all()) {
      if (is_owned(file) || file == layout::index || file == layout::log || is_initial(file)) continue;
      if (file.starts_with(layout::originals)) {
        BOOST_OUTCOME_TRYV(check_original(rows, file));
        continue;
      }
      const bool page = file.starts_with("wiki/concepts/") || file.starts_with("wiki/entities/");
      bool stale = false;
      if (page && file.ends_with(".md")) {
        BOOST_OUTCOME_TRY(const auto text, read(file));
        for (auto& name : pages::documents_in_page(text)) {
          report_mendable(finding::kind::stale_part, file, std::move(name));
          stale = true;
        }
      }
      if (!stale) report(finding::kind::foreign_file, file);
    }
    return cp::success();
  }

  // Somebody put it into raw/, and `add` takes it from there, unless its content is here already.
  cp::result<void> check_original(registry& rows, const std::string& file) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(root_ / file, ignored)) || !format_of(file)) {
      report(finding::kind::foreign_file, file);
      return cp::success();
    }
    BOOST_OUTCOME_TRY(const auto read, copy_source(root_ / file, {}, largest_pdf, {}));
    BOOST_OUTCOME_TRY(const auto known, rows.by_hash(read.sha256));
    known ? report(finding::kind::foreign_file, file, {}, "the same content is here as " + known->name)
          : report(finding::kind::document_to_add, file);
    return cp::success();
  }

  static bool is_initial(std::string_view file) { return file.starts_with(layout::initials) && file.ends_with(".md"); }

  // Each document has one line, on the page of its initial; an older openkb wrote them all in one place.
  cp::result<void> check_index(registry& rows, const std::vector<entry>& documents) {
    BOOST_OUTCOME_TRY(const auto version, rows.version());
    const bool by_initial = version >= registry::version_with_text;
    const std::string index(layout::index);
    std::map<std::string, std::multimap<std::string, std::string>> listed;  // by page, by the name in NFC
    for (const auto& file : files_.all()) {
      if (by_initial ? !is_initial(file) : file != index) continue;
      BOOST_OUTCOME_TRY(const auto text, read(file));
      for (auto& name : by_initial ? pages::documents_in_index(text) : pages::documents_in_old_index(text)) {
        listed[nfc(file)].emplace(nfc(name), name);
      }
    }
    for (const auto& e : documents) {
      const auto page = by_initial ? layout::initial_page(initial_of(e.title)) : index;
      (void)own(page);
      auto& names = listed[nfc(page)];
      const auto line = names.find(nfc(e.name));
      if (line == names.end()) {
        report_mendable(finding::kind::missing_line, page, e.name);
      } else {
        names.erase(line);
      }
    }
    for (const auto& [page, names] : listed) {
      if (!names.empty()) (void)own(page);
      for (const auto& [key, name] : names) report_mendable(finding::kind::stale_line, page, name);
    }
    return by_initial ? check_contents(rows) : cp::success();
  }

  cp::result<void> check_contents(registry& rows) {
    const std::string index(layout::index);
    std::string text;
    if (files_.all().contains(index)) {
      BOOST_OUTCOME_TRY(text, read(index));
    }
    BOOST_OUTCOME_TRY(const auto now, contents_of(rows.connection()));
    if (text != pages::with_contents(text, now)) report_mendable(finding::kind::stale_index, index);
    return cp::success();
  }

  // Where a file is missing, that is said once, and not of each link to it.
  cp::result<void> check_links() {
    for (const auto& page : files_.all()) {
      if (!page.starts_with(layout::wiki) || !page.ends_with(".md")) continue;
      BOOST_OUTCOME_TRY(const auto text, read(page));
      for (auto& l : broken_links(root_, files_, page, text)) {
        if (is_owned(l.target)) continue;
        l.own ? report_mendable(finding::kind::broken_link, page, {}, std::move(l.written))
              : report(finding::kind::broken_link, page, {}, std::move(l.written));
      }
    }
    return cp::success();
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
        report_mendable(finding::kind::stray_blob, blob_of(d.id), {}, d.id);
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
  file_names files_;
  std::set<std::string> owned_;     // in NFC
  std::set<std::string> misspelt_;  // files that were reported
  std::vector<finding> found_;
};

}  // namespace

cp::result<std::vector<finding>> look_for_problems(const std::filesystem::path& root) { return inspection(root).run(); }

}  // namespace openkb
