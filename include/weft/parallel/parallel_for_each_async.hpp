#pragma once
/// `parallel_for_each_async`: a body that awaits, for every element, some of them at the same time.
/// `parallel_select_async`: the same with results, in order.

#include <weft/base/lock.hpp>
#include <weft/parallel/options.hpp>
#include <weft/task/async_generator.hpp>
#include <weft/task/lazy.hpp>
#include <weft/task/run.hpp>

#include <concepts>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <ranges>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft {
namespace detail {

template <class S>
inline constexpr bool is_generator = false;
template <class T>
inline constexpr bool is_generator<async_generator<T>> = true;

/// How many bodies run at the same time. **Throws** `std::invalid_argument` for 0 and below -1.
[[nodiscard]] std::size_t async_degree(const parallel_options& options);

/// An element on its way to a body: a pointer into the caller's range, or the value itself.
template <class Source>
struct element_of {
  using reference = std::ranges::range_reference_t<Source>;
  static constexpr bool refers = std::is_lvalue_reference_v<reference>;
  using type =
      std::conditional_t<refers, std::add_pointer_t<reference>, std::remove_cvref_t<reference>>;
  using argument = std::conditional_t<refers, reference, std::remove_cvref_t<reference>&>;
};
template <class T>
struct element_of<async_generator<T>> {
  static constexpr bool refers = std::is_reference_v<T>;
  using type = std::conditional_t<refers, std::add_pointer_t<T>, std::remove_cvref_t<T>>;
  using argument = std::conditional_t<refers, T, std::remove_cvref_t<T>&>;
};

template <class R>
constexpr void check_async_body() {
  static_assert(awaitable<R>,
                "weft: the body of this asynchronous loop gives nothing to await; make it a "
                "coroutine, or use parallel_for_each");
}
template <class F, class Argument>
decltype(auto) call_body(F& body, Argument argument, const std::stop_token& stop) {
  if constexpr (std::invocable<F&, Argument, std::stop_token>) {
    check_async_body<std::invoke_result_t<F&, Argument, std::stop_token>>();
    return body(static_cast<Argument>(argument), stop);
  } else {
    check_async_body<std::invoke_result_t<F&, Argument>>();
    return body(static_cast<Argument>(argument));
  }
}
template <class F, class Argument>
concept async_body = std::invocable<F&, Argument, std::stop_token> || std::invocable<F&, Argument>;

/// The untyped half of a loop: how many bodies run, what they threw.
class async_loop {
 public:
  async_loop(std::size_t degree, const std::stop_token& outer) : degree_(degree), outer_(outer) {
    if (outer.stop_possible()) {
      follow_.emplace(outer, follow{this});
    }
  }
  async_loop(const async_loop&) = delete;
  async_loop& operator=(const async_loop&) = delete;

  [[nodiscard]] std::stop_token token() const noexcept { return stop_.get_token(); }
  [[nodiscard]] bool is_stopping() const noexcept { return stop_.stop_requested(); }
  /// A body, or the source, threw what is being handled.
  void note_failure() noexcept;
  void body_ended() noexcept;
  /// Ends it: canceled when the caller's token asked, whatever was thrown; else with all failures.
  void finish();

  /// Waits until fewer than `limit` bodies run; counts one more if `enter`.
  struct fewer_awaiter {
    using weft_awaitable = void;
    async_loop* loop;
    std::size_t limit;
    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
      job* self = capture(handle, edge_to(&what), resume_where::anywhere, nullptr);
      if (loop->wait(self, limit)) {
        return true;
      }
      release_capture(self);
      return false;
    }
    static void await_resume() noexcept {}
    static constexpr waitable what{"parallel_for_each_async"};
  };
  [[nodiscard]] fewer_awaiter room() noexcept { return {this, degree_}; }
  [[nodiscard]] fewer_awaiter all_ended() noexcept { return {this, 1}; }
  void enter() noexcept;

 private:
  struct follow {
    async_loop* loop;
    void operator()() const noexcept { loop->stop_.request_stop(); }
  };
  [[nodiscard]] bool wait(job* self, std::size_t limit) noexcept;

  const std::size_t degree_;
  const std::stop_token outer_;
  std::stop_source stop_;
  lock lock_;
  // Guarded by lock_:
  std::size_t running_ = 0;
  std::size_t limit_ = 0;  // of who waits
  job* waiting_ = nullptr;
  std::vector<std::exception_ptr> failures_;  // as they happened
  std::optional<std::stop_callback<follow>> follow_;
};

