#pragma once
/// `parallel_invoke`: several functions at the same time.

#include <weft/base/function_ref.hpp>
#include <weft/parallel/detail/body.hpp>
#include <weft/parallel/options.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace weft {
namespace detail {

/// Calls all of them, those behind a failed one too. **Throws** as `parallel_invoke`.
void invoke_all(const function_ref<void()>* functions, std::uint64_t count,
                const parallel_options& options, loop_site& site);

template <class... F>
inline constinit loop_site invoke_site{};

template <class F>
function_ref<void()> as_plain_call(F& f) noexcept {
  check_body_result<std::invoke_result_t<F&>>();
  return function_ref<void()>(f);
}

}  // namespace detail

/// Calls each function once, as many at the same time as there are workers, and blocks until all
/// have ended; the caller takes part. All are called, even if one throws.
/// **Throws** `aggregate_exception` of everything that they threw; `operation_canceled` when the
/// token was requested before all had been started.
/// **Source**: System.Threading.Tasks.Parallel.Invoke.
template <std::invocable... F>
  requires(sizeof...(F) > 0)
void parallel_invoke(const parallel_options& options, F&&... functions) {
  const detail::function_ref<void()> all[] = {detail::as_plain_call(functions)...};
  detail::invoke_all(all, sizeof...(F), options, detail::invoke_site<F...>);
}

template <std::invocable... F>
  requires(sizeof...(F) > 0)
void parallel_invoke(F&&... functions) {
  const detail::function_ref<void()> all[] = {detail::as_plain_call(functions)...};
  detail::invoke_all(all, sizeof...(F), {}, detail::invoke_site<F...>);
}

}  // namespace weft
