#pragma once
/// `fork_join`: several lazies at once, on as many cores as are free.

#include <weft/task/lazy.hpp>
#include <weft/task/runtime_slot.hpp>

#include <array>
#include <iterator>
#include <memory>
#include <tuple>
#include <variant>
#include <vector>

namespace weft {
namespace detail {

/// A child of a fork but the first, as a job in the worker's deque. One that is run from there, by
/// whomever, counts as run elsewhere.
struct fork_node : job {
  fork_record* owner;
  lazy_base* child;
};

/// The join of one fork. Children that run one after another as the parent's own chain (the first,
/// and each next one that this chain takes back from the deque) are counted without atomics; the
/// others share one counter. README.md has the argument.
class fork_record {
 public:
  fork_record() noexcept = default;
  /// Pre: `other` has not been started.
  fork_record(fork_record&&) noexcept {}

  void bind_first(lazy_base& child) noexcept {
    first_ = child.frame();
    child.then_ = lazy_end(this, lazy_end::kind::fork);
  }
  void bind(fork_node& node, lazy_base& child) noexcept {
    node.run = &run_elsewhere;
    node.drop = &action_marker;
    node.owner = this;
    node.child = &child;
    child.then_ = lazy_end(this, lazy_end::kind::fork);
  }
  /// Offers `nodes`, the children but the first, to other workers, and gives the first, to be run
  /// here.
  [[nodiscard]] job* start(job* parent, fork_node* nodes, std::uint32_t count) {
    parent_ = parent;
    next_ = nodes;
    left_ = count;
    worker_queue* queue = this_thread().queue;
    if (queue == nullptr) [[unlikely]] {
      post_nodes();
      return first_;
    }
    for (std::uint32_t i = count; i-- > 0;) {
      queue->deque.push_private(&nodes[i], queue->keep_shown);
    }
    // Without a fence: a worker that goes to sleep at this very moment may miss the nodes; it is
    // woken by the next fork, or by the monitor at its next look. The nodes are never lost: the
    // chain takes them back.
    if (!queue->monitored) [[unlikely]] {
      full_fence();
    }
    // order: relaxed; see above.
    if (queue->idle_slots->load(std::memory_order_relaxed) > 0) [[unlikely]] {
      share(*queue);
    }
    return first_;
  }
  [[nodiscard]] bool* disposed() noexcept { return &disposed_; }
  void check() const {
    if (disposed_) [[unlikely]] {
      throw_disposed();
    }
  }

 private:
  friend job* fork_child_ended(lazy_end child) noexcept;
  static void run_elsewhere(job* self) noexcept;
  static void share(worker_queue& queue) noexcept;
  void post_nodes() noexcept;

  job* parent_ = nullptr;
  job* first_ = nullptr;
  // Owned by the parent's chain: the next child to take back, and how many there are from it on.
  fork_node* next_ = nullptr;
  std::int32_t left_ = 0;
  atomic<std::int32_t> elsewhere_{
      0};  // ends elsewhere count down; the chain, at its end, adds those it waits for
  bool disposed_ = false;
};

inline constexpr waitable fork_join_wait{"fork_join"};

template <class T>
using fork_value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
[[nodiscard]] fork_value<T> take_fork(lazy<T>& child) {
  if constexpr (std::is_void_v<T>) {
    child.started()->take();
    return {};
  } else {
    return child.started()->take();
  }
}

/// `fork_join` of a fixed set.
template <class... T>
class [[nodiscard]] fork_join_tuple {
 public:
  using weft_awaitable = void;
  explicit fork_join_tuple(lazy<T>&&... children) noexcept : children_(one_by_one(children)...) {}

  [[nodiscard]] static bool await_ready() noexcept { return false; }
  template <class Promise>
  transfer await_suspend(std::coroutine_handle<Promise> parent) {
    std::apply(
        [&](auto& first, auto&... child) {
          (static_cast<void>(child.unused()), ...);  // throws before anything is bound
          join_.bind_first(first.unused());
          [[maybe_unused]] std::size_t i = 0;
          (join_.bind(nodes_[i++], child.unused()), ...);
        },
        children_);
    job* self = capture(parent, edge_to(&fork_join_wait), resume_where::captured, join_.disposed());
    return transfer_to(join_.start(self, nodes_, sizeof...(T) - 1));
  }
  std::tuple<fork_value<T>...> await_resume() {
    join_.check();
    // Braces: from left to right, so the first failure in argument order is thrown.
    return std::apply(
        [](auto&... child) { return std::tuple<fork_value<T>...>{take_fork(child)...}; },
        children_);
  }

