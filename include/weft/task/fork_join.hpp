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

/// The join of one fork. The first child runs nested, and so does each other one that nobody has
/// taken when its turn has come. src/sched/README.md, "Forks".
class fork_record {
 public:
  fork_record() noexcept {}
  /// Pre: `other` has not been started.
  fork_record(fork_record&&) noexcept {}

  [[nodiscard]] lazy_join& join() noexcept { return join_; }
  /// A deque to offer children in, and stack to run them on? If not, `suspend` gives all away.
  [[nodiscard]] bool can_run_here() noexcept {
    const thread_state& here = this_thread();
    if (here.queue == nullptr || !lazy_join::may_nest(here)) [[unlikely]] {
      missing_ = none_run;
      return false;
    }
    return true;
  }
  /// Makes the children after the first one, which are linked, known to this thread, and to others
  /// if one of them asks.
  void open(job* second) noexcept {
    thread_state& here = this_thread();
    open_.next = second;
    open_.outer = here.forks;
    here.forks = &open_;
    // Without a fence: a worker that goes to sleep at this very moment may not be seen here; it is
    // seen by the next fork, or finds what the monitor makes this worker show. The children are
    // never lost: this thread runs them.
    if (here.queue->deque.is_asked()) [[unlikely]] {
      share(*here.queue);
    }
  }
  /// The child whose turn has come; null: it and its siblings were given away.
  [[nodiscard]] job* next() const noexcept { return open_.next; }
  /// Before it runs, which is not the last one.
  void advance(job* child) noexcept { open_.next = child->next; }
  /// Before the last child runs. Pre: `next` is not null.
  void close() noexcept { this_thread().forks = open_.outer; }

  /// One has suspended, or they were given away: runs those from `first` on that are still here.
  /// True: all `count` have ended.
  [[nodiscard]] bool run_rest(std::size_t first, std::size_t count,
                              function_ref<lazy_slot_base&(std::size_t)> slot) noexcept;

  /// `slot`: gives those of the children, of which there are `count`.
  template <class Promise>
  transfer suspend(std::coroutine_handle<Promise> parent, std::size_t count,
                   function_ref<lazy_slot_base&(std::size_t)> slot) {
    return go_on_later(
        capture(parent, edge_to(&fork_join_wait), resume_where::captured, join_.disposed()), parent,
        count, slot);
  }
  void check() const { join_.check(); }

 private:
  static constexpr std::int32_t none_run = -1;
  static void share(worker_queue& queue) noexcept;
  [[nodiscard]] static bool take_back(lazy_base& child) noexcept;
  transfer go_on_later(job* parent, std::coroutine_handle<> handle, std::size_t count,
                       function_ref<lazy_slot_base&(std::size_t)> slot);

  lazy_join join_;
  union {
    open_fork open_;        // while children run
    std::int32_t missing_;  // when it has to suspend: children that did not end nested
  };
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
  /// Pre: `other` has not been started.
  fork_join_tuple(fork_join_tuple&& other) noexcept : slots_(std::move(other.slots_)) {}
  [[gnu::always_inline]] ~fork_join_tuple() {
    if constexpr ((std::is_trivially_destructible_v<stored<T>> && ...)) {
      if (!have_values(indices())) {
        seldom<&destroy_slots>(this);
      }
    } else {
      slots_.~slots_tuple();
    }
  }

  [[nodiscard, gnu::always_inline]] bool await_ready() { return run(indices()); }
  template <class Promise>
  transfer await_suspend(std::coroutine_handle<Promise> parent) {
    return suspend(parent, indices());
  }
  [[gnu::always_inline]] std::tuple<fork_value<T>...> await_resume() {
    join_.check();
    return take(indices());
  }

 private:
  using indices = std::index_sequence_for<T...>;
  using slots_tuple = std::tuple<lazy_slot<T>...>;
  static constexpr std::size_t count = sizeof...(T);

  template <std::size_t... I>
  [[nodiscard]] bool have_values(std::index_sequence<I...>) const noexcept {
    return (std::get<I>(slots_).has_value() && ...);
  }
  static void destroy_slots(fork_join_tuple* self) noexcept { self->slots_.~slots_tuple(); }

