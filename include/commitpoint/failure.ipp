#pragma once

#include <commitpoint/failure.hpp>

#include <atomic>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

namespace commitpoint {

namespace detail {

class error_category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "commitpoint"; }
  [[nodiscard]] std::string message(int value) const override;
};

}  // namespace detail

COMMITPOINT_INLINE const std::error_category& category() noexcept {
  static const detail::error_category instance;
  return instance;
}

COMMITPOINT_INLINE std::string detail::error_category::message(int value) const {
  switch (static_cast<errc>(value)) {
    case errc::outside_root: return "the path leads outside the root (absolute, '..', or through a symbolic link)";
    case errc::reserved_path: return "the path belongs to commitpoint itself";
    case errc::invalid_path: return "the path is empty or has a NUL byte";
    case errc::not_a_regular_file: return "not a regular file";
    case errc::would_deadlock: return "this thread already holds the lock through this coordinator";
    case errc::nested_mutation: return "a mutation is already running on this owner";
    case errc::lock_timeout: return "the lock was not free before the deadline";
    case errc::cancelled: return "cancelled";
    case errc::drifted: return "the tree changed while the mutation ran";
    case errc::snapshot_violated: return "a writer wrote through the snapshot";
    case errc::dirty_rollback: return "the rollback failed; run a recovery before anything else";
    case errc::publish_incomplete: return "committed, but not fully published; the next acquire finishes it";
    case errc::outcome_unknown: return "the commit may or may not be durable; the next acquire decides";
    case errc::needs_repair: return "recovery is blocked; look at the quarantine, then accept";
    case errc::journal_corrupt: return "the journal is damaged";
    case errc::unknown_compensation: return "no compensation of that name is registered";
    case errc::unsupported: return "not supported here";
    case errc::newer_format: return "the state directory was written by a newer version of commitpoint";
    case errc::not_new: return "the path is older than the mutation";
    case errc::not_owner: return "this handle does not hold the lock";
    case errc::untrusted_owner: return "another user's journal is not carried out";
  }
  return "unknown error " + std::to_string(value);
}

// Shared by the copies of a failure, each of which holds one of `holders`.
struct failure::context {
  context() = default;
  context(const context& other)
      : path(other.path),
        other_path(other.other_path),
        explanation(other.explanation),
        operation(other.operation),
        root(other.root),
        number(other.number) {}
  context& operator=(const context&) = delete;
  ~context() = default;

  std::string path;
  std::string other_path;
  std::string explanation;
  std::string operation;
  std::string root;
  std::uint64_t number = 0;
  mutable std::atomic<std::size_t> holders{1};
};

COMMITPOINT_INLINE failure::failure(std::error_code c, std::string on_path, std::string explanation) : code(c) {
  auto& known = mine();
  known.path = std::move(on_path);
  known.explanation = std::move(explanation);
}

[[gnu::noinline]] COMMITPOINT_INLINE failure::failure(const failure& other) noexcept
    : code(other.code), step(other.step), outcome_(other.outcome_), context_(other.context_) {
  if (context_ != nullptr) context_->holders.fetch_add(1, std::memory_order_relaxed);
}

[[gnu::noinline]] COMMITPOINT_INLINE failure::failure(failure&& other) noexcept
    : code(other.code), step(other.step), outcome_(other.outcome_), context_(std::exchange(other.context_, nullptr)) {}

[[gnu::noinline]] COMMITPOINT_INLINE failure& failure::operator=(const failure& other) noexcept {
  return *this = failure(other);
}

[[gnu::noinline]] COMMITPOINT_INLINE failure& failure::operator=(failure&& other) noexcept {
  code = other.code;
  step = other.step;
  outcome_ = other.outcome_;
  std::swap(context_, other.context_);
  return *this;
}

[[gnu::noinline]] COMMITPOINT_INLINE failure::~failure() {
  if (context_ != nullptr && context_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete context_;
}

COMMITPOINT_INLINE const failure::context& failure::about() const noexcept {
  static const context nothing;
  return context_ != nullptr ? *context_ : nothing;
}

COMMITPOINT_INLINE failure::context& failure::mine() {
  if (context_ == nullptr) {
    context_ = new context;
  } else if (context_->holders.load(std::memory_order_acquire) != 1) {
    failure before;  // gives its share back
    before.context_ = std::exchange(context_, new context(*context_));
  }
  return *context_;
}

COMMITPOINT_INLINE const std::string& failure::path() const noexcept { return about().path; }
COMMITPOINT_INLINE const std::string& failure::other_path() const noexcept { return about().other_path; }
COMMITPOINT_INLINE const std::string& failure::explanation() const noexcept { return about().explanation; }
COMMITPOINT_INLINE const std::string& failure::operation() const noexcept { return about().operation; }
COMMITPOINT_INLINE const std::string& failure::root() const noexcept { return about().root; }
COMMITPOINT_INLINE std::uint64_t failure::number() const noexcept { return about().number; }

COMMITPOINT_INLINE failure&& failure::on(std::string_view first, std::string_view second) && {
  if (about().path.empty() && !first.empty()) {
    auto& known = mine();
    known.path = first;
    known.other_path = second;
  }
  return std::move(*this);
}

COMMITPOINT_INLINE failure&& failure::because(std::string_view text) && {
  if (about().explanation.empty() && !text.empty()) mine().explanation = text;
  return std::move(*this);
}

COMMITPOINT_INLINE failure&& failure::advising(std::string_view text) && {
  if (about().explanation.find(text) == std::string::npos) {
    auto& explanation = mine().explanation;
    if (!explanation.empty()) explanation += "; ";
    explanation += text;
  }
  return std::move(*this);
}

COMMITPOINT_INLINE failure&& failure::in(std::uint64_t mutation_number) && {
  if (about().number == 0 && mutation_number != 0) mine().number = mutation_number;
  return std::move(*this);
}

COMMITPOINT_INLINE failure&& failure::during(std::string_view operation_name) && {
  if (about().operation.empty() && !operation_name.empty()) mine().operation = operation_name;
  return std::move(*this);
}

COMMITPOINT_INLINE failure&& failure::under(std::string_view root_path) && {
  if (about().root.empty() && !root_path.empty()) mine().root = root_path;
  return std::move(*this);
}

COMMITPOINT_INLINE std::string failure::describe() const {
  const auto& known = about();
  std::string text = known.operation;
  if (!known.root.empty()) text.append(text.empty() ? "in '" : " in '").append(known.root).append("'");
  const auto next = [&text](std::string_view part) { text.append(text.empty() ? "" : ": ").append(part); };
  if (step != commitpoint::step::none) next(to_string(step));
  if (!known.path.empty()) next("'" + known.path + "'");
  if (!known.other_path.empty()) text.append(" and '").append(known.other_path).append("'");
  const auto beside = [&text](const std::string& part) { text.append(text.empty() ? "" : " ").append(part); };
  if (known.number != 0) beside("(mutation " + std::to_string(known.number) + ")");
  if (outcome_ != commitpoint::outcome::rolled_back) beside("[" + std::string(to_string(outcome_)) + "]");
  if (!known.explanation.empty()) next(known.explanation);
  return text;
}

COMMITPOINT_INLINE std::string failure::message() const {
  auto text = describe();
  return text.empty() ? code.message() : text + ": " + code.message();
}

COMMITPOINT_INLINE void failure::raise() const { throw std::system_error(code, describe()); }

}  // namespace commitpoint
