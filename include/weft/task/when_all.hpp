#pragma once
/// `when_all`: one task for the end of many.

#include <weft/task/lazy.hpp>
#include <weft/task/operation.hpp>
#include <weft/task/value_task.hpp>

#include <iterator>
#include <memory>
#include <tuple>
#include <variant>
#include <vector>

namespace weft {
namespace detail {

template <class A>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;
template <class A>
inline constexpr bool is_lazy = false;
template <class T>
inline constexpr bool is_lazy<lazy<T>> = true;
template <class A>
inline constexpr bool is_value_task = false;
template <class T>
inline constexpr bool is_value_task<value_task<T>> = true;

template <class A>
task<std::remove_cvref_t<await_result<A>>> await_as_task(A awaitable) {
  co_return co_await std::move(awaitable);
}

/// Any awaitable as a task; cold ones start here and now.
template <class A>
[[nodiscard]] auto as_task(A&& awaitable) {
  using Plain = std::remove_cvref_t<A>;
  if constexpr (is_task<Plain>) {
    static_assert(!std::is_lvalue_reference_v<A>);
    return std::forward<A>(awaitable);
  } else if constexpr (is_lazy<Plain>) {
    return std::move(awaitable).start();
  } else if constexpr (is_value_task<Plain>) {
    static_assert(!std::is_lvalue_reference_v<A>, "weft: pass std::move(value_task)");
    return std::move(awaitable).as_task();
  } else {
    return await_as_task<Plain>(std::forward<A>(awaitable));
  }
}

/// The untyped half: counts down, gathers errors.
class join_base {
 public:
  struct child : job {
    join_base* owner;
  };

 protected:
  /// `all_ended` is called once, by the thread that ends the last child (or registers it).
  explicit join_base(void (*all_ended)(join_base*) noexcept) noexcept : all_ended_(all_ended) {}
  /// Registers at every core; `cores` are the children in order.
  void start(task_core* const* cores, child* nodes, std::size_t count) noexcept;

 private:
  static void child_ended(job* self) noexcept;

