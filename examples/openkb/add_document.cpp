#include "add_document.hpp"

#include "layout.hpp"
#include "pages.hpp"
#include "plain_text.hpp"
#include "registry.hpp"
#include "slug.hpp"

#include <algorithm>

namespace openkb {

namespace {

// A part of a page that this document no longer has.
struct dropped_part {
  shared_page page;
  bool shared = false;  // with other documents
};

class addition {
 public:
  addition(cp::enlisting_mutation& m, const document& d, const compiled& c, const std::string& now)
      : m_(m), document_(d), compiled_(c), now_(now) {}

  cp::result<added> run() {
    BOOST_OUTCOME_TRYV(identify());
    BOOST_OUTCOME_TRYV(put_rows());
    for (const auto directory : layout::directories) {
      BOOST_OUTCOME_TRYV(m_.create_directories(directory));
    }
    BOOST_OUTCOME_TRYV(write_own_files());
    BOOST_OUTCOME_TRYV(remove_stale_files());
    for (const auto& t : compiled_.topics) {
      BOOST_OUTCOME_TRYV(write_part(t));
    }
    for (const auto& part : dropped_) {
      BOOST_OUTCOME_TRYV(drop_part(part));
    }
    BOOST_OUTCOME_TRYV(tell());
    return std::move(out_);
  }

 private:
  // A document is known by its place. A new one gets the first name that is free, in the registry and as a file.
  cp::result<void> identify() {
    BOOST_OUTCOME_TRY(auto known, m_.enlist([&](sqlite3* db) { return registry(db).by_place(document_.place); }));
    if (known) {
      row_ = *known;
      out_.updated = true;
    } else {
      row_.added_at = now_;
      row_.source_path = document_.place;
      BOOST_OUTCOME_TRY(row_.name, free_name());
    }
    row_.sha256 = document_.sha256;
    row_.format = to_string(document_.format);
    row_.title = compiled_.title;
    row_.updated_at = now_;
    row_.size = static_cast<std::int64_t>(document_.bytes.size());
    out_.name = row_.name;
    id_ = {row_.name, row_.added_at, row_.updated_at};
    return cp::success();
  }

  cp::result<std::string> free_name() {
    auto name = document_.stem;
    for (std::size_t digits = 8;; digits += 8) {
      BOOST_OUTCOME_TRY(const bool known, m_.enlist([&](sqlite3* db) { return registry(db).has_name(name); }));
      BOOST_OUTCOME_TRY(const bool there, stands_in_the_way(name));
      if (!known && !there) return name;
      name = distinct_slug(document_.stem, document_.place, digits);
    }
  }

  // A file of somebody's own under that name is left alone.
  cp::result<bool> stands_in_the_way(const std::string& name) {
    for (const auto& file : {layout::raw(name, document_.extension), layout::source(name), layout::summary(name)}) {
      BOOST_OUTCOME_TRY(const bool there, m_.exists(file));
      if (there) return true;
    }
    return false;
  }

  [[nodiscard]] std::vector<std::string> own_files() const {
    std::vector<std::string> out{layout::raw(row_.name, document_.extension), layout::source(row_.name),
                                 layout::summary(row_.name)};
    for (const auto& i : document_.images) out.push_back(layout::images(row_.name) + '/' + i.name);
    return out;
  }

  [[nodiscard]] bool is_topic(const shared_page& p) const {
    return std::ranges::any_of(compiled_.topics, [&](const topic& t) { return t.kind == p.kind && t.slug == p.slug; });
  }

  cp::result<void> put_rows() {
    return m_.enlist([&](sqlite3* db) -> cp::result<void> {
      registry rows(db);
      BOOST_OUTCOME_TRY(old_files_, rows.files_of(row_.id));
      BOOST_OUTCOME_TRY(auto old_pages, rows.pages_of(row_.id));
      BOOST_OUTCOME_TRY(row_.id, rows.put(row_));
      BOOST_OUTCOME_TRYV(rows.put_files(row_.id, own_files()));
      for (const auto& t : compiled_.topics) {
        BOOST_OUTCOME_TRYV(rows.add_part(row_.id, t));
      }
      for (const auto& page : old_pages) {
        if (is_topic(page)) continue;
        BOOST_OUTCOME_TRY(const bool shared, rows.remove_part(row_.id, page));
        dropped_.push_back({page, shared});
      }
      return cp::success();
    });
  }

