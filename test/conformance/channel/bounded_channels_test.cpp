// Bounded channels: room, the four full modes, and none at all.

#include <weft/channel.hpp>

#include "conformance/support.hpp"

#include <algorithm>

namespace weft::conformance {
namespace {

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}
channel<int> of(std::size_t n, channel_full_mode mode, std::vector<int>& dropped) {
  return channel<int>::bounded(
      n, {.full_mode = mode, .item_dropped = [&dropped](int x) { dropped.push_back(x); }});
}
std::vector<int> drain(const channel<int>& c) {
  std::vector<int> all;
  while (auto x = c.reader().try_read()) {
    all.push_back(*x);
  }
  return all;
}

WEFT_CASE(bounded_channels, try_write_until_it_is_full) {
  auto c = channel<int>::bounded(2);
  const bool one = c.writer().try_write(1);
  const bool two = c.writer().try_write(2);
  const bool three = c.writer().try_write(3);
  r.line(one, two, three, c.reader().count());
  r.line(drain(c));
}
WEFT_ASYNC_CASE(bounded_channels, a_write_waits_for_room) {
  auto c = channel<int>::bounded(1);
  co_await c.writer().write(1);
  auto t = c.writer().write(2).as_task();
  r.line(t.is_completed(), c.reader().count());
  r.line(co_await c.reader().read());
  co_await r.awaits("write", t);
  r.line(co_await c.reader().read());
}
WEFT_ASYNC_CASE(bounded_channels, waiting_writers_are_served_in_order) {
  auto c = channel<int>::bounded(1);
  c.writer().try_write(0);
  std::vector<task<>> tasks;
  for (int i = 1; i < 5; ++i) {
    tasks.push_back(c.writer().write(i).as_task());
  }
  std::vector<int> seen;
  for (int i = 0; i < 5; ++i) {
    seen.push_back(co_await c.reader().read());
  }
  co_await when_all(tasks);
  r.line(seen);
}
WEFT_ASYNC_CASE(bounded_channels, wait_to_write_waits_for_room) {
  auto c = channel<int>::bounded(1);
  r.line(co_await c.writer().wait_to_write());
  c.writer().try_write(1);
  auto t = c.writer().wait_to_write().as_task();
  r.line(t.is_completed());
  static_cast<void>(c.reader().try_read());
  r.line(co_await t);
}
void drops(recorder& r, channel_full_mode mode) {
  std::vector<int> dropped;
  auto c = of(2, mode, dropped);
  for (int i = 1; i <= 4; ++i) {
    r.line(c.writer().try_write(i));
  }
  r.line(dropped);
  r.line(drain(c));
}
WEFT_CASE(bounded_channels, drop_newest) {
  drops(r, channel_full_mode::drop_newest);
}
WEFT_CASE(bounded_channels, drop_oldest) {
  drops(r, channel_full_mode::drop_oldest);
}
WEFT_CASE(bounded_channels, drop_write) {
  drops(r, channel_full_mode::drop_write);
}
WEFT_CASE(bounded_channels, one_place_drop_newest) {
  std::vector<int> dropped;
  auto c = of(1, channel_full_mode::drop_newest, dropped);
  for (int i = 1; i <= 3; ++i) {
    c.writer().try_write(i);
  }
  r.line(dropped);
  r.line(drain(c));
}
WEFT_CASE(bounded_channels, writes_in_a_drop_mode_are_completed) {
  for (const auto mode : {channel_full_mode::drop_newest, channel_full_mode::drop_oldest,
                          channel_full_mode::drop_write}) {
    auto c = channel<int>::bounded(1, {.full_mode = mode});
    auto first = c.writer().write(1);
    auto second = c.writer().write(2);
    auto wait = c.writer().wait_to_write();
    r.line(first.is_completed_successfully(), second.is_completed_successfully(),
           wait.is_completed_successfully());
  }
}
WEFT_ASYNC_CASE(bounded_channels, a_reader_that_waits_gets_it_before_anything_is_dropped) {
  std::vector<int> dropped;
  auto c = of(1, channel_full_mode::drop_write, dropped);
  auto t = c.reader().read().as_task();
  const bool one = c.writer().try_write(1);
  const bool two = c.writer().try_write(2);
  const bool three = c.writer().try_write(3);
  r.line(one, two, three);
  const int got = co_await t;
  r.line(got, dropped);
}
WEFT_CASE(bounded_channels, a_handler_that_throws) {
  auto c = channel<int>::bounded(1, {.full_mode = channel_full_mode::drop_write,
                                     .item_dropped = [](int) { throw test_error("handler"); }});
  r.gives("first", [&] { return c.writer().try_write(1); });
  r.gives("second", [&] { return c.writer().try_write(2); });
  r.line(drain(c));
}
WEFT_CASE(bounded_channels, bad_sizes) {
  r.throws("negative",
           [] { static_cast<void>(channel<int>::bounded(static_cast<std::size_t>(-1))); });
}
WEFT_ASYNC_CASE(bounded_channels, completing_ends_waiting_writers) {
  auto c = channel<int>::bounded(1);
  c.writer().try_write(1);
  auto write = c.writer().write(2).as_task();
  auto wait = c.writer().wait_to_write().as_task();
  c.writer().complete();
  co_await r.awaits("write", write);
  co_await r.awaits("wait_to_write", wait);
  co_await r.awaits("read", c.reader().read());
  co_await r.awaits("read", c.reader().read());
}
WEFT_ASYNC_CASE(bounded_channels, completing_with_an_error_ends_waiting_writers) {
  auto c = channel<int>::bounded(1);
  c.writer().try_write(1);
  auto write = c.writer().write(2).as_task();
  auto wait = c.writer().wait_to_write().as_task();
  c.writer().complete(error("boom"));
  co_await r.awaits("write", write);
  co_await r.awaits("wait_to_write", wait);
}
WEFT_ASYNC_CASE(bounded_channels, a_requested_token_beats_room) {
  auto c = channel<int>::bounded(1);
  co_await r.awaits("write", c.writer().write(1, requested()));
  co_await r.awaits("wait_to_write", c.writer().wait_to_write(requested()));
  r.line(c.reader().count());
}
WEFT_ASYNC_CASE(bounded_channels, a_write_canceled_while_it_waits_wrote_nothing) {
  auto c = channel<int>::bounded(1);
  c.writer().try_write(1);
  cancellation_source source;
  auto t = c.writer().write(2, source.token()).as_task();
  source.cancel();
  co_await r.awaits("write", t);
  r.line(drain(c));
}
WEFT_ASYNC_CASE(bounded_channels, a_canceled_writer_is_skipped) {
  auto c = channel<int>::bounded(1);
  c.writer().try_write(1);
  cancellation_source source;
  auto first = c.writer().write(2, source.token()).as_task();
  auto second = c.writer().write(3).as_task();
  source.cancel();
  co_await r.awaits("first", first);
  const int one = co_await c.reader().read();
  const int two = co_await c.reader().read();
  r.line(one, two);
  co_await r.awaits("second", second);
}
task<std::string> where_it_goes_on(channel_writer<int> writer) {
  co_await writer.write(2);
  co_return here();
}
WEFT_ASYNC_CASE(bounded_channels, a_writer_goes_on_on_the_pool) {
  auto c = channel<int>::bounded(1);
  c.writer().try_write(1);
  auto t = where_it_goes_on(c.writer());
  on_thread("reader", [&] { static_cast<void>(c.reader().try_read()); });
  r.line(co_await t);
}
WEFT_ASYNC_CASE(bounded_channels, a_slow_consumer_holds_its_producer_back) {
  auto c = channel<int>::bounded(4);
  std::size_t most = 0;
  auto producer = run([&]() -> task<> {
    for (int i = 0; i < 200; ++i) {
      co_await c.writer().write(i);
    }
    c.writer().complete();
  });
  long sum = 0;
  for (;;) {
    const bool more = co_await c.reader().wait_to_read();
    if (!more) {
      break;
    }
    most = std::max(most, c.reader().count());
    if (auto x = c.reader().try_read()) {
      sum += *x;
    }
  }
  co_await producer;
  r.line(sum, most <= 4);
}
WEFT_CASE(bounded_channels, a_peek_in_a_bounded_one) {
  auto c = channel<int>::bounded(2);
  c.writer().try_write(1);
  c.writer().try_write(2);
  r.line(c.reader().try_peek(), c.reader().count());
}
WEFT_ASYNC_CASE(bounded_channels, one_reader_and_one_writer_change_nothing) {
  for (const int promises : {0, 1, 2, 3}) {
    auto c = channel<int>::bounded(
        1, {.single_reader = (promises & 2) != 0, .single_writer = (promises & 1) != 0});
    const bool one = c.writer().try_write(1);
    r.line(one, c.writer().try_write(2));
    auto t = c.writer().write(2).as_task();
    r.line(t.is_completed(), c.reader().count(), c.reader().try_peek().value_or(-1));
    r.line(co_await c.reader().read());
    co_await r.awaits("write", t);
    c.writer().complete();
    co_await r.awaits("wait_to_write", c.writer().wait_to_write());
    const int last = co_await c.reader().read();
    r.line(last, co_await c.reader().wait_to_read());
  }
}
WEFT_CASE(bounded_channels, one_reader_and_one_writer_drop_alike) {
  using mode = channel_full_mode;
  for (const mode how : {mode::drop_newest, mode::drop_oldest, mode::drop_write}) {
    std::vector<int> dropped;
    auto c = channel<int>::bounded(2, {.full_mode = how,
                                       .item_dropped = [&](int x) { dropped.push_back(x); },
                                       .single_reader = true,
                                       .single_writer = true});
    for (int i = 1; i <= 4; ++i) {
      r.line(c.writer().try_write(i));
    }
    r.line(dropped);
    r.line(drain(c));
  }
}

}  // namespace
}  // namespace weft::conformance
