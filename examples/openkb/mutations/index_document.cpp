#include "mutations/index_document.hpp"

#include "converters/convert_pdf.hpp"
#include "knowledge_base/layout.hpp"
#include "page_index/page_index.hpp"
#include "registry/database.hpp"
#include "registry/registry.hpp"
#include "text/links.hpp"

#include <nlohmann/json.hpp>

namespace openkb {

namespace {

// The index throws; here is the border.
template <class F>
auto guarded(const std::string& document, F f) -> cp::result<decltype(f())> {
  try {
    return f();
  } catch (const page_index::error& e) {
    return failure_of(e, document);
  }
}

page_index::index open_index(const std::filesystem::path& root) { return page_index::index(root / layout::index_root); }

}  // namespace

cp::result<indexed_document> index_document(cp::mutation& m, const document& d, std::stop_token stop) {
  const std::filesystem::path root(m.root().native());
  // Nobody knows yet under which id the document will be found, nor whether it is there: what undoes it goes by a label
  // that only this mutation gives.
  const auto label = "m" + std::to_string(m.number()) + "-" + d.sha256.substr(0, 16);
  BOOST_OUTCOME_TRYV(m.on_rollback(forget_indexed, {{"label", label}}));
  BOOST_OUTCOME_TRY(auto index, guarded(d.place, [&] { return open_index(root); }));
  BOOST_OUTCOME_TRY(const auto done,
                    guarded(d.place, [&] { return index.add(layout::index_collection, d.file, label, stop); }));
  if (done.created) {
    std::vector<std::string> made;
    for (const auto& p : done.new_paths) made.push_back((std::filesystem::path(layout::index_root) / p).native());
    BOOST_OUTCOME_TRYV(m.track_new(made));
  }
  const auto images = "../../" + (std::filesystem::path(layout::index_root) /
                                  page_index::index::image_directory(layout::index_collection, done.id))
                                     .native();
  BOOST_OUTCOME_TRY(auto markdown, guarded(d.place, [&] {
                      return markdown_of_pages(
                          index.pages(layout::index_collection, done.id),
                          index.sections(layout::index_collection, done.id),
                          [&](const std::string& name) { return images + '/' + encoded_target(name); });
                    }));
  indexed_document out{done.id, done.created, std::move(markdown), {}};
  if (!done.pages_without_images.empty()) out.warnings.push_back(about_images_left_out(done.pages_without_images));
  return out;
}

cp::compensation forget_indexed_at(const std::filesystem::path& root) {
  return [root](const nlohmann::json& arguments) -> cp::result<void> {
    BOOST_OUTCOME_TRY(const auto label, guarded({}, [&] { return arguments.value("label", std::string{}); }));
    auto done = guarded({}, [&] {
      open_index(root).remove_labelled(label);
      return true;
    });
    if (!done) return std::move(done).error();
    return cp::success();
  };
}

cp::result<void> make_index(cp::mutation& m) {
  const std::string database(layout::index_database);
  BOOST_OUTCOME_TRYV(m.will_create({std::string(layout::index_blobs), database, database + "-wal", database + "-shm"}));
  const std::filesystem::path root(m.root().native());
  auto made = guarded({}, [&] {
    open_index(root).make_collection(layout::index_collection);
    return true;
  });
  if (!made) return std::move(made).error();
  return cp::success();
}

cp::result<void> settle_index(knowledge_base::owner_type& owner, const std::filesystem::path& root) {
  std::vector<std::string> ids;
  {
    BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(root)));
    BOOST_OUTCOME_TRY(ids, registry(db.get()).index_deletions());
  }
  if (ids.empty()) return cp::success();
  auto removed = guarded({}, [&] {
    auto index = open_index(root);
    for (const auto& id : ids) index.remove(layout::index_collection, id);
    return true;
  });
  if (!removed) return std::move(removed).error();
  return owner.run({.operation = "forget"}, [&](cp::enlisting_mutation& m) -> cp::result<void> {
    return m.enlist([&](sqlite3* db) -> cp::result<void> {
      for (const auto& id : ids) {
        BOOST_OUTCOME_TRYV(registry(db).remove_index_deletion(id));
      }
      return cp::success();
    });
  });
}

}  // namespace openkb
