#pragma once

/// \file
/// `function_ref`: a callable of somebody else's, by reference; two words and no allocation.

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace commitpoint {

template <class Signature>
class function_ref;

/// Calls what it was made from, which outlives it.
template <class R, class... Args>
class function_ref<R(Args...)> {
 public:
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, function_ref> && std::is_invocable_r_v<R, F&, Args...>)
  // NOLINTNEXTLINE(google-explicit-constructor, bugprone-forwarding-reference-overload): a callable, as it is
  function_ref(F&& f)
  noexcept
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

}  // namespace commitpoint
