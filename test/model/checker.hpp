#pragma once
/// A model checker for the lock-free parts: runs a few threads under every order of their atomic
/// operations (up to a number of preemptions) and every value that a weak memory model lets a load
/// return.
///
/// The memory model is the operational one of views: each location keeps its stores in modification
/// order; a thread has a view, the oldest store that it may still read of each location; a release
/// store carries its thread's view, an acquire load takes it over; fences and seq_cst operations go
/// through one common view. Weaker than x86, close to C++20 without load buffering.
///
/// Code under test is compiled in the test's own file, under a name of its own:
/// ```cpp
/// #define WEFT_MODEL 1
/// #define weft weft_model_of_deque     // its symbols must not meet those of the library
/// #include <weft/base/work_deque.hpp>
/// #include "base/work_deque.cpp"       // after the standard headers that they need
/// ```
/// **Source**: Kang et al., "A Promising Semantics for Relaxed-Memory Concurrency", POPL 2017,
/// doi:10.1145/3009837.3009850 (the views); Musuvathi et al., "Finding and Reproducing Heisenbugs",
/// OSDI 2008 (the bound on preemptions).

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

namespace model {

using value = std::uint64_t;

struct options {
  int preemptions = 3;          ///< How often a thread that could go on may be interrupted.
  int stale_reads = 3;          ///< How often a load may return another store than the newest.
  long executions = 2'000'000;  ///< Above it the check fails as too large.
  /// Mutation: full fences do nothing in functions of this name.
  std::string without_fence_in = {};
  /// Mutation: operations are relaxed in functions of this name.
  std::string relaxed_in = {};
};

struct result {
  std::string failure;  ///< What went wrong and the schedule that led there; empty: nothing did.
  long executions = 0;  ///< How many were run.
};

/// `make` builds the state of one execution (its atomics included); each of `threads` runs on it;
/// `end` looks at it when all are done.
template <class State>
using thread_of = std::function<void(State&)>;

result explore_erased(const options& chosen, const std::function<std::shared_ptr<void>()>& make,
                      const std::vector<std::function<void(void*)>>& threads,
                      const std::function<void(void*)>& end);

template <class State>
result explore(const options& chosen, const std::vector<thread_of<State>>& threads,
               const thread_of<State>& end) {
  std::vector<std::function<void(void*)>> erased;
  for (const thread_of<State>& thread : threads) {
    erased.emplace_back([&thread](void* state) { thread(*static_cast<State*>(state)); });
  }
  return explore_erased(
      chosen, [] { return std::make_shared<State>(); }, erased,
      [&end](void* state) { end(*static_cast<State*>(state)); });
}

/// In a thread or in `end`: fails this execution with the message.
void require(bool condition, const char* message);

// What the atomics below call.
std::uint32_t new_location(value initial);
std::uint32_t location_of(const void* address, value initial);
value load(std::uint32_t location, std::memory_order order, const std::source_location& at);
void store(std::uint32_t location, value stored, std::memory_order order,
           const std::source_location& at);
/// Reads the newest value and stores `change(it)`.
value modify(std::uint32_t location, const std::function<value(value)>& change,
             std::memory_order order, const std::source_location& at);
bool compare_exchange(std::uint32_t location, value& expected, value desired,
                      std::memory_order order, const std::source_location& at);
void fence(const std::source_location& at);
void relax();
bool futex_wait(std::uint32_t location, value expected);
void futex_wake(std::uint32_t location, bool all);

template <class T>
value to_value(T from) noexcept {
  static_assert(sizeof(T) <= sizeof(value) && std::is_trivially_copyable_v<T>);
  value into = 0;
  std::memcpy(&into, &from, sizeof from);
  return into;
}

template <class T>
T from_value(value from) noexcept {
  T into;
  std::memcpy(&into, &from, sizeof into);
  return into;
}

/// Stands for `std::atomic<T>`. Only the members that weft uses.
template <class T>
class atomic {
  using place = std::source_location;
  using order = std::memory_order;

 public:
  // constexpr so that the classes under test may be: it is never evaluated as a constant.
  constexpr atomic(T initial = T()) : location_(new_location(to_value(initial))) {}  // NOLINT
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(order o, place at = place::current()) const {
    return from_value<T>(model::load(location_, o, at));
  }
  void store(T stored, order o, place at = place::current()) {
    model::store(location_, to_value(stored), o, at);
  }
  T exchange(T stored, order o, place at = place::current()) {
    return from_value<T>(model::modify(location_, [&](value) { return to_value(stored); }, o, at));
  }
  T fetch_add(T by, order o, place at = place::current()) {
    return from_value<T>(model::modify(
        location_, [&](value v) { return to_value(static_cast<T>(from_value<T>(v) + by)); }, o,
        at));
  }
  T fetch_sub(T by, order o, place at = place::current()) {
    return from_value<T>(model::modify(
        location_, [&](value v) { return to_value(static_cast<T>(from_value<T>(v) - by)); }, o,
        at));
  }
  bool compare_exchange_strong(T& expected, T desired, order o, order,
                               place at = place::current()) {
    value seen = to_value(expected);
    const bool done = model::compare_exchange(location_, seen, to_value(desired), o, at);
    expected = from_value<T>(seen);
    return done;
  }
  bool compare_exchange_weak(T& expected, T desired, order o, order f,
                             place at = place::current()) {
    return compare_exchange_strong(expected, desired, o, f, at);
  }

  [[nodiscard]] std::uint32_t location() const noexcept { return location_; }

 protected:
  struct known {};
  atomic(known, std::uint32_t location) : location_(location) {}

 private:
  std::uint32_t location_;
};

/// Stands for `std::atomic_ref<T>`; the object itself keeps its first value.
template <class T>
class atomic_ref : public atomic<T> {
 public:
  explicit atomic_ref(T& object)
      : atomic<T>(typename atomic<T>::known(), location_of(&object, to_value(object))) {}
};

}  // namespace model