  void (*all_ended_)(join_base*) noexcept;
  atomic<std::size_t> remaining_{0};
};

/// Collects from `core` into `faults` and `canceled`; true when it succeeded.
template <class Stored>
bool collect_outcome(result_core<Stored>& core, std::vector<std::exception_ptr>& faults,
                     std::exception_ptr& canceled) {
  if (core.succeeded()) {
    return true;
  }
  core.mark_observed();
  if (core.how() == outcome::canceled) {
    if (canceled == nullptr) {
      canceled = core.first_error();
    }
  } else {
    for (auto& e : core.all_errors()) {
      faults.push_back(std::move(e));
    }
  }
  return false;
}

template <class Operation>
void finish_failed(Operation& op, std::vector<std::exception_ptr> faults,
                   std::exception_ptr canceled) {
  if (faults.empty()) {
    op.emplace_error(std::move(canceled));
    op.finish(outcome::canceled);
  } else if (faults.size() == 1) {
    op.emplace_error(std::move(faults.front()));
    op.finish(outcome::fault);
  } else {
    op.emplace_errors(std::move(faults));
    op.finish(outcome::faults);
  }
}

/// How one argument of `when_all` is kept, and what it gives: `Arg` is `task<T>&` or `task<T>`.
template <class Arg>
struct joined {
  using T = typename std::remove_cvref_t<Arg>::value_type;
  static constexpr bool by_reference = std::is_lvalue_reference_v<Arg>;
  using reference = std::conditional_t<std::is_const_v<std::remove_reference_t<Arg>>,
                                       shared_view_t<T>, std::add_lvalue_reference_t<T>>;
  using value = std::conditional_t<std::is_void_v<T>, std::monostate,
                                   std::conditional_t<by_reference, reference, T>>;
  static value take(task<T>& t) {
    if constexpr (std::is_void_v<T>) {
      return {};
    } else if constexpr (by_reference) {
      return value_in<T>(t.typed());
    } else {
      return take_value<T>(t.typed());
    }
  }
};

template <class... Arg>
using joined_tuple = std::conditional_t<(std::is_void_v<typename joined<Arg>::T> && ...), void,
                                        std::tuple<typename joined<Arg>::value...>>;

template <class... Arg>
class when_all_tuple final : public operation<joined_tuple<Arg...>, when_all_tuple<Arg...>>,
                             public join_base {
 public:
  using result = joined_tuple<Arg...>;
  using tasks = std::tuple<task<typename joined<Arg>::T>...>;
  explicit when_all_tuple(tasks all)
      : operation<result, when_all_tuple>("when_all"), join_base(&ended), tasks_(std::move(all)) {}
  void begin() noexcept {
    task_core* cores[sizeof...(Arg)];
    std::apply(
        [&](auto&... t) {
          std::size_t i = 0;
          ((cores[i++] = &t.typed()), ...);
        },
        tasks_);
    start(cores, nodes_, sizeof...(Arg));
  }

 private:
  static void ended(join_base* self) noexcept { static_cast<when_all_tuple*>(self)->gather(); }
  void gather() noexcept {
    std::vector<std::exception_ptr> faults;
    std::exception_ptr canceled;
    try {
      bool good = true;
      std::apply([&](auto&... t) { ((good &= collect_outcome(t.typed(), faults, canceled)), ...); },
                 tasks_);
      if (!good) {
        drop_references();
        finish_failed(*this, std::move(faults), std::move(canceled));
        return;
      }
      if constexpr (std::is_void_v<result>) {
        this->emplace();
      } else {
        std::apply([&](auto&... t) { this->emplace(result{joined<Arg>::take(t)...}); }, tasks_);
      }
    } catch (...) {  // a copy that threw
      drop_references();
      this->fail(std::current_exception());
      return;
    }
    drop_references();
    this->finish(outcome::value);
  }
  /// The caller's own handles become the only ones again, before the awaiter can look.
  void drop_references() noexcept { tasks_ = {}; }

  tasks tasks_;
  join_base::child nodes_[sizeof...(Arg)];
};

template <class Arg>
class when_all_range final
    : public operation<std::conditional_t<std::is_void_v<typename joined<Arg>::T> ||
                                              std::is_lvalue_reference_v<Arg>,
                                          void, std::vector<typename joined<Arg>::T>>,
                       when_all_range<Arg>>,
      public join_base {
 public:
  using T = typename joined<Arg>::T;
  static constexpr bool gives_nothing = std::is_void_v<T> || std::is_lvalue_reference_v<Arg>;
  using result = std::conditional_t<gives_nothing, void, std::vector<T>>;

  explicit when_all_range(std::vector<task<T>> tasks)
      : operation<result, when_all_range>("when_all"),
        join_base(&ended),
        tasks_(std::move(tasks)),
        nodes_(std::make_unique<join_base::child[]>(tasks_.size())) {}
  void begin() {
    std::vector<task_core*> cores;
    cores.reserve(tasks_.size());
    for (auto& t : tasks_) {
      cores.push_back(&t.typed());
    }
    start(cores.data(), nodes_.get(), cores.size());
  }

 private:
  static void ended(join_base* self) noexcept { static_cast<when_all_range*>(self)->gather(); }
  void gather() noexcept {
    std::vector<std::exception_ptr> faults;
    std::exception_ptr canceled;
    try {
      bool good = true;
      for (auto& t : tasks_) {
        good &= collect_outcome(t.typed(), faults, canceled);
      }
      if (!good) {
        tasks_.clear();
        finish_failed(*this, std::move(faults), std::move(canceled));
        return;
      }
      if constexpr (gives_nothing) {
        this->emplace();
      } else {
        std::vector<T> values;
        values.reserve(tasks_.size());
        for (auto& t : tasks_) {
          values.push_back(take_value<T>(t.typed()));
        }
        this->emplace(std::move(values));
      }
    } catch (...) {  // a copy that threw, or no memory
      tasks_.clear();
      this->fail(std::current_exception());
      return;
    }
    tasks_.clear();
    this->finish(outcome::value);
  }

  std::vector<task<T>> tasks_;
  std::unique_ptr<join_base::child[]> nodes_;
};

/// Another handle on the same task.
template <class T>
[[nodiscard]] task<T> another_handle(const task<T>& t) {
  t.checked().add_handle();
  return task<T>(&t.typed());
}

/// A range whose tasks stay the caller's: an lvalue, or a view that shows what others own.
template <class Range>
concept shows_tasks = (std::is_lvalue_reference_v<Range> || std::ranges::view<Range>) &&
                      std::is_lvalue_reference_v<std::ranges::range_reference_t<Range>> &&
                      is_task<std::ranges::range_value_t<Range>>;

/// An argument as a task: lvalue tasks by another handle, everything else by value and started.
template <class A>
[[nodiscard]] auto join_argument(A&& a) {
  if constexpr (std::is_lvalue_reference_v<A> && is_task<std::remove_cvref_t<A>>) {
    return another_handle(a);
  } else {
    auto t = as_task(std::forward<A>(a));
    t.checked();
    return t;
  }
}
/// An element of a `Range` that does not show tasks; what can be copied is left where others have
/// it.
template <class Range, class E>
[[nodiscard]] auto join_element(E& element) {
  if constexpr ((std::is_lvalue_reference_v<Range> || std::ranges::view<Range>) &&
                std::is_lvalue_reference_v<std::ranges::range_reference_t<Range>> &&
                std::copy_constructible<std::remove_cv_t<E>>) {
    return join_argument(std::remove_cv_t<E>(element));
  } else {
    return join_argument(std::move(element));
  }
}
template <class A>
using joined_as =
    std::conditional_t<std::is_lvalue_reference_v<A> && is_task<std::remove_cvref_t<A>>, A,
                       decltype(join_argument(std::declval<A>()))>;

}  // namespace detail

/// Ends when all have ended. Adds no parallelism: cold ones are started one after another on this
/// thread.
/// **Returns** a task of the tuple of results: `T` for what was given by value, `T&` for lvalue
/// tasks (they stay usable), `std::monostate` for void; `task<>` when all are void.
/// **Throws** (at the await) the first failure in argument order; `exceptions()` of the returned
/// task has all of them. A fault beats a cancellation.
/// **Cost**: one pooled object; two atomic read-modify-writes a child that is pending.
/// **Source**: Task.WhenAll.
template <class... A>
  requires(sizeof...(A) > 0 && (awaitable<A> && ...))
[[nodiscard]] auto when_all(A&&... awaitables) {
  using all = detail::when_all_tuple<detail::joined_as<A>...>;
  // Braces: cold ones start from left to right.
  typename all::tasks tasks{detail::join_argument(std::forward<A>(awaitables))...};
  auto* state = detail::frame_new<all>(std::move(tasks));
  task<typename all::result> end(state->core());
  state->begin();
  return end;
}

/// The same for a range: of awaitables by value (rvalue container, or a view that creates them,
/// iterated once) gives `task<std::vector<T>>`; an lvalue range of tasks, or a view of them, gives
/// `task<>` and the tasks stay usable.
template <std::ranges::input_range Range>
  requires awaitable<std::ranges::range_value_t<Range>>
[[nodiscard]] auto when_all(Range&& range) {
  using element = std::ranges::range_reference_t<Range>;
  constexpr bool keep = detail::shows_tasks<Range>;
  using task_type = std::remove_cvref_t<decltype(detail::join_argument(
      std::declval<std::ranges::range_value_t<Range>>()))>;
  std::vector<task_type> tasks;
  for (element&& e : range) {
    if constexpr (keep) {
      tasks.push_back(detail::another_handle(e));
    } else {
      tasks.push_back(detail::join_element<Range>(e));
    }
  }
  using all = detail::when_all_range<std::conditional_t<keep, task_type&, task_type>>;
  auto* state = detail::frame_new<all>(std::move(tasks));
  task<typename all::result> end(state->core());
  state->begin();
  return end;
}

}  // namespace weft
