/// `wait_any` and `wait_all` with limits: blocking waits for several tasks.

#include <weft/base/error.hpp>
#include <weft/base/futex.hpp>
#include <weft/task/detail/simulated_place.hpp>
#include <weft/task/run.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/trace/event.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace weft::detail {
namespace {

using clock = std::chrono::steady_clock;

void check_limit(std::chrono::nanoseconds timeout, const char* what) {
  if (timeout.count() < -1) {
    throw std::invalid_argument(std::string("weft: ") + what +
                                ": the time-out must not be negative, save infinite");
  }
}

/// The index of the first that has completed, `count` if none has.
std::size_t first_completed(task_core* const* cores, std::size_t count) noexcept {
  return static_cast<std::size_t>(
      std::find_if(cores, cores + count, [](const task_core* c) { return c->is_completed(); }) -
      cores);
}

/// The wait of a thread that belongs to a simulation; as `wait_for_first`.
std::optional<std::size_t> wait_simulated(simulated_place& place, task_core* const* cores,
                                          std::size_t count, std::chrono::nanoseconds timeout,
                                          const std::stop_token& stop, std::source_location where) {
  place.block([&] { return stop.stop_requested() || first_completed(cores, count) != count; },
              timeout.count(), false, where);
  const std::size_t first = first_completed(cores, count);
  if (first == count) {
    throw_if_stopped(stop);
    return std::nullopt;
  }
  return first;
}

std::int64_t now_ns() noexcept {
  const simulated_place* place = this_thread().simulated;
  return place != nullptr ? place->now_ns
                          : std::chrono::nanoseconds(clock::now().time_since_epoch()).count();
}

/// A thread that waits for the first of several tasks.
struct first_wait {
  static constexpr std::uint32_t waiting = 0;
  static constexpr std::uint32_t stopped = 0xffff'ffff;
  // waiting, stopped, or one more than the index of the first to complete
  atomic<std::uint32_t> word{waiting};

  void end_with(std::uint32_t how) noexcept {
    std::uint32_t none = waiting;
    // order: relaxed; says only which one it was. What came before is seen by the node that is
    // taken back, or by the end of the stop callback.
    word.compare_exchange_strong(none, how, std::memory_order_relaxed, std::memory_order_relaxed);
    futex_wake_one(word);
  }
  /// **Returns** the word; waiting: the time is over.
  std::uint32_t sleep(std::chrono::nanoseconds timeout) noexcept {
    const bool limited = timeout.count() >= 0;
    const auto deadline = limited ? clock::now() + timeout : clock::time_point();
    for (;;) {
      // order: relaxed; as in end_with.
      const std::uint32_t now = word.load(std::memory_order_relaxed);
      std::int64_t left = -1;
      if (limited) {
        left = std::chrono::nanoseconds(deadline - clock::now()).count();
      }
      if (now != waiting || (limited && left <= 0)) {
        return now;
      }
      futex_wait(word, waiting, left);
    }
  }
};

/// Its registration at one task.
struct first_node : job {
  first_wait* owner = nullptr;
  std::uint32_t number = 0;  // one more than the index
  bool registered = false;
  atomic<std::uint32_t> over{0};

  static void ended(job* self) noexcept {
    auto* node = static_cast<first_node*>(self);
    node->owner->end_with(node->number);
    // order: release; pairs with acquire in take_back. The result of the task is visible. The last
    // access: the thread may go on.
    node->over.store(1, std::memory_order_release);
  }
  void take_back(task_core& core) noexcept {
    if (!registered || core.remove_awaiter(this)) {
      return;
    }
    // order: acquire; pairs with release in ended.
    while (over.load(std::memory_order_acquire) == 0) {
      cpu_relax();
    }
  }
};

std::uint32_t wait_for_first(task_core* const* cores, std::size_t count,
                             std::chrono::nanoseconds timeout, const std::stop_token& stop) {
  first_wait wait;
  const auto nodes = std::make_unique<first_node[]>(count);
  for (std::size_t i = 0; i < count; ++i) {
    nodes[i].run = &first_node::ended;
    nodes[i].drop = &action_marker;
    nodes[i].owner = &wait;
    nodes[i].number = static_cast<std::uint32_t>(i + 1);
    nodes[i].registered = cores[i]->try_add_awaiter(&nodes[i]);
    if (!nodes[i].registered) {
      wait.end_with(nodes[i].number);
      break;
    }
  }
  auto stop_waiting = [&wait]() noexcept { wait.end_with(first_wait::stopped); };
  std::optional<std::stop_callback<decltype(stop_waiting)>> on_stop;
  if (stop.stop_possible()) {
    on_stop.emplace(stop, stop_waiting);
  }
  std::uint32_t end = wait.sleep(timeout);
  on_stop.reset();
  for (std::size_t i = 0; i < count; ++i) {
    nodes[i].take_back(*cores[i]);
  }
  if (end == first_wait::waiting) {
    // order: relaxed; behind all nodes that were taken back: one that ended at the last moment
    // counts.
    end = wait.word.load(std::memory_order_relaxed);
  }
  return end;
}

}  // namespace

std::optional<std::size_t> block_until_any(task_core* const* cores, std::size_t count,
                                           std::chrono::nanoseconds timeout, std::stop_token stop,
                                           std::source_location place) {
  check_limit(timeout, "wait_any");
  if (count == 0) {
    throw std::invalid_argument("weft: wait_any needs at least one task, got none");
  }
  throw_if_stopped(stop);
  if (const std::size_t first = first_completed(cores, count); first != count) {
    return first;
  }
  if (count == 1) {
    return block_until_completed(*cores[0], timeout, stop, place) ? std::optional<std::size_t>(0)
                                                                  : std::nullopt;
  }
  if (simulated_place* simulated = this_thread().simulated) [[unlikely]] {
    return wait_simulated(*simulated, cores, count, timeout, stop, place);
  }
  if (trace::enabled()) [[unlikely]] {
    trace::emit(trace::event::blocked_begin, cores[0], place);
  }
  runtime().begin_blocking();
  const std::uint32_t end = wait_for_first(cores, count, timeout, stop);
  runtime().end_blocking();
  if (trace::enabled()) [[unlikely]] {
    trace::emit(trace::event::blocked_end, cores[0]);
  }
  if (end == first_wait::stopped) {
    throw operation_canceled(std::move(stop));
  }
  return end == first_wait::waiting ? std::nullopt : std::optional<std::size_t>(end - 1);
}

bool block_until_all(task_core* const* cores, std::size_t count, std::chrono::nanoseconds timeout,
                     std::stop_token stop, std::source_location place) {
  check_limit(timeout, "wait_all");
  throw_if_stopped(stop);
  const std::int64_t begin = now_ns();
  for (std::size_t i = 0; i < count; ++i) {
    std::chrono::nanoseconds left = timeout;
    if (timeout.count() > 0) {
      left = std::max(timeout - std::chrono::nanoseconds(now_ns() - begin),
                      std::chrono::nanoseconds(0));
    }
    if (!block_until_completed(*cores[i], left, stop, place)) {
      return false;
    }
  }
  std::exception_ptr first;
  for (std::size_t i = 0; i < count; ++i) {
    if (!cores[i]->succeeded()) {
      cores[i]->mark_observed();  // who waits for all takes the exceptions of all
      if (first == nullptr) {
        first = first_error_of(*cores[i]);
      }
    }
  }
  if (first != nullptr) {
    std::rethrow_exception(first);
  }
  return true;
}

}  // namespace weft::detail
