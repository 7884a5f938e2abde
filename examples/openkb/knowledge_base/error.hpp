#pragma once

/// \file
/// The errors that are openkb's own, and how every failure is told to a person and to a script.

#include "terminal/exit_code.hpp"

#include <commitpoint/result.hpp>

#include <exception>
#include <string>
#include <system_error>

namespace openkb {

namespace cp = commitpoint;

/// What can be wrong with a document or a knowledge base. They travel in `commitpoint::failure` like the system's own.
enum class error {
  not_utf8 = 1,
  not_text,
  bad_encoding,
  no_text,
  too_large,
  not_a_document,
  not_a_file,
  not_an_image,
  leads_outside,
  inside_knowledge_base,
  no_knowledge_base,
  unknown_format,
  registry_failed,
  bad_clock,
  bad_pdf,
  index_failed,
  bad_url,
  http_failed,
  http_timeout,
  http_refused,
  http_not_found,
  http_status,
  cloud_answer,
  still_processing,
  no_key,
  source_changed,
  already_here,
  no_such_document,
  bad_config,
  llm_answer,
  bad_query,
  no_full_text,
  unexpected,
  no_such_page,
  not_a_site,
  foreign_file,
};

[[nodiscard]] const std::error_category& error_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(error e) noexcept {
  return {static_cast<int>(e), error_category()};
}

namespace exit_code = terminal::exit_code;

/// The exit code that a failure ends a command with.
[[nodiscard]] int exit_code_of(const cp::failure& f) noexcept;

/// Of an exception that nobody expected.
[[nodiscard]] cp::failure failure_of(const std::exception& e, const std::string& path = {});

/// What is wrong, in a sentence with the path that it is about, unless that is `subject`.
[[nodiscard]] std::string cause_of(const cp::failure& f, const std::string& subject = {});
/// What to do about it; may be empty.
[[nodiscard]] std::string advice_for(const cp::failure& f);

}  // namespace openkb

template <>
struct std::is_error_code_enum<openkb::error> : std::true_type {};
