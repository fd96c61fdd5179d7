// Things that go before others that use them. What .NET disposes, C++ destroys.

#include <weft/channel.hpp>
#include <weft/sync.hpp>
#include <weft/time.hpp>

#include "conformance/support.hpp"

#include <memory>
#include <optional>

namespace weft::conformance {
namespace {

WEFT_CASE(disposals, a_registration_outlives_its_source) {
  int called = 0;
  std::optional<cancellation_source> source(std::in_place);
  auto registration = source->on_cancel([&] { ++called; });
  source.reset();
  r.throws("registration", [&] { registration.reset(); });
  r.line(called);
}
WEFT_CASE(disposals, a_token_outlives_its_source) {
  std::optional<cancellation_source> source(std::in_place);
  const std::stop_token token = source->token();
  source->cancel();
  source.reset();
  r.line(token.stop_requested());
}
WEFT_CASE(disposals, a_token_of_a_source_that_never_canceled) {
  std::optional<cancellation_source> source(std::in_place);
  const std::stop_token token = source->token();
  source.reset();
  r.line(token.stop_requested());
}
WEFT_ASYNC_CASE(disposals, a_delay_outlives_the_source_of_its_token) {
  manual_time time;
  std::optional<cancellation_source> source(std::in_place);
  auto waits = delay(10ms, time, source->token());
  source.reset();
  time.advance(10ms);
  co_await r.awaits("delay", waits);
}
WEFT_CASE(disposals, a_child_goes_before_its_parent) {
  cancellation_source parent;
  int called = 0;
  {
    cancellation_source child;
    child.link(parent.token());
    auto registration = child.on_cancel([&] { ++called; });
  }
  r.throws("parent", [&] { parent.cancel(); });
  r.line(called);
}
WEFT_CASE(disposals, a_parent_goes_before_its_child) {
  std::optional<cancellation_source> parent(std::in_place);
  cancellation_source child;
  child.link(parent->token());
  parent.reset();
  r.line(child.is_cancellation_requested());
  r.throws("child", [&] { child.cancel(); });
  r.line(child.is_cancellation_requested());
}
WEFT_CASE(disposals, a_source_with_a_time_goes_before_it) {
  int called = 0;
  {
    cancellation_source source(std::chrono::minutes(60));
    auto registration = source.on_cancel([&] { ++called; });
  }
  r.line(called);
}
WEFT_CASE(disposals, a_timer_goes_twice) {
  manual_time time;
  int fired = 0;
  auto once = time.create_timer([&] { ++fired; }, 1ms, infinite);
  once.reset();
  once.reset();
  time.advance(2ms);
  r.line(fired, time.timers());
}
WEFT_CASE(disposals, a_timer_goes_inside_its_own_callback) {
  manual_time time;
  int fired = 0;
  std::unique_ptr<timer> periodic;
  periodic = time.create_timer(
      [&] {
        ++fired;
        periodic.reset();
      },
      1ms, 1ms);
  time.advance(5ms);
  r.line(fired, time.timers());
}
WEFT_ASYNC_CASE(disposals, a_periodic_timer_goes_while_somebody_waits) {
  periodic_timer ticks(std::chrono::minutes(60));
  auto tick = ticks.wait_for_next_tick();
  r.line(tick.is_completed());
  ticks.dispose();
  r.line(co_await std::move(tick));
  r.line(co_await ticks.wait_for_next_tick());
  r.throws("again", [&] { ticks.dispose(); });
}
WEFT_ASYNC_CASE(disposals, a_wait_for_a_periodic_timer_of_a_canceled_token_after_its_end) {
  periodic_timer ticks(std::chrono::minutes(60));
  ticks.dispose();
  std::stop_source stop;
  stop.request_stop();
  co_await r.awaits("tick", ticks.wait_for_next_tick(stop.get_token()));
}
WEFT_ASYNC_CASE(disposals, a_reader_outlives_the_channel_and_its_writer) {
  auto make = [] {
    auto c = channel<int>::unbounded();
    c.writer().try_write(1);
    c.writer().complete();
    return c.reader();
  };
  auto reader = make();
  const int item = co_await reader.read();
  const bool more = co_await reader.wait_to_read();
  r.line(item, more);
}
WEFT_ASYNC_CASE(disposals, a_task_outlives_what_made_it) {
  auto make = [] {
    auto gate = std::make_shared<async_semaphore>(0);
    auto waits = [](std::shared_ptr<async_semaphore> s) -> task<int> {
      co_await s->acquire();
      co_return 4;
    };
    auto t = waits(gate);
    gate->release();
    return t;
  };
  r.line(co_await make());
}
/// Says when its scope is left.
struct leaving {
  recorder& r;
  explicit leaving(recorder& to) : r(to) {}
  leaving(const leaving&) = delete;
  leaving& operator=(const leaving&) = delete;
  ~leaving() { r.line("left"); }
};
async_generator<int> numbers(recorder& r) {
  const leaving scope(r);
  co_yield 1;
  co_await yield();
}
WEFT_ASYNC_CASE(disposals, a_generator_goes_while_it_has_not_begun) {
  {
    auto g = numbers(r);
  }
  r.line("end");
  co_return;
}
WEFT_ASYNC_CASE(disposals, a_generator_goes_twice) {
  auto g = numbers(r);
  auto* first = co_await g.next();
  r.line(first != nullptr, *first);
  g = {};
  g = {};
  r.line("end");
}

}  // namespace
}  // namespace weft::conformance
