#include "knowledge_base/error.hpp"

#include <new>

namespace openkb {

namespace {

class category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "openkb"; }
  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<error>(value)) {
      case error::not_utf8: return "not valid UTF-8 text";
      case error::not_text: return "it is no text";
      case error::bad_encoding: return "its encoding cannot be read";
      case error::no_text: return "the document has no text";
      case error::too_large: return "the file is too large";
      case error::not_a_document: return "not a kind of document that openkb knows";
      case error::not_a_file: return "not a regular file";
      case error::not_an_image: return "it is no image";
      case error::leads_outside: return "it is not below the directory";
      case error::inside_knowledge_base: return "the file belongs to the knowledge base itself";
      case error::no_knowledge_base: return "no knowledge base here";
      case error::unknown_format: return "the knowledge base was made by another version of openkb";
      case error::registry_failed: return "the registry failed";
      case error::bad_clock: return "OPENKB_NOW or SOURCE_DATE_EPOCH is no time";
      case error::bad_pdf: return "the PDF cannot be read";
      case error::index_failed: return "the page index failed";
      case error::bad_url: return "not an http or https URL";
      case error::http_failed: return "the server could not be reached, or broke off";
      case error::http_timeout: return "the server took too long";
      case error::http_refused: return "the server refused";
      case error::http_not_found: return "the server has nothing there";
      case error::http_status: return "the server had a problem";
      case error::cloud_answer: return "the answer of the PageIndex cloud is not what it should be";
      case error::still_processing: return "the PageIndex cloud is still processing the document";
      case error::no_key: return "PAGEINDEX_API_KEY is not set";
      case error::source_changed: return "the document changed while it was being added";
      case error::already_here: return "the same content is here already";
      case error::no_such_document: return "no such document here";
      case error::bad_config: return "the knowledge base's configuration cannot be read";
      case error::llm_answer: return "the answer of the language model is not what was asked for";
      case error::bad_query: return "there is no word to look for";
      case error::no_full_text: return "an older openkb made the knowledge base, without a full text";
      case error::unexpected: return "something that openkb did not expect";
      case error::no_such_page: return "no such document or page here";
      case error::not_a_site: return "no export of openkb put this there";
      case error::foreign_file: return "it is somebody's own, and the new version has a file of that name";
    }
    return "unknown error " + std::to_string(value);
  }
};

std::string advice_for_code(const std::error_code& code) {
  if (code == error::not_utf8) return "say what it is with --encoding LABEL";
  if (code == error::no_text) return "there is nothing to add; check that it is the file you meant";
  if (code == error::not_a_document) return "openkb reads .md, .markdown, .txt, .text, .html, .htm and .pdf";
  if (code == error::too_large) return "a text can have 64 MiB, an image 256 MiB; split it";
  if (code == error::not_a_file) return "give a regular file or a directory";
  if (code == error::leads_outside) return "it is a link; name what it leads to";
  if (code == error::inside_knowledge_base) return "add the original document instead";
  if (code == error::bad_clock) return "give an RFC 3339 time such as 2026-01-31T09:00:00Z, or unset it";
  if (code == error::bad_pdf) return "check that a PDF viewer can open it without a password";
  if (code == error::bad_url) return "give an address that begins with http:// or https://";
  if (code == error::http_failed || code == error::http_timeout) return "check the address and the network, try again";
  if (code == error::still_processing) return "try again when it is done";
  if (code == error::no_key) return "set it to your key; see https://docs.pageindex.ai";
  if (code == error::source_changed) return "add it again";
  if (code == error::no_such_document) return "see: openkb list";
  if (code == error::foreign_file) return "give it another name, and add the document again";
  if (code == error::bad_config) return "mend .openkb/config.json";
  if (code == std::errc::no_such_file_or_directory) return "check the path";
  if (code == std::errc::filename_too_long) return "a name can have 255 bytes, and a path 4,095; use a shorter one";
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
  if (f == error::no_knowledge_base || f == error::bad_clock || f == error::no_key || f == error::bad_config ||
      f == error::bad_query)
    return exit_code::usage;
  if (f == cp::errc::cancelled) return exit_code::interrupted;
  if (f.outcome() != cp::outcome::rolled_back) return exit_code::needs_repair;
  const bool broken = f == cp::errc::needs_repair || f == cp::errc::dirty_rollback || f == cp::errc::outcome_unknown ||
                      f == cp::errc::publish_incomplete || f == cp::errc::journal_corrupt ||
                      f == cp::errc::unknown_compensation;
  return broken ? exit_code::needs_repair : exit_code::failed;
}

cp::failure failure_of(const std::exception& e, const std::string& path) {
  if (const auto* told = dynamic_cast<const std::system_error*>(&e)) return {told->code(), path};
  if (dynamic_cast<const std::bad_alloc*>(&e) != nullptr) return {make_error_code(std::errc::not_enough_memory), path};
  return {make_error_code(error::unexpected), path, e.what()};
}

std::string cause_of(const cp::failure& f, const std::string& subject) {
  // A document that was asked for by a relative path is known by its absolute one.
  const bool is_subject = f.path() == subject || (!subject.empty() && f.path().ends_with('/' + subject));
  const bool elsewhere = !f.path().empty() && !is_subject;
  return elsewhere ? f.path() + ": " + f.code.message() : f.code.message();
}

std::string advice_for(const cp::failure& f) {
  if (!f.explanation().empty()) return f.explanation();
  if (f == cp::errc::cancelled) return "nothing was changed";
  if (auto advice = advice_for_code(f.code); !advice.empty()) return advice;
  return exit_code_of(f) == exit_code::needs_repair ? "run: openkb recover" : std::string{};
}

}  // namespace openkb
