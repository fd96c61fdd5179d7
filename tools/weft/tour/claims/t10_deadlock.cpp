// T10: blocking on async work in the loop that has to finish it.

#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"
#include "tour/report.hpp"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <source_location>
#include <thread>

#include <fmt/format.h>

namespace weft::tour {
namespace {

using namespace std::chrono_literals;

constexpr int answer = 42;
constexpr auto patience = 300ms;  // how long the loop without weft is given

/// What everybody writes first: the continuation returns to the loop.
task<int> load(bool in_context) {
  co_await delay(10ms).configure_await(in_context);
  co_return answer;
}

/// The fix in the wrong place: the await inside `load` still returns to the loop.
task<int> load_for_a_careful_caller() {
  task<int> loading = load(true);
  co_return co_await std::move(loading).configure_await(false);
}

/// A loop as one writes it without weft, whose handler blocks on what the loop has to do.
bool plain_loop_hangs() {
  std::mutex lock;
  std::condition_variable more;
  std::deque<std::function<void()>> queue;
  std::promise<int> result;
  std::thread worker([&] {
    const std::lock_guard hold(lock);
    queue.emplace_back([&] { result.set_value(answer); });  // "back on the UI thread"
    more.notify_one();
  });
  const bool hangs = result.get_future().wait_for(patience) == std::future_status::timeout;
  worker.join();
  return hangs;
}

struct attempt {
  double ms = 0;
  std::optional<int> value;
  std::optional<deadlock_error> error;
  std::source_location blocked_at;
};

/// Blocks on what `start` gives, on the thread and in the context that call this. `loading` is left
/// to the caller: what was reported has not ended.
template <class F>
attempt block_here(F start, task<int>& loading) {
  attempt a;
  const stopwatch watch;
  loading = start();
  try {
    a.blocked_at = std::source_location::current();
    a.value = loading.result(a.blocked_at);
  } catch (const deadlock_error& error) {
    a.error = error;
  }
  a.ms = watch.ms();
  return a;
}

template <class F>
attempt on_loop(F start) {
  single_thread_context ui;
  task<int> loading;
  attempt a = ui.run([&] { return block_here(start, loading); });
  // What was reported is unharmed: the loop that runs again finishes it.
  ui.run([&]() -> task<> { co_await loading; });
  return a;
}

task<attempt> in_strand(strand& context, task<int> (*start)(), task<int>& loading) {
  co_await resume_on(context);
  co_return block_here(start, loading);
}
attempt on_strand(task<int> (*start)()) {
  strand context;
  task<int> loading;
  attempt a = block_on(in_strand(context, start, loading));
  loading.wait();
  return a;
}

std::string place(const std::source_location& where) {
  const char* const slash = std::strrchr(where.file_name(), '/');
  return fmt::format("{}:{}", slash == nullptr ? where.file_name() : slash + 1, where.line());
}

void check_reported(outcome& o, const attempt& a, const char* where) {
  if (!a.error) {
    o.check(false, fmt::format("blocking on a {} was not reported", where));
    return;
  }
  o.check(a.ms <= 100, fmt::format("the report on a {} took {:.1f} ms", where, a.ms));
  o.check(a.error->blocking_place().line() == a.blocked_at.line(),
          fmt::format("the report on a {} names {} as the blocking place", where,
                      place(a.error->blocking_place())));
  o.check(std::strstr(a.error->awaiting_place().function_name(), "load") != nullptr,
          fmt::format("the report on a {} names {} as the await", where,
                      a.error->awaiting_place().function_name()));
}

void check_completed(outcome& o, const attempt& a, const char* where) {
  o.check(
      a.value == answer,
      fmt::format("with configure_await(false) inside, result() on a {} did not complete", where));
}

std::string places(const attempt& a) {
  return a.error ? fmt::format("named: result() in line {}, await in line {}",
                               a.error->blocking_place().line(), a.error->awaiting_place().line())
                 : "not reported";
}

}  // namespace

void measure_t10(environment& e, outcome& o) {
  e.doing("a loop without weft");
  const bool hangs = plain_loop_hangs();
  e.doing("a loop and a strand of weft's");
  const attempt loop = on_loop([] { return load(true); });
  const attempt caller = on_loop([] { return load_for_a_careful_caller(); });
  const attempt inside = on_loop([] { return load(false); });
  const attempt on_a_strand = on_strand([] { return load(true); });
  const attempt strand_inside = on_strand([] { return load(false); });

  o.plain({"a loop that blocks on its own work",
           show_ms(std::chrono::duration<double, std::milli>(patience).count()),
           hangs ? "hangs in silence: given up" : "went on"});
  o.with_weft({"result() on a single_thread_context", show_ms(loop.ms), places(loop)});
  o.with_weft({"result() on a strand", show_ms(on_a_strand.ms), places(on_a_strand)});
  o.with_weft({"configure_await(false) at the caller", show_ms(caller.ms),
               caller.error ? "deadlock_error all the same" : "no error"});
  o.with_weft({"configure_await(false) inside, strand", show_ms(strand_inside.ms),
               strand_inside.value ? "completes" : "does not complete"});
  o.with_weft({"configure_await(false) inside, loop", show_ms(inside.ms),
               inside.value ? "completes" : "does not complete"});
  if (loop.error) {
    o.show(wrapped(loop.error->what(), 5, page_width));
  }

  o.measured("loop_reported_ms", loop.ms);
  o.measured("strand_reported_ms", on_a_strand.ms);
  o.measured("caller_only_reported_ms", caller.ms);
  o.measured("inside_completed_ms", inside.ms);
  o.measured("message", loop.error ? loop.error->what() : "");
  check_reported(o, loop, "single_thread_context");
  check_reported(o, on_a_strand, "strand");
  check_reported(o, caller, "single_thread_context, with the option at the caller only,");
  check_completed(o, inside, "single_thread_context");
  check_completed(o, strand_inside, "strand");
  o.check(hangs, "the loop without weft did not hang");
}

}  // namespace weft::tour
