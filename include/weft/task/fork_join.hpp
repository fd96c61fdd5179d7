#pragma once
/// `fork_join`: several lazies at once, on as many cores as are free.

#include <weft/task/lazy.hpp>
#include <weft/task/runtime_slot.hpp>

#include <array>
#include <memory>
#include <iterator>
#include <tuple>
#include <variant>
#include <vector>

namespace weft {
namespace detail {

/// Counts the children of one `fork_join`; the last to end resumes the parent.
class join_counter {
 public:
  /// The continuation of one child.
  struct child : job {
    join_counter* owner;
  };

  join_counter() noexcept = default;
  /// Pre: `other` has not been started.
  join_counter(join_counter&&) noexcept {}

  /// Binds `count` children to this counter and starts them: the first by the returned transfer, the others through
  /// this worker's queue, in such an order that this worker would take the second one next.
  transfer start(job* parent, job* const* frames, std::uint32_t count) noexcept;
  [[nodiscard]] job* bind(child& node, promise_base& promise, job*& continuation) noexcept {
    node.run = &child_ended;
    node.drop = &action_marker;
    node.owner = this;
    continuation = &node;
    return promise.frame();
  }
  [[nodiscard]] bool* disposed() noexcept { return &disposed_; }
  void check() const {
    if (disposed_) [[unlikely]] {
      throw_disposed();
    }
  }

 private:
  static void child_ended(job* self) noexcept;

  job* parent_ = nullptr;
  atomic<std::uint32_t> remaining_{0};
  bool disposed_ = false;
};

inline constexpr waitable fork_join_wait{"fork_join"};

template <class T>
using fork_value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
[[nodiscard]] job* fork_child(lazy<T>& child, join_counter::child& node, join_counter& join) {
  auto* promise = child.begin();
  return join.bind(node, *promise, promise->continuation_);
}
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
  explicit fork_join_tuple(lazy<T>... children) noexcept : children_(std::move(children)...) {}

  [[nodiscard]] static bool await_ready() noexcept { return false; }
  template <class Promise>
  transfer await_suspend(std::coroutine_handle<Promise> parent) {
    job* frames[sizeof...(T)];
    std::apply(
        [&](auto&... child) {
          std::size_t i = 0;
          ((frames[i] = fork_child(child, nodes_[i], join_), ++i), ...);
        },
        children_);
    job* self = capture(parent, edge_to(&fork_join_wait), resume_where::captured, join_.disposed());
    return join_.start(self, frames, sizeof...(T));
  }
  std::tuple<fork_value<T>...> await_resume() {
    join_.check();
    // Braces: from left to right, so the first failure in argument order is thrown.
    return std::apply(
        [](auto&... child) { return std::tuple<fork_value<T>...>{take_fork(child)...}; }, children_);
  }

 private:
  std::tuple<lazy<T>...> children_;
  join_counter::child nodes_[sizeof...(T)];
  join_counter join_;
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
    std::vector<job*> frames(children_.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
      frames[i] = fork_child(children_[i], nodes_[i], join_);
    }
    job* self = capture(parent, edge_to(&fork_join_wait), resume_where::captured, join_.disposed());
    return join_.start(self, frames.data(), static_cast<std::uint32_t>(frames.size()));
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
  join_counter join_;
};

template <class R>
concept lazy_range = std::ranges::input_range<R> && requires(std::ranges::range_value_t<R>& l) {
  { l.begin() };
  typename std::ranges::range_value_t<R>::promise_type;
} && std::same_as<std::ranges::range_value_t<R>,
                  lazy<typename std::ranges::range_value_t<R>::value_type>>;

}  // namespace detail

/// Runs all children, on as many cores as are free, and gives their results as a tuple (void as `std::monostate`).
/// Waits for all of them, then throws the first failure in argument order.
/// **Completes on** the thread of the child that ended last, unless a context or scheduler was current.
/// **Cost**: one push to the local queue for each child but the first; one atomic decrement a child.
/// **Source**: Blumofe and Leiserson, doi:10.1145/324133.324234 (work stealing of fully strict computations).
template <class... T>
  requires(sizeof...(T) > 0)
[[nodiscard]] auto fork_join(lazy<T>... children) {
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
  auto nodes = std::make_unique<detail::join_counter::child[]>(children.size());
  return detail::fork_join_many<T, decltype(children), decltype(nodes)>(std::move(children),
                                                                        std::move(nodes));
}

}  // namespace weft
