// Concurrent collections, the blocking one, and progress.

#include <weft/parallel.hpp>

#include "conformance/support.hpp"

#include <latch>
#include <numeric>
#include <thread>
#include <vector>

namespace weft::conformance {
namespace {

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}
void on_other_thread(const std::function<void()>& action) {
  std::thread(action).join();
}
template <class Range>
int sum_of(const Range& all) {
  return std::accumulate(all.begin(), all.end(), 0);
}

WEFT_CASE(collections, queue_is_first_in_first_out) {
  concurrent_queue<int> q;
  for (int i = 0; i < 3; ++i) {
    q.enqueue(i);
  }
  r.line(q.to_vector(), q.size());
  const auto first = q.try_peek();
  const auto taken = q.try_dequeue();
  r.line(first, taken, q.size(), q.empty());
}
WEFT_CASE(collections, queue_of_nothing) {
  concurrent_queue<int> q;
  r.line(q.try_dequeue().has_value(), q.try_peek().has_value(), q.size(), q.empty(), q.to_vector());
}
WEFT_CASE(collections, queue_cleared) {
  concurrent_queue<int> q;
  for (int i = 0; i < 100; ++i) {
    q.enqueue(i);
  }
  q.clear();
  r.line(q.size(), q.empty(), q.try_dequeue().has_value());
  q.enqueue(7);
  r.line(q.to_vector());
}
WEFT_CASE(collections, queue_filled_by_many) {
  concurrent_queue<int> q;
  parallel_for(0, 1000, [&](int i) { q.enqueue(i); });
  r.line(q.size(), sum_of(q.to_vector()));
}
WEFT_CASE(collections, bag_gives_a_thread_its_last_first) {
  concurrent_bag<int> b;
  for (int i = 1; i <= 3; ++i) {
    b.add(i);
  }
  const auto peeked = b.try_peek();
  const auto x = b.try_take();
  const auto y = b.try_take();
  const auto z = b.try_take();
  r.line(peeked, x, y, z, b.try_take().has_value(), b.empty());
}
WEFT_CASE(collections, bag_of_nothing) {
  concurrent_bag<int> b;
  r.line(b.try_take().has_value(), b.try_peek().has_value(), b.size(), b.empty());
}
WEFT_CASE(collections, bag_cleared) {
  concurrent_bag<int> b;
  on_other_thread([&] {
    b.add(1);
    b.add(2);
  });
  b.add(3);
  r.line(b.size());
  b.clear();
  r.line(b.size(), b.try_take().has_value());
}
WEFT_CASE(collections, bag_filled_by_many) {
  concurrent_bag<int> b;
  parallel_for(0, 1000, [&](int i) { b.add(i); });
  r.line(b.size(), sum_of(b.to_vector()));
}

WEFT_CASE(collections, blocking_is_first_in_first_out) {
  blocking_collection<int> c;
  for (int i = 0; i < 3; ++i) {
    c.add(i);
  }
  const int x = c.take();
  const int y = c.take();
  const int z = c.take();
  r.line(x, y, z, c.size());
}
WEFT_CASE(collections, blocking_take_when_completed) {
  blocking_collection<int> c;
  c.add(1);
  c.complete_adding();
  r.line(c.is_adding_completed(), c.is_completed());
  r.gives("take", [&] { return c.take(); });
  r.line(c.is_completed());
  r.gives("take", [&] { return c.take(); });
  r.line(c.try_take().has_value());
}
WEFT_CASE(collections, blocking_add_when_completed) {
  blocking_collection<int> c;
  c.complete_adding();
  r.throws("add", [&] { c.add(1); });
  r.throws("try_add", [&] { return c.try_add(1); });
  r.throws("again", [&] { c.complete_adding(); });
}
WEFT_CASE(collections, blocking_that_is_full) {
  blocking_collection<int> c(2);
  const bool x = c.try_add(1);
  const bool y = c.try_add(2);
  const bool z = c.try_add(3);
  r.line(x, y, z, c.size(), c.bound());
  const int taken = c.take();
  const bool added = c.try_add(3);
  r.line(taken, added, c.size());
}
WEFT_CASE(collections, blocking_bad_bounds) {
  r.throws("zero", [] { const blocking_collection<int> none(0); });
}
WEFT_CASE(collections, blocking_try_take_of_nothing) {
  blocking_collection<int> c;
  const bool at_once = c.try_take().has_value();
  r.line(at_once, c.try_take(1ms).has_value());
  r.throws("negative", [&] { return c.try_take(-2ms); });
}
WEFT_CASE(collections, blocking_with_a_requested_token) {
  blocking_collection<int> c;
  c.add(1);
  r.gives("take", [&] { return c.take(requested()); });
  r.throws("add", [&] { c.add(2, requested()); });
  r.line(c.size());
}
WEFT_CASE(collections, blocking_take_that_waits) {
  blocking_collection<int> c;
  std::thread t([&] { r.line("took", c.take()); });
  c.add(5);
  t.join();
}
WEFT_CASE(collections, blocking_take_that_is_canceled) {
  blocking_collection<int> c;
  std::stop_source source;
  std::thread t([&] { r.gives("take", [&] { return c.take(source.get_token()); }); });
  source.request_stop();
  t.join();
}
WEFT_CASE(collections, blocking_take_that_sees_the_end) {
  blocking_collection<int> c;
  std::thread t([&] { r.gives("take", [&] { return c.take(); }); });
  c.complete_adding();
  t.join();
}
WEFT_CASE(collections, blocking_add_that_waits) {
  blocking_collection<int> c(1);
  c.add(1);
  std::latch taken(1);
  std::thread t([&] {
    c.add(2);
    taken.wait();
    r.line("added");
  });
  r.line("took", c.take());
  taken.count_down();
  t.join();
  r.line(c.take());
}
WEFT_CASE(collections, blocking_add_that_is_canceled) {
  blocking_collection<int> c(1);
  c.add(1);
  std::stop_source source;
  std::thread t([&] { r.throws("add", [&] { c.add(2, source.get_token()); }); });
  source.request_stop();
  t.join();
  r.line(c.size());
}
WEFT_CASE(collections, blocking_consumed_to_the_end) {
  blocking_collection<int> c;
  std::thread t([&] {
    for (int i = 0; i < 5; ++i) {
      c.add(i);
    }
    c.complete_adding();
  });
  std::vector<int> all;
  for (const int i : c.consuming_range()) {
    all.push_back(i);
  }
  t.join();
  r.line(all);
  r.line(c.is_completed());
}
WEFT_CASE(collections, blocking_consumed_with_a_requested_token) {
  blocking_collection<int> c;
  c.add(1);
  r.gives("consume", [&] {
    std::vector<int> all;
    for (const int i : c.consuming_range(requested())) {
      all.push_back(i);
    }
    return all;
  });
  r.line(c.size());
}

WEFT_CASE(collections, progress_without_a_context_goes_to_the_pool) {
  std::latch came(1);
  progress<int> p([&](int value) {
    r.line(value, here());
    came.count_down();
  });
  p.report(7);
  came.wait();
}
WEFT_CASE(collections, progress_goes_to_the_context_of_its_making) {
  manual_context context;
  std::optional<progress<int>> p;
  {
    const synchronization_context::scope current(context);
    p.emplace([&](int value) { r.line("got", value); });
  }
  p->report(1);
  p->report(2);
  r.line("posts", context.posts());
  context.run_one();
  context.run_one();
}

}  // namespace
}  // namespace weft::conformance
