#pragma once
/// How the values of `async_local`s get from place to place: with a coroutine across its awaits,
/// with a closure to where it runs, and not from a callee back to its caller. src/task/README.md
/// has the argument.

#include <weft/task/thread_state.hpp>
#include <weft/trace/event.hpp>

#include <concepts>
#include <coroutine>
#include <utility>

namespace weft::detail {

/// The values of all `async_local`s that have been set: immutable, counted. Null: none.
struct flow_values;
void add_reference(flow_values* values) noexcept;
void release(flow_values* values) noexcept;

/// A call of a hot coroutine on this stack that has not come back: what its caller had.
struct flow_call {
  flow_values* callers;
  flow_call* outer;
};

// All below: call them under `trace::flowing()`; without that there is nothing to do.

/// A hot coroutine begins, by a call or because foreign code resumed it: what this thread has now
/// is its caller's, who gets it back at `leave_call`. **Cost**: a pooled object when there is
/// anything to remember; without memory the program ends.
void enter_call() noexcept;
/// The coroutine that runs here suspends or ends: its caller's values come back, or, under a
/// runner, none. **Returns** true when there is such a caller.
bool leave_call() noexcept;
/// Instead of what is current; takes the reference.
void replace_flow(flow_values* values) noexcept;
/// What is current, with a reference.
[[nodiscard]] flow_values* share_flow() noexcept;

/// Runs something else on this stack, with `values` current, and puts back what was. Takes the
/// reference.
class [[nodiscard]] flow_scope {
 public:
  explicit flow_scope(flow_values* values) noexcept;
  flow_scope(const flow_scope&) = delete;
  flow_scope& operator=(const flow_scope&) = delete;
  ~flow_scope();

 private:
  flow_values* former_;
  flow_call* calls_;
};

/// What was current when it was made, for a callback to run with.
class kept_flow {
 public:
  kept_flow() noexcept : values_(trace::flowing() ? share_flow() : nullptr) {}
  kept_flow(kept_flow&& other) noexcept : values_(std::exchange(other.values_, nullptr)) {}
  kept_flow& operator=(kept_flow&& other) noexcept {
    std::swap(values_, other.values_);
    return *this;
  }
  ~kept_flow() {
    if (values_ != nullptr) {
      release(values_);
    }
  }
  /// Calls `f`; the thread has its own values again afterwards, whatever `f` set.
  template <class F>
  decltype(auto) run(F&& f) const {
    if (!trace::flowing()) [[likely]] {
      return std::forward<F>(f)();
    }
    add_reference(values_);
    const flow_scope here(values_);
    return std::forward<F>(f)();
  }

 private:
  flow_values* values_;
};

/// What a coroutine leaves behind when it suspends, so that it can go back when it does not after
/// all.
struct flow_departure {
  flow_values* values = nullptr;  ///< Its own, to go on with; a reference.
  flow_call* call = nullptr;      ///< The call that it has left, or null.

  /// As `leave_call`, remembered.
  void leave() noexcept;
  /// It goes on here at once: undoes `leave`.
  void undo() noexcept;
  void drop() noexcept;
};

/// Around the awaiter of a type that weft does not know: its values come back when foreign code
/// resumes the coroutine.
template <class A, class Awaiter>
class [[nodiscard]] foreign_awaiter {
 public:
  template <class Get>
  foreign_awaiter(A&& awaitable, Get get) : awaiter_(get(std::forward<A>(awaitable))) {}
  foreign_awaiter(const foreign_awaiter&) = delete;
  foreign_awaiter& operator=(const foreign_awaiter&) = delete;
  ~foreign_awaiter() {
    if (state_ != state::none) [[unlikely]] {
      departure_.drop();
    }
  }

  [[nodiscard]] decltype(auto) await_ready() { return awaiter_.await_ready(); }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> handle) {
    if (!trace::flowing()) [[likely]] {
      return awaiter_.await_suspend(handle);
    }
    return suspend(handle);
  }
  decltype(auto) await_resume() {
    if (state_ != state::none) [[unlikely]] {
      if (std::exchange(state_, state::none) == state::left) {
        enter_call();
      }
      replace_flow(std::exchange(departure_.values, nullptr));
      departure_.drop();
    }
    return awaiter_.await_resume();
  }

 private:
  enum class state : std::uint8_t { none, left, transferred };

  template <class Promise>
  auto suspend(std::coroutine_handle<Promise> handle) {
    using result = decltype(awaiter_.await_suspend(handle));
    if constexpr (!std::is_void_v<result> && !std::same_as<result, bool>) {
      departure_.values = share_flow();  // its child goes on here, with the same values
      state_ = state::transferred;
      return awaiter_.await_suspend(handle);
    } else {
      departure_.leave();
      state_ = state::left;
      try {
        if constexpr (std::is_void_v<result>) {
          awaiter_.await_suspend(handle);
        } else {
          const bool suspended = awaiter_.await_suspend(handle);
          if (!suspended) {
            stay();
          }
          return suspended;
        }
      } catch (...) {
        stay();
        throw;
      }
    }
  }
  void stay() noexcept {
    departure_.undo();
    state_ = state::none;
  }

  Awaiter awaiter_;
  flow_departure departure_;
  state state_ = state::none;
};

}  // namespace weft::detail
