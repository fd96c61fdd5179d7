// Cancellation: a token that was requested before, one that a body requests, and what bodies throw
// as cancellations.

#include <weft/query.hpp>

#include "conformance/support.hpp"

#include <atomic>
#include <functional>
#include <stop_token>
#include <vector>

namespace weft::conformance {
namespace {

namespace q = weft::query;

const auto small = [](int x) { return x < 99; };
const auto itself = [](int x) { return x; };
const auto negated = [](int x) { return -x; };
const auto parity = [](int x) { return x % 2; };
const auto twice = [](int x) { return std::vector{x, x}; };

std::stop_token requested_token() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}
[[gnu::noinline]] auto in_parallel() {
  return q::range(0, 10) | q::as_parallel();
}
[[gnu::noinline]] auto requested() {
  return in_parallel() | q::as_ordered() | q::with_cancellation(requested_token());
}
/// The thousandth of a million elements requests the end.
[[gnu::noinline]] auto canceled() {
  std::stop_source source;
  return q::range(0, 1'000'000) | q::as_parallel() | q::with_cancellation(source.get_token()) |
         q::select([source](int x) mutable {
           if (x == 1000) {
             source.request_stop();
           }
           return x;
         });
}

WEFT_CASE(query_canceled, requested_before_to_vector) {
  r.gives("it", [] { return requested() | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_count) {
  r.gives("it", [] { return requested() | q::count(); });
}
WEFT_CASE(query_canceled, requested_before_sum) {
  r.gives("it", [] { return requested() | q::sum(); });
}
WEFT_CASE(query_canceled, requested_before_min) {
  r.gives("it", [] { return requested() | q::min(); });
}
WEFT_CASE(query_canceled, requested_before_max) {
  r.gives("it", [] { return requested() | q::max(); });
}
WEFT_CASE(query_canceled, requested_before_average) {
  r.gives("it", [] { return static_cast<int>(requested() | q::average()); });
}
WEFT_CASE(query_canceled, requested_before_any) {
  r.gives("it", [] { return requested() | q::any(); });
}
WEFT_CASE(query_canceled, requested_before_all) {
  r.gives("it", [] { return requested() | q::all(small); });
}
WEFT_CASE(query_canceled, requested_before_contains) {
  r.gives("it", [] { return requested() | q::contains(3); });
}
WEFT_CASE(query_canceled, requested_before_first) {
  r.gives("it", [] { return requested() | q::first(); });
}
WEFT_CASE(query_canceled, requested_before_last) {
  r.gives("it", [] { return requested() | q::last(); });
}
WEFT_CASE(query_canceled, requested_before_single_or_default) {
  r.gives("it", [] { return requested() | q::single_or_default([](int x) { return x == 3; }); });
}
WEFT_CASE(query_canceled, requested_before_element_at) {
  r.gives("it", [] { return requested() | q::element_at(3); });
}
WEFT_CASE(query_canceled, requested_before_aggregate) {
  r.gives("it", [] { return requested() | q::aggregate(0, std::plus<>()); });
}
WEFT_CASE(query_canceled, requested_before_to_map) {
  r.gives("it", [] { return (requested() | q::to_map(itself)).size(); });
}
WEFT_CASE(query_canceled, requested_before_to_lookup) {
  r.gives("it", [] { return (requested() | q::to_lookup(itself)).size(); });
}
WEFT_CASE(query_canceled, requested_before_sequence_equal) {
  r.gives("it", [] { return requested() | q::sequence_equal(in_parallel()); });
}
WEFT_CASE(query_canceled, requested_before_take) {
  r.gives("it", [] { return requested() | q::take(3) | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_skip) {
  r.gives("it", [] { return requested() | q::skip(3) | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_take_while) {
  r.gives("it", [] { return requested() | q::take_while(small) | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_skip_while) {
  r.gives("it", [] { return requested() | q::skip_while(small) | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_distinct) {
  r.gives("it", [] { return requested() | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_union) {
  r.gives("it", [] { return requested() | q::union_(in_parallel()) | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_except) {
  r.gives("it", [] { return requested() | q::except(in_parallel()) | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_intersect) {
  r.gives("it", [] { return requested() | q::intersect(in_parallel()) | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_concat) {
  r.gives("it", [] { return requested() | q::concat(in_parallel()) | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_zip) {
  r.gives("it", [] { return requested() | q::zip(in_parallel(), std::plus<>()) | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_order_by) {
  r.gives("it", [] { return requested() | q::order_by(negated) | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_group_by) {
  r.gives("it", [] { return requested() | q::group_by(parity) | q::count(); });
}
WEFT_CASE(query_canceled, requested_before_join) {
  r.gives("it", [] {
    return requested() | q::join(in_parallel(), itself, itself, std::plus<>()) | q::to_vector();
  });
}
WEFT_CASE(query_canceled, requested_before_group_join) {
  r.gives("it", [] {
    return requested() |
           q::group_join(in_parallel(), itself, itself, [](int a, const auto&) { return a; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_canceled, requested_before_reverse) {
  r.gives("it", [] { return requested() | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_select_many) {
  r.gives("it", [] { return requested() | q::select_many(twice) | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_default_if_empty) {
  r.gives("it", [] { return requested() | q::default_if_empty() | q::to_vector(); });
}
WEFT_CASE(query_canceled, requested_before_as_sequential) {
  r.gives("it", [] { return requested() | q::as_sequential() | q::count(); });
}
WEFT_CASE(query_canceled, requested_before_for_all) {
  r.throws("it", [&r] { requested() | q::for_all([&r](int x) { r.line(x); }); });
}
WEFT_CASE(query_canceled, requested_before_an_iteration) {
  r.throws("it", [&r] {
    for (const int x : requested()) {
      r.line(x);
    }
  });
}
WEFT_CASE(query_canceled, requested_before_nothing) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::with_cancellation(requested_token()) |
           q::count();
  });
}
WEFT_CASE(query_canceled, requested_before_a_second_input) {
  r.gives("it", [] { return in_parallel() | q::concat(requested()) | q::count(); });
}
WEFT_CASE(query_canceled, requested_before_and_no_body_runs) {
  std::atomic<int> runs = 0;
  r.gives("it",
          [&] { return requested() | q::select([&](int) { return ++runs; }) | q::to_vector(); });
  r.line(runs.load());
}
WEFT_CASE(query_canceled, requested_after_the_query_was_made) {
  std::stop_source source;
  auto query = in_parallel() | q::with_cancellation(source.get_token()) |
               q::where([](int x) { return x < 5; });
  r.gives("before", [&] { return query | q::count(); });
  source.request_stop();
  r.gives("after", [&] { return query | q::count(); });
}
WEFT_CASE(query_canceled, by_a_body_in_to_vector) {
  r.gives("it", [] { return canceled() | q::to_vector(); });
}
WEFT_CASE(query_canceled, by_a_body_in_count) {
  r.gives("it", [] { return canceled() | q::count(); });
}
WEFT_CASE(query_canceled, by_a_body_in_sum) {
  r.gives("it", [] { return canceled() | q::sum(); });
}
WEFT_CASE(query_canceled, by_a_body_in_max) {
  r.gives("it", [] { return canceled() | q::max(); });
}
WEFT_CASE(query_canceled, by_a_body_in_all) {
  r.gives("it", [] { return canceled() | q::all([](int x) { return x >= 0; }); });
}
WEFT_CASE(query_canceled, by_a_body_in_contains) {
  r.gives("it", [] { return canceled() | q::contains(-1); });
}
WEFT_CASE(query_canceled, by_a_body_in_last) {
  r.gives("it", [] { return canceled() | q::where([](int x) { return x >= 0; }) | q::last(); });
}
WEFT_CASE(query_canceled, by_a_body_in_order_by) {
  r.gives("it", [] { return canceled() | q::order_by(negated) | q::count(); });
}
WEFT_CASE(query_canceled, by_a_body_in_group_by) {
  r.gives("it", [] { return canceled() | q::group_by(parity) | q::count(); });
}
WEFT_CASE(query_canceled, by_a_body_in_distinct) {
  r.gives("it", [] { return canceled() | q::distinct() | q::count(); });
}
WEFT_CASE(query_canceled, by_a_body_in_union) {
  r.gives("it", [] { return canceled() | q::union_(in_parallel()) | q::count(); });
}
WEFT_CASE(query_canceled, by_a_body_in_join) {
  r.gives("it", [] {
    return canceled() | q::join(in_parallel(), itself, itself, std::plus<>()) | q::count();
  });
}
WEFT_CASE(query_canceled, by_a_body_in_select_many) {
  r.gives("it", [] { return canceled() | q::select_many(twice) | q::count(); });
}
WEFT_CASE(query_canceled, by_a_body_in_aggregate) {
  r.gives("it", [] { return canceled() | q::aggregate(0, [](int a, int) { return a + 1; }); });
}
WEFT_CASE(query_canceled, by_a_body_in_for_all) {
  r.throws("it", [] { canceled() | q::for_all([](int) {}); });
}
WEFT_CASE(query_canceled, by_a_body_in_an_iteration) {
  r.throws("it", [] {
    for ([[maybe_unused]] const int x : canceled()) {
    }
  });
}
WEFT_CASE(query_canceled, a_body_throws_its_cancellation) {
  std::stop_source source;
  r.gives("it", [&] {
    return in_parallel() | q::with_cancellation(source.get_token()) | q::select([&](int x) {
             source.request_stop();
             throw_if_stopped(source.get_token());
             return x;
           }) |
           q::count();
  });
}
int canceled_at_two(int x) {
  return x == 2 ? throw operation_canceled(requested_token()) : x;
}
WEFT_CASE(query_canceled, a_body_throws_the_cancellation_of_another) {
  std::stop_source source;
  r.gives("it", [&] {
    return in_parallel() | q::with_degree_of_parallelism(1) |
           q::with_cancellation(source.get_token()) | q::select(canceled_at_two) | q::sum();
  });
}
WEFT_CASE(query_canceled, a_body_throws_a_cancellation_without_a_token) {
  r.gives("it", [] {
    return in_parallel() | q::with_degree_of_parallelism(1) | q::select(canceled_at_two) | q::sum();
  });
}
WEFT_CASE(query_canceled, a_body_that_cancels_and_throws) {
  std::stop_source source;
  r.gives("it", [&] {
    return in_parallel() | q::with_degree_of_parallelism(1) |
           q::with_cancellation(source.get_token()) | q::select([&](int x) {
             if (x != 2) {
               return x;
             }
             source.request_stop();
             throw test_error("two");
           }) |
           q::sum();
  });
}

}  // namespace
}  // namespace weft::conformance
