#include "error.hpp"

namespace openkb {

namespace {

class category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "openkb"; }
  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<error>(value)) {
      case error::not_utf8: return "not valid UTF-8 text";
      case error::no_text: return "the document has no text";
      case error::too_large: return "the file is too large";
      case error::not_a_document: return "not a kind of document that openkb knows";
      case error::not_a_file: return "not a regular file";
      case error::inside_knowledge_base: return "the file belongs to the knowledge base itself";
      case error::no_knowledge_base: return "no knowledge base here";
      case error::unknown_format: return "the knowledge base was made by another version of openkb";
      case error::registry_failed: return "the registry failed";
      case error::bad_clock: return "OPENKB_NOW or SOURCE_DATE_EPOCH is no time";
    }
    return "unknown error " + std::to_string(value);
  }
};

std::string advice_for_code(const std::error_code& code) {
  if (code == error::not_utf8) return "convert it first, for example with: iconv -f ISO-8859-1 -t UTF-8";
  if (code == error::no_text) return "there is nothing to add; check that it is the file you meant";
  if (code == error::not_a_document) return "openkb reads .md, .markdown, .txt, .text, .html and .htm";
  if (code == error::too_large) return "a document can have 64 MiB, an image 256 MiB; split it";
  if (code == error::not_a_file) return "give a regular file or a directory";
  if (code == error::inside_knowledge_base) return "add the original document instead";
  if (code == error::bad_clock) return "give an RFC 3339 time such as 2026-01-31T09:00:00Z, or unset it";
  if (code == std::errc::no_such_file_or_directory) return "check the path";
  if (code == std::errc::permission_denied) return "check the permissions";
  if (code == std::errc::no_space_on_device) return "free some space, then run the command again";
  return {};
}

}  // namespace

const std::error_category& error_category() noexcept {
  static const category instance;
  return instance;
}

int exit_code_of(const cp::failure& f) noexcept {
  if (f == error::no_knowledge_base || f == error::bad_clock) return exit_code::usage;
  if (f == cp::errc::cancelled) return exit_code::interrupted;
  if (f.outcome() != cp::outcome::rolled_back) return exit_code::needs_repair;
  const bool broken = f == cp::errc::needs_repair || f == cp::errc::dirty_rollback || f == cp::errc::outcome_unknown ||
                      f == cp::errc::publish_incomplete || f == cp::errc::journal_corrupt ||
                      f == cp::errc::unknown_compensation;
  return broken ? exit_code::needs_repair : exit_code::failed;
}

std::string cause_of(const cp::failure& f, const std::string& subject) {
  const bool elsewhere = !f.path().empty() && f.path() != subject;
  return elsewhere ? f.path() + ": " + f.code.message() : f.code.message();
}

std::string advice_for(const cp::failure& f) {
  if (f == cp::errc::cancelled) return "nothing was changed";
  if (!f.explanation().empty()) return f.explanation();
  if (auto advice = advice_for_code(f.code); !advice.empty()) return advice;
  return exit_code_of(f) == exit_code::needs_repair ? "run: openkb recover" : std::string{};
}

}  // namespace openkb
