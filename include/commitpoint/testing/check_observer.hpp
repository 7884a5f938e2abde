#pragma once

/// \file
/// The conformance suite of observers.

#include <commitpoint/function_ref.hpp>
#include <commitpoint/observe/interface.hpp>
#include <commitpoint/testing/conformance_report.hpp>

#include <memory>

namespace commitpoint::testing {

namespace detail {

/// An observer of any type, which can be copied.
class heard_observer {
 public:
  heard_observer() = default;
  heard_observer(const heard_observer&) = delete;
  heard_observer& operator=(const heard_observer&) = delete;
  virtual ~heard_observer() = default;

  virtual void hear(const observe::event& e) const = 0;
  [[nodiscard]] virtual std::unique_ptr<heard_observer> copy() const = 0;
};

template <observe::Observer O>
class heard final : public heard_observer {
 public:
  template <class Make>
  explicit heard(Make& make) : observer_(make()) {}
  explicit heard(const O* original) : observer_(*original) {}

  void hear(const observe::event& e) const override { observer_(e); }
  [[nodiscard]] std::unique_ptr<heard_observer> copy() const override { return std::make_unique<heard>(&observer_); }

 private:
  O observer_;
};

/// The suite, over observers that `make` makes, one for each check.
[[nodiscard]] conformance_report check_heard(function_ref<std::unique_ptr<heard_observer>()> make);

}  // namespace detail

/// Checks an observer: it must take whatever it hears, in any order and from any thread, and never throw. `make` gives
/// one, anew for every check.
template <class Observer, class Make>
[[nodiscard]] conformance_report check_observer(Make make) {
  static_assert(observe::Observer<Observer>,
                "commitpoint: check_observer takes an observer, which has 'void operator()(const "
                "commitpoint::observe::event&) const'");
  return detail::check_heard([&] { return std::make_unique<detail::heard<Observer>>(make); });
}

/// The same, of default-made ones.
template <class Observer>
[[nodiscard]] conformance_report check_observer() {
  return check_observer<Observer>([] { return Observer{}; });
}

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/check_observer.ipp>
#endif
