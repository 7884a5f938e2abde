#include "commands/commands.hpp"
#include "documents/same_name.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "site/export_site.hpp"
#include "text/plain_text.hpp"

#include <filesystem>

namespace openkb {

namespace {

std::string title_of(const command_line& asked) {
  if (!asked.title.empty()) return asked.title;
  std::error_code ignored;
  auto root = std::filesystem::canonical(asked.root, ignored);
  return root.has_filename() ? root.filename().native() : "openkb";
}

cp::result<exported> export_at(knowledge_base& kb, const command_line& asked, std::stop_token stop, output& out) {
  BOOST_OUTCOME_TRY(const auto reader, read(kb, asked.root, stop, out));
  exporting how{.root = asked.root,
                .target = file_of_same_name(asked.paths.front()),
                .title = title_of(asked),
                .stop = std::move(stop),
                .progress = [&out](std::size_t done, std::size_t of) { out.progress(done, of); }};
  return export_site(reader, how);
}

}  // namespace

int export_to(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  const auto done = export_at(kb.value(), asked, std::move(stop), out);
  if (!done) return out.failed("failed", {}, done.error(), blockage_of(kb.value()));
  const auto& [documents, pages, files, old] = done.value();
  const auto& directory = asked.paths.front();
  out.object(
      {{"status", "exported"}, {"directory", directory}, {"documents", documents}, {"pages", pages}, {"files", files}});
  out.done({{"exported " + counted(documents, "document", "documents") + " into " + directory + ": " +
             counted(pages, "page", "pages") + ", " + counted(files, "other file", "other files")}});
  if (!old.empty()) out.warning(directory, "what was put there meanwhile is now in " + old.native());
  return exit_code::done;
}

}  // namespace openkb
