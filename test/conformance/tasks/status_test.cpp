// The life of a task: which states there are, and when each holds.

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

WEFT_CASE(status, completed_task) {
  r.state("task", completed_task());
}
WEFT_CASE(status, from_result) {
  auto t = from_result(42);
  r.state("task", t);
  r.line("result", t.result());
}
WEFT_CASE(status, from_exception) {
  auto t = from_exception(test_error("boom"));
  r.state("task", t);
  r.errors("errors", t);
}
std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}
WEFT_CASE(status, from_canceled) {
  auto t = from_canceled(requested());
  r.state("task", t);
  r.errors("errors", t);
}
WEFT_CASE(status, from_canceled_needs_a_requested_token) {
  cancellation_source source;
  r.throws("not requested", [&] { from_canceled(source.token()).detach(); });
  r.throws("none", [] { from_canceled({}).detach(); });
}
WEFT_CASE(status, source_before_and_after_its_result) {
  task_completion_source<int> source;
  r.state("before", source.task());
  source.set_result(1);
  r.state("after", source.task());
}
WEFT_CASE(status, source_with_an_exception) {
  task_completion_source<int> source;
  source.set_exception(test_error("boom"));
  r.state("task", source.task());
  r.errors("errors", source.task());
}
WEFT_CASE(status, source_canceled) {
  task_completion_source<int> source;
  source.set_canceled();
  r.state("task", source.task());
  r.errors("errors", source.task());
}

}  // namespace
}  // namespace weft::conformance
