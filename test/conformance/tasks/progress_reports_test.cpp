// progress<T>: where reports arrive.

#include <weft/parallel/progress.hpp>

#include "conformance/support.hpp"

#include <optional>

namespace weft::conformance {
namespace {

WEFT_CASE(progress_reports, arrive_in_the_context_of_the_construction) {
  manual_context context;
  std::optional<progress<int>> p;
  {
    const synchronization_context::scope current(context);
    p.emplace([&](int v) { r.line("got", v, here()); });
  }
  p->report(1);
  p->report(2);
  r.line("queued", context.queued(), "posts", context.posts());
  context.run_one();
  context.run_one();
}
WEFT_CASE(progress_reports, a_report_does_not_run_the_callback_inside) {
  manual_context context;
  {
    const synchronization_context::scope current(context);
    progress<int> p([&](int v) { r.line("got", v); });
    p.report(1);
    r.line("reported");
  }
  context.run_one();
}
WEFT_CASE(progress_reports, without_a_context_they_arrive_on_the_pool) {
  task_completion_source<std::string> arrived;
  auto t = arrived.task();
  progress<int> p([&](int v) { arrived.set_result(here() + std::to_string(v)); });
  p.report(3);
  r.line(t.result());
}
WEFT_CASE(progress_reports, the_context_of_the_report_does_not_matter) {
  manual_context made;
  manual_context other;
  std::optional<progress<int>> p;
  {
    const synchronization_context::scope current(made);
    p.emplace([&](int v) { r.line("got", v); });
  }
  {
    const synchronization_context::scope current(other);
    p->report(1);
  }
  r.line(made.queued(), other.queued());
  made.run_one();
}
WEFT_CASE(progress_reports, from_any_thread) {
  manual_context context;
  std::optional<progress<int>> p;
  {
    const synchronization_context::scope current(context);
    p.emplace([&](int v) { r.line("got", v, here()); });
  }
  on_thread("worker", [&] { p->report(1); });
  context.run_one();
}
WEFT_CASE(progress_reports, what_a_callback_throws_comes_out_of_the_context) {
  manual_context context;
  std::optional<progress<int>> p;
  {
    const synchronization_context::scope current(context);
    p.emplace([](int) { throw test_error("callback"); });
  }
  r.throws("report", [&] { p->report(1); });
  r.throws("context", [&] { context.run_one(); });
}
WEFT_CASE(progress_reports, reports_outlive_who_reports) {
  manual_context context;
  {
    const synchronization_context::scope current(context);
    progress<std::string> p([&](const std::string& v) { r.line("got", v); });
    p.report("late");
  }
  context.run_one();
}

}  // namespace
}  // namespace weft::conformance
