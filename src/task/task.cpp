#include <weft/task/task.hpp>

#include <weft/base/error.hpp>
#include <weft/base/futex.hpp>
#include <weft/task/detail/simulated_place.hpp>
#include <weft/task/detail/sleeper.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/suspension.hpp>
#include <weft/task/synchronization_context.hpp>
#include <weft/trace/event.hpp>

#include "deadlock/deadlock.hpp"

#include <algorithm>
#include <optional>

namespace weft::detail {
namespace {

/// A blocked thread, as an awaiter.
struct blocked_thread : job {
  atomic<std::uint32_t> state{sleep_word::waits};

  blocked_thread() noexcept : job{&wake, &action_marker, nullptr} {}
  static void wake(job* self) noexcept {
    auto& word = static_cast<blocked_thread*>(self)->state;
    // order: release; pairs with acquire in block. The waking is the last access: the thread may
    // have gone on.
    word.store(sleep_word::completed, std::memory_order_release);
    futex_wake_one(word);
  }
};

struct announce_blocking {
  explicit announce_blocking(const void* subject, std::source_location place) noexcept
      : subject_(subject) {
    if (trace::enabled()) [[unlikely]] {
      trace::emit(trace::event::blocked_begin, subject, place);
    }
    runtime().begin_blocking();
  }
  announce_blocking(const announce_blocking&) = delete;
  announce_blocking& operator=(const announce_blocking&) = delete;
  ~announce_blocking() {
    runtime().end_blocking();
    if (trace::enabled()) [[unlikely]] {
      trace::emit(trace::event::blocked_end, subject_);
    }
  }

 private:
  const void* subject_;
};

enum class blocked_end : std::uint8_t { completed, timed_out, stopped };

/// How long a thread that other work depends on sleeps between two looks for a deadlock: doubling,
/// in nanoseconds.
constexpr std::int64_t first_look_ns = 1'000'000;
constexpr std::int64_t longest_look_ns = 64'000'000;
/// A thread that nothing depends on looks so often only: for tasks that wait for each other.
constexpr int looks_for_cycles = 4;

/// Tells other threads' searches what this thread, on which others depend, blocks on without limit.
class show_blocking {
 public:
  show_blocking(task_core& core, bool shows) noexcept
      : first_(shows ? this_thread().occupied : nullptr) {
    show(&core);
  }
  show_blocking(const show_blocking&) = delete;
  show_blocking& operator=(const show_blocking&) = delete;
  ~show_blocking() { show(nullptr); }

 private:
  void show(task_core* core) const noexcept {
    for (const occupation* at = first_; at != nullptr; at = at->outer) {
      const_cast<context_anchor*>(*at->anchor->group())->set_blocked_on(core);
    }
  }
  const occupation* const first_;
};

/// Asks whether everything is asleep and nothing left that could end this thread's wait; whenever
/// the pool falls asleep this thread is asked to look again.
class sleep_watch {
 public:
  sleep_watch(atomic<std::uint32_t>& word, task_core& core) noexcept {
    self_.word = &word;
    self_.awaited = &core;
    self_.running = this_thread().running;
    watches_ = runtime().begin_sleep != nullptr && runtime().begin_sleep(self_);
  }
  sleep_watch(const sleep_watch&) = delete;
  sleep_watch& operator=(const sleep_watch&) = delete;
  ~sleep_watch() {
    if (watches_) {
      runtime().end_sleep(self_);
    }
  }
  /// **Returns** how long to sleep until the next look. **Throws** by `search` when all is asleep.
  [[nodiscard]] std::int64_t look(deadlock_search& search) {
    switch (watches_ ? runtime().look_at_sleep(self_) : sleep_verdict::awake) {
      case sleep_verdict::proven:
        search.report_asleep();
      case sleep_verdict::unsettled:
        return soon_ns;
      case sleep_verdict::crowded:
        // A thread that has ended may still be counted by the system, and one that the kernel made
        // for a ring lives five seconds after its work; one that lives on keeps nobody busy with
        // looking at it.
        crowded_ns_ *= 2;
        return crowded_ns_ <= longest_crowded_ns ? crowded_ns_ : -1;
      default:
        crowded_ns_ = soon_ns;
        return -1;
    }
  }

