// where and select: what is evaluated when, and what their functions throw.

#include <weft/query.hpp>

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

namespace q = weft::query;

bool not_two(int x) {
  if (x == 2) {
    throw test_error("two");
  }
  return true;
}

WEFT_CASE(query_where, keeps_what_fits_in_order) {
  r.line(q::range(0, 10) | q::where([](int x) { return x % 3 == 0; }) |
         q::select([](int x) { return x * x; }) | q::to_vector());
}
WEFT_CASE(query_where, nothing_runs_before_the_end) {
  auto query = q::range(0, 3) | q::select([&r](int x) {
                 r.line("seen", x);
                 return x;
               });
  r.line("made");
  r.line(std::move(query) | q::to_vector());
}
WEFT_CASE(query_where, a_predicate_that_throws) {
  r.gives("sequential", [] { return q::range(0, 3) | q::where(not_two) | q::to_vector(); });
}
WEFT_CASE(query_where, a_predicate_that_throws_in_parallel) {
  r.gives("parallel",
          [] { return q::range(0, 3) | q::as_parallel() | q::where(not_two) | q::to_vector(); });
}
WEFT_CASE(query_where, of_nothing) {
  r.line(q::empty<int>() | q::where([](int) { return true; }) | q::to_vector());
}
WEFT_CASE(query_where, ordered_in_parallel) {
  r.line(q::range(0, 20) | q::as_parallel() | q::as_ordered() |
         q::where([](int x) { return x % 2 == 0; }) | q::select([](int x) { return x + 1; }) |
         q::to_vector());
}
WEFT_CASE(query_where, a_token_that_was_requested) {
  std::stop_source source;
  source.request_stop();
  r.gives("canceled", [&] {
    return q::range(0, 20) | q::as_parallel() | q::with_cancellation(source.get_token()) |
           q::where([](int) { return true; }) | q::to_vector();
  });
}

}  // namespace
}  // namespace weft::conformance
