#include "commands/commands.hpp"
#include "commands/pager.hpp"
#include "documents/same_name.hpp"
#include "documents/source_file.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "knowledge_base/layout.hpp"
#include "mutations/remove_document.hpp"
#include "registry/registry.hpp"
#include "terminal/printable.hpp"
#include "terminal/utf8.hpp"
#include "text/slug.hpp"

#include <unistd.h>

#include <array>

namespace openkb {

namespace {

struct page {
  std::string path;
  std::string name;   // of a document
  std::string title;  // of a document
  std::string bytes;
};

cp::result<std::string> original_of(registry& rows, const entry& e) {
  BOOST_OUTCOME_TRY(const auto files, rows.files_of(e.id));
  for (const auto& file : files) {
    if (file.starts_with("raw/")) return file;
  }
  return cp::failure(make_error_code(error::no_such_page), e.name,
                     "its original is not kept; it came from " + e.source_path);
}

// A page that is no document's: by its path below the wiki, or a topic by its name or title.
cp::result<std::string> other_page(const command_line& asked, const cp::failure& none) {
  const auto& name = asked.paths.front();
  const auto topic = slug(name, "");
  for (const auto& file : {"wiki/" + name + ".md", "wiki/" + name, name, layout::page(topic_kind::concept_page, name),
                           layout::page(topic_kind::entity_page, name), layout::page(topic_kind::concept_page, topic),
                           layout::page(topic_kind::entity_page, topic)}) {
    std::error_code ignored;
    const bool in_wiki = std::filesystem::path(file).lexically_normal().native().starts_with("wiki/");
    if (!in_wiki) continue;
    const std::filesystem::path root(asked.root);
    const auto found = file_of_same_name(root / file);
    if (std::filesystem::is_regular_file(found, ignored)) return found.lexically_relative(root).native();
  }
  if (none == error::no_such_document)
    return cp::failure(make_error_code(error::no_such_page), name, "see: openkb list");
  return none;
}

// The lock is given back before anybody reads what is printed.
cp::result<page> find(knowledge_base& kb, const command_line& asked, std::stop_token stop, output& out) {
  BOOST_OUTCOME_TRY(const auto reader, read(kb, asked.root, std::move(stop), out));
  BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(asked.root)));
  registry rows(db.get());
  page found;
  if (const auto e = find_document(rows, asked.paths.front())) {
    found.name = e.value().name;
    found.title = e.value().title;
    found.path = asked.summary ? layout::summary(found.name) : layout::source(found.name);
    if (asked.raw) {
      BOOST_OUTCOME_TRY(found.path, original_of(rows, e.value()));
    }
  } else {
    BOOST_OUTCOME_TRY(found.path, other_page(asked, e.error()));
  }
  BOOST_OUTCOME_TRY(found.bytes, reader.read(found.path));
  return found;
}

bool is_text(std::string_view bytes) {
  return bytes.find('\0') == std::string_view::npos && utf8::first_error(bytes) == std::string_view::npos;
}

// An original goes byte by byte to where no terminal is.
cp::result<void> print(const page& shown, const command_line& asked, output& out) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const bool exact = asked.raw && !terminal;
  if (!exact && !is_text(shown.bytes)) {
    const auto file = (std::filesystem::path(asked.root) / shown.path).native();
    return cp::failure(make_error_code(error::not_utf8), file, "open that file, or send the output somewhere else");
  }
  const auto text = exact ? shown.bytes : terminal::without_controls(shown.bytes);
  if (!terminal || !show_in_pager(text)) out.text(text);
  return cp::success();
}

}  // namespace

int show(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  const auto found = find(kb.value(), asked, std::move(stop), out);
  if (!found) return out.failed("failed", asked.paths.front(), found.error(), blockage_of(kb.value()));
  const auto& shown = found.value();
  if (asked.json) {
    json fields{{"path", shown.path}};
    if (!shown.name.empty()) fields["name"] = shown.name;
    if (!shown.name.empty()) fields["title"] = shown.title;
    if (is_text(shown.bytes)) fields["text"] = shown.bytes;
    out.object(fields);
    return exit_code::done;
  }
  const auto printed = print(shown, asked, out);
  return printed ? exit_code::done : out.failed("failed", {}, printed.error());
}

}  // namespace openkb
