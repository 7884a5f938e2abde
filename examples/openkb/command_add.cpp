#include "add_document.hpp"
#include "clock.hpp"
#include "commands.hpp"
#include "find_documents.hpp"
#include "knowledge_base.hpp"
#include "plain_text.hpp"
#include "registry.hpp"

#include <optional>

namespace openkb {

namespace {

namespace fs = std::filesystem;

// The documents of one command, one after the other, each a mutation of its own under one lock.
class adding {
 public:
  adding(const command_line& asked, std::stop_token stop, output& out, kb_coordinator& kb, std::string now)
      : asked_(asked), stop_(std::move(stop)), out_(out), kb_(kb), now_(std::move(now)) {}

  int run() {
    bool several = asked_.paths.size() > 1;
    for (const auto& path : asked_.paths) {
      std::error_code ignored;
      const bool directory = fs::is_directory(path, ignored);
      several = several || directory;
      if (!(directory ? add_below(path) : add(path))) return exit_;
    }
    if (several) sum_up();
    return exit_;
  }

 private:
  bool add_below(const fs::path& directory) {
    const auto found = find_documents(directory, own_directories(asked_.root));
    for (const auto& f : found.unreadable) {
      if (!fail(f.path(), f)) return false;
    }
    for (const auto& file : found.files) {
      if (!add(file)) return false;
    }
    if (!found.files.empty() || !found.unreadable.empty()) return true;
    out_.object({{"status", "nothing"}, {"document", directory.native()}});
    out_.note(directory.native() + ": no documents there");
    return true;
  }

  // Whether the next one may be tried.
  bool add(const fs::path& file) {
    const auto added = try_add(file);
    return added || fail(file.native(), added.error());
  }

  cp::result<void> try_add(const fs::path& file) {
    if (stop_.stop_requested()) return cp::failure(cp::errc::cancelled);
    if (lies_in(file, own_directories(asked_.root))) {
      return cp::failure(make_error_code(error::inside_knowledge_base), file.native());
    }
    // What is wrong with a document is known before the knowledge base is touched.
    BOOST_OUTCOME_TRY(const auto source, read_document(file));
    BOOST_OUTCOME_TRYV(own());
    BOOST_OUTCOME_TRY(const auto known, known_as(source.sha256));
    if (known) {
      skipped(file, *known);
      return cp::success();
    }
    const auto result = compile(source);
    cp::plan plan{.operation = "add", .details = {{"document", source.stem}}, .stop = stop_};
    BOOST_OUTCOME_TRY(const auto done,
                      owner_->run(std::move(plan), [&](auto& m) { return add_document(m, source, result, now_); }));
    tell(file, source, result, done);
    return cp::success();
  }

  // The lock is taken for the first document that needs it, and kept until the last.
  cp::result<void> own() {
    if (owner_) return cp::success();
    BOOST_OUTCOME_TRY(auto owner, acquire(kb_, stop_, out_));
    out_.recovered(owner.recovered());
    BOOST_OUTCOME_TRYV(require_made(asked_.root));
    owner_.emplace(std::move(owner));
    return cp::success();
  }

  // By a connection that only reads: a document that is there already costs no mutation.
  [[nodiscard]] cp::result<std::optional<entry>> known_as(const std::string& sha256) {
    if (!lookup_) {
      BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(asked_.root)));
      lookup_.emplace(std::move(db));
    }
    return registry(lookup_->get()).by_hash(sha256);
  }

  bool fail(const std::string& document, const cp::failure& f) {
    const auto code = exit_code_of(f);
    const bool stop = code != exit_code::failed;
    const auto blocked = f == cp::errc::needs_repair ? blockage_of(kb_) : std::nullopt;
    const auto* status = code == exit_code::interrupted    ? "interrupted"
                         : code == exit_code::needs_repair ? "needs repair"
                                                           : "failed";
    out_.failed(status, code == exit_code::usage ? std::string{} : document, f, blocked);
    ++failed_;
    exit_ = code;
    if (stop && (added_ > 0 || skipped_ > 0)) sum_up();
    return !stop;
  }

  void skipped(const fs::path& file, const entry& known) {
    ++skipped_;
    out_.object({{"status", "skipped"}, {"document", file.native()}, {"name", known.name}});
    out_.line("skipped " + file.native() + ": the same content is here as " + known.name);
  }

  void tell(const fs::path& file, const document& source, const compiled& result, const added& done) {
    ++added_;
    const auto* status = done.updated ? "updated" : "added";
    out_.object({{"status", status},
                 {"document", file.native()},
                 {"name", done.name},
                 {"title", result.title},
                 {"concepts", done.concepts},
                 {"entities", done.entities},
                 {"images", done.images},
                 {"written", done.written},
                 {"removed", done.removed},
                 {"warnings", source.warnings}});
    auto text = std::string(status) + ' ' + done.name + ": " + counted(done.concepts, "concept", "concepts") + ", " +
                counted(done.entities, "entity", "entities");
    if (done.images > 0) text += ", " + counted(done.images, "image", "images");
    text += "; " + counted(done.written.size(), "file", "files") + " written";
    if (!done.removed.empty()) text += ", " + std::to_string(done.removed.size()) + " removed";
    out_.line(text);
    for (const auto& warning : source.warnings) out_.note(file.native() + ": warning: " + warning);
  }

  void sum_up() const {
    out_.line(std::to_string(added_) + " added, " + std::to_string(skipped_) + " skipped, " + std::to_string(failed_) +
              " failed");
  }

  const command_line& asked_;
  std::stop_token stop_;
  output& out_;
  kb_coordinator& kb_;
  std::string now_;
  std::optional<database> lookup_;
  std::optional<kb_owner> owner_;
  std::size_t added_ = 0;
  std::size_t skipped_ = 0;
  std::size_t failed_ = 0;
  int exit_ = exit_code::done;
};

}  // namespace

int add(const command_line& asked, std::stop_token stop, output& out) {
  auto at = now();
  if (!at) return out.failed("failed", {}, cp::failure(make_error_code(error::bad_clock)));
  auto kb = open_knowledge_base(asked.root, {asked.crash_at});
  if (!kb) return out.failed("failed", {}, kb.error());
  return adding(asked, std::move(stop), out, kb.value(), std::move(*at)).run();
}

}  // namespace openkb
