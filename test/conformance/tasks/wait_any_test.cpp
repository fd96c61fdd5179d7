// wait_any, and wait_all with a limit.

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

template <class... T>
std::vector<task<>> tasks(T... all) {
  std::vector<task<>> list;
  (list.push_back(std::move(all)), ...);
  return list;
}

WEFT_CASE(wait_any, wait_all_with_a_limit) {
  task_completion_source<> s;
  auto all = tasks(completed_task(), s.task());
  r.gives("passes", [&] { return wait_all(all, 2ms); });
  s.set_result();
  r.gives("enough", [&] { return wait_all(all, 1000ms); });
}
WEFT_CASE(wait_any, wait_any_gives_the_index) {
  task_completion_source<> s;
  auto second = tasks(s.task(), completed_task());
  auto first = tasks(completed_task(), completed_task());
  r.gives("second", [&] { return wait_any(second); });
  r.gives("first", [&] { return wait_any(first); });
  s.set_result();
}
WEFT_CASE(wait_any, wait_any_does_not_throw_for_a_faulted_task) {
  task_completion_source<> s;
  auto all = tasks(s.task(), from_exception(test_error("a")));
  r.gives("wait_any", [&] { return wait_any(all); });
  r.errors("errors", all[1]);
  s.set_result();
}
WEFT_CASE(wait_any, wait_any_of_nothing) {
  std::vector<task<>> none;
  r.gives("wait_any", [&] { return wait_any(none); });
}
WEFT_CASE(wait_any, wait_any_waits_for_the_first) {
  task_completion_source<> a;
  task_completion_source<> b;
  auto all = tasks(a.task(), b.task());
  auto t = run([&] { b.set_result(); });
  r.gives("wait_any", [&] { return wait_any(all); });
  t.wait();
  a.set_result();
}

}  // namespace
}  // namespace weft::conformance
