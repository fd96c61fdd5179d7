// Unbounded channels, and what all channels share.

#include <weft/channel.hpp>

#include "conformance/support.hpp"

#include <atomic>

namespace weft::conformance {
namespace {

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}
int or_minus_one(const std::optional<int>& value) {
  return value.value_or(-1);
}

WEFT_CASE(channels, items_come_out_in_order) {
  auto c = channel<int>::unbounded();
  for (int i = 0; i < 5; ++i) {
    const bool written = c.writer().try_write(i);
    r.line(written, c.reader().count());
  }
  std::vector<int> seen;
  while (auto x = c.reader().try_read()) {
    seen.push_back(*x);
  }
  r.line(seen, c.reader().count());
}
WEFT_CASE(channels, nothing_to_read) {
  auto c = channel<int>::unbounded();
  r.line(c.reader().try_read().has_value(), c.reader().try_peek().has_value(), c.reader().count());
}
WEFT_CASE(channels, a_peek_leaves_the_item) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(3);
  const int peeked = or_minus_one(c.reader().try_peek());
  const std::size_t before = c.reader().count();
  const int read = or_minus_one(c.reader().try_read());
  r.line(peeked, before, read, c.reader().count());
}
WEFT_ASYNC_CASE(channels, a_read_of_what_is_there_is_completed) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(3);
  auto v = c.reader().read();
  r.line(v.is_completed_successfully());
  r.line(co_await std::move(v));
}
WEFT_ASYNC_CASE(channels, a_read_waits_for_a_write) {
  auto c = channel<int>::unbounded();
  auto t = c.reader().read().as_task();
  r.line(t.is_completed());
  r.line(c.writer().try_write(4));
  const int got = co_await t;
  r.line(got, c.reader().count());
}
WEFT_ASYNC_CASE(channels, a_write_is_completed) {
  auto c = channel<int>::unbounded();
  auto v = c.writer().write(1);
  r.line(v.is_completed_successfully());
  co_await std::move(v);
  r.line(c.reader().count());
}
WEFT_ASYNC_CASE(channels, waiting_readers_are_served_in_order) {
  auto c = channel<int>::unbounded();
  std::vector<task<int>> tasks;
  for (int i = 0; i < 4; ++i) {
    tasks.push_back(c.reader().read().as_task());
  }
  for (int i = 0; i < 4; ++i) {
    c.writer().try_write(i);
  }
  auto all = when_all(std::move(tasks));
  r.line(co_await all);
}
WEFT_ASYNC_CASE(channels, wait_to_read_of_what_is_there) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(1);
  auto v = c.reader().wait_to_read();
  r.line(v.is_completed());
  const bool more = co_await std::move(v);
  r.line(more, c.reader().count());
}
WEFT_ASYNC_CASE(channels, wait_to_read_waits) {
  auto c = channel<int>::unbounded();
  auto t = c.reader().wait_to_read().as_task();
  r.line(t.is_completed());
  c.writer().try_write(1);
  const bool more = co_await t;
  r.line(more, or_minus_one(c.reader().try_read()));
}
WEFT_ASYNC_CASE(channels, wait_to_write_is_true) {
  auto c = channel<int>::unbounded();
  r.line(co_await c.writer().wait_to_write());
}
WEFT_ASYNC_CASE(channels, several_waiters_hear_of_one_item) {
  auto c = channel<int>::unbounded();
  auto a = c.reader().wait_to_read().as_task();
  auto b = c.reader().wait_to_read().as_task();
  c.writer().try_write(1);
  const bool first = co_await a;
  const bool second = co_await b;
  r.line(first, second);
}
task<std::string> where_it_goes_on(channel_reader<int> reader) {
  co_await reader.read();
  co_return here();
}
WEFT_ASYNC_CASE(channels, a_reader_goes_on_on_the_pool) {
  auto c = channel<int>::unbounded();
  auto t = where_it_goes_on(c.reader());
  on_thread("writer", [&] { c.writer().try_write(1); });
  r.line(co_await t);
}
WEFT_ASYNC_CASE(channels, a_reader_goes_on_inside_the_write_when_allowed) {
  auto c = channel<int>::unbounded({.allow_synchronous_continuations = true});
  auto t = where_it_goes_on(c.reader());
  on_thread("writer", [&] { c.writer().try_write(1); });
  r.line(co_await t);
}
WEFT_ASYNC_CASE(channels, completed_and_empty) {
  auto c = channel<int>::unbounded();
  c.writer().complete();
  r.line(c.reader().completion().is_completed_successfully());
  co_await r.awaits("read", c.reader().read());
  co_await r.awaits("wait_to_read", c.reader().wait_to_read());
  co_await r.awaits("wait_to_write", c.writer().wait_to_write());
  co_await r.awaits("write", c.writer().write(1));
  r.line(c.writer().try_write(1), c.reader().try_read().has_value());
}
WEFT_ASYNC_CASE(channels, completed_with_items_left) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(1);
  c.writer().try_write(2);
  c.writer().complete();
  r.line(c.reader().completion().is_completed(), c.reader().count());
  co_await r.awaits("wait_to_read", c.reader().wait_to_read());
  co_await r.awaits("read", c.reader().read());
  r.line(c.reader().completion().is_completed());
  co_await r.awaits("read", c.reader().read());
  r.line(c.reader().completion().is_completed());
  co_await r.awaits("read", c.reader().read());
}
WEFT_ASYNC_CASE(channels, completed_with_an_error) {
  auto c = channel<int>::unbounded();
  c.writer().complete(error("boom"));
  co_await r.awaits("read", c.reader().read());
  co_await r.awaits("wait_to_read", c.reader().wait_to_read());
  co_await r.awaits("write", c.writer().write(1));
  co_await r.awaits("wait_to_write", c.writer().wait_to_write());
  co_await r.awaits("completion", c.reader().completion());
  r.line(c.reader().completion().status());
}
WEFT_ASYNC_CASE(channels, completed_with_an_error_and_items_left) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(1);
  c.writer().complete(error("boom"));
  co_await r.awaits("wait_to_read", c.reader().wait_to_read());
  co_await r.awaits("read", c.reader().read());
  co_await r.awaits("read", c.reader().read());
  co_await r.awaits("wait_to_read", c.reader().wait_to_read());
}
WEFT_ASYNC_CASE(channels, completed_with_a_cancellation) {
  auto c = channel<int>::unbounded();
  c.writer().complete(std::make_exception_ptr(operation_canceled()));
  co_await r.awaits("read", c.reader().read());
  co_await r.awaits("wait_to_read", c.reader().wait_to_read());
  r.line(c.reader().completion().status());
}
WEFT_CASE(channels, completed_twice) {
  auto c = channel<int>::unbounded();
  r.throws("first", [&] { c.writer().complete(); });
  r.throws("second", [&] { c.writer().complete(); });
  r.line(c.writer().try_complete());
  auto d = channel<int>::unbounded();
  const bool first = d.writer().try_complete();
  r.line(first, d.writer().try_complete(error("late")), d.reader().completion().status());
}
WEFT_ASYNC_CASE(channels, completing_ends_waiting_readers) {
  auto c = channel<int>::unbounded();
  auto read = c.reader().read().as_task();
  auto d = channel<int>::unbounded();
  auto wait = d.reader().wait_to_read().as_task();
  c.writer().complete();
  d.writer().complete();
  co_await r.awaits("read", read);
  co_await r.awaits("wait_to_read", wait);
}
WEFT_ASYNC_CASE(channels, completing_with_an_error_ends_waiting_readers) {
  auto c = channel<int>::unbounded();
  auto read = c.reader().read().as_task();
  auto d = channel<int>::unbounded();
  auto wait = d.reader().wait_to_read().as_task();
  c.writer().complete(error("boom"));
  d.writer().complete(error("boom"));
  co_await r.awaits("read", read);
  co_await r.awaits("wait_to_read", wait);
}
WEFT_ASYNC_CASE(channels, a_requested_token_beats_an_item) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(1);
  co_await r.awaits("read", c.reader().read(requested()));
  co_await r.awaits("wait_to_read", c.reader().wait_to_read(requested()));
  co_await r.awaits("write", c.writer().write(2, requested()));
  co_await r.awaits("wait_to_write", c.writer().wait_to_write(requested()));
  r.line(c.reader().count());
}
WEFT_ASYNC_CASE(channels, a_requested_token_on_a_completed_channel) {
  auto c = channel<int>::unbounded();
  c.writer().complete();
  co_await r.awaits("read", c.reader().read(requested()));
  co_await r.awaits("wait_to_read", c.reader().wait_to_read(requested()));
  co_await r.awaits("write", c.writer().write(2, requested()));
}
WEFT_ASYNC_CASE(channels, canceled_while_it_waits) {
  auto c = channel<int>::unbounded();
  cancellation_source source;
  auto t = c.reader().read(source.token()).as_task();
  source.cancel();
  co_await r.awaits("read", t);
  c.writer().try_write(1);
  r.line(c.reader().count());
}
WEFT_ASYNC_CASE(channels, a_canceled_reader_is_skipped) {
  auto c = channel<int>::unbounded();
  cancellation_source source;
  auto first = c.reader().read(source.token()).as_task();
  auto second = c.reader().read().as_task();
  source.cancel();
  co_await r.awaits("first", first);
  c.writer().try_write(1);
  co_await r.awaits("second", second);
}
WEFT_ASYNC_CASE(channels, wait_to_read_canceled_while_it_waits) {
  auto c = channel<int>::unbounded();
  cancellation_source source;
  auto t = c.reader().wait_to_read(source.token()).as_task();
  source.cancel();
  co_await r.awaits("wait_to_read", t);
}
task<> produce(channel_writer<int> writer, int n) {
  for (int i = 0; i < n; ++i) {
    co_await writer.write(i);
  }
}
task<> consume(channel_reader<int> reader, std::atomic<long>& sum) {
  for (;;) {
    const bool more = co_await reader.wait_to_read();
    if (!more) {
      break;
    }
    while (auto x = reader.try_read()) {
      sum += *x;
    }
  }
}
WEFT_ASYNC_CASE(channels, a_producer_and_a_consumer) {
  auto c = channel<int>::unbounded();
  auto producer = run([&]() -> task<> {
    co_await produce(c.writer(), 1000);
    c.writer().complete();
  });
  std::atomic<long> sum = 0;
  co_await consume(c.reader(), sum);
  co_await producer;
  co_await c.reader().completion();
  r.line(sum.load());
}
WEFT_ASYNC_CASE(channels, many_producers_and_consumers) {
  auto c = channel<int>::unbounded();
  std::atomic<long> sum = 0;
  std::vector<task<>> producers;
  std::vector<task<>> consumers;
  for (int i = 0; i < 3; ++i) {
    consumers.push_back(run([&] { return consume(c.reader(), sum); }));
  }
  for (int i = 0; i < 3; ++i) {
    producers.push_back(run([&] { return produce(c.writer(), 500); }));
  }
  co_await when_all(producers);
  c.writer().complete();
  co_await when_all(consumers);
  r.line(sum.load());
}
task<std::string> waits_for_completion(channel_reader<int> reader) {
  co_await reader.completion();
  co_return "completed";
}
WEFT_ASYNC_CASE(channels, the_completion_waits_for_the_last_item) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(1);
  c.writer().complete();
  auto t = waits_for_completion(c.reader());
  r.line(t.is_completed());
  static_cast<void>(c.reader().try_read());
  r.line(co_await t);
}