 private:
  static constexpr std::int64_t soon_ns = 1'000'000;
  static constexpr std::int64_t longest_crowded_ns = 8'192'000'000;
  sleeper self_;
  std::int64_t crowded_ns_ = soon_ns;
  bool watches_ = false;
};

/// Sleeps until `waiter` is woken or the time is over.
blocked_end sleep(blocked_thread& waiter, task_core& core, std::chrono::nanoseconds timeout,
                  bool is_needed, bool stoppable, std::source_location place) {
  using clock = std::chrono::steady_clock;
  const bool limited = timeout >= std::chrono::nanoseconds::zero();
  const auto deadline = limited ? clock::now() + timeout : clock::time_point();
  deadlock_search search(core, place);
  const show_blocking shown(core, is_needed && !limited && !stoppable);
  std::optional<sleep_watch> watch;
  std::int64_t look_ns = first_look_ns;
  for (int looks = 0;; ++looks) {
    // order: acquire; pairs with release in wake. The result is read next.
    std::uint32_t state = waiter.state.load(std::memory_order_acquire);
    if (state == sleep_word::looks_again) {
      // order: relaxed; a completion that comes first stays, and is read at the next turn.
      waiter.state.compare_exchange_strong(state, sleep_word::waits, std::memory_order_relaxed,
                                           std::memory_order_relaxed);
    } else if (state != sleep_word::waits) {
      return state == sleep_word::completed ? blocked_end::completed : blocked_end::stopped;
    }
    std::int64_t sleep_ns = -1;
    if (limited) {
      sleep_ns =
          std::chrono::duration_cast<std::chrono::nanoseconds>(deadline - clock::now()).count();
      if (sleep_ns <= 0) {
        return blocked_end::timed_out;
      }
    } else if (!stoppable && (is_needed || looks < looks_for_cycles)) {
      search.look();  // throws when it has seen the same closed chain twice
      sleep_ns = look_ns;
      look_ns = std::min(look_ns * 2, longest_look_ns);
    } else if (!stoppable) {
      if (!watch.has_value()) {
        watch.emplace(waiter.state, core);
      }
      sleep_ns = watch->look(search);  // throws when everything is asleep
    }
    futex_wait(waiter.state, sleep_word::waits, sleep_ns);
  }
}

/// A thread that is not the pool's looks for so long before it sleeps: a sleep and a wake-up take
/// twice as long. (One of the pool's gives its place to another instead.)
constexpr std::chrono::nanoseconds look_before_sleep{5'000};
constexpr int pauses_between_looks = 8;

bool completes_soon(const task_core& core) noexcept {
  if (this_thread().worker != nullptr) {
    return false;
  }
  const auto until = std::chrono::steady_clock::now() + look_before_sleep;
  do {
    for (int i = 0; i < pauses_between_looks; ++i) {
      cpu_relax();
    }
    if (core.is_completed()) {
      return true;
    }
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

blocked_end block(task_core& core, std::chrono::nanoseconds timeout, const std::stop_token& stop,
                  std::source_location place) {
  if (simulated_place* simulated = this_thread().simulated) [[unlikely]] {
    const bool in_time =
        core.is_completed() ||
        simulated->block([&] { return core.is_completed() || stop.stop_requested(); },
                         timeout.count(), false, place);
    return core.is_completed() ? blocked_end::completed
                               : (in_time ? blocked_end::stopped : blocked_end::timed_out);
  }
  if (core.is_completed() || completes_soon(core)) {
    return blocked_end::completed;
  }
  blocked_thread waiter;
  announce_blocking announced(&core, place);
  if (!core.try_add_awaiter(&waiter)) {
    return blocked_end::completed;
  }
  // Taken back on every way out; when that fails, completion has it in hand and wakes us in a
  // moment.
  auto take_back = [&]() noexcept {
    if (core.remove_awaiter(&waiter)) {
      return false;
    }
    // order: acquire; pairs with release in wake.
    while (waiter.state.load(std::memory_order_acquire) != sleep_word::completed) {
      cpu_relax();
    }
    return true;
  };
  auto stop_waiting = [&waiter]() noexcept {
    std::uint32_t waiting = sleep_word::waits;
    // order: relaxed; says only that somebody asked, what came before is seen by the end of the
    // stop callback. A completion that came first stays.
    waiter.state.compare_exchange_strong(waiting, sleep_word::stopped, std::memory_order_relaxed,
                                         std::memory_order_relaxed);
    futex_wake_one(waiter.state);
  };
  std::optional<std::stop_callback<decltype(stop_waiting)>> on_stop;
  if (stop.stop_possible()) {
    on_stop.emplace(stop, stop_waiting);
  }
  blocked_end end{};
  try {
    end = sleep(waiter, core, timeout, is_depended_on(this_thread()), stop.stop_possible(), place);
  } catch (...) {
    if (take_back()) {
      return blocked_end::completed;
    }
    throw;
  }
  if (end != blocked_end::completed && take_back()) {
    return blocked_end::completed;
  }
  return end;
}

}  // namespace

void block_until_completed(task_core& core, std::source_location place) {
  if (!core.is_completed()) {
    block(core, std::chrono::nanoseconds(-1), {}, place);
  }
}

bool block_until_completed(task_core& core, std::chrono::nanoseconds timeout,
                           const std::stop_token& stop, std::source_location place) {
  const blocked_end end = block(core, timeout, stop, place);
  if (end == blocked_end::stopped) {
    throw operation_canceled(stop);
  }
  return end == blocked_end::completed;
}

void task_handle::wait(std::stop_token stop, std::source_location place) const {
  wait_for(std::chrono::nanoseconds(-1), std::move(stop), place);
}

bool task_handle::wait_for(std::chrono::nanoseconds timeout, std::stop_token stop,
                           std::source_location place) const {
  task_core& core = checked(place);
  if (timeout < std::chrono::nanoseconds(0) && timeout != std::chrono::nanoseconds(-1)) {
    throw std::invalid_argument(
        "weft: task::wait: the time-out must not be negative, save infinite");
  }
  if (!block_until_completed(core, timeout, stop, place)) {
    return false;
  }
  if (!core.succeeded()) {
    core.mark_observed();
    std::rethrow_exception(first_error_of(core));
  }
  return true;
}

task_status task_handle::status() const {
  const task_core& core = checked();
  if (!core.is_completed()) {
    if (core.has_flag(task_core::run_started)) {
      return task_status::running;
    }
    return core.has_flag(task_core::run_queued) ? task_status::waiting_to_run
                                                : task_status::waiting_for_activation;
  }
  switch (core.how()) {
    case outcome::value:
      return task_status::ran_to_completion;
    case outcome::canceled:
      return task_status::canceled;
    default:
      return task_status::faulted;
  }
}

bool task_handle::is_canceled() const {
  const task_core& core = checked();
  return core.is_completed() && core.how() == outcome::canceled;
}

bool task_handle::is_faulted() const {
  const task_core& core = checked();
  return core.is_completed() && (core.how() == outcome::fault || core.how() == outcome::faults);
}

std::exception_ptr task_handle::exception() const {
  if (!is_faulted()) {
    return nullptr;
  }
  core_->mark_observed();
  return first_error_of(*core_);
}

std::vector<std::exception_ptr> task_handle::exceptions() const {
  if (!is_faulted()) {
    return {};
  }
  core_->mark_observed();
  return static_cast<const result_core<no_value>&>(*core_).all_errors();
}

}  // namespace weft::detail
