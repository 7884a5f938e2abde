#pragma once

/// \file
/// What went wrong, where, on which paths, and what holds now.

#include <commitpoint/config.hpp>
#include <commitpoint/step.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace commitpoint {

/// The errors that are commitpoint's own. The system's codes are passed on as they are.
enum class errc {
  outside_root = 1,      ///< the path is absolute, has `..`, or passes through a symbolic link
  reserved_path,         ///< the path belongs to commitpoint: the state directory, or the journal's database
  invalid_path,          ///< the path is empty or has a NUL byte
  not_a_regular_file,    ///< the path is a directory, a link or a special file, and the operation needs a regular file
  would_deadlock,        ///< this thread already holds the lock through the same coordinator
  nested_mutation,       ///< `run` was called inside a body
  lock_timeout,          ///< the deadline passed while the lock was waited for
  cancelled,             ///< the stop token was triggered
  drifted,               ///< the tree changed under the mutation
  snapshot_violated,     ///< a writer wrote through a snapshot that only protects against writers that replace
  dirty_rollback,        ///< a rollback failed; a drain has to finish it before anything else can be changed
  publish_incomplete,    ///< committed, but not every path went live yet; the next drain finishes it
  outcome_unknown,       ///< the commit record may or may not be durable; the next drain decides
  needs_repair,          ///< recovery is blocked until somebody accepts what was quarantined
  journal_corrupt,       ///< a journal or one of its records is damaged
  unknown_compensation,  ///< no compensation of that name was registered
  unsupported,           ///< the file system, the policy or the kind of file cannot do it
  newer_format,          ///< the state directory was written by a newer version of the library
  not_new,               ///< `track_new` was given a path that is older than the mutation
  not_owner,             ///< the handle owns nothing: it was moved from, released, or belongs to the parent process
  untrusted_owner,       ///< the state directory, or what is in it, belongs to a user whose journal is not carried out
};

/// The category of `errc`.
[[nodiscard]] const std::error_category& category() noexcept;

/// An `std::error_code` of `errc`.
[[nodiscard]] inline std::error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), category()}; }

}  // namespace commitpoint

template <>
struct std::is_error_code_enum<commitpoint::errc> : std::true_type {};

namespace commitpoint {

/// What holds after a failure of `run`.
enum class outcome : std::uint8_t {
  rolled_back,  ///< none of it is there
  unfinished,   ///< committed; the next drain finishes publishing it
  unknown,      ///< the next drain decides, by the journal alone
  dirty,        ///< the rollback failed; evidence is kept, the next drain tries again
};

/// The name of an outcome, for messages.
[[nodiscard]] constexpr std::string_view to_string(outcome o) noexcept {
  switch (o) {
    case outcome::rolled_back: return "rolled back";
    case outcome::unfinished: return "unfinished";
    case outcome::unknown: return "unknown";
    case outcome::dirty: return "dirty";
  }
  return "?";
}

template <class E>
concept error_code_enum = std::is_error_code_enum_v<E>;

template <class E>
concept error_condition_enum = std::is_error_condition_enum_v<E>;

/// One failure: small enough to be returned by value (32 bytes); paths and explanations stand in shared context.
///
/// It is made implicitly from an `std::error_code` or an error code enumeration, compares with both kinds of
/// enumeration, and converts back to an `std::error_code`.
class failure {
 public:
  std::error_code code;                              ///< the error; the system's own codes are kept as they are
  commitpoint::step step = commitpoint::step::none;  ///< where in the protocol it happened

  failure() = default;
  failure(std::error_code c) noexcept : code(c) {}  // NOLINT(google-explicit-constructor): meant to be implicit
  template <error_code_enum E>
  failure(E e) noexcept : code(make_error_code(e)) {}  // NOLINT(google-explicit-constructor): meant to be implicit
  failure(std::error_code c, std::string on_path, std::string explanation = {});

  // Out of line and cold, because every TRY has them in it.
  [[gnu::cold]] failure(const failure& other) noexcept;
  [[gnu::cold]] failure(failure&& other) noexcept;
  [[gnu::cold]] failure& operator=(const failure& other) noexcept;
  [[gnu::cold]] failure& operator=(failure&& other) noexcept;
  [[gnu::cold]] ~failure();

  /// The path that it happened on, relative to the root where it is inside; empty when none is known.
  [[nodiscard]] const std::string& path() const noexcept;
  /// The second path of an operation that has two.
  [[nodiscard]] const std::string& other_path() const noexcept;
  /// What to do, or more about the cause; may be empty.
  [[nodiscard]] const std::string& explanation() const noexcept;
  /// The operation, as `plan::operation` names it; empty outside a mutation.
  [[nodiscard]] const std::string& operation() const noexcept;
  /// The root that was worked on; empty when none is known.
  [[nodiscard]] const std::string& root() const noexcept;
  /// The number of the mutation, 0 outside one.
  [[nodiscard]] std::uint64_t number() const noexcept;
  /// What holds now.
  [[nodiscard]] commitpoint::outcome outcome() const noexcept { return outcome_; }

  /// Fills in what is not known yet; what is known stays, because the innermost place knows best.
  failure&& at(commitpoint::step s) && {
    if (step == commitpoint::step::none) step = s;
    return std::move(*this);
  }
  failure&& on(std::string_view first, std::string_view second = {}) &&;
  failure&& because(std::string_view text) &&;
  /// Adds something to do to the explanation, whatever that says already; once.
  failure&& advising(std::string_view text) &&;
  failure&& in(std::uint64_t mutation_number) &&;
  failure&& during(std::string_view operation_name) &&;
  failure&& under(std::string_view root_path) &&;
  failure&& with(commitpoint::outcome o) && noexcept {
    outcome_ = o;
    return std::move(*this);
  }

  /// One sentence: which operation in which root, where, on which paths, in which mutation; without the code's own
  /// message.
  [[nodiscard]] std::string describe() const;
  /// `describe()` and the code's message, as in "rename-topic in '/home/me/notes': body: 'wiki/x.md': ...".
  [[nodiscard]] std::string message() const;

  /// Throws it as an `std::system_error` whose `what()` names the paths.
  [[noreturn]] void raise() const;

  operator std::error_code() const noexcept { return code; }  // NOLINT(google-explicit-constructor): meant to be

  template <error_code_enum E>
  friend bool operator==(const failure& f, E e) noexcept {
    return f.code == make_error_code(e);
  }
  template <error_condition_enum E>
  friend bool operator==(const failure& f, E e) noexcept {
    return f.code == make_error_condition(e);
  }
  friend bool operator==(const failure& f, const std::error_code& c) noexcept { return f.code == c; }
  friend bool operator==(const failure& f, const failure& other) noexcept { return f.code == other.code; }

 private:
  struct context;

  [[nodiscard]] const context& about() const noexcept;
  // Copies share the context, so an edit of what others see makes its own.
  context& mine();

  commitpoint::outcome outcome_ = commitpoint::outcome::rolled_back;
  context* context_ = nullptr;
};

static_assert(sizeof(failure) <= 40);

/// An error code of the system, from `errno`'s values.
[[nodiscard]] inline std::error_code system_error(int number) noexcept { return {number, std::system_category()}; }

}  // namespace commitpoint

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/failure.ipp>
#endif