// One reader, one writer: promises that change nothing for who keeps them.
channel<int> one_reader(bool inside = false) {
  return channel<int>::unbounded(
      {.single_reader = true, .single_writer = true, .allow_synchronous_continuations = inside});
}

WEFT_CASE(channels, one_reader_gets_items_in_order) {
  auto c = one_reader();
  for (int i = 0; i < 5; ++i) {
    r.line(c.writer().try_write(i));
  }
  r.line(or_minus_one(c.reader().try_peek()));
  std::vector<int> seen;
  while (auto x = c.reader().try_read()) {
    seen.push_back(*x);
  }
  r.line(seen, c.reader().try_peek().has_value());
}
WEFT_ASYNC_CASE(channels, one_reader_waits_for_a_write) {
  auto c = one_reader();
  auto read = c.reader().read().as_task();
  const bool read_at_once = read.is_completed();
  r.line(read_at_once, c.writer().try_write(4));
  r.line(co_await read);
  auto wait = c.reader().wait_to_read().as_task();
  const bool there_at_once = wait.is_completed();
  r.line(there_at_once, c.writer().try_write(5));
  const bool more = co_await wait;
  r.line(more, or_minus_one(c.reader().try_read()));
}
WEFT_ASYNC_CASE(channels, one_reader_goes_on_on_the_pool_or_inside_the_write) {
  for (const bool inside : {false, true}) {
    auto c = one_reader(inside);
    auto t = where_it_goes_on(c.reader());
    on_thread("writer", [&] { c.writer().try_write(1); });
    r.line(co_await t);
  }
}
WEFT_ASYNC_CASE(channels, one_reader_and_the_end_with_items_left) {
  auto c = one_reader();
  c.writer().try_write(1);
  c.writer().complete(error("boom"));
  const bool completed = c.writer().try_complete();
  const bool written = c.writer().try_write(2);
  r.line(completed, written, c.reader().completion().is_completed());
  co_await r.awaits("wait_to_read", c.reader().wait_to_read());
  co_await r.awaits("read", c.reader().read());
  co_await r.awaits("read", c.reader().read());
  co_await r.awaits("wait_to_read", c.reader().wait_to_read());
  co_await r.awaits("write", c.writer().write(1));
  co_await r.awaits("wait_to_write", c.writer().wait_to_write());
  co_await r.awaits("completion", c.reader().completion());
}
WEFT_ASYNC_CASE(channels, one_reader_waits_when_the_end_comes) {
  auto c = one_reader();
  auto read = c.reader().read().as_task();
  c.writer().complete();
  co_await r.awaits("read", read);
  auto d = one_reader();
  auto wait = d.reader().wait_to_read().as_task();
  d.writer().complete();
  co_await r.awaits("wait_to_read", wait);
  co_await r.awaits("completion", d.reader().completion());
}
WEFT_ASYNC_CASE(channels, one_reader_is_canceled_and_reads_again) {
  auto c = one_reader();
  cancellation_source source;
  auto read = c.reader().read(source.token()).as_task();
  source.cancel();
  co_await r.awaits("canceled", read);
  c.writer().try_write(1);
  co_await r.awaits("requested", c.reader().read(requested()));
  co_await r.awaits("read", c.reader().read());
  cancellation_source again;
  auto wait = c.reader().wait_to_read(again.token()).as_task();
  again.cancel();
  co_await r.awaits("wait_to_read", wait);
  auto next = c.reader().read().as_task();
  c.writer().try_write(2);
  co_await r.awaits("next", next);
}
WEFT_ASYNC_CASE(channels, one_reader_of_all_with_many_writers) {
  auto c = channel<int>::unbounded({.single_reader = true});
  std::atomic<long> sum = 0;
  auto reads = [&]() -> task<> {
    auto all = c.reader().read_all();
    int* x = co_await all.next();
    while (x != nullptr) {
      sum += *x;
      x = co_await all.next();
    }
  };
  auto reader = run(reads);
  std::vector<task<>> producers;
  for (int i = 0; i < 3; ++i) {
    producers.push_back(run([&] { return produce(c.writer(), 500); }));
  }
  co_await when_all(producers);
  c.writer().complete();
  co_await reader;
  r.line(sum.load());
}

}  // namespace
}  // namespace weft::conformance
