/// The composition root: the default instance, made of pool, timers and reactor on first use. It is
/// never destroyed: its threads end with the process, and nothing they need may go before them.

#include <weft/base/atomic.hpp>
#include <weft/io/reactor.hpp>
#include <weft/sched/loop_place.hpp>
#include <weft/sched/thread_pool.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/time/timer_service.hpp>

#include "../sched/pool.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>

#include <sys/stat.h>

namespace weft::detail {
namespace {

/// WEFT_THREADS: the size of the default pool; anything but a positive number is refused loudly.
int threads_from_environment() {
  const char* text = std::getenv("WEFT_THREADS");
  if (text == nullptr || *text == '\0') {
    return 0;
  }
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  constexpr long most = 4096;
  if (*end != '\0' || value < 1 || value > most) {
    std::fprintf(stderr, "weft: WEFT_THREADS is '%s'; it must be a number from 1 to %ld\n", text,
                 most);
    std::exit(2);
  }
  return static_cast<int>(value);
}

/// ThreadSanitizer starts a thread of its own, together with the first that the program starts.
constexpr int threads_of_tools = WEFT_TSAN;

/// Has the process no threads but `known` ones and those of tools?
bool has_only(int known) noexcept {
  struct stat tasks{};  // a folder with one in it for each
  if (::stat("/proc/self/task", &tasks) != 0) {
    return false;
  }
  const int threads = static_cast<int>(tasks.st_nlink) - 2;
  return threads == known || (known > 1 && threads == known + threads_of_tools);
}

/// The same beside those of `io` that rest. They are asked for twice: one that has gone meanwhile
/// must not stand for one that nobody knows.
bool has_only(int known, const reactor& io) noexcept {
  const resting_threads resting = io.resting();
  return has_only(known + resting.count) && io.resting() == resting;
}

struct default_instance {
  default_instance()
      : timers(&timers_changed, this),
        pool({.min_threads = threads_from_environment(), .max_threads = 0, .name = "weft"},
             make(this), &timers) {
    table.post = [](job* item) noexcept { get().pool.internals().post_soon(item); };
    table.post_fair = [](job* item) noexcept { get().pool.internals().post_fair(item); };
    table.post_behind = [](job* item) noexcept { get().pool.internals().post_behind(item); };
    table.post_all = [](job_list items) noexcept { get().pool.internals().post_all(items); };
    table.hand_over = [](job_list items) noexcept { get().pool.internals().hand_over(items); };
    table.begin_blocking = []() noexcept {
      if (worker* self = pool::this_worker()) {
        self->owner->begin_blocking();
      }
      if (loop_place* const loop = loop_of_this_thread) {
        loop->about_to_block();
      }
    };
    table.end_blocking = []() noexcept {
      if (worker* self = pool::this_worker()) {
        self->owner->end_blocking();
      }
    };
    table.default_scheduler = []() -> task_scheduler* { return &get().pool; };
    table.timers = &timers;
    table.begin_sleep = [](sleeper& s) noexcept { return get().pool.internals().begin_sleep(s); };
    table.end_sleep = [](sleeper& s) noexcept { get().pool.internals().end_sleep(s); };
    table.look_at_sleep = [](sleeper& s) noexcept {
      return get().pool.internals().look_at_sleep(
          s, [](int known) noexcept { return has_only(known, *get().io); });
    };
  }

  static std::unique_ptr<idle_driver> make(default_instance* self) {
    auto made = make_reactor();
    self->io = made.get();
    return made;
  }
  static void timers_changed(void* self) noexcept {
    static_cast<default_instance*>(self)->pool.internals().timers_changed();
  }
  static default_instance& get() noexcept;

  reactor* io = nullptr;
  timer_service timers;
  thread_pool pool;
  runtime_table table{};
};

default_instance& default_instance::get() noexcept {
  // Leaked on purpose, see above; reachable from here, so no leak to a leak checker.
  static auto* const instance = [] {
    default_instance* made = nullptr;
    try {
      made = new default_instance;
    } catch (const std::exception& e) {
      std::fprintf(stderr, "weft: the runtime cannot start: %s\n", e.what());
      std::abort();
    }
    // When main returns, what has not started stays unstarted, before the first static is
    // destroyed.
    std::atexit([] { get().pool.internals().freeze(); });
    return made;
  }();
  return *instance;
}

reactor& provide_reactor() {
  default_instance& instance = default_instance::get();
  // The first I/O may come from a thread outside a pool that has no thread yet: somebody must wait
  // in the reactor. From then on there is always one, since workers that park take that place
  // first.
  static const bool watched = [](default_instance& i) {
    i.pool.internals().timers_changed();
    return true;
  }(instance);
  static_cast<void>(watched);
  return *instance.io;
}

}  // namespace

const runtime_table* start_runtime() noexcept {
  const runtime_table* table = &default_instance::get().table;
  set_reactor_provider(&provide_reactor);
  exchange_runtime(table);
  return table;
}

}  // namespace weft::detail
