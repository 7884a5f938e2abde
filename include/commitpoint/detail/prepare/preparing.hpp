#pragma once

/// \file
/// What of `prepare` knows the user's types: a range, and two functions.

#include <commitpoint/detail/prepare/pipeline.hpp>
#include <commitpoint/lease.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/owner.hpp>
#include <commitpoint/result.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>

namespace commitpoint::detail {

/// One element of a range, kept until it is committed: a pointer where the range keeps it, and else the element.
template <class Range>
class kept_input {
  using reference = std::ranges::range_reference_t<Range>;
  static constexpr bool stays = std::ranges::forward_range<Range> && std::is_lvalue_reference_v<reference>;

 public:
  using value_type = std::conditional_t<stays, std::remove_cvref_t<reference>, std::ranges::range_value_t<Range>>;

  explicit kept_input(reference element) : element_(keep(std::forward<reference>(element))) {}
  [[nodiscard]] const value_type& get() const noexcept {
    if constexpr (stays) {
      return *element_;
    } else {
      return element_;
    }
  }

 private:
  using stored = std::conditional_t<stays, const value_type*, value_type>;
  static stored keep(reference element) {
    if constexpr (stays) {
      return std::addressof(element);
    } else {
      return stored(std::forward<reference>(element));
    }
  }
  stored element_;
};

/// The elements of a range, each with what is made of it.
template <class Mutation, class Range, class Prepare, class Commit>
class prepared_range final : public input_source {
  using input = kept_input<Range>;
  using input_type = typename input::value_type;
  static_assert(std::is_invocable_v<Prepare&, const input_type&, lease&>,
                "commitpoint: prepare_one is called with (const In&, commitpoint::lease&)");
  using prepared = std::invoke_result_t<Prepare&, const input_type&, lease&>;
  static_assert(is_result<prepared>, "commitpoint: prepare_one returns a commitpoint::result<V>");
  using value = typename prepared::value_type;
  static_assert(!std::is_void_v<value>, "commitpoint: prepare_one returns a value for commit_one");
  static_assert(std::is_invocable_r_v<result<void>, Commit&, Mutation&, const input_type&, value&&>,
                "commitpoint: commit_one is called with (mutation&, const In&, V&&) and returns a "
                "commitpoint::result<void>");

 public:
  prepared_range(Range& inputs, Prepare& prepare_one, Commit& commit_one)
      : prepare_(prepare_one), commit_(commit_one), at_(std::ranges::begin(inputs)), end_(std::ranges::end(inputs)) {}

  // Steps on only when the next element is wanted, since that may wait.
  std::unique_ptr<prepared_input> next() override {
    if (over_) return nullptr;
    if (started_) ++at_;
    started_ = true;
    over_ = at_ == end_;
    if (over_) return nullptr;
    return std::make_unique<element>(*this, *at_);
  }

  std::size_t count_rest() override {
    std::size_t count = 0;
    if constexpr (std::ranges::forward_range<Range>) {
      if (over_) return 0;
      if (started_) ++at_;
      for (; at_ != end_; ++at_) ++count;
    }
    return count;
  }

  result<void> run(owner& by, const plan& what, function_ref<result<void>(mutation&)> body) override {
    if constexpr (std::is_same_v<Mutation, mutation>) {
      return by.run(what, body);
    } else {
      return owner_with<Mutation>(std::move(by)).run(what, [&](Mutation& m) { return body(m); });
    }
  }

 private:
  class element final : public prepared_input {
   public:
    element(prepared_range& of, std::ranges::range_reference_t<Range> in)
        : of_(of), in_(std::forward<std::ranges::range_reference_t<Range>>(in)) {}

    result<void> prepare(lease& staging) override {
      auto made = std::invoke(of_.prepare_, in_.get(), staging);
      if (!made) return std::move(made).error();
      made_.emplace(std::move(made).value());
      return success();
    }
    // The mutation is one that `run` handed out.
    result<void> commit(mutation& m) override {
      return std::invoke(of_.commit_, static_cast<Mutation&>(m), in_.get(), *std::move(made_));
    }
    void forget() noexcept override { made_.reset(); }

   private:
    prepared_range& of_;
    input in_;
    std::optional<value> made_;
  };

  Prepare& prepare_;
  Commit& commit_;
  std::ranges::iterator_t<Range> at_;
  std::ranges::sentinel_t<Range> end_;
  bool started_ = false;
  bool over_ = false;
};

}  // namespace commitpoint::detail