  cp::result<void> write(const std::string& file, std::string_view bytes) {
    BOOST_OUTCOME_TRYV(m_.write(file, bytes));
    out_.written.push_back(file);
    return cp::success();
  }

  cp::result<void> write_own_files() {
    BOOST_OUTCOME_TRYV(write(layout::raw(row_.name, document_.extension), document_.bytes));
    BOOST_OUTCOME_TRYV(write(layout::source(row_.name), pages::source(document_, compiled_, id_)));
    BOOST_OUTCOME_TRYV(write(layout::summary(row_.name), pages::summary(document_, compiled_, id_)));
    if (document_.images.empty()) return cp::success();
    BOOST_OUTCOME_TRYV(m_.create_directories(layout::images(row_.name)));
    for (const auto& i : document_.images) {
      BOOST_OUTCOME_TRYV(write(layout::images(row_.name) + '/' + i.name, i.bytes));
      ++out_.images;
    }
    return cp::success();
  }

  // What a person removed already is no reason to fail.
  cp::result<void> remove(const std::string& file) {
    BOOST_OUTCOME_TRY(const bool there, m_.exists(file));
    if (!there) return cp::success();
    BOOST_OUTCOME_TRYV(m_.remove(file));
    out_.removed.push_back(file);
    return cp::success();
  }

  cp::result<void> remove_stale_files() {
    const auto now = own_files();
    const auto directory = layout::images(row_.name);
    bool had_images = false;
    for (const auto& file : old_files_) {
      had_images = had_images || file.starts_with(directory);
      if (std::ranges::find(now, file) != now.end()) continue;
      BOOST_OUTCOME_TRYV(remove(file));
    }
    if (!had_images || !document_.images.empty()) return cp::success();
    BOOST_OUTCOME_TRY(const bool there, m_.exists(directory));
    return there ? m_.remove(directory) : cp::success();
  }

  // A page that is there is appended to, which costs the same however many documents it lists; only a part that was
  // there already has to be found and replaced.
  cp::result<void> write_part(const topic& t) {
    const auto file = layout::page(t.kind, t.slug);
    const auto part = pages::topic_part(t, row_.name, compiled_.title);
    ++(t.kind == topic_kind::concept_page ? out_.concepts : out_.entities);
    BOOST_OUTCOME_TRY(const bool there, m_.exists(file));
    if (!there) return write(file, pages::topic_head(t) + part);
    if (out_.updated) return replace_part(file, part);
    BOOST_OUTCOME_TRYV(m_.append(file, part));
    out_.written.push_back(file);
    return cp::success();
  }

  cp::result<void> replace_part(const std::string& file, std::string_view part) {
    BOOST_OUTCOME_TRY(const auto page, m_.read(file));
    const auto changed = pages::with_part(page, row_.name, part);
    return changed == page ? cp::success() : write(file, changed);
  }

  cp::result<void> drop_part(const dropped_part& part) {
    const auto file = layout::page(part.page.kind, part.page.slug);
    if (!part.shared) return remove(file);
    BOOST_OUTCOME_TRY(const bool there, m_.exists(file));
    return there ? replace_part(file, {}) : cp::success();
  }

  cp::result<void> tell() {
    if (!out_.updated) {
      BOOST_OUTCOME_TRYV(m_.append(layout::index, pages::index_line(document_, id_)));
      out_.written.emplace_back(layout::index);
    }
    const auto what = (out_.updated ? "updated " : "added ") + code_span(row_.name) + ": " +
                      counted(out_.concepts, "concept", "concepts") + ", " +
                      counted(out_.entities, "entity", "entities") + ", " + counted(out_.images, "image", "images") +
                      ", sha256 " + row_.sha256.substr(0, 16);
    BOOST_OUTCOME_TRYV(m_.append(layout::log, pages::log_line(now_, what)));
    out_.written.emplace_back(layout::log);
    return cp::success();
  }

  cp::enlisting_mutation& m_;
  const document& document_;
  const compiled& compiled_;
  const std::string& now_;
  added out_;
  entry row_;
  pages::identity id_;
  std::vector<std::string> old_files_;
  std::vector<dropped_part> dropped_;
};

}  // namespace

cp::result<added> add_document(cp::enlisting_mutation& m, const document& d, const compiled& c,
                               const std::string& now) {
  return addition(m, d, c, now).run();
}

}  // namespace openkb
