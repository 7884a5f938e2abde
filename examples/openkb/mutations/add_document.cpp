#include "mutations/add_document.hpp"

#include "documents/source_file.hpp"
#include "knowledge_base/layout.hpp"
#include "mutations/document_name.hpp"
#include "mutations/index_document.hpp"
#include "mutations/link_documents.hpp"
#include "registry/full_text.hpp"
#include "registry/registry.hpp"
#include "text/plain_text.hpp"
#include "text/searchable_text.hpp"
#include "wiki/index_changes.hpp"
#include "wiki/page_changes.hpp"
#include "wiki/pages.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace openkb {

namespace {

class addition {
 public:
  addition(cp::enlisting_mutation& m, const document& d, const compiled& c, const std::string& now,
           std::stop_token stop)
      : m_(m), changes_(m), document_(d), compiled_(c), now_(now), stop_(std::move(stop)) {}

  cp::result<added> run() {
    BOOST_OUTCOME_TRYV(look_again());
    BOOST_OUTCOME_TRYV(identify());
    if (document_.is_long) {
      BOOST_OUTCOME_TRYV(put_into_index());
    }
    BOOST_OUTCOME_TRYV(put_rows());
    BOOST_OUTCOME_TRYV(link());
    for (const auto directory : layout::directories) {
      BOOST_OUTCOME_TRYV(m_.create_directories(directory));
    }
    BOOST_OUTCOME_TRY(topics_, changes_.put_topics(row_, compiled_.topics));
    BOOST_OUTCOME_TRYV(write_own_files());
    BOOST_OUTCOME_TRYV(put_text());
    BOOST_OUTCOME_TRYV(remove_stale_files());
    BOOST_OUTCOME_TRYV(tell());
    out_.written = changes_.written();
    out_.removed = changes_.removed();
    out_.warnings = document_.warnings;
    std::ranges::copy(indexed_.warnings, std::back_inserter(out_.warnings));
    return std::move(out_);
  }

 private:
  template <class F>
  auto rows(F f) {
    return m_.enlist([&](sqlite3* db) {
      registry all(db);
      return f(all);
    });
  }

  // What was true without the lock need not be true any more. A document of a cloud is known by its id.
  cp::result<void> look_again() {
    BOOST_OUTCOME_TRY(auto known, rows([&](registry& all) { return all.by_hash(document_.sha256); }));
    if (!known && document_.format == format::cloud) {
      BOOST_OUTCOME_TRY(known, rows([&](registry& all) { return all.by_place(document_.place); }));
    }
    if (known) return cp::failure(make_error_code(error::already_here), document_.place, known->name);
    if (!is_unchanged(document_)) return cp::failure(make_error_code(error::source_changed), document_.place);
    return cp::success();
  }

  // A document is known by its place. A new one gets the first name that is free, in the registry and as a file.
  cp::result<void> identify() {
    BOOST_OUTCOME_TRY(auto change, row_for(document_, compiled_, now_, lookup()));
    before_ = std::move(change.before);
    row_ = std::move(change.now);
    out_.updated = before_.id != 0;
    out_.name = row_.name;
    out_.title = compiled_.title;
    out_.pages = document_.pages;
    out_.indexed = document_.is_long;
    id_ = {row_.name, row_.added_at, row_.updated_at};
    return cp::success();
  }

  name_lookup lookup() {
    return {[&](const std::string& place) { return rows([&](registry& all) { return all.by_place(place); }); },
            [&](const std::string& name) { return rows([&](registry& all) { return all.by_name(name); }); },
            [&](const entry& e) { return rows([&](registry& all) { return all.files_of(e.id); }); },
            [&](const std::string& file) { return m_.exists(file); }};
  }

  cp::result<void> put_into_index() {
    BOOST_OUTCOME_TRY(indexed_, index_document(m_, document_, stop_));
    new_index_id_ = indexed_.id;
    return cp::success();
  }

  // The index forgets the old version after the commit, since that cannot be undone.
  cp::result<void> put_index_rows(registry& all) {
    const auto old = row_.index_id;
    if (!old.empty() && old != new_index_id_ && row_.index_owned) {
      BOOST_OUTCOME_TRYV(all.add_index_deletion(old));
    }
    if (!new_index_id_.empty()) {
      BOOST_OUTCOME_TRY(const auto waiting, all.index_deletions());
      const bool was_to_go = std::ranges::find(waiting, new_index_id_) != waiting.end();
      BOOST_OUTCOME_TRYV(all.remove_index_deletion(new_index_id_));
      row_.index_owned = indexed_.created || was_to_go || (old == new_index_id_ && row_.index_owned);
    }
    row_.index_id = new_index_id_;
    if (new_index_id_.empty()) row_.index_owned = false;
    return cp::success();
  }

