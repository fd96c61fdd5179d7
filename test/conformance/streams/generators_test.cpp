// async_generator: who runs what when, cancellation, errors, and ending half-way.

#include <weft/channel.hpp>
#include <weft/task/async_generator.hpp>
#include <weft/time.hpp>

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

async_generator<int> count(int n) {
  for (int i = 0; i < n; ++i) {
    co_await yield();
    co_yield i;
  }
}
async_generator<int> immediately(int n) {
  for (int i = 0; i < n; ++i) {
    co_yield i;
  }
}
struct leaves {
  leaves(recorder& rec, const char* n) : r(&rec), name(n) {}
  leaves(const leaves&) = delete;
  ~leaves() { r->line(name, "leaves"); }
  recorder* r;
  const char* name;
};
async_generator<int> traced(recorder& r) {
  r.line("starts");
  const leaves scope(r, "body");
  for (int i = 0; i < 3; ++i) {
    r.line("gives", i);
    co_yield i;
    r.line("after", i);
  }
  r.line("ends");
}
async_generator<int> fails(int after) {
  for (int i = 0; i < after; ++i) {
    co_yield i;
  }
  co_await yield();
  throw test_error("boom");
}
std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}
/// Reads to the end.
task<> drain(async_generator<int> g, std::vector<int>& seen) {
  for (;;) {
    int* x = co_await g.next();
    if (x == nullptr) {
      break;
    }
    seen.push_back(*x);
  }
}

