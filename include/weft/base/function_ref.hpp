#pragma once
/// `function_ref`: a callable passed down the stack without a copy or an allocation.

#include <type_traits>
#include <utility>

namespace weft::detail {

template <class Signature>
class function_ref;

/// Two words that name a callable which lives elsewhere.
/// **Lifetime**: the callable must outlive every call; meant for parameters only.
template <class R, class... Args>
class function_ref<R(Args...)> {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, function_ref> &&
             std::is_invocable_r_v<R, F&, Args...>)
  function_ref(F&& f) noexcept  // NOLINT(google-explicit-constructor): it stands for the callable
      : call_([](storage s, Args... args) -> R {
          if constexpr (std::is_function_v<std::remove_reference_t<F>>) {
            return static_cast<R>(reinterpret_cast<std::remove_reference_t<F>*>(s.function)(
                static_cast<Args&&>(args)...));
          } else {
            return static_cast<R>((*static_cast<std::remove_reference_t<F>*>(s.object))(
                static_cast<Args&&>(args)...));
          }
        }) {
    if constexpr (std::is_function_v<std::remove_reference_t<F>>) {
      target_.function = reinterpret_cast<void (*)()>(&f);
    } else {
      target_.object = const_cast<void*>(static_cast<const volatile void*>(__builtin_addressof(f)));
    }
  }

  R operator()(Args... args) const { return call_(target_, static_cast<Args&&>(args)...); }

 private:
  union storage {
    void* object;
    void (*function)();
  };

  storage target_;
  R (*call_)(storage, Args...);
};

}  // namespace weft::detail
