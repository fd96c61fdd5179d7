// Sources and tokens: who hears of a cancellation, when, and in which order.

#include <weft/time.hpp>

#include "conformance/support.hpp"

#include <latch>

namespace weft::conformance {
namespace {

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}
/// Registrations that live as long as the case.
using registrations = std::vector<cancellation_registration>;

WEFT_CASE(cancellation, no_token) {
  const std::stop_token none;
  r.line(none.stop_possible(), none.stop_requested(), none == std::stop_token());
  r.throws("throw_if", [&] { throw_if_stopped(none); });
}
WEFT_CASE(cancellation, before_and_after) {
  cancellation_source source;
  const std::stop_token token = source.token();
  r.line(token.stop_possible(), token.stop_requested(), source.is_cancellation_requested());
  r.throws("throw_if", [&] { throw_if_stopped(token); });
  source.cancel();
  r.line(token.stop_possible(), token.stop_requested(), source.is_cancellation_requested());
  r.throws("throw_if", [&] { throw_if_stopped(token); });
}
WEFT_CASE(cancellation, tokens_of_one_source_are_equal) {
  cancellation_source a;
  cancellation_source b;
  r.line(a.token() == a.token(), a.token() == b.token());
}
WEFT_CASE(cancellation, twice_is_silent) {
  cancellation_source source;
  auto registration = source.on_cancel([&] { r.line("called"); });
  r.throws("first", [&] { source.cancel(); });
  r.throws("second", [&] { source.cancel(); });
}
WEFT_CASE(cancellation, callbacks_run_before_cancel_returns) {
  cancellation_source source;
  auto registration = source.on_cancel([&] { r.line("called on", here()); });
  on_thread("canceller", [&] {
    source.cancel();
    r.line("returned");
  });
}
WEFT_CASE(cancellation, the_request_is_visible_inside_a_callback) {
  cancellation_source source;
  auto registration = source.on_cancel(
      [&] { r.line(source.is_cancellation_requested(), source.token().stop_requested()); });
  source.cancel();
}
WEFT_CASE(cancellation, last_in_first_out) {
  cancellation_source source;
  registrations all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(source.on_cancel([&r, i] { r.line("callback", i); }));
  }
  source.cancel();
}
WEFT_CASE(cancellation, what_callbacks_throw_comes_out_together) {
  cancellation_source source;
  registrations all;
  all.push_back(source.on_cancel([] { throw test_error("first"); }));
  all.push_back(source.on_cancel([&] { r.line("runs all the same"); }));
  all.push_back(source.on_cancel([] { throw test_error("third"); }));
  r.throws("cancel", [&] { source.cancel(); });
  r.line(source.is_cancellation_requested());
}
WEFT_CASE(cancellation, one_that_throws_is_in_an_aggregate_too) {
  cancellation_source source;
  auto registration = source.on_cancel([] { throw test_error("only"); });
  r.throws("cancel", [&] { source.cancel(); });
  r.throws("again", [&] { source.cancel(); });
}
WEFT_CASE(cancellation, a_cancel_inside_a_callback) {
  cancellation_source source;
  registrations all;
  all.push_back(source.on_cancel([&] { r.line("one"); }));
  all.push_back(source.on_cancel([&] {
    r.line("two begins");
    source.cancel();
    r.line("two ends");
  }));
  source.cancel();
}
WEFT_CASE(cancellation, callbacks_without_a_request_never_run) {
  cancellation_source source;
  auto registration = source.on_cancel([&] { r.line("never"); });
  r.line("end");
}
WEFT_ASYNC_CASE(cancellation, cancel_async_runs_callbacks_on_the_pool) {
  cancellation_source source;
  auto registration = source.on_cancel([&] { r.line("called on", here()); });
  co_await source.cancel_async();
  r.line(source.is_cancellation_requested());
}
WEFT_ASYNC_CASE(cancellation, cancel_async_gives_what_they_throw) {
  cancellation_source source;
  registrations all;
  all.push_back(source.on_cancel([] { throw test_error("a"); }));
  all.push_back(source.on_cancel([] { throw test_error("b"); }));
  co_await r.awaits("cancel_async", source.cancel_async());
}
WEFT_ASYNC_CASE(cancellation, cancel_async_requests_at_once) {
  cancellation_source source;
  auto t = source.cancel_async();
  r.line(source.is_cancellation_requested());
  co_await t;
}
WEFT_CASE(cancellation, cancel_async_without_callbacks) {
  cancellation_source source;
  source.cancel_async().wait();
  source.cancel_async().wait();
  r.line(source.is_cancellation_requested());
}
WEFT_CASE(cancellation, a_source_that_cancels_later) {
  cancellation_source source(5ms);
  std::latch canceled(1);
  auto registration = source.on_cancel([&] {
    r.line("called on", here());
    canceled.count_down();
  });
  canceled.wait();
  r.line(source.is_cancellation_requested());
}
WEFT_CASE(cancellation, one_made_with_no_time_is_canceled_at_once) {
  r.line(cancellation_source(0ns).is_cancellation_requested());
}
WEFT_CASE(cancellation, one_made_with_negative_time) {
  r.throws("negative", [] { cancellation_source(-5ms); });
  r.throws("infinite", [] { cancellation_source{infinite}; });
}
WEFT_CASE(cancellation, cancel_after_negative_time) {
  cancellation_source source;
  r.throws("negative", [&] { source.cancel_after(-5ms); });
  r.throws("infinite", [&] { source.cancel_after(infinite); });
  r.line(source.is_cancellation_requested());
}
WEFT_CASE(cancellation, cancel_after_replaces_the_former_time) {
  cancellation_source source(1h);
  std::latch canceled(1);
  auto registration = source.on_cancel([&] { canceled.count_down(); });
  source.cancel_after(5ms);
  canceled.wait();
  r.line(source.is_cancellation_requested());
}
/// Whether the token is requested within that time.
bool wait_for_stop(const std::stop_token& token, std::chrono::nanoseconds limit) {
  auto t = delay(infinite, token);
  try {
    return t.wait(limit);
  } catch (const operation_canceled&) {
    return true;
  }
}
WEFT_CASE(cancellation, cancel_after_infinite_takes_it_back) {
  cancellation_source source(50ms);
  source.cancel_after(infinite);
  r.line(wait_for_stop(source.token(), 120ms));
}
WEFT_CASE(cancellation, cancel_after_on_a_canceled_source) {
  cancellation_source source;
  source.cancel();
  r.throws("cancel_after", [&] { source.cancel_after(5ms); });
}
WEFT_CASE(cancellation, reset_of_a_fresh_source) {
  cancellation_source source;
  const bool first = source.try_reset();
  r.line(first, source.is_cancellation_requested());
  source.cancel();
  const bool second = source.try_reset();
  r.line(second, source.is_cancellation_requested());
}
WEFT_CASE(cancellation, reset_takes_callbacks_out) {
  cancellation_source source;
  auto registration = source.on_cancel([&] { r.line("never"); });
  r.line(source.try_reset());
  source.cancel();
  r.line(source.is_cancellation_requested());
}
WEFT_CASE(cancellation, reset_takes_a_time_back) {
  cancellation_source source(50ms);
  r.line(source.try_reset());
  r.line(wait_for_stop(source.token(), 120ms));
}
WEFT_CASE(cancellation, a_token_handed_out_before_a_reset) {
  cancellation_source source;
  const std::stop_token token = source.token();
  r.line(source.try_reset());
  source.cancel();
  r.line(token.stop_requested(), source.token().stop_requested());
}
task<> waits(std::stop_token stop) {
  try {
    co_await delay(infinite, stop);
  } catch (const operation_canceled&) {
  }
}
WEFT_CASE(cancellation, an_awaiter_of_a_canceled_delay_does_not_run_inside_cancel) {
  cancellation_source source;
  auto t = waits(source.token());
  on_thread("canceller", [&] { source.cancel(); });
  t.wait();
  r.line(source.is_cancellation_requested());
}
struct leaves {
  leaves(recorder& rec, const char* n) : r(&rec), name(n) {}
  leaves(const leaves&) = delete;
  ~leaves() { r->line(name, "leaves"); }
  recorder* r;
  const char* name;
};
task<> inner(recorder& r, std::stop_token stop) {
  const leaves scope(r, "inner");
  co_await delay(infinite, stop);
}
task<> outer(recorder& r, std::stop_token stop) {
  const leaves scope(r, "outer");
  co_await inner(r, stop);
}
WEFT_ASYNC_CASE(cancellation, during_a_chain_of_calls) {
  cancellation_source source;
  auto t = outer(r, source.token());
  source.cancel();
  co_await r.awaits("await", t);
  r.line(t.status());
}
task<std::string> catches() {
  std::string seen = "nothing";
  try {
    co_await delay(infinite, requested());
  } catch (const operation_canceled&) {
    seen = "caught";
  }
  co_return seen;
}
WEFT_ASYNC_CASE(cancellation, a_caller_that_catches_it_is_not_canceled) {
  auto t = catches();
  co_await r.awaits("await", t);
  r.line(t.status());
}
task<int> loop(recorder& r, cancellation_source& source, std::stop_token stop) {
  for (int i = 0;; ++i) {
    if (i == 3) {
      source.cancel();
    }
    throw_if_stopped(stop);
    r.line("step", i);
    co_await yield();
  }
}
WEFT_ASYNC_CASE(cancellation, code_that_looks_at_its_token) {
  cancellation_source source;
  auto t = loop(r, source, source.token());
  co_await r.awaits("await", t);
  r.line(t.status());
}
WEFT_ASYNC_CASE(cancellation, too_late_is_harmless) {
  cancellation_source source;
  auto t = run([] { return 1; }, source.token());
  co_await t;
  source.cancel();
  co_await r.awaits("await", t);
}

}  // namespace
}  // namespace weft::conformance
