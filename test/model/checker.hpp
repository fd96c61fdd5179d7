#pragma once
/// A model checker for the lock-free parts: runs a few threads under every order of their atomic
/// operations (up to a number of preemptions) and every value that a weak memory model lets a load
/// return.
///
/// The memory model is the operational one of views: each location keeps its stores in modification
/// order; a thread has a view, the oldest store that it may still read of each location; a release
/// store carries its thread's view, an acquire load takes it over; fences and seq_cst operations go
/// through one common view. A store may take its place in the modification order before stores that
/// its thread has not seen (`late_stores`), and a load may return what is stored later, where
/// nothing orders the two (`foreseen`). Weaker than x86, close to C++20. Not modelled:
/// compare-exchanges that fail without cause, or that read an old value.
///
/// Views hold a clock of each thread as well, so that `plain` finds data races, and `retire` what
/// is used, or may still be used, after it was freed.
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
#include <set>
#include <source_location>
#include <string>
#include <type_traits>
#include <vector>

namespace model {

using value = std::uint64_t;

enum class operation : std::uint8_t { load, store, modify, exchange, failed_exchange, fence };

/// An operation in the code under test, wherever it is run: what a mutation changes.
struct site {
  std::string function;  ///< `class::function`, without namespace, arguments and result.
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  operation what = operation::load;
  std::memory_order order = std::memory_order_relaxed;

  auto operator<=>(const site&) const = default;
};

/// Mutation of one site: this order instead of its own; of a fence: no fence.
struct mutation {
  site at;
  std::memory_order instead = std::memory_order_relaxed;
};

struct options {
  int preemptions = 3;          ///< How often a thread that could go on may be interrupted.
  int stale_reads = 3;          ///< How often a load may return another store than the newest.
  int late_stores = 1;          ///< How often a store may come before others of its location.
  int foreseen = 0;             ///< 1: one load may return what is stored later.
  long executions = 2'000'000;  ///< Above it the check fails as too large.
  bool deepens = true;          ///< One preemption more with WEFT_LONG in the environment.
  /// Mutation: full fences do nothing in functions of this name.
  std::string without_fence_in = {};
  /// Mutation: operations are relaxed in functions of this name.
  std::string relaxed_in = {};
  const mutation* mutated = nullptr;     ///< Mutation: of one operation.
  std::set<site>* sites_seen = nullptr;  ///< Gathers the operations that are not relaxed.
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

/// In a check that failed in the code under test: fails this execution, whose thread goes no
/// further.
[[noreturn]] void stop(const char* message);

/// The number of the thread that runs, from 0; -1 outside of all.
int thread_number();

/// The atomics inside [`from`, `from` + `bytes`) are freed: fails when another thread uses them
/// afterwards, or did before without anything that orders the two.
void retire(const void* from, std::size_t bytes);

/// Somebody reads or writes what is no atomic: fails unless what other threads did with it before
/// is ordered before, but for reads beside reads.
class accesses {
 public:
  void read();
  void write();

 private:
  static constexpr int most_threads = 6;
  int writer_ = -1;
  std::uint32_t written_ = 0;
  std::uint32_t reads_[most_threads] = {};
};

/// An object that is no atomic, guarded by what is under test.
template <class T>
class plain {
 public:
  plain(T initial = T()) : value_(initial) {}  // NOLINT
  T get() {
    accesses_.read();
    return value_;
  }
  void set(T changed) {
    accesses_.write();
    value_ = changed;
  }

 private:
  T value_;
  accesses accesses_;
};

void note_made(const void* address);
void note_read(const void* address);
void note_written(const void* address);

/// Stands for a `T` in the code under test that is no atomic, watched as `plain` is, and as large.
template <class T>
class watched {
 public:
  watched() noexcept { note_made(this); }
  watched(T initial) noexcept : value_(initial) {  // NOLINT
    note_made(this);
    note_written(this);
  }
  watched(const watched& other) noexcept : watched(other.get()) {}
  watched& operator=(const watched& other) noexcept { return *this = other.get(); }
  watched& operator=(T changed) noexcept {
    note_written(this);
    value_ = changed;
    return *this;
  }
  operator T() const noexcept { return get(); }  // NOLINT
  template <class Derived>
    requires std::is_pointer_v<T>
  explicit operator Derived*() const noexcept {
    return static_cast<Derived*>(get());
  }

