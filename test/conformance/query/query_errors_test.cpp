// what comes out when a function throws, and of nothing at all.

#include <weft/query.hpp>

#include "conformance/support.hpp"
#include "sources.hpp"

#include <functional>
#include <string>
#include <vector>

namespace weft::conformance {
namespace {

namespace q = weft::query;

const auto always = [](int) { return true; };
const auto parity = [](int x) { return x % 2; };
int fail_at_two(int x) {
  return x == 2 ? throw test_error("two") : x;
}

WEFT_CASE(query_errors, select_that_throws_before_take) {
  r.gives("it", [] { return ten() | q::select(fail_at_two) | q::take(8) | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_take_in_parallel) {
  r.gives("it",
          [] { return ten_in_order() | q::select(fail_at_two) | q::take(8) | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_take) {
  r.gives("it", [] { return none() | q::take(8) | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_take_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::take(8) | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_skip) {
  r.gives("it", [] {
    return ten() | q::select(fail_at_two) | q::where(always) | q::skip(2) | q::to_vector();
  });
}
WEFT_CASE(query_errors, select_that_throws_before_skip_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select(fail_at_two) | q::where(always) | q::skip(2) | q::to_vector();
  });
}
WEFT_CASE(query_errors, nothing_before_skip) {
  r.gives("it", [] { return none() | q::where(always) | q::skip(2) | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_skip_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::where(always) | q::skip(2) | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_reverse) {
  r.gives("it", [] { return ten() | q::select(fail_at_two) | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_reverse_in_parallel) {
  r.gives("it",
          [] { return ten_in_order() | q::select(fail_at_two) | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_reverse) {
  r.gives("it", [] { return none() | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_reverse_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_take_while) {
  r.gives("it",
          [] { return ten() | q::select(fail_at_two) | q::take_while(always) | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_take_while_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select(fail_at_two) | q::take_while(always) | q::to_vector();
  });
}
WEFT_CASE(query_errors, nothing_before_take_while) {
  r.gives("it", [] { return none() | q::take_while(always) | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_take_while_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::take_while(always) | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_concat) {
  r.gives("it",
          [] { return ten() | q::select(fail_at_two) | q::concat(others()) | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_concat_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select(fail_at_two) | q::concat(others_in_order()) | q::to_vector();
  });
}
WEFT_CASE(query_errors, nothing_before_concat) {
  r.gives("it", [] { return none() | q::concat(others()) | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_concat_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::concat(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_distinct) {
  r.gives("it", [] { return ten() | q::select(fail_at_two) | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_distinct_in_parallel) {
  r.gives("it",
          [] { return ten_in_order() | q::select(fail_at_two) | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_distinct) {
  r.gives("it", [] { return none() | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_distinct_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_group_by) {
  r.gives("it", [] {
    return ten() | q::select(fail_at_two) | q::group_by(parity) |
           q::select([](const auto& g) { return g.key(); }) | q::to_vector();
  });
}
WEFT_CASE(query_errors, select_that_throws_before_group_by_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select(fail_at_two) | q::group_by(parity) |
           q::select([](const auto& g) { return g.key(); }) | q::to_vector();
  });
}
WEFT_CASE(query_errors, nothing_before_group_by) {
  r.gives("it", [] {
    return none() | q::group_by(parity) | q::select([](const auto& g) { return g.key(); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_errors, nothing_before_group_by_in_parallel) {
  r.gives("it", [] {
    return none_in_order() | q::group_by(parity) |
           q::select([](const auto& g) { return g.key(); }) | q::to_vector();
  });
}
WEFT_CASE(query_errors, select_that_throws_before_order_by) {
  r.gives("it", [] {
    return ten() | q::select(fail_at_two) | q::order_by(std::negate<>()) | q::to_vector();
  });
}
WEFT_CASE(query_errors, select_that_throws_before_order_by_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select(fail_at_two) | q::order_by(std::negate<>()) | q::to_vector();
  });
}
WEFT_CASE(query_errors, nothing_before_order_by) {
  r.gives("it", [] { return none() | q::order_by(std::negate<>()) | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_order_by_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::order_by(std::negate<>()) | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_union) {
  r.gives("it",
          [] { return ten() | q::select(fail_at_two) | q::union_(others()) | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_union_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select(fail_at_two) | q::union_(others_in_order()) | q::to_vector();
  });
}
WEFT_CASE(query_errors, nothing_before_union) {
  r.gives("it", [] { return none() | q::union_(others()) | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_union_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::union_(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_except) {
  r.gives("it",
          [] { return ten() | q::select(fail_at_two) | q::except(others()) | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_except_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select(fail_at_two) | q::except(others_in_order()) | q::to_vector();
  });
}
WEFT_CASE(query_errors, nothing_before_except) {
  r.gives("it", [] { return none() | q::except(others()) | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_except_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::except(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_errors, select_that_throws_before_zip) {
  r.gives("it", [] {
    return ten() | q::select(fail_at_two) | q::zip(others(), std::plus<>()) | q::to_vector();
  });
}
WEFT_CASE(query_errors, select_that_throws_before_zip_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select(fail_at_two) | q::zip(others_in_order(), std::plus<>()) |
           q::to_vector();
  });
}
WEFT_CASE(query_errors, nothing_before_zip) {
  r.gives("it", [] { return none() | q::zip(others(), std::plus<>()) | q::to_vector(); });
}
WEFT_CASE(query_errors, nothing_before_zip_in_parallel) {
  r.gives("it", [] {
    return none_in_order() | q::zip(others_in_order(), std::plus<>()) | q::to_vector();
  });
}
WEFT_CASE(query_errors, order_by_whose_function_throws) {
  r.gives("it", [] { return ten() | q::order_by(fail_at_two) | q::to_vector(); });
}
WEFT_CASE(query_errors, order_by_whose_function_throws_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::order_by(fail_at_two) | q::to_vector(); });
}
WEFT_CASE(query_errors, group_by_whose_function_throws) {
  r.gives("it", [] {
    return ten() | q::group_by(fail_at_two) | q::select([](const auto& g) { return g.key(); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_errors, group_by_whose_function_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::group_by(fail_at_two) |
           q::select([](const auto& g) { return g.key(); }) | q::to_vector();
  });
}
WEFT_CASE(query_errors, select_many_whose_function_throws) {
  r.gives("it", [] {
    return ten() | q::select_many([](int x) { return q::range(fail_at_two(x) * 0, 1); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_errors, select_many_whose_function_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select_many([](int x) { return q::range(fail_at_two(x) * 0, 1); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_errors, take_while_whose_function_throws) {
  r.gives("it", [] {
    return ten() | q::take_while([](int x) { return fail_at_two(x) >= 0; }) | q::to_vector();
  });
}
WEFT_CASE(query_errors, take_while_whose_function_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::take_while([](int x) { return fail_at_two(x) >= 0; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_errors, skip_while_whose_function_throws) {
  r.gives("it", [] {
    return ten() | q::skip_while([](int x) { return fail_at_two(x) >= 0; }) | q::to_vector();
  });
}
WEFT_CASE(query_errors, skip_while_whose_function_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::skip_while([](int x) { return fail_at_two(x) >= 0; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_errors, count_whose_function_throws) {
  r.gives("it", [] { return ten() | q::count([](int x) { return fail_at_two(x) >= 0; }); });
}
WEFT_CASE(query_errors, count_whose_function_throws_in_parallel) {
  r.gives("it",
          [] { return ten_in_order() | q::count([](int x) { return fail_at_two(x) >= 0; }); });
}
WEFT_CASE(query_errors, sum_whose_function_throws) {
  r.gives("it", [] { return ten() | q::sum(fail_at_two); });
}
WEFT_CASE(query_errors, sum_whose_function_throws_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::sum(fail_at_two); });
}
WEFT_CASE(query_errors, min_whose_function_throws) {
  r.gives("it", [] { return ten() | q::min(fail_at_two); });
}
WEFT_CASE(query_errors, min_whose_function_throws_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::min(fail_at_two); });
}
WEFT_CASE(query_errors, all_whose_function_throws) {
  r.gives("it", [] { return ten() | q::all([](int x) { return fail_at_two(x) >= 0; }); });
}
WEFT_CASE(query_errors, all_whose_function_throws_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::all([](int x) { return fail_at_two(x) >= 0; }); });
}
WEFT_CASE(query_errors, aggregate_whose_function_throws) {
  r.gives("it",
          [] { return ten() | q::aggregate(0, [](int s, int x) { return s + fail_at_two(x); }); });
}
WEFT_CASE(query_errors, aggregate_whose_function_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::aggregate(0, [](int s, int x) { return s + fail_at_two(x); });
  });
}
WEFT_CASE(query_errors, to_map_whose_function_throws) {
  r.gives("it", [] { return (ten() | q::to_map(fail_at_two)).size(); });
}
WEFT_CASE(query_errors, to_map_whose_function_throws_in_parallel) {
  r.gives("it", [] { return (ten_in_order() | q::to_map(fail_at_two)).size(); });
}
WEFT_CASE(query_errors, to_lookup_whose_function_throws) {
  r.gives("it", [] { return (ten() | q::to_lookup(fail_at_two)).size(); });
}
WEFT_CASE(query_errors, to_lookup_whose_function_throws_in_parallel) {
  r.gives("it", [] { return (ten_in_order() | q::to_lookup(fail_at_two)).size(); });
}

}  // namespace
}  // namespace weft::conformance
