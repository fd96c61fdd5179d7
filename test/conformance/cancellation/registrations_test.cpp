// Callbacks of a cancellation, taken back: before, inside and after.

#include "conformance/support.hpp"

#include <latch>
#include <optional>
#include <thread>

namespace weft::conformance {
namespace {

WEFT_CASE(registrations, taken_back_before) {
  cancellation_source source;
  auto registration = source.on_cancel([&] { r.line("never"); });
  registration.reset();
  source.cancel();
  r.line("end");
}
WEFT_CASE(registrations, taken_back_twice) {
  cancellation_source source;
  auto registration = source.on_cancel([&] { r.line("never"); });
  registration.reset();
  registration.reset();
  source.cancel();
  r.line("end");
}
WEFT_CASE(registrations, taken_back_afterwards) {
  cancellation_source source;
  auto registration = source.on_cancel([&] { r.line("called"); });
  source.cancel();
  registration.reset();
  r.line("end");
}
WEFT_CASE(registrations, taken_back_inside_itself) {
  cancellation_source source;
  cancellation_registration registration;
  registration = source.on_cancel([&] {
    registration.reset();
    r.line("called");
  });
  source.cancel();
  r.line("end");
}
WEFT_CASE(registrations, one_callback_takes_back_another_that_is_to_come) {
  cancellation_source source;
  auto first = source.on_cancel([&] { r.line("never"); });
  auto second = source.on_cancel([&] {
    first.reset();
    r.line("second");
  });
  source.cancel();
}
WEFT_CASE(registrations, one_callback_takes_back_another_that_has_run) {
  cancellation_source source;
  cancellation_registration last;
  auto first = source.on_cancel([&] {
    last.reset();
    r.line("first");
  });
  last = source.on_cancel([&] { r.line("last"); });
  source.cancel();
}
WEFT_CASE(registrations, made_after_the_request_it_runs_at_once) {
  cancellation_source source;
  source.cancel();
  auto registration = source.on_cancel([&] { r.line("called on", here()); });
  r.line("registered");
  registration.reset();
}
WEFT_CASE(registrations, made_after_the_request_what_it_throws_comes_out_as_it_is) {
  cancellation_source source;
  source.cancel();
  r.throws("register",
           [&] { auto registration = source.on_cancel([] { throw test_error("boom"); }); });
}
WEFT_CASE(registrations, made_inside_a_callback_it_runs_at_once) {
  cancellation_source source;
  auto outer = source.on_cancel([&] {
    r.line("outer begins");
    auto inner = source.on_cancel([&] { r.line("inner"); });
    r.line("outer ends");
  });
  source.cancel();
}
WEFT_CASE(registrations, taking_back_waits_for_a_callback_that_runs_elsewhere) {
  cancellation_source source;
  std::latch inside(1);
  std::latch go(1);
  bool ended = false;  // written before the registration is gone, read after
  auto registration = source.on_cancel([&] {
    inside.count_down();
    go.wait();
    ended = true;
  });
  std::thread canceller([&] { source.cancel(); });
  inside.wait();
  std::thread helper([&] { go.count_down(); });
  registration.reset();
  r.line(ended);
  helper.join();
  canceller.join();
}
WEFT_CASE(registrations, taking_back_one_does_not_wait_for_another) {
  cancellation_source source;
  std::latch inside(1);
  std::latch go(1);
  auto waiting = source.on_cancel([&] { r.line("never"); });
  auto running = source.on_cancel([&] {
    inside.count_down();
    go.wait();
  });
  std::thread canceller([&] { source.cancel(); });
  inside.wait();
  waiting.reset();
  r.line("taken back");
  go.count_down();
  canceller.join();
}
WEFT_CASE(registrations, an_order_with_gaps) {
  cancellation_source source;
  std::vector<cancellation_registration> all;
  for (int n = 0; n < 6; ++n) {
    all.push_back(source.on_cancel([&r, n] { r.line("callback", n); }));
  }
  all[1].reset();
  all[4].reset();
  source.cancel();
}
WEFT_CASE(registrations, a_callback_sees_what_the_canceller_wrote) {
  cancellation_source source;
  int value = 0;
  auto registration = source.on_cancel([&] { r.line(value); });
  value = 42;
  source.cancel();
}
WEFT_CASE(registrations, an_empty_registration) {
  r.throws("dispose", [] { cancellation_registration().reset(); });
}
WEFT_CASE(registrations, on_a_token_that_cannot_be_canceled) {
  std::optional<cancellation_source> source(std::in_place);
  auto registration = source->on_cancel([&] { r.line("never"); });
  source.reset();
  r.throws("dispose after the source", [&] { registration.reset(); });
}
WEFT_CASE(registrations, completes_a_source_of_a_task) {
  cancellation_source source;
  task_completion_source<> completion;
  auto registration = source.on_cancel([&] { completion.try_set_canceled(source.token()); });
  source.cancel();
  r.line(completion.task().status());
}

}  // namespace
}  // namespace weft::conformance
