// Channels without room: an item goes from hand to hand.

#include <weft/channel.hpp>

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

channel<int> none() {
  return channel<int>::bounded(0);
}

WEFT_CASE(rendezvous, nobody_waits) {
  auto c = none();
  const bool written = c.writer().try_write(1);
  const bool read = c.reader().try_read().has_value();
  r.line(written, read, c.reader().try_peek().has_value());
}
WEFT_ASYNC_CASE(rendezvous, a_write_waits_for_a_reader) {
  auto c = none();
  auto t = c.writer().write(1).as_task();
  r.line(t.is_completed());
  r.line(co_await c.reader().read());
  co_await r.awaits("write", t);
}
WEFT_ASYNC_CASE(rendezvous, a_read_waits_for_a_writer) {
  auto c = none();
  auto t = c.reader().read().as_task();
  r.line(t.is_completed());
  const bool first = c.writer().try_write(7);
  const bool second = c.writer().try_write(8);
  r.line(first, second);
  co_await r.awaits("read", t);
}
WEFT_ASYNC_CASE(rendezvous, a_read_takes_from_a_waiting_writer) {
  auto c = none();
  auto t = c.writer().write(5).as_task();
  const auto x = c.reader().try_read();
  r.line(x.has_value(), x.value_or(0));
  co_await r.awaits("write", t);
  r.line(c.reader().try_read().has_value());
}
WEFT_ASYNC_CASE(rendezvous, writers_in_order) {
  auto c = none();
  std::vector<task<>> tasks;
  for (int i = 1; i <= 4; ++i) {
    tasks.push_back(c.writer().write(i).as_task());
  }
  std::vector<int> seen;
  for (int i = 0; i < 4; ++i) {
    seen.push_back(co_await c.reader().read());
  }
  co_await when_all(tasks);
  r.line(seen);
}
WEFT_ASYNC_CASE(rendezvous, readers_in_order) {
  auto c = none();
  std::vector<task<int>> tasks;
  for (int i = 0; i < 4; ++i) {
    tasks.push_back(c.reader().read().as_task());
  }
  for (int i = 1; i <= 4; ++i) {
    r.line(c.writer().try_write(i));
  }
  r.line(co_await when_all(std::move(tasks)));
}
WEFT_ASYNC_CASE(rendezvous, a_write_to_a_waiting_reader_is_completed) {
  auto c = none();
  auto t = c.reader().read().as_task();
  r.line(c.writer().write(3).as_task().is_completed_successfully());
  co_await r.awaits("read", t);
}
WEFT_ASYNC_CASE(rendezvous, wait_to_read_hears_of_a_writer) {
  auto c = none();
  auto t = c.reader().wait_to_read().as_task();
  r.line(t.is_completed());
  auto w = c.writer().write(1).as_task();
  co_await r.awaits("wait", t);
  const auto x = c.reader().try_read();
  r.line(x.has_value(), x.value_or(0));
  co_await r.awaits("write", w);
}
WEFT_ASYNC_CASE(rendezvous, wait_to_write_hears_of_a_reader) {
  auto c = none();
  auto t = c.writer().wait_to_write().as_task();
  r.line(t.is_completed());
  auto read = c.reader().read().as_task();
  co_await r.awaits("wait", t);
  r.line(c.writer().try_write(2));
  co_await r.awaits("read", read);
}
WEFT_ASYNC_CASE(rendezvous, completing_ends_those_who_wait) {
  auto c = none();
  auto w = c.writer().write(1).as_task();
  auto wait = c.writer().wait_to_write().as_task();
  c.writer().complete();
  co_await r.awaits("write", w);
  co_await r.awaits("wait_to_write", wait);
  co_await r.awaits("completion", c.reader().completion());
  r.line(c.reader().try_read().has_value());
}
WEFT_ASYNC_CASE(rendezvous, completing_ends_readers) {
  auto c = none();
  auto read = c.reader().read().as_task();
  auto wait = c.reader().wait_to_read().as_task();
  c.writer().complete(error("boom"));
  co_await r.awaits("read", read);
  co_await r.awaits("wait_to_read", wait);
  co_await r.awaits("completion", c.reader().completion());
}
WEFT_ASYNC_CASE(rendezvous, a_canceled_writer_is_skipped) {
  auto c = none();
  std::stop_source source;
  auto first = c.writer().write(1, source.get_token()).as_task();
  auto second = c.writer().write(2).as_task();
  source.request_stop();
  co_await r.awaits("first", first);
  r.line(co_await c.reader().read());
  co_await r.awaits("second", second);
}
WEFT_ASYNC_CASE(rendezvous, a_canceled_reader_is_skipped) {
  auto c = none();
  std::stop_source source;
  auto first = c.reader().read(source.get_token()).as_task();
  auto second = c.reader().read().as_task();
  source.request_stop();
  co_await r.awaits("first", first);
  r.line(c.writer().try_write(9));
  co_await r.awaits("second", second);
}
WEFT_ASYNC_CASE(rendezvous, all_items_in_order) {
  auto c = none();
  auto writes = [](channel_writer<int> to) -> task<> {
    for (int i = 0; i < 50; ++i) {
      co_await to.write(i);
    }
    to.complete();
  };
  auto body = [&] { return writes(c.writer()); };
  auto producer = run(body);
  auto items = c.reader().read_all();
  int count = 0;
  bool in_order = true;
  int* x = co_await items.next();
  while (x != nullptr) {
    in_order = in_order && *x == count;
    ++count;
    x = co_await items.next();
  }
  co_await producer;
  r.line(count, in_order);
}
WEFT_CASE(rendezvous, in_a_drop_mode_what_nobody_waits_for_is_dropped) {
  for (const auto mode : {channel_full_mode::drop_newest, channel_full_mode::drop_oldest,
                          channel_full_mode::drop_write}) {
    std::vector<int> dropped;
    auto c = channel<int>::bounded(
        0, {.full_mode = mode, .item_dropped = [&dropped](int x) { dropped.push_back(x); }});
    const bool one = c.writer().try_write(1);
    const bool two = c.writer().write(2).as_task().is_completed_successfully();
    r.line(one, two, c.reader().try_read().has_value());
    r.line(dropped);
  }
}

}  // namespace
}  // namespace weft::conformance
