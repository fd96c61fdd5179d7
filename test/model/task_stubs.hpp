#pragma once
/// What the task layer needs of the rest of weft, for models of what is built on it. Include it
/// after `WEFT_MODEL` and the new name of `weft` are defined, with `base/error.cpp` and
/// `task/core.cpp` after it.

#include <weft/base/frame_allocator.hpp>
#include <weft/task/detail/flow.hpp>
#include <weft/task/operation.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/suspension.hpp>
#include <weft/task/unobserved.hpp>

#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <set>

namespace weft::trace {
namespace detail {
constinit weft::detail::atomic<std::uint32_t> hooks{0};
}
void emit(event, const void*, std::source_location, const char*, std::uint64_t) noexcept {}
std::uint32_t this_thread_number() noexcept {
  return static_cast<std::uint32_t>(model::thread_number() + 2);
}
}  // namespace weft::trace

namespace weft::detail {

thread_local constinit thread_state state_of_this_thread{};

void action_marker(job*) {}
void suspension_marker(job*) {}
void resume(job* item) noexcept {
  item->run(item);
}
void resume_rest(job* item) noexcept {
  item->run(item);
}
void post_resume(job* item) noexcept {
  item->run(item);
}
job* start_with(flow_values*, job* item) {
  return item;
}
job* transfer_target(job* item) noexcept {
  return item;
}
#ifndef WEFT_MODEL_FLOWS  // a model that has the real ones
bool leave_call() noexcept {
  return false;
}
void enter_call() noexcept {}

// Values that go with coroutines: none.
void add_reference(flow_values*) noexcept {}
void release(flow_values*) noexcept {}
flow_values* share_flow() noexcept {
  return nullptr;
}
flow_scope::flow_scope(flow_values*) noexcept : former_(nullptr), calls_(nullptr) {}
flow_scope::~flow_scope() {
  static_cast<void>(former_);
  static_cast<void>(calls_);
}
#endif

void throw_value_task_consumed() {
  model::stop("a value_task was used twice");
}
void throw_disposed() {
  model::stop("the place to resume in is gone");
}
void throw_empty_handle(const char*) {
  model::stop("an empty handle was used");
}
void throw_empty_handle(const char*, const std::source_location&) {
  model::stop("an empty handle was used");
}
void throw_not_copyable() {
  model::stop("a result was to be copied that cannot be");
}

#ifndef WEFT_MODEL_REPORTS     // a model that has the real ones
inline int stub_reported = 0;  ///< Exceptions that nobody observed.
void report_unobserved(task_core&) noexcept {
  ++stub_reported;
}
void report_unobserved(std::exception_ptr, const char*) noexcept {
  ++stub_reported;
}
#endif

/// What was freed in this execution: retired at once, freed at its end, so that what a mutant
/// breaks is found by the model and not by the memory.
class stub_memory {
 public:
  static std::set<void*>& freed() {
    static std::set<void*> all;
    return all;
  }
  stub_memory() { empty(); }
  ~stub_memory() { empty(); }

 private:
  static void empty() {
    for (void* block : freed()) {
      std::free(block);
    }
    freed().clear();
  }
};

void stub_free(void* block, std::size_t bytes) noexcept {
  model::retire(block, bytes);
  model::require(stub_memory::freed().insert(block).second, "freed twice");
}

#if !WEFT_FRAMES_FROM_MALLOC
static constinit frame_cache stub_no_cache{};
thread_local constinit frame_cache* this_frame_cache = &stub_no_cache;
#endif
void* frame_allocate_slowly(std::size_t bytes) {
  return std::malloc(bytes);
}
void* frame_allocate_or_null(std::size_t bytes) noexcept {
  return std::malloc(bytes);
}
void throw_out_of_memory() {
  throw std::bad_alloc();
}
void frame_free_slowly(void* block, std::size_t bytes) noexcept {
  stub_free(block, bytes);
}

/// A word that is 0 until one thread of the model writes what another one waits for.
struct stub_word {
  void stub_say(std::uint32_t what) {
    // order: release; pairs with acquire in stub_hear.
    word.store(what, std::memory_order_release);
    futex_wake_one(word);
  }
  std::uint32_t stub_hear() {
    std::uint32_t heard = 0;
    // order: acquire; pairs with release in stub_say.
    while ((heard = word.load(std::memory_order_acquire)) == 0) {
      futex_wait(word, 0);
    }
    return heard;
  }
  atomic<std::uint32_t> word{0};
};

/// A thread of the model that awaits: a job that, run, wakes it.
struct stub_sleeper : job {
  stub_sleeper() : job{&stub_run, &action_marker, nullptr} {}

  /// What is resumed comes after what resumed it.
  void stub_sleep() { resumed.stub_hear(); }
  static void stub_run(job* item) {
    auto& self = *static_cast<stub_sleeper*>(item);
    // order: relaxed; a check.
    model::require(self.resumed.word.load(std::memory_order_relaxed) == 0, "resumed twice");
    self.resumed.stub_say(1);
  }
  stub_word resumed;
};

job* capture_foreign(std::coroutine_handle<> handle, std::uintptr_t, resume_where, bool*) {
  return static_cast<job*>(handle.address());
}
void release_capture(job*) noexcept {}

/// `co_await what` on a thread of the model.
template <class Awaitable>
auto stub_await(Awaitable what) {
  auto awaiter = std::move(what).operator co_await();
  if (!awaiter.await_ready()) {
    stub_sleeper sleeper;
    if (awaiter.await_suspend(std::coroutine_handle<>::from_address(&sleeper))) {
      sleeper.stub_sleep();
    }
  }
  return awaiter.await_resume();
}

void stub_run_all(job_list ready) noexcept {
  while (job* next = ready.pop_front()) {
    next->run(next);
  }
}

/// No model closes a circle of waits; the search for one has tests of its own.
void forbid_circle(promise_base&, job*, task_core&) {}
const char owned_waitable::tag_of_all = 0;

void stub_no_compensation() noexcept {}
inline timer_service* stub_timers = nullptr;                   ///< A model's with timers.
inline task_scheduler* (*stub_default_scheduler)() = nullptr;  ///< A model's with a default pool.
#ifdef WEFT_MODEL_RUNTIME                                      // a model that has the real one
const runtime_table& stub_runtime() noexcept {
#else
const runtime_table& runtime() noexcept {
#endif
  static runtime_table table{.post = &resume,
                             .post_fair = &resume,
                             .post_behind = &resume,
                             .post_all = &stub_run_all,
                             .hand_over = &stub_run_all,
                             .begin_blocking = &stub_no_compensation,
                             .end_blocking = &stub_no_compensation,
                             .default_scheduler = nullptr,
                             .timers = nullptr,
                             .begin_sleep = nullptr,
                             .end_sleep = nullptr,
                             .look_at_sleep = nullptr};
  table.timers = stub_timers;
  table.default_scheduler = stub_default_scheduler;
  return table;
}

}  // namespace weft::detail