WEFT_ASYNC_CASE(generators, values_in_order) {
  std::vector<int> seen;
  co_await drain(count(5), seen);
  r.line(seen);
}
WEFT_ASYNC_CASE(generators, nothing_runs_before_the_first_next) {
  auto g = traced(r);
  r.line("made");
  for (;;) {
    int* x = co_await g.next();
    if (x == nullptr) {
      break;
    }
    r.line("got", *x);
  }
  r.line("end");
}
WEFT_ASYNC_CASE(generators, of_nothing) {
  std::vector<int> seen;
  co_await drain(count(0), seen);
  r.line("end");
}
WEFT_ASYNC_CASE(generators, next_after_the_end) {
  auto g = immediately(1);
  int* x = co_await g.next();
  r.line(x != nullptr, *x);
  int* second = co_await g.next();
  int* third = co_await g.next();
  r.line(second != nullptr, third != nullptr);
}
WEFT_ASYNC_CASE(generators, a_value_that_is_there_is_completed) {
  auto g = immediately(2);
  auto first = g.next();
  const bool completed = first.is_completed_successfully();
  int* x = co_await std::move(first);
  r.line(completed, x != nullptr);
}
async_generator<int> waits(task<> gate) {
  co_await std::move(gate);
  co_yield 1;
}
WEFT_ASYNC_CASE(generators, a_value_that_takes_its_time) {
  task_completion_source<> gate;
  auto g = waits(gate.task());
  auto first = g.next().as_task();
  r.line(first.is_completed());
  gate.set_result();
  int* x = co_await first;
  r.line(x != nullptr, *x);
}
WEFT_ASYNC_CASE(generators, an_error_comes_out_of_next) {
  std::vector<int> seen;
  try {
    co_await drain(fails(2), seen);
  } catch (const test_error&) {
    r.line("caught", std::current_exception());
  }
  r.line(seen);
}
WEFT_ASYNC_CASE(generators, after_an_error_it_has_ended) {
  auto g = fails(0);
  try {
    co_await g.next();
  } catch (const test_error&) {
    r.line(std::current_exception());
  }
  int* x = co_await g.next();
  r.line(x != nullptr);
}
WEFT_ASYNC_CASE(generators, left_half_way_its_scopes_are_left) {
  {
    auto g = traced(r);
    for (;;) {
      int* x = co_await g.next();
      r.line("got", *x);
      if (*x == 1) {
        break;
      }
    }
  }
  r.line("end");
}
WEFT_ASYNC_CASE(generators, never_started_it_leaves_nothing) {
  {
    auto g = traced(r);
  }
  r.line("end");
  co_return;
}
task<> consumer_that_throws(recorder& r) {
  auto g = traced(r);
  co_await g.next();
  throw test_error("consumer");
}
WEFT_ASYNC_CASE(generators, an_error_of_the_consumer_leaves_its_scopes) {
  try {
    co_await consumer_that_throws(r);
  } catch (const test_error&) {
    r.line("caught", std::current_exception());
  }
}
async_generator<int> endless(std::stop_token stop = {}) {
  for (int i = 0;; ++i) {
    throw_if_stopped(stop);
    co_await yield();
    co_yield i;
  }
}
/// Reads until it throws, and asks `source` to stop after `last`.
task<> read_until(async_generator<int> g, cancellation_source& source, int last,
                  std::vector<int>& seen) {
  for (;;) {
    int* x = co_await g.next();
    seen.push_back(*x);
    if (*x == last) {
      source.cancel();
    }
  }
}
WEFT_ASYNC_CASE(generators, with_cancellation) {
  cancellation_source source;
  std::vector<int> seen;
  try {
    co_await read_until(endless().with_cancellation(source.token()), source, 2, seen);
  } catch (const operation_canceled& e) {
    r.line("caught", std::current_exception(), e.token() == source.token());
  }
  r.line(seen);
}
WEFT_ASYNC_CASE(generators, a_requested_token_before_the_first) {
  auto g = endless().with_cancellation(requested());
  try {
    co_await g.next();
    r.line("never");
  } catch (const operation_canceled&) {
    r.line(std::current_exception());
  }
}
WEFT_ASYNC_CASE(generators, two_tokens) {
  cancellation_source inner;
  cancellation_source outer;
  std::vector<int> seen;
  try {
    co_await read_until(endless(inner.token()).with_cancellation(outer.token()), inner, 1, seen);
  } catch (const operation_canceled&) {
    r.line("by the inner");
  }
  cancellation_source again;
  try {
    co_await read_until(endless(again.token()).with_cancellation(outer.token()), outer, 1, seen);
  } catch (const operation_canceled&) {
    r.line("by the outer");
  }
}
WEFT_ASYNC_CASE(generators, a_body_that_does_not_look_is_not_stopped) {
  std::vector<int> seen;
  co_await drain(count(3).with_cancellation(requested()), seen);
  r.line(seen);
}
async_generator<int> squares(async_generator<int> source) {
  for (;;) {
    int* x = co_await source.next();
    if (x == nullptr) {
      break;
    }
    co_yield *x** x;
  }
}
WEFT_ASYNC_CASE(generators, one_over_another) {
  std::vector<int> seen;
  co_await drain(squares(count(4)), seen);
  r.line(seen);
}
async_generator<std::string> places() {
  co_yield here();
  co_await delay(1ms);
  co_yield here();
}
WEFT_ASYNC_CASE(generators, values_cross_threads) {
  auto g = places();
  std::vector<std::string> seen;
  for (;;) {
    std::string* x = co_await g.next();
    if (x == nullptr) {
      break;
    }
    seen.push_back(*x);
  }
  r.line(seen);
}
WEFT_ASYNC_CASE(generators, the_items_of_a_channel) {
  auto c = channel<int>::unbounded();
  for (int i = 0; i < 4; ++i) {
    c.writer().try_write(i);
  }
  c.writer().complete();
  std::vector<int> seen;
  co_await drain(c.reader().read_all(), seen);
  r.line(seen);
}
WEFT_ASYNC_CASE(generators, the_items_of_a_channel_that_failed) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(1);
  c.writer().complete(error("boom"));
  std::vector<int> seen;
  try {
    co_await drain(c.reader().read_all(), seen);
  } catch (const std::exception&) {
    r.line(std::current_exception());
  }
  r.line(seen);
}
WEFT_ASYNC_CASE(generators, the_items_of_a_channel_under_a_token) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(1);
  cancellation_source source;
  std::vector<int> seen;
  try {
    co_await read_until(c.reader().read_all(source.token()), source, 1, seen);
  } catch (const std::exception&) {
    r.line(std::current_exception());
  }
  r.line(seen);
}

}  // namespace
}  // namespace weft::conformance