  cp::result<void> put_rows() {
    return rows([&](registry& all) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(put_index_rows(all));
      BOOST_OUTCOME_TRY(old_files_, all.files_of(row_.id));
      BOOST_OUTCOME_TRY(row_.id, all.put(row_));
      return all.put_files(row_.id, own_files(document_, row_.name));
    });
  }

  // The pages of documents that speak of this one, and this one's text.
  cp::result<void> link() {
    document_linking linking(m_, changes_);
    BOOST_OUTCOME_TRYV(linking.put(row_.id, document_.places, document_.links));
    BOOST_OUTCOME_TRY(linked_, linking.linked(text(), document_.links, document_.place));
    return cp::success();
  }

  cp::result<void> write_original() {
    const auto raw = layout::raw(row_.name, document_.extension);
    if (!document_.lies_at.empty()) {
      BOOST_OUTCOME_TRYV(make_durable(m_.root().native(), document_.lies_at));
      return raw == document_.lies_at ? cp::success() : changes_.rename(document_.lies_at, raw);
    }
    if (document_.file.empty()) return changes_.write(raw, document_.bytes);
    return changes_.adopt(document_.file.native(), raw);
  }

  [[nodiscard]] const std::string& text() const noexcept {
    return document_.is_long ? indexed_.markdown : document_.markdown;
  }

  cp::result<void> put_text() {
    return m_.enlist([&](sqlite3* db) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(full_text(db).put(row_.id, {row_.name, row_.title, searchable_text(text())}));
      return cp::success();
    });
  }

  cp::result<void> write_own_files() {
    const pages::origin from{row_.source_path, document_.extension};
    if (keeps_original(document_)) {
      BOOST_OUTCOME_TRYV(write_original());
    }
    BOOST_OUTCOME_TRYV(changes_.write(layout::source(row_.name), pages::source(linked_, compiled_.title, from, id_)));
    BOOST_OUTCOME_TRYV(changes_.write(layout::summary(row_.name), pages::summary(compiled_, from, id_, topics_)));
    if (document_.images.empty()) return cp::success();
    BOOST_OUTCOME_TRYV(changes_.exists(layout::images(row_.name)));
    BOOST_OUTCOME_TRYV(m_.create_directories(layout::images(row_.name)));
    for (const auto& i : document_.images) {
      BOOST_OUTCOME_TRYV(changes_.write(layout::images(row_.name) + '/' + i.name, i.bytes, {.mode = i.mode}));
      ++out_.images;
    }
    return cp::success();
  }

  cp::result<void> remove_stale_files() {
    const auto now = own_files(document_, row_.name);
    const auto directory = layout::images(row_.name) + '/';
    bool had_images = false;
    for (const auto& file : old_files_) {
      had_images = had_images || file.starts_with(directory);
      if (std::ranges::find(now, file) != now.end()) continue;
      BOOST_OUTCOME_TRYV(changes_.remove(file));
    }
    if (!had_images || !document_.images.empty()) return cp::success();
    return changes_.remove_directory(layout::images(row_.name));
  }

  cp::result<void> tell() {
    for (const auto& t : topics_) ++(t.kind == topic_kind::concept_page ? out_.concepts : out_.entities);
    index_changes index(m_, changes_);
    BOOST_OUTCOME_TRYV(out_.updated ? index.replace(before_, row_) : index.add(row_));
    BOOST_OUTCOME_TRYV(index.count_again());
    const auto what = (out_.updated ? "updated " : "added ") + code_span(row_.name) + ": " +
                      counted(out_.concepts, "concept", "concepts") + ", " +
                      counted(out_.entities, "entity", "entities") + ", " + counted(out_.images, "image", "images") +
                      ", sha256 " + row_.sha256.substr(0, 16);
    return changes_.append(std::string(layout::log), pages::log_line(now_, what));
  }

  cp::enlisting_mutation& m_;
  page_changes changes_;
  const document& document_;
  const compiled& compiled_;
  const std::string& now_;
  std::stop_token stop_;
  added out_;
  entry row_;
  entry before_;               // of a document that was here already
  std::vector<topic> topics_;  // with pages
  pages::identity id_;
  indexed_document indexed_;
  std::string new_index_id_;
  std::string linked_;  // the text, with links to the documents that are here
  std::vector<std::string> old_files_;
};

}  // namespace

cp::result<added> add_document(cp::enlisting_mutation& m, const document& d, const compiled& c, const std::string& now,
                               std::stop_token stop) {
  return addition(m, d, c, now, std::move(stop)).run();
}

}  // namespace openkb
