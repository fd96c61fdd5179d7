#pragma once
/// `fork_join`: several lazies at once, on as many cores as are free.

#include <weft/base/function_ref.hpp>
#include <weft/task/detail/inplace_vector.hpp>
#include <weft/task/lazy.hpp>
#include <weft/task/runtime_slot.hpp>

#include <array>
#include <iterator>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace weft {
namespace detail {

inline constexpr waitable fork_join_wait{"fork_join"};

/// The join of one fork. The first child runs nested, and so does each other one that is still in
/// this worker's deque when its turn has come.
class fork_record {
 public:
  fork_record() noexcept {}
  /// Pre: `other` has not been started.
  fork_record(fork_record&&) noexcept {}

  /// False when there is no deque or no stack: then `suspend` gives all children away.
  [[nodiscard]] bool can_run_here(const thread_state& here) noexcept {
    if (here.queue == nullptr || !lazy_join::may_nest(here)) [[unlikely]] {
      missing_ = none_run;
      return false;
    }
    return true;
  }
  /// Puts a child (not the first one) into the deque; the last one first.
  void offer(worker_queue& queue, lazy_base& child) {
    queue.deque.push_private(join_.run_elsewhere(child));
  }
  /// After the last `offer`.
  static void invite(worker_queue& queue) noexcept {
    // Without a fence: a worker that goes to sleep at this very moment may not be seen here; it is
    // seen by the next fork, or finds what the monitor makes this worker show. The children are
    // never lost: this thread takes them back.
    if (queue.deque.is_asked()) [[unlikely]] {
      share(queue);
    }
  }
  /// Gives 1 if it has ended, 0 if it has suspended.
  [[nodiscard]] std::int32_t run(lazy_slot_base& child) noexcept {
    join_.run_nested(child.child());
    return child.is_gone() ? 1 : 0;
  }
  /// Takes an offered child back; false if another worker has it, or it lies under something that a
  /// sibling left in the deque: then this is true of all children after it.
  [[nodiscard]] static bool take_back(const lazy_slot_base& child) noexcept {
    // Read anew: a child that blocked may have changed the slot of this worker.
    worker_queue* queue = this_thread().queue;
    return queue != nullptr && queue->deque.take_back(child.child().frame());
  }
  /// Are all children done, when so many did not end nested?
  [[nodiscard]] bool is_done(std::int32_t missing) noexcept {
    if (missing == 0) [[likely]] {
      return true;
    }
    missing_ = missing;
    return false;
  }

  /// `child`: gives the children, of which there are `count`.
  template <class Promise>
  transfer suspend(std::coroutine_handle<Promise> parent, std::size_t count,
                   function_ref<lazy_base&(std::size_t)> child) {
    return go_on_later(
        capture(parent, edge_to(&fork_join_wait), resume_where::captured, join_.disposed()), parent,
        count, child);
  }
  void check() const { join_.check(); }

 private:
  static constexpr std::int32_t none_run = -1;
  static void share(worker_queue& queue) noexcept;
  transfer go_on_later(job* parent, std::coroutine_handle<> handle, std::size_t count,
                       function_ref<lazy_base&(std::size_t)> child);

  lazy_join join_;
  std::int32_t missing_;  // set when it has to suspend: children that did not end nested
};

template <class T>
using fork_value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
[[nodiscard]] fork_value<T> take_fork(lazy_slot<T>& child) {
  if constexpr (std::is_void_v<T>) {
    child.take();
    return {};
  } else {
    return child.take();
  }
}

/// `fork_join` of a fixed set.
template <class... T>
class [[nodiscard]] fork_join_tuple {
 public:
  using weft_awaitable = void;
  explicit fork_join_tuple(typename lazy<T>::promise_type*... children) noexcept
      : slots_(children...) {}

  [[nodiscard, gnu::always_inline]] bool await_ready() { return run(indices()); }
  template <class Promise>
  transfer await_suspend(std::coroutine_handle<Promise> parent) {
    return suspend(parent, indices());
  }
  std::tuple<fork_value<T>...> await_resume() {
    join_.check();
    return take(indices());
  }

 private:
  using indices = std::index_sequence_for<T...>;
  template <std::size_t... I>
  [[gnu::always_inline]] bool run(std::index_sequence<I...>) {
    (std::get<I>(slots_).bind(), ...);
    const thread_state& here = this_thread();
    if (!join_.can_run_here(here)) [[unlikely]] {
      return false;
    }
    lazy_base* const children[] = {&std::get<I>(slots_).child()...};
    for (std::size_t i = sizeof...(T); i-- > 1;) {
      join_.offer(*here.queue, *children[i]);
    }
    fork_record::invite(*here.queue);
    std::int32_t missing = sizeof...(T);
    static_cast<void>((((I == 0 || fork_record::take_back(std::get<I>(slots_))) &&
                        (missing -= join_.run(std::get<I>(slots_)), true)) &&
                       ...));
    return join_.is_done(missing);
  }
  // Out of line: the coroutine's own code stays short.
  template <class Promise, std::size_t... I>
  [[gnu::noinline]] transfer suspend(std::coroutine_handle<Promise> parent,
                                     std::index_sequence<I...>) {
    lazy_slot_base* const all[] = {&std::get<I>(slots_)...};
    return join_.suspend(parent, sizeof...(T),
                         [&all](std::size_t i) -> lazy_base& { return all[i]->child(); });
  }
  template <std::size_t... I>
  std::tuple<fork_value<T>...> take(std::index_sequence<I...>) {
    // Braces: from left to right, so the first failure in argument order is thrown.
    return std::tuple<fork_value<T>...>{take_fork(std::get<I>(slots_))...};
  }

