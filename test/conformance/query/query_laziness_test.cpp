// What is evaluated when: nothing before the end asks, and then no more than it needs.

#include <weft/query.hpp>

#include "conformance/support.hpp"

#include <atomic>
#include <functional>
#include <latch>
#include <ranges>
#include <stop_token>
#include <vector>

namespace weft::conformance {
namespace {

namespace q = weft::query;

/// 0 to n - 1; says which are asked for. Walked only, as .NET's side is.
auto seen(recorder& r, int n) {
  return q::from(std::views::iota(0, n)) | q::where([&r](int i) {
           r.line("seen", i);
           return true;
         });
}

WEFT_CASE(query_laziness, take_asks_for_no_more) {
  r.line(seen(r, 5) | q::take(2) | q::to_vector());
}
WEFT_CASE(query_laziness, take_of_none_asks_for_nothing) {
  r.line(seen(r, 5) | q::take(0) | q::to_vector());
}
WEFT_CASE(query_laziness, first_asks_once) {
  r.line(seen(r, 5) | q::first());
}
WEFT_CASE(query_laziness, first_that_fits) {
  r.line(seen(r, 5) | q::first([](int x) { return x == 2; }));
}
WEFT_CASE(query_laziness, any_ends_at_the_first) {
  r.line(seen(r, 5) | q::any([](int x) { return x == 1; }));
}
WEFT_CASE(query_laziness, all_ends_at_the_first_that_does_not) {
  r.line(seen(r, 5) | q::all([](int x) { return x < 1; }));
}
WEFT_CASE(query_laziness, contains_ends_where_it_is) {
  r.line(seen(r, 5) | q::contains(2));
}
WEFT_CASE(query_laziness, element_at_goes_so_far) {
  r.line(seen(r, 5) | q::element_at(2));
}
WEFT_CASE(query_laziness, take_while_sees_one_more) {
  r.line(seen(r, 5) | q::take_while([](int x) { return x < 2; }) | q::to_vector());
}
WEFT_CASE(query_laziness, skip_sees_what_it_skips) {
  r.line(seen(r, 4) | q::skip(2) | q::to_vector());
}
WEFT_CASE(query_laziness, concat_reaches_the_second_when_it_must) {
  r.line(seen(r, 2) | q::concat(seen(r, 5)) | q::take(3) | q::to_vector());
}
WEFT_CASE(query_laziness, elements_come_one_by_one) {
  for (const int x : seen(r, 3) | q::where([](int i) { return i != 1; }) |
                         q::select([](int i) { return i * 10; })) {
    r.line("got", x);
  }
}
WEFT_CASE(query_laziness, a_broken_iteration_asks_for_no_more) {
  for (const int x : seen(r, 5)) {
    r.line("got", x);
    if (x == 1) {
      break;
    }
  }
}
WEFT_CASE(query_laziness, order_by_sees_all_before_the_first) {
  for (const int x : seen(r, 3) | q::order_by_descending(std::identity{})) {
    r.line("got", x);
  }
}
WEFT_CASE(query_laziness, reverse_sees_all_before_the_first) {
  for (const int x : seen(r, 3) | q::reverse()) {
    r.line("got", x);
  }
}
WEFT_CASE(query_laziness, distinct_comes_one_by_one) {
  for (const int x : seen(r, 3) | q::distinct()) {
    r.line("got", x);
  }
}
WEFT_CASE(query_laziness, every_evaluation_is_new) {
  const auto twice = seen(r, 2) | q::where([](int) { return true; });
  r.line(twice | q::count());
  r.line(twice | q::count());
}
WEFT_CASE(query_laziness, in_parallel_nothing_runs_before_the_end) {
  std::atomic<int> ran = 0;
  const auto counted = q::range(0, 100) | q::as_parallel() | q::select([&](int x) {
                         ++ran;
                         return x;
                       });
  r.line(ran.load());
  const auto sum = counted | q::sum();
  r.line(sum, ran.load());
  const auto count = counted | q::count();
  r.line(count, ran.load());
}
WEFT_CASE(query_laziness, in_parallel_a_result_comes_while_the_last_body_runs) {
  std::latch first(1);
  const auto waiting = q::range(0, 1000) | q::as_parallel() | q::with_degree_of_parallelism(2) |
                       q::with_merge_options(q::merge_options::not_buffered) |
                       q::select([&](int x) {
                         if (x == 999) {
                           first.wait();
                         }
                         return x;
                       });
  int sum = 0;
  for (const int x : waiting) {
    if (!first.try_wait()) {
      first.count_down();
    }
    sum += x;
  }
  r.line(sum);
}
WEFT_CASE(query_laziness, in_parallel_fully_buffered_runs_all_before_the_first) {
  std::atomic<int> ran = 0;
  const auto counted = q::range(0, 1000) | q::as_parallel() |
                       q::with_merge_options(q::merge_options::fully_buffered) |
                       q::select([&](int x) {
                         ++ran;
                         return x;
                       });
  for ([[maybe_unused]] const int x : counted) {
    r.line(ran.load());
    break;
  }
}
WEFT_CASE(query_laziness, in_parallel_an_ordered_iteration_is_in_order) {
  std::vector<int> all;
  for (const int x : q::range(0, 50) | q::as_parallel() | q::as_ordered() |
                         q::where([](int i) { return i % 5 == 0; })) {
    all.push_back(x);
  }
  r.line(all);
}
WEFT_CASE(query_laziness, in_parallel_an_iteration_that_fails) {
  r.throws("iterate", [] {
    for ([[maybe_unused]] const int x : q::range(0, 100) | q::as_parallel() | q::select([](int i) {
                                          return i == 50 ? throw test_error("fifty") : i;
                                        })) {
    }
  });
}
WEFT_CASE(query_laziness, in_parallel_an_iteration_that_is_canceled) {
  std::stop_source source;
  source.request_stop();
  r.throws("iterate", [&] {
    for ([[maybe_unused]] const int x :
         q::range(0, 100) | q::as_parallel() | q::with_cancellation(source.get_token())) {
    }
  });
}

}  // namespace
}  // namespace weft::conformance
