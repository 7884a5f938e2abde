#pragma once

/// \file
/// The errors that are the command's own, and how every failure is told.

#include "terminal/exit_code.hpp"

#include <commitpoint/failure.hpp>

#include <string>
#include <system_error>

namespace command {

namespace cp = commitpoint;
namespace exit_code = terminal::exit_code;

/// They travel in `commitpoint::failure`, like the system's own.
enum class error {
  bad_change_set = 1,
  not_expected,     ///< what `expect` says of a path is not so
  not_so_often,     ///< `replace` found its text another number of times
  does_not_apply,   ///< the context of a diff does not match
  not_a_source,     ///< what is to be copied is no file, directory or link
  no_root,          ///< there is no state directory
  not_kept,         ///< `kept/` has no such file
  would_overwrite,  ///< something else is there
  command_failed,   ///< the command of `run`
  only_looked,      ///< a rehearsal is over
};

[[nodiscard]] const std::error_category& error_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(error e) noexcept {
  return {static_cast<int>(e), error_category()};
}

[[nodiscard]] int exit_code_of(const cp::failure& f);
[[nodiscard]] std::string cause_of(const cp::failure& f, const std::string& subject);
[[nodiscard]] std::string advice_for(const cp::failure& f);

/// A failure that a change set or a person's words are the cause of.
[[nodiscard]] cp::failure failure_of(error e, std::string path, std::string explanation = {});

}  // namespace command

template <>
struct std::is_error_code_enum<command::error> : std::true_type {};