  std::tuple<lazy_slot<T>...> slots_;
  fork_record join_;
};

/// `fork_join` of many of one type: `Slots` is a random-access container of their slots.
template <class Slots, class Take>
class [[nodiscard]] fork_join_many {
 public:
  using weft_awaitable = void;
  /// Takes the lazies out of `range`.
  template <class Range>
  explicit fork_join_many(Range&& range) {
    if constexpr (std::ranges::sized_range<Range>) {
      slots_.reserve(std::ranges::size(range));
    }
    for (auto&& child : range) {
      if constexpr (!std::ranges::sized_range<Range>) {
        slots_.reserve(slots_.size() + 1);
      }
      std::ranges::range_value_t<Range> owned(std::move(child));
      slots_.emplace_back(owned.release());
    }
  }

  [[nodiscard]] bool await_ready() {
    const std::size_t count = slots_.size();
    for (auto& slot : slots_) {
      slot.bind();
    }
    if (count == 0) {
      return true;
    }
    const thread_state& here = this_thread();
    if (!join_.can_run_here(here)) [[unlikely]] {
      return false;
    }
    for (std::size_t i = count; i-- > 1;) {
      join_.offer(*here.queue, slots_[i].child());
    }
    fork_record::invite(*here.queue);
    auto missing = static_cast<std::int32_t>(count) - join_.run(slots_[0]);
    for (std::size_t i = 1; i < count && fork_record::take_back(slots_[i]); ++i) {
      missing -= join_.run(slots_[i]);
    }
    return join_.is_done(missing);
  }
  template <class Promise>
  transfer await_suspend(std::coroutine_handle<Promise> parent) {
    return join_.suspend(parent, slots_.size(),
                         [this](std::size_t i) -> lazy_base& { return slots_[i].child(); });
  }
  decltype(auto) await_resume() {
    join_.check();
    return Take::of(slots_);
  }

 private:
  Slots slots_;
  fork_record join_;
};

/// Takes all results, in order.
template <class Results>
struct take_into {
  template <class Slots>
  static Results of(Slots& slots) {
    Results results;
    results.reserve(slots.size());
    for (auto& slot : slots) {
      results.push_back(slot.take());
    }
    return results;
  }
};
struct take_nothing {
  template <class Slots>
  static void of(Slots& slots) {
    for (auto& slot : slots) {
      slot.take();
    }
  }
};
template <class T, std::size_t N>
struct take_into<std::array<T, N>> {
  template <class Slots>
  static std::array<T, N> of(Slots& slots) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<T, N>{slots[I].take()...};
    }(std::make_index_sequence<N>());
  }
};
template <class T, class Results>
using fork_take = std::conditional_t<std::is_void_v<T>, take_nothing, take_into<Results>>;

template <class R>
concept lazy_range = std::ranges::input_range<R> &&
                     requires { typename std::ranges::range_value_t<R>::promise_type; } &&
                     std::same_as<std::ranges::range_value_t<R>,
                                  lazy<typename std::ranges::range_value_t<R>::value_type>>;

}  // namespace detail

/// Runs all children, on as many cores as are free, and gives their results as a tuple (void as
/// `std::monostate`). Waits for all of them, then throws the first failure in argument order.
/// **Completes on** the thread of the child that ended last, unless a context or scheduler was
/// current.
/// **Cost**: one push to the local queue for each child but the first, and one pop, without a fence
/// unless a thief looks; no atomic read-modify-write unless a child suspended or was taken by
/// another worker, then one for each of these and one for the parent. A child runs nested on this
/// stack, up to 256 KiB of it.
/// **Source**: Blumofe and Leiserson, doi:10.1145/324133.324234 (work stealing of fully strict
/// computations).
template <class... T>
  requires(sizeof...(T) > 0)
[[nodiscard]] auto fork_join(lazy<T>... children) {
  return detail::fork_join_tuple<T...>(children.release()...);
}

/// The same for an array: gives an array of results in order (nothing for `lazy<>`). No malloc.
template <class T, std::size_t N>
[[nodiscard]] auto fork_join(std::array<lazy<T>, N>&& children) {
  return detail::fork_join_many<inplace_vector<detail::lazy_slot<T>, N>,
                                detail::fork_take<T, std::array<detail::fork_value<T>, N>>>(
      children);
}

/// The same for a range of at most `N` lazies: gives a vector of fixed capacity. No malloc.
/// **Throws** `std::length_error` if there are more; none has run then.
template <std::size_t N, detail::lazy_range Range>
[[nodiscard]] auto fork_join(Range&& range) {
  using T = typename std::ranges::range_value_t<Range>::value_type;
  return detail::fork_join_many<inplace_vector<detail::lazy_slot<T>, N>,
                                detail::fork_take<T, inplace_vector<detail::fork_value<T>, N>>>(
      range);
}

/// The same for a range of lazies: gives a vector of results in order (nothing for `lazy<>`).
template <detail::lazy_range Range>
[[nodiscard]] auto fork_join(Range&& range) {
  using T = typename std::ranges::range_value_t<Range>::value_type;
  return detail::fork_join_many<std::vector<detail::lazy_slot<T>>,
                                detail::fork_take<T, std::vector<detail::fork_value<T>>>>(range);
}

}  // namespace weft
