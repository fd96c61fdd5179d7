// Where code goes on after an await: each way to await, with a context and without, by who
// completes the task.

#include <weft/sched.hpp>
#include <weft/time.hpp>

#include "conformance/support.hpp"

#include <string_view>

namespace weft::conformance {
namespace {

enum class how { plain, captured, anywhere, yielding, yielding_anywhere, suppressing };
enum class by { before, plain, same, other };

task<std::string> await(task<> t, how way, manual_context& a, manual_context& b) {
  using enum configure_await_options;
  switch (way) {
    case how::plain:
      co_await t;
      break;
    case how::captured:
      co_await t.configure_await(true);
      break;
    case how::anywhere:
      co_await t.configure_await(false);
      break;
    case how::yielding:
      co_await t.configure_await(force_yielding | continue_on_captured_context);
      break;
    case how::yielding_anywhere:
      co_await t.configure_await(force_yielding);
      break;
    case how::suppressing:
      co_await t.configure_await(suppress_throwing | continue_on_captured_context);
      break;
  }
  const synchronization_context* now = synchronization_context::current();
  co_return "goes on on " + here() + " in " +
      (now == &a        ? "a"
       : now == &b      ? "b"
       : now == nullptr ? "none"
                        : "another");
}
void combine(recorder& r, how way, bool in_context, by completed) {
  manual_context a;
  manual_context b;
  task_completion_source<> gate;
  if (completed == by::before) {
    gate.set_result();
  }
  task<std::string> t;
  {
    const synchronization_context::scope current(in_context ? &a : nullptr);
    t = await(gate.task(), way, a, b);
  }
  if (completed != by::before) {
    on_thread("setter", [&] {
      const synchronization_context::scope current(completed == by::same    ? &a
                                                   : completed == by::other ? &b
                                                                            : nullptr);
      gate.set_result();
    });
  }
  r.line("posts", a.posts(), b.posts());
  a.run_until(t);
  r.line(t.result());
}

WEFT_CASE(await_context, plain_without_a_context_completed_before) {
  combine(r, how::plain, false, by::before);
}
WEFT_CASE(await_context, plain_without_a_context_completed_by_a_plain_thread) {
  combine(r, how::plain, false, by::plain);
}
WEFT_CASE(await_context, plain_without_a_context_completed_in_the_same_context) {
  combine(r, how::plain, false, by::same);
}
WEFT_CASE(await_context, plain_without_a_context_completed_in_another_context) {
  combine(r, how::plain, false, by::other);
}
WEFT_CASE(await_context, plain_in_a_context_completed_before) {
  combine(r, how::plain, true, by::before);
}
WEFT_CASE(await_context, plain_in_a_context_completed_by_a_plain_thread) {
  combine(r, how::plain, true, by::plain);
}
WEFT_CASE(await_context, plain_in_a_context_completed_in_the_same_context) {
  combine(r, how::plain, true, by::same);
}
WEFT_CASE(await_context, plain_in_a_context_completed_in_another_context) {
  combine(r, how::plain, true, by::other);
}
WEFT_CASE(await_context, captured_without_a_context_completed_before) {
  combine(r, how::captured, false, by::before);
}
WEFT_CASE(await_context, captured_without_a_context_completed_by_a_plain_thread) {
  combine(r, how::captured, false, by::plain);
}
WEFT_CASE(await_context, captured_without_a_context_completed_in_the_same_context) {
  combine(r, how::captured, false, by::same);
}
WEFT_CASE(await_context, captured_without_a_context_completed_in_another_context) {
  combine(r, how::captured, false, by::other);
}
WEFT_CASE(await_context, captured_in_a_context_completed_before) {
  combine(r, how::captured, true, by::before);
}
WEFT_CASE(await_context, captured_in_a_context_completed_by_a_plain_thread) {
  combine(r, how::captured, true, by::plain);
}
WEFT_CASE(await_context, captured_in_a_context_completed_in_the_same_context) {
  combine(r, how::captured, true, by::same);
}
WEFT_CASE(await_context, captured_in_a_context_completed_in_another_context) {
  combine(r, how::captured, true, by::other);
}
WEFT_CASE(await_context, anywhere_without_a_context_completed_before) {
  combine(r, how::anywhere, false, by::before);
}
WEFT_CASE(await_context, anywhere_without_a_context_completed_by_a_plain_thread) {
  combine(r, how::anywhere, false, by::plain);
}
WEFT_CASE(await_context, anywhere_without_a_context_completed_in_the_same_context) {
  combine(r, how::anywhere, false, by::same);
}
WEFT_CASE(await_context, anywhere_without_a_context_completed_in_another_context) {
  combine(r, how::anywhere, false, by::other);
}
WEFT_CASE(await_context, anywhere_in_a_context_completed_before) {
  combine(r, how::anywhere, true, by::before);
}
WEFT_CASE(await_context, anywhere_in_a_context_completed_by_a_plain_thread) {
  combine(r, how::anywhere, true, by::plain);
}
WEFT_CASE(await_context, anywhere_in_a_context_completed_in_the_same_context) {
  combine(r, how::anywhere, true, by::same);
}
WEFT_CASE(await_context, anywhere_in_a_context_completed_in_another_context) {
  combine(r, how::anywhere, true, by::other);
}
WEFT_CASE(await_context, yielding_without_a_context_completed_before) {
  combine(r, how::yielding, false, by::before);
}
WEFT_CASE(await_context, yielding_without_a_context_completed_by_a_plain_thread) {
  combine(r, how::yielding, false, by::plain);
}
WEFT_CASE(await_context, yielding_without_a_context_completed_in_the_same_context) {
  combine(r, how::yielding, false, by::same);
}
WEFT_CASE(await_context, yielding_without_a_context_completed_in_another_context) {
  combine(r, how::yielding, false, by::other);
}
WEFT_CASE(await_context, yielding_in_a_context_completed_before) {
  combine(r, how::yielding, true, by::before);
}
WEFT_CASE(await_context, yielding_in_a_context_completed_by_a_plain_thread) {
  combine(r, how::yielding, true, by::plain);
}
WEFT_CASE(await_context, yielding_in_a_context_completed_in_the_same_context) {
  combine(r, how::yielding, true, by::same);
}
WEFT_CASE(await_context, yielding_in_a_context_completed_in_another_context) {
  combine(r, how::yielding, true, by::other);
}
WEFT_CASE(await_context, yielding_anywhere_without_a_context_completed_before) {
  combine(r, how::yielding_anywhere, false, by::before);
}
WEFT_CASE(await_context, yielding_anywhere_without_a_context_completed_by_a_plain_thread) {
  combine(r, how::yielding_anywhere, false, by::plain);
}
WEFT_CASE(await_context, yielding_anywhere_without_a_context_completed_in_the_same_context) {
  combine(r, how::yielding_anywhere, false, by::same);
}
WEFT_CASE(await_context, yielding_anywhere_without_a_context_completed_in_another_context) {
  combine(r, how::yielding_anywhere, false, by::other);
}
WEFT_CASE(await_context, yielding_anywhere_in_a_context_completed_before) {
  combine(r, how::yielding_anywhere, true, by::before);
}
WEFT_CASE(await_context, yielding_anywhere_in_a_context_completed_by_a_plain_thread) {
  combine(r, how::yielding_anywhere, true, by::plain);
}
WEFT_CASE(await_context, yielding_anywhere_in_a_context_completed_in_the_same_context) {
  combine(r, how::yielding_anywhere, true, by::same);
}
WEFT_CASE(await_context, yielding_anywhere_in_a_context_completed_in_another_context) {
  combine(r, how::yielding_anywhere, true, by::other);
}
WEFT_CASE(await_context, suppressing_without_a_context_completed_before) {
  combine(r, how::suppressing, false, by::before);
}
WEFT_CASE(await_context, suppressing_without_a_context_completed_by_a_plain_thread) {
  combine(r, how::suppressing, false, by::plain);
}
WEFT_CASE(await_context, suppressing_without_a_context_completed_in_the_same_context) {
  combine(r, how::suppressing, false, by::same);
}
WEFT_CASE(await_context, suppressing_without_a_context_completed_in_another_context) {
  combine(r, how::suppressing, false, by::other);
}
WEFT_CASE(await_context, suppressing_in_a_context_completed_before) {
  combine(r, how::suppressing, true, by::before);
}
WEFT_CASE(await_context, suppressing_in_a_context_completed_by_a_plain_thread) {
  combine(r, how::suppressing, true, by::plain);
}
WEFT_CASE(await_context, suppressing_in_a_context_completed_in_the_same_context) {
  combine(r, how::suppressing, true, by::same);
}
WEFT_CASE(await_context, suppressing_in_a_context_completed_in_another_context) {
  combine(r, how::suppressing, true, by::other);
}

}  // namespace
}  // namespace weft::conformance