 private:
  [[nodiscard]] T get() const noexcept {
    note_read(this);
    return value_;
  }
  T value_;
};

// What the atomics below call.
inline constexpr std::uint32_t constant = UINT32_MAX;  // not made in an execution
void new_location(value initial, const void* address);
/// The atomic at `address` is destroyed: as `retire`.
void end_location(const void* address);
/// Of an atomic that was made at `address`.
std::uint32_t known_location(const void* address);
std::uint32_t location_of(const void* address, value initial);
value load(std::uint32_t location, std::memory_order order, const std::source_location& at);
void store(std::uint32_t location, value stored, std::memory_order order,
           const std::source_location& at);
/// Reads the newest value and stores `change(it)`.
value modify(std::uint32_t location, const std::function<value(value)>& change,
             std::memory_order order, const std::source_location& at);
bool compare_exchange(std::uint32_t location, value& expected, value desired,
                      std::memory_order order, std::memory_order failed,
                      const std::source_location& at);
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

/// The members of `std::atomic` that weft uses, over a location that `Self` knows.
template <class T, class Self>
class operations {
  using place = std::source_location;
  using order = std::memory_order;

 public:
  T load(order o, place at = place::current()) const {
    const std::uint32_t from = self().location();
    return from == constant ? self().initial() : from_value<T>(model::load(from, o, at));
  }
  void store(T stored, order o, place at = place::current()) {
    model::store(self().changed_location(), to_value(stored), o, at);
  }
  T exchange(T stored, order o, place at = place::current()) {
    return change([&](T) { return stored; }, o, at);
  }
  T fetch_add(T by, order o, place at = place::current()) {
    return change([&](T v) { return static_cast<T>(v + by); }, o, at);
  }
  T fetch_sub(T by, order o, place at = place::current()) {
    return change([&](T v) { return static_cast<T>(v - by); }, o, at);
  }
  T fetch_or(T bits, order o, place at = place::current()) {
    return change([&](T v) { return static_cast<T>(v | bits); }, o, at);
  }
  T fetch_and(T bits, order o, place at = place::current()) {
    return change([&](T v) { return static_cast<T>(v & bits); }, o, at);
  }
  T fetch_xor(T bits, order o, place at = place::current()) {
    return change([&](T v) { return static_cast<T>(v ^ bits); }, o, at);
  }
  bool compare_exchange_strong(T& expected, T desired, order o, order f,
                               place at = place::current()) {
    value seen = to_value(expected);
    const bool done =
        model::compare_exchange(self().changed_location(), seen, to_value(desired), o, f, at);
    expected = from_value<T>(seen);
    return done;
  }
  bool compare_exchange_weak(T& expected, T desired, order o, order f,
                             place at = place::current()) {
    return compare_exchange_strong(expected, desired, o, f, at);
  }

 private:
  [[nodiscard]] const Self& self() const { return *static_cast<const Self*>(this); }
  template <class Change>
  T change(Change to, order o, const place& at) {
    return from_value<T>(model::modify(
        self().changed_location(), [&](value v) { return to_value(to(from_value<T>(v))); }, o, at));
  }
};

/// Stands for `std::atomic<T>`, and is as large.
template <class T>
class atomic : public operations<T, atomic<T>> {
 public:
  // constexpr so that the classes under test may be. What is made as a constant, a global, has its
  // first value in each execution until that changes it.
  constexpr atomic(T first = T()) : initial_(first) {  // NOLINT
    if (!std::is_constant_evaluated()) {
      new_location(to_value(first), this);
    }
  }
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;
  constexpr ~atomic() {
    if (!std::is_constant_evaluated()) {
      end_location(this);
    }
  }

  [[nodiscard]] std::uint32_t location() const { return known_location(this); }
  [[nodiscard]] std::uint32_t changed_location() const {
    const std::uint32_t known = location();
    return known == constant ? location_of(this, to_value(initial_)) : known;
  }
  [[nodiscard]] T initial() const { return initial_; }

 private:
  T initial_;
};

/// Stands for `std::atomic_ref<T>`; the object itself keeps its first value.
template <class T>
class atomic_ref : public operations<T, atomic_ref<T>> {
 public:
  explicit atomic_ref(T& object) : location_(location_of(&object, to_value(object))) {}

  [[nodiscard]] std::uint32_t location() const { return location_; }
  [[nodiscard]] std::uint32_t changed_location() const { return location_; }
  [[nodiscard]] T initial() const { return T(); }

 private:
  std::uint32_t location_;
};

}  // namespace model
