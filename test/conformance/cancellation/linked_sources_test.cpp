// Sources that are canceled when another one is.

#include <weft/time.hpp>

#include "conformance/support.hpp"

#include <latch>
#include <optional>

namespace weft::conformance {
namespace {

cancellation_source linked_to(const std::stop_token& token) {
  cancellation_source child;
  child.link(token);
  return child;
}

WEFT_CASE(linked_sources, the_parent_cancels_the_child) {
  cancellation_source parent;
  auto child = linked_to(parent.token());
  r.line(child.is_cancellation_requested());
  parent.cancel();
  r.line(child.is_cancellation_requested(), child.token().stop_requested());
}
WEFT_CASE(linked_sources, the_child_does_not_cancel_the_parent) {
  cancellation_source parent;
  auto child = linked_to(parent.token());
  child.cancel();
  r.line(parent.is_cancellation_requested(), child.is_cancellation_requested());
  parent.cancel();
  r.line(parent.is_cancellation_requested());
}
WEFT_CASE(linked_sources, to_a_requested_token_it_is_canceled_at_once) {
  std::stop_source source;
  source.request_stop();
  r.line(linked_to(source.get_token()).is_cancellation_requested());
}
WEFT_CASE(linked_sources, any_of_two_parents) {
  cancellation_source a;
  cancellation_source b;
  auto first = linked_to(a.token());
  first.link(b.token());
  b.cancel();
  r.line(first.is_cancellation_requested(), a.is_cancellation_requested());
  a.cancel();
  r.line(first.is_cancellation_requested());
}
WEFT_CASE(linked_sources, to_no_token) {
  auto child = linked_to({});
  r.line(child.is_cancellation_requested(), child.token().stop_possible());
  child.cancel();
  r.line(child.is_cancellation_requested());
}
WEFT_CASE(linked_sources, a_chain) {
  cancellation_source a;
  auto b = linked_to(a.token());
  auto c = linked_to(b.token());
  a.cancel();
  r.line(b.is_cancellation_requested(), c.is_cancellation_requested());
}
WEFT_CASE(linked_sources, many_children) {
  cancellation_source parent;
  std::vector<cancellation_source> children;
  for (int i = 0; i < 100; ++i) {
    children.push_back(linked_to(parent.token()));
  }
  parent.cancel();
  int canceled = 0;
  for (const auto& c : children) {
    canceled += c.is_cancellation_requested() ? 1 : 0;
  }
  r.line(canceled);
}
WEFT_CASE(linked_sources, callbacks_of_the_child_run_inside_the_parents_cancel) {
  cancellation_source parent;
  auto child = linked_to(parent.token());
  auto registration = child.on_cancel([&] { r.line("called on", here()); });
  on_thread("canceller", [&] {
    parent.cancel();
    r.line("returned");
  });
}
WEFT_CASE(linked_sources, a_cancellation_names_the_token_of_the_child) {
  cancellation_source parent;
  auto child = linked_to(parent.token());
  parent.cancel();
  try {
    throw_if_stopped(child.token());
  } catch (const operation_canceled& e) {
    r.line(e.token() == child.token(), e.token() == parent.token());
  }
}
WEFT_CASE(linked_sources, disposed_before_the_parent_is_canceled) {
  cancellation_source parent;
  std::optional<cancellation_source> child(linked_to(parent.token()));
  const std::stop_token token = child->token();
  child.reset();
  r.throws("cancel", [&] { parent.cancel(); });
  r.line(token.stop_requested());
}
WEFT_CASE(linked_sources, what_a_childs_callback_throws_comes_out_of_the_parents_cancel) {
  cancellation_source parent;
  auto child = linked_to(parent.token());
  auto registration = child.on_cancel([] { throw test_error("child"); });
  r.throws("cancel", [&] { parent.cancel(); });
  r.line(child.is_cancellation_requested());
}
WEFT_CASE(linked_sources, callbacks_of_the_parent_made_after_the_link_run_before_the_child) {
  cancellation_source parent;
  auto child = linked_to(parent.token());
  auto of_parent = parent.on_cancel([&] { r.line("parent", child.is_cancellation_requested()); });
  auto of_child = child.on_cancel([&] { r.line("child", parent.is_cancellation_requested()); });
  parent.cancel();
}
WEFT_CASE(linked_sources, with_a_time_of_its_own) {
  cancellation_source parent;
  auto child = linked_to(parent.token());
  std::latch canceled(1);
  auto registration = child.on_cancel([&] { canceled.count_down(); });
  child.cancel_after(5ms);
  canceled.wait();
  r.line(child.is_cancellation_requested(), parent.is_cancellation_requested());
}
WEFT_ASYNC_CASE(linked_sources, a_delay_under_a_linked_token) {
  cancellation_source parent;
  auto child = linked_to(parent.token());
  auto t = delay(infinite, child.token());
  parent.cancel();
  co_await r.awaits("await", t);
}

}  // namespace
}  // namespace weft::conformance