/// One body. Belongs to nobody; the loop waits for its end.
template <class Source, class F>
self_owned run_async_body(async_loop& loop, F& body, typename element_of<Source>::type element,
                          run_options where) {
  using argument = typename element_of<Source>::argument;
  try {
    co_await schedule_awaiter(where, false);
    typename element_of<Source>::type own(std::move(element));
    if constexpr (element_of<Source>::refers) {
      co_await call_body<F, argument>(body, static_cast<argument>(*own), loop.token());
    } else {
      co_await call_body<F, argument>(body, own, loop.token());
    }
  } catch (...) {
    loop.note_failure();
  }
  loop.body_ended();
}

template <class Source, class Element>
void start_async_body(async_loop& loop, auto& body, Element&& element, run_options where) {
  loop.enter();
  if constexpr (element_of<Source>::refers) {
    run_async_body<Source>(loop, body, std::addressof(element), where);
  } else {
    run_async_body<Source>(loop, body, std::forward<Element>(element), where);
  }
}

/// The elements of a range or generator, one after another, whichever it is.
template <class Source>
class element_puller {
 public:
  explicit element_puller(Source& range)
      : at_(std::ranges::begin(range)), end_(std::ranges::end(range)) {}
  /// Calls `use(element)`; false at the end.
  template <class Use>
  lazy<bool> next(Use use) {
    if (std::exchange(begun_, true)) {
      ++at_;
    }
    if (at_ == end_) {
      co_return false;
    }
    use(*at_);
    co_return true;
  }

 private:
  std::ranges::iterator_t<Source> at_;
  std::ranges::sentinel_t<Source> end_;
  bool begun_ = false;
};
template <class T>
class element_puller<async_generator<T>> {
 public:
  explicit element_puller(async_generator<T>& from) : from_(from) {}
  template <class Use>
  lazy<bool> next(Use use) {
    auto pulling = from_.next();
    auto* element = co_await std::move(pulling);
    if (element != nullptr) {
      use(std::move(*element));
    }
    co_return element != nullptr;
  }

 private:
  async_generator<T>& from_;
};

/// `Held`: the source itself, or `Source&`.
template <class Held, class F>
run_coroutine<void> for_each_async(Held held, F body, std::size_t degree, run_options where,
                                   std::stop_token stop) {
  using Source = std::remove_reference_t<Held>;
  async_loop loop(degree, stop);
  co_await schedule_awaiter(where, false);
  try {
    if constexpr (is_generator<Source>) {
      held.with_cancellation(loop.token());
    }
    element_puller<Source> elements(held);
    for (bool more = true; more && !loop.is_stopping();) {
      co_await loop.room();
      if (loop.is_stopping()) {
        break;
      }
      auto pulling = elements.next([&](auto&& element) {
        start_async_body<Source>(loop, body, std::forward<decltype(element)>(element), where);
      });
      more = co_await std::move(pulling);
    }
  } catch (...) {
    loop.note_failure();
  }
  co_await loop.all_ended();
  loop.finish();
}

/// What the bodies of `parallel_select_async` share; they may outlive the generator.
template <class Held, class F>
struct select_state {
  select_state(Held s, F f, const std::stop_token& stop)
      : source(std::forward<Held>(s)), body(std::move(f)), outer(stop, ask{&stopping}) {}
  struct ask {
    std::stop_source* stopping;
    void operator()() const noexcept { stopping->request_stop(); }
  };
  Held source;
  F body;
  std::stop_source stopping;
  std::stop_callback<ask> outer;
};

template <class Source, class F>
using body_result =
    std::remove_cvref_t<await_result<decltype(call_body<F, typename element_of<Source>::argument>(
        std::declval<F&>(), std::declval<typename element_of<Source>::argument>(),
        std::declval<const std::stop_token&>()))>>;

template <class Held, class F, class Source = std::remove_reference_t<Held>>
task<body_result<Source, F>> select_one(std::shared_ptr<select_state<Held, F>> state,
                                        typename element_of<Source>::type element,
                                        run_options where) {
  using argument = typename element_of<Source>::argument;
  co_await schedule_awaiter(where, false);
  typename element_of<Source>::type own(std::move(element));
  if constexpr (element_of<Source>::refers) {
    co_return co_await call_body<F, argument>(state->body, static_cast<argument>(*own),
                                              state->stopping.get_token());
  } else {
    co_return co_await call_body<F, argument>(state->body, own, state->stopping.get_token());
  }
}
template <class Held, class F, class Element>
auto start_select(const std::shared_ptr<select_state<Held, F>>& state, Element&& element,
                  run_options where) {
  if constexpr (element_of<std::remove_reference_t<Held>>::refers) {
    return select_one<Held, F>(state, std::addressof(element), where);
  } else {
    return select_one<Held, F>(state, std::forward<Element>(element), where);
  }
}

