// Work with a limit: what with_timeout does.

#include <weft/time/delay.hpp>

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

constexpr auto minute = std::chrono::milliseconds(60000);

task<int> endless(std::stop_token stop) {
  co_await delay(infinite, stop);
  co_return 0;
}
task<int> one(std::stop_token) {
  co_return 1;
}
/// As `endless`; swallows that it is stopped.
task<> until_stopped(std::stop_token stop) {
  try {
    co_await endless(stop);
  } catch (const operation_canceled&) {
  }
}

WEFT_CASE(limits, in_time) {
  r.awaits("t", with_timeout(one, minute)).wait();
}
WEFT_CASE(limits, too_late) {
  r.awaits("t", with_timeout(endless, 1ms)).wait();
}
WEFT_CASE(limits, no_time_at_all) {
  r.awaits("t", with_timeout(endless, 0ms)).wait();
}
WEFT_CASE(limits, no_time_and_nothing_to_wait_for) {
  r.awaits("t", with_timeout(one, 0ms)).wait();
}
WEFT_CASE(limits, without_a_limit) {
  r.awaits("t", with_timeout([](std::stop_token) { return from_result(2); }, infinite)).wait();
}
WEFT_CASE(limits, work_that_fails) {
  auto fails = [](std::stop_token) -> task<int> {
    throw test_error("work");
    co_return 0;
  };
  r.awaits("t", with_timeout(fails, minute)).wait();
}
WEFT_CASE(limits, work_that_fails_later) {
  auto fails = [](std::stop_token) -> task<int> {
    co_await yield();
    throw test_error("later");
  };
  r.awaits("t", with_timeout(fails, minute)).wait();
}
WEFT_CASE(limits, work_that_fails_when_it_is_stopped) {
  auto fails = [](std::stop_token stop) -> task<int> {
    co_await until_stopped(stop);
    throw test_error("while stopping");
  };
  r.awaits("t", with_timeout(fails, 1ms)).wait();
}
WEFT_CASE(limits, work_that_ends_well_though_it_is_late) {
  auto late = [](std::stop_token stop) -> task<int> {
    co_await until_stopped(stop);
    co_return 5;
  };
  r.awaits("t", with_timeout(late, 1ms)).wait();
}
WEFT_CASE(limits, it_waits_for_the_end_of_the_work) {
  auto cleans = [&r](std::stop_token stop) -> task<int> {
    co_await until_stopped(stop);
    co_await yield();
    r.line("cleaned up");
    throw operation_canceled(stop);
  };
  r.awaits("t", with_timeout(cleans, 1ms)).wait();
}
WEFT_CASE(limits, canceled_from_outside) {
  std::stop_source stop;
  auto t = with_timeout(endless, minute, stop.get_token());
  stop.request_stop();
  r.awaits("t", t).wait();
  r.line(t.status());
}
WEFT_CASE(limits, canceled_before) {
  std::stop_source stop;
  stop.request_stop();
  bool ran = false;
  auto work = [&](std::stop_token) {
    ran = true;
    return from_result(1);
  };
  r.awaits("t", with_timeout(work, minute, stop.get_token())).wait();
  r.line(ran);
}
WEFT_CASE(limits, a_cancellation_of_the_works_own) {
  auto cancels = [](std::stop_token) -> task<int> {
    throw operation_canceled();
    co_return 0;
  };
  r.awaits("t", with_timeout(cancels, minute)).wait();
}
WEFT_CASE(limits, how_it_ends_when_late) {
  auto t = with_timeout(endless, 1ms);
  r.awaits("t", t).wait();
  r.line(t.status());
}
WEFT_CASE(limits, one_inside_another) {
  auto inner = [](std::stop_token stop) { return with_timeout(endless, minute, stop); };
  r.awaits("t", with_timeout(inner, 1ms)).wait();
}
WEFT_CASE(limits, the_inner_one_is_shorter) {
  auto inner = [](std::stop_token stop) { return with_timeout(endless, 1ms, stop); };
  r.awaits("t", with_timeout(inner, minute)).wait();
}

}  // namespace
}  // namespace weft::conformance
