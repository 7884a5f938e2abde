#include "knowledge_base/prepare_document.hpp"

#include "documents/find_documents.hpp"
#include "documents/source_file.hpp"
#include "knowledge_base/layout.hpp"
#include "registry/database.hpp"
#include "registry/registry.hpp"
#include "remote/fetch.hpp"

namespace openkb {

namespace {

// By a connection that only reads: a document that is there already costs no mutation.
template <class Question>
cp::result<void> require_new(const std::filesystem::path& root, const std::string& place, Question ask) {
  auto db = database::open_to_read(registry_file(root));
  if (!db && db.error() == std::errc::no_such_file_or_directory) return cp::success();
  if (!db) return std::move(db).error();
  registry rows(db.value().get());
  BOOST_OUTCOME_TRY(const auto version, rows.version());
  // Whoever takes the lock has more to say about it.
  if (version < registry::oldest_version || version > registry::current_version) return cp::success();
  BOOST_OUTCOME_TRY(const auto known, ask(rows));
  if (known) return cp::failure(make_error_code(error::already_here), place, known->name);
  return cp::success();
}

// A file in raw/ can be a document that somebody put there. Whether it is one that is here already, the rows know.
cp::result<std::string> place_in_raw(const std::filesystem::path& root, const std::string& file) {
  std::error_code code;
  const auto top = std::filesystem::canonical(root, code);
  if (code) return cp::failure(code, root.native());
  BOOST_OUTCOME_TRY(const auto place, place_of(file));
  auto inside = std::filesystem::path(place).lexically_relative(top).native();
  const bool regular = std::filesystem::is_regular_file(std::filesystem::symlink_status(place, code));
  if (inside.starts_with(layout::originals) && regular) return inside;
  return cp::failure(make_error_code(error::inside_knowledge_base), file);
}

cp::result<original> original_of(const preparing& how, const input& in, const reading& read) {
  if (in.from == input::kind::url) return fetch_original(in.what, read.staging, how.limits, how.stop);
  if (in.from == input::kind::piped) return read_standard_input(in.what, read.staging, how.stop);
  std::string lies_at;
  if (lies_in(in.what, own_directories(how.root))) {
    BOOST_OUTCOME_TRY(lies_at, place_in_raw(how.root, in.what));
  }
  BOOST_OUTCOME_TRY(auto out, read_original(in.what, read));
  out.lies_at = std::move(lies_at);
  return out;
}

cp::result<document> document_of(const preparing& how, const input& in, const std::filesystem::path& staging) {
  if (in.from == input::kind::cloud) {
    const auto place = cloud_place(in.what);
    BOOST_OUTCOME_TRYV(require_new(how.root, place, [&](registry& rows) { return rows.by_place(place); }));
    return fetch_from_cloud(how.cloud, in.what, how.limits, how.stop);
  }
  const reading read{.staging = staging,
                     .index_from = how.index_from,
                     .images_from = how.images_from,
                     .encoded_as = how.encoded_as,
                     .stop = how.stop};
  BOOST_OUTCOME_TRY(auto source, original_of(how, in, read));
  BOOST_OUTCOME_TRYV(require_new(how.root, source.place, [&](registry& rows) { return rows.by_hash(source.sha256); }));
  return convert(std::move(source), read);
}

}  // namespace

cp::result<std::unique_ptr<prepared_document>> prepare_document(const preparing& how, const input& in,
                                                                const std::filesystem::path& staging) {
  if (how.stop.stop_requested()) return cp::failure(cp::errc::cancelled);
  auto out = std::make_unique<prepared_document>();
  BOOST_OUTCOME_TRY(out->source, document_of(how, in, staging));
  out->source.places = places_of(out->source.place, out->source.base_url);
  if (!out->source.is_long) out->source.links = outgoing_links(out->source.markdown, out->source.place);
  BOOST_OUTCOME_TRY(out->result, how.compile(out->source, how.stop));
  return out;
}

}  // namespace openkb