template <class Held, class F, class R = body_result<std::remove_reference_t<Held>, F>>
async_generator<R> select_async(Held source, F body, std::size_t degree, run_options where,
                                std::stop_token stop) {
  auto state =
      std::make_shared<select_state<Held, F>>(std::forward<Held>(source), std::move(body), stop);
  struct leave {
    std::stop_source* stopping;
    explicit leave(std::stop_source* s) noexcept : stopping(s) {}
    leave(const leave&) = delete;
    leave& operator=(const leave&) = delete;
    ~leave() { stopping->request_stop(); }
  } const asks_to_stop(&state->stopping);
  std::deque<task<R>> window;
  std::exception_ptr failure;
  try {
    element_puller<std::remove_reference_t<Held>> elements(state->source);
    for (bool more = true; more || !window.empty();) {
      while (more && window.size() < degree) {
        throw_if_stopped(stop);
        auto pulling = elements.next([&](auto&& element) {
          window.push_back(start_select(state, std::forward<decltype(element)>(element), where));
        });
        more = co_await std::move(pulling);
      }
      if (!window.empty()) {
        task<R> first(std::move(window.front()));
        window.pop_front();
        R result = co_await std::move(first);
        co_yield std::move(result);
      }
    }
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure != nullptr) {
    state->stopping.request_stop();
    for (auto& t : window) {
      co_await completion_awaiter{&t.checked()};
    }
    window.clear();
    std::rethrow_exception(failure);
  }
}

template <class S>
concept async_source = std::ranges::input_range<S> || is_generator<std::remove_cvref_t<S>>;
/// lvalues are referred to, save views and generators; all else is kept.
template <class S>
using held_source =
    std::conditional_t<std::is_lvalue_reference_v<S> && !std::ranges::view<std::remove_cvref_t<S>>,
                       S, std::remove_cvref_t<S>>;

}  // namespace detail

/// Calls `body(element, stop_token)`, or `body(element)`, which gives something to await, for every
/// element of a range or `async_generator`; up to `max_degree_of_parallelism` of them are under way
/// at the same time (-1: as many as there are workers). Elements are taken one after another, each
/// when there is room for it; bodies start on the pool, or on the scheduler of the options.
/// **Throws** (at the await) the first failure; `exceptions()` of the returned task has all of
/// them. After one nothing new starts, and the tokens of the bodies ask to stop.
/// **Cancellation**: ends canceled when the bodies under way have ended, whatever they threw.
/// **Lifetime**: `body` and a range by value are kept; an lvalue range must outlive the task.
/// Elements of an lvalue range are passed by reference, others live until their body has ended.
/// **Cost**: a pooled frame and a post to the pool an element. **Source**: Parallel.ForEachAsync.
template <class S, class F>
  requires detail::async_source<S> &&
           detail::async_body<F, typename detail::element_of<std::remove_reference_t<S>>::argument>
[[nodiscard]] task<> parallel_for_each_async(S&& source, F body, parallel_options options = {}) {
  return detail::for_each_async<detail::held_source<S>, F>(
      std::forward<S>(source), std::move(body), detail::async_degree(options),
      run_options{false, options.scheduler}, options.stop.token());
}

/// The same with a result for each element: gives them in the order of the elements, as they become
/// ready. At most `max_degree_of_parallelism` bodies are under way or wait for their turn.
/// **Throws** (out of `next()`) the first failure in the order of the elements, when the bodies
/// under way have ended; others are reported as unobserved.
/// **Cancellation**: as above; leaving half-way asks the bodies to stop and does not wait for them,
/// so an lvalue range must outlive them.
template <class S, class F>
  requires detail::async_source<S> &&
           detail::async_body<F, typename detail::element_of<std::remove_reference_t<S>>::argument>
[[nodiscard]] auto parallel_select_async(S&& source, F body, parallel_options options = {}) {
  return detail::select_async<detail::held_source<S>, F>(
      std::forward<S>(source), std::move(body), detail::async_degree(options),
      run_options{false, options.scheduler}, options.stop.token());
}

}  // namespace weft
