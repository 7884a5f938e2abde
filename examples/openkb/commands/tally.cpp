#include "commands/tally.hpp"

#include "commands/room.hpp"
#include "documents/same_name.hpp"
#include "text/plain_text.hpp"

#include <optional>

namespace openkb {

namespace {

std::string counts_of(const added& done, bool dry_run) {
  auto text =
      ": " + counted(done.concepts, "concept", "concepts") + ", " + counted(done.entities, "entity", "entities");
  if (done.images > 0) text += ", " + counted(done.images, "image", "images");
  if (done.pages > 0) {
    text += ", " + counted(done.pages, "page", "pages") + (done.indexed ? " in the page index" : "");
  }
  text += "; " + counted(done.written.size(), "file", "files") + (dry_run ? " to write" : " written");
  if (!done.removed.empty()) text += ", " + std::to_string(done.removed.size()) + (dry_run ? " to remove" : " removed");
  return text;
}

}  // namespace

tally::tally(output& out, knowledge_base& kb, const command_line& asked)
    : out_(out), kb_(kb), root_(asked.root), dry_run_(asked.dry_run) {}

void tally::succeeded(const input& in, const added& done) {
  ++added_;
  updated_ = updated_ || done.updated;
  const auto* status = dry_run_ ? (done.updated ? "would update" : "would add") : done.updated ? "updated" : "added";
  json fields{{"status", status},         {"document", in.shown()},    {"name", done.name},
              {"title", done.title},      {"concepts", done.concepts}, {"entities", done.entities},
              {"images", done.images},    {"written", done.written},   {"removed", done.removed},
              {"warnings", done.warnings}};
  if (done.pages > 0) fields["pages"] = done.pages;
  if (done.indexed) fields["indexed"] = true;
  out_.object(fields);
  const auto text = counts_of(done, dry_run_);
  if (dry_run_) {
    out_.line({{status, tone::good}, {" "}, {done.name, tone::name}, {" (" + in.shown() + ")" + text}});
    tell_pages(done);
  } else {
    out_.done({{status, tone::good}, {" "}, {done.name, tone::name}, {text}});
  }
  for (const auto& warning : done.warnings) out_.warning(in.shown(), warning);
  progress();
}

void tally::tell_pages(const added& done) const {
  for (const auto& file : done.written) {
    std::error_code ignored;
    out_.line((std::filesystem::exists(file_of_same_name(root_ / file), ignored) ? "  ~ " : "  + ") + file);
  }
  for (const auto& file : done.removed) out_.line("  - " + file);
}

void tally::skipped(const std::string& document, const std::string& name) {
  ++skipped_;
  const auto* status = dry_run_ ? "would skip" : "skipped";
  out_.object({{"status", status}, {"document", document}, {"name", name}});
  const auto why = " " + document + ": the same content is here as " + name;
  const std::vector<piece> text{{status, tone::faint}, {why}};
  dry_run_ ? out_.line(text) : out_.done(text);
  progress();
}

bool tally::failed(const std::string& document, const cp::failure& why) {
  const auto f = named_full(why, root_);
  if (f == error::already_here) {
    skipped(document, f.explanation());
    return true;
  }
  const auto code = exit_code_of(f);
  const bool stop = code != exit_code::failed;
  // Of a batch that was stopped, every document that was not committed says so; once is enough.
  if (stop && exit_ == code) return not_added(document);
  const auto blocked = f == cp::errc::needs_repair ? blockage_of(kb_) : std::nullopt;
  const auto* status = code == exit_code::interrupted    ? "interrupted"
                       : code == exit_code::needs_repair ? "needs repair"
                       : dry_run_                        ? "would fail"
                                                         : "failed";
  const auto subject = code == exit_code::usage ? std::string{} : document;
  if (code == exit_code::interrupted) {
    out_.failed(status, subject, cp::failure(f.code, f.path(), what_stays()), blocked);
    ++interrupted_;
  } else {
    out_.failed(status, subject, f, blocked);
    ++failed_;
  }
  if (exit_ != exit_code::interrupted && exit_ != exit_code::needs_repair) exit_ = code;
  if (!stop) progress();
  return !stop;
}

bool tally::not_added(const std::string& document) {
  if (document.empty()) return false;
  ++not_added_;
  out_.object({{"status", "not begun"}, {"document", document}});
  return false;
}

void tally::nothing_in(const std::filesystem::path& directory) {
  out_.object({{"status", "nothing"}, {"document", directory.native()}});
  out_.note(directory.native() + ": no documents there");
}

void tally::sum_up() const {
  const auto text = std::to_string(added_) + (dry_run_ ? " would be added, " : " added, ") + std::to_string(skipped_) +
                    " skipped, " + std::to_string(failed_) + " failed" +
                    (interrupted_ > 0 ? ", " + std::to_string(interrupted_) + " interrupted" : "") +
                    (not_added_ > 0 ? ", " + std::to_string(not_added_) + " not begun" : "");
  dry_run_ ? out_.line(text) : out_.done({{text}});
}

std::string tally::what_stays() const {
  if (added_ == 0 || dry_run_) return {};
  return "nothing of it was changed; added before, and here to stay: " + counted(added_, "document", "documents");
}

void tally::progress() { out_.progress(added_ + skipped_ + failed_, expected_); }

}  // namespace openkb