 private:
  std::tuple<lazy<T>...> children_;
  // Moved by one word each: the callee has just written it, and a vector load of two would wait for
  // both stores.
  template <class U>
  static lazy<U> one_by_one(lazy<U>& child) noexcept {
    auto* promise = child.release();
    __asm__("" : "+r"(promise));
    return lazy<U>(promise);
  }
  fork_node nodes_[sizeof...(T) > 1 ? sizeof...(T) - 1 : 1];
  fork_record join_;
};

/// `fork_join` of a range; gives `Result`, filled in order.
template <class T, class Lazies, class Nodes>
class [[nodiscard]] fork_join_many {
 public:
  using weft_awaitable = void;
  fork_join_many(Lazies children, Nodes nodes) noexcept
      : children_(std::move(children)), nodes_(std::move(nodes)) {}

  [[nodiscard]] bool await_ready() const noexcept { return children_.size() == 0; }
  template <class Promise>
  transfer await_suspend(std::coroutine_handle<Promise> parent) {
    for (auto& child : children_) {
      static_cast<void>(child.unused());  // throws before anything is bound
    }
    join_.bind_first(children_[0].unused());
    for (std::size_t i = 1; i < children_.size(); ++i) {
      join_.bind(nodes_[i - 1], children_[i].unused());
    }
    job* self = capture(parent, edge_to(&fork_join_wait), resume_where::captured, join_.disposed());
    return transfer_to(
        join_.start(self, &nodes_[0], static_cast<std::uint32_t>(children_.size() - 1)));
  }
  auto await_resume() {
    join_.check();
    if constexpr (std::is_void_v<T>) {
      for (auto& child : children_) {
        child.started()->take();
      }
    } else {
      std::vector<T> results;
      results.reserve(children_.size());
      for (auto& child : children_) {
        results.push_back(child.started()->take());
      }
      return results;
    }
  }

 private:
  Lazies children_;
  Nodes nodes_;
  fork_record join_;
};

template <class R>
concept lazy_range = std::ranges::input_range<R> &&
                     requires(std::ranges::range_value_t<R>& l) {
                       { l.unused() };
                       typename std::ranges::range_value_t<R>::promise_type;
                     } &&
                     std::same_as<std::ranges::range_value_t<R>,
                                  lazy<typename std::ranges::range_value_t<R>::value_type>>;

}  // namespace detail

/// Runs all children, on as many cores as are free, and gives their results as a tuple (void as
/// `std::monostate`). Waits for all of them, then throws the first failure in argument order.
/// **Completes on** the thread of the child that ended last, unless a context or scheduler was
/// current.
/// **Cost**: one push to the local queue for each child but the first, and one pop with a fence; no
/// atomic read-modify-write unless a child was taken by another worker, then one for each of these.
/// **Source**: Blumofe and Leiserson, doi:10.1145/324133.324234 (work stealing of fully strict
/// computations).
template <class... T>
  requires(sizeof...(T) > 0)
[[nodiscard]] auto fork_join(lazy<T>&&... children) {
  return detail::fork_join_tuple<T...>(std::move(children)...);
}

/// The same for a range of lazies: gives a vector of results in order (nothing for `lazy<>`).
template <detail::lazy_range Range>
[[nodiscard]] auto fork_join(Range&& range) {
  using T = typename std::ranges::range_value_t<Range>::value_type;
  std::vector<lazy<T>> children;
  for (auto&& child : range) {
    children.push_back(std::move(child));
  }
  auto nodes = std::make_unique<detail::fork_node[]>(children.size());
  return detail::fork_join_many<T, decltype(children), decltype(nodes)>(std::move(children),
                                                                        std::move(nodes));
}

}  // namespace weft