  // What runs when nothing is stolen and nothing suspends holds nothing in a register from one
  // child to the next: a coroutine saves, each time it is called, every register that it needs
  // anywhere. Hence `afresh`, and the rest out of line.
  template <std::size_t... I>
  [[gnu::always_inline]] bool run(std::index_sequence<I...>) {
    (std::get<I>(slots_).bind(join_.join()), ...);
    (link<I>(), ...);
    if (!join_.can_run_here()) [[unlikely]] {
      return false;
    }
    if constexpr (count > 1) {
      join_.open(frame_of<1>());
    }
    return run_from<0>();
  }
  template <std::size_t I>
  [[nodiscard, gnu::always_inline]] job* frame_of() noexcept {
    return std::get<I>(slots_).child().frame();
  }
  template <std::size_t I>
  [[gnu::always_inline]] void link() noexcept {
    if constexpr (I > 0) {
      job*& next = frame_of<I>()->next;
      if constexpr (I + 1 < count) {
        next = frame_of<I + 1>();
      } else {
        next = nullptr;
      }
    }
  }
  template <std::size_t I>
  [[gnu::always_inline]] bool run_from() noexcept {
    if constexpr (I == count) {
      return true;
    } else {
      fork_join_tuple* self = afresh(this);
      if constexpr (I > 0) {
        if (self->join_.next() == nullptr) [[unlikely]] {
          return self->run_rest(I, indices());
        }
        if constexpr (I + 1 < count) {
          self->join_.advance(self->template frame_of<I>());
        } else {
          self->join_.close();
        }
      }
      lazy_join::run_nested(self->template frame_of<I>());
      self = afresh(this);
      if (!std::get<I>(self->slots_).is_gone()) [[unlikely]] {
        return self->run_rest(I + 1, indices());
      }
      return run_from<I + 1>();
    }
  }
  // Out of line: the coroutine's own code stays short.
  template <std::size_t... I>
  [[gnu::noinline]] bool run_rest(std::size_t first, std::index_sequence<I...>) noexcept {
    lazy_slot_base* const all[] = {&std::get<I>(slots_)...};
    return join_.run_rest(first, count,
                          [&all](std::size_t i) -> lazy_slot_base& { return *all[i]; });
  }
  template <class Promise, std::size_t... I>
  [[gnu::noinline]] transfer suspend(std::coroutine_handle<Promise> parent,
                                     std::index_sequence<I...>) {
    lazy_slot_base* const all[] = {&std::get<I>(slots_)...};
    return join_.suspend(parent, count,
                         [&all](std::size_t i) -> lazy_slot_base& { return *all[i]; });
  }
  template <std::size_t... I>
  [[gnu::always_inline]] std::tuple<fork_value<T>...> take(std::index_sequence<I...>) {
    // Braces: from left to right, so the first failure in argument order is thrown.
    return std::tuple<fork_value<T>...>{take_fork(std::get<I>(slots_))...};
  }

  union {
    slots_tuple slots_;  // destroyed above
  };
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
    job* after = nullptr;
    for (std::size_t i = count; i-- > 0;) {
      slots_[i].bind(join_.join());
      job* frame = slots_[i].child().frame();
      frame->next = std::exchange(after, frame);
    }
    if (count == 0) {
      return true;
    }
    if (!join_.can_run_here()) [[unlikely]] {
      return false;
    }
    job* child = after;
    if (count > 1) {
      join_.open(child->next);
    }
    for (std::size_t i = 0;;) {
      lazy_join::run_nested(child);
      if (!slots_[i].is_gone()) [[unlikely]] {
        return run_rest(i + 1);
      }
      if (++i == count) {
        return true;
      }
      child = join_.next();
      if (child == nullptr) [[unlikely]] {
        return run_rest(i);
      }
      if (child->next != nullptr) {
        join_.advance(child);
      } else {
        join_.close();
      }
    }
  }
  template <class Promise>
  transfer await_suspend(std::coroutine_handle<Promise> parent) {
    return join_.suspend(parent, slots_.size(), slot());
  }
  decltype(auto) await_resume() {
    join_.check();
    return Take::of(slots_);
  }

 private:
  [[nodiscard]] auto slot() noexcept {
    return [this](std::size_t i) -> lazy_slot_base& { return slots_[i]; };
  }
  [[gnu::noinline]] bool run_rest(std::size_t first) noexcept {
    return join_.run_rest(first, slots_.size(), slot());
  }

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
/// **Cost**: plain loads and stores, and a frame for each child; no fence and no atomic
/// read-modify-write unless a child suspended or another worker asked for some, then one for each
/// of these and one for the parent. A child runs nested on this stack, up to 256 KiB of it.
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
