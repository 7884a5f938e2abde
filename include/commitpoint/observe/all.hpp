#pragma once

/// \file
/// `observe::all`: several observers as one.

#include <commitpoint/observe/interface.hpp>
#include <commitpoint/policy.hpp>

#include <tuple>
#include <utility>

namespace commitpoint::observe {

/// Each of them hears each event, in this order. A default-made one has default-made ones.
template <class... Observers>
class all {
  static_assert((Observer<Observers> && ...), "commitpoint: everything in observe::all is an observer");

 public:
  using kind = commitpoint::kind::observe;

  all() = default;
  explicit all(Observers... observers) requires(sizeof...(Observers) > 0) : observers_(std::move(observers)...) {}

  void operator()(const event& e) const {
    std::apply([&](const auto&... each) { (each(e), ...); }, observers_);
  }

  /// The one of this type.
  template <class One>
  [[nodiscard]] const One& get() const noexcept {
    return std::get<One>(observers_);
  }

 private:
  std::tuple<Observers...> observers_;
};

static_assert(Observer<all<>>);

}  // namespace commitpoint::observe
