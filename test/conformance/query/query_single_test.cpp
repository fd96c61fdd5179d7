// operators that give one value.

#include <weft/query.hpp>

#include "conformance/support.hpp"
#include "sources.hpp"

#include <functional>
#include <string>
#include <vector>

namespace weft::conformance {
namespace {

namespace q = weft::query;

const auto odd = [](int x) { return x % 2 == 1; };
const auto five = [](int x) { return x == 5; };

WEFT_CASE(query_single, first_of_some) {
  r.gives("it", [] { return some() | q::first(); });
}
WEFT_CASE(query_single, first_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::first(); });
}
WEFT_CASE(query_single, last_of_some) {
  r.gives("it", [] { return some() | q::last(); });
}
WEFT_CASE(query_single, last_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::last(); });
}
WEFT_CASE(query_single, single_of_some) {
  r.gives("it", [] { return some() | q::single(); });
}
WEFT_CASE(query_single, single_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::single(); });
}
WEFT_CASE(query_single, first_or_default_of_some) {
  r.gives("it", [] { return some() | q::first_or_default(); });
}
WEFT_CASE(query_single, first_or_default_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::first_or_default(); });
}
WEFT_CASE(query_single, last_or_default_of_some) {
  r.gives("it", [] { return some() | q::last_or_default(); });
}
WEFT_CASE(query_single, last_or_default_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::last_or_default(); });
}
WEFT_CASE(query_single, single_or_default_of_some) {
  r.gives("it", [] { return some() | q::single_or_default(); });
}
WEFT_CASE(query_single, single_or_default_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::single_or_default(); });
}
WEFT_CASE(query_single, any_of_some) {
  r.gives("it", [] { return some() | q::any(); });
}
WEFT_CASE(query_single, any_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::any(); });
}
WEFT_CASE(query_single, count_of_some) {
  r.gives("it", [] { return some() | q::count(); });
}
WEFT_CASE(query_single, count_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::count(); });
}
WEFT_CASE(query_single, sum_of_some) {
  r.gives("it", [] { return some() | q::sum(); });
}
WEFT_CASE(query_single, sum_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::sum(); });
}
WEFT_CASE(query_single, min_of_some) {
  r.gives("it", [] { return some() | q::min(); });
}
WEFT_CASE(query_single, min_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::min(); });
}
WEFT_CASE(query_single, max_of_some) {
  r.gives("it", [] { return some() | q::max(); });
}
WEFT_CASE(query_single, max_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::max(); });
}
WEFT_CASE(query_single, element_at_0_of_some) {
  r.gives("it", [] { return some() | q::element_at(0); });
}
WEFT_CASE(query_single, element_at_0_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::element_at(0); });
}
WEFT_CASE(query_single, element_at_or_default_0_of_some) {
  r.gives("it", [] { return some() | q::element_at_or_default(0); });
}
WEFT_CASE(query_single, element_at_or_default_0_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::element_at_or_default(0); });
}
WEFT_CASE(query_single, element_at_3_of_some) {
  r.gives("it", [] { return some() | q::element_at(3); });
}
WEFT_CASE(query_single, element_at_3_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::element_at(3); });
}
WEFT_CASE(query_single, element_at_or_default_3_of_some) {
  r.gives("it", [] { return some() | q::element_at_or_default(3); });
}
WEFT_CASE(query_single, element_at_or_default_3_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::element_at_or_default(3); });
}
WEFT_CASE(query_single, element_at_minus_1_of_some) {
  r.gives("it", [] { return some() | q::element_at(-1); });
}
WEFT_CASE(query_single, element_at_minus_1_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::element_at(-1); });
}
WEFT_CASE(query_single, element_at_or_default_minus_1_of_some) {
  r.gives("it", [] { return some() | q::element_at_or_default(-1); });
}
WEFT_CASE(query_single, element_at_or_default_minus_1_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::element_at_or_default(-1); });
}
WEFT_CASE(query_single, element_at_99_of_some) {
  r.gives("it", [] { return some() | q::element_at(99); });
}
WEFT_CASE(query_single, element_at_99_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::element_at(99); });
}
WEFT_CASE(query_single, element_at_or_default_99_of_some) {
  r.gives("it", [] { return some() | q::element_at_or_default(99); });
}
WEFT_CASE(query_single, element_at_or_default_99_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::element_at_or_default(99); });
}
WEFT_CASE(query_single, first_of_nothing) {
  r.gives("it", [] { return none() | q::first(); });
}
WEFT_CASE(query_single, first_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::first(); });
}
WEFT_CASE(query_single, last_of_nothing) {
  r.gives("it", [] { return none() | q::last(); });
}
WEFT_CASE(query_single, last_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::last(); });
}
WEFT_CASE(query_single, single_of_nothing) {
  r.gives("it", [] { return none() | q::single(); });
}
WEFT_CASE(query_single, single_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::single(); });
}
WEFT_CASE(query_single, first_or_default_of_nothing) {
  r.gives("it", [] { return none() | q::first_or_default(); });
}
WEFT_CASE(query_single, first_or_default_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::first_or_default(); });
}
WEFT_CASE(query_single, last_or_default_of_nothing) {
  r.gives("it", [] { return none() | q::last_or_default(); });
}
WEFT_CASE(query_single, last_or_default_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::last_or_default(); });
}
WEFT_CASE(query_single, single_or_default_of_nothing) {
  r.gives("it", [] { return none() | q::single_or_default(); });
}
WEFT_CASE(query_single, single_or_default_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::single_or_default(); });
}
WEFT_CASE(query_single, any_of_nothing) {
  r.gives("it", [] { return none() | q::any(); });
}
WEFT_CASE(query_single, any_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::any(); });
}
WEFT_CASE(query_single, count_of_nothing) {
  r.gives("it", [] { return none() | q::count(); });
}
WEFT_CASE(query_single, count_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::count(); });
}
WEFT_CASE(query_single, sum_of_nothing) {
  r.gives("it", [] { return none() | q::sum(); });
}
WEFT_CASE(query_single, sum_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::sum(); });
}
WEFT_CASE(query_single, min_of_nothing) {
  r.gives("it", [] { return none() | q::min(); });
}
WEFT_CASE(query_single, min_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::min(); });
}
WEFT_CASE(query_single, max_of_nothing) {
  r.gives("it", [] { return none() | q::max(); });
}
WEFT_CASE(query_single, max_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::max(); });
}
WEFT_CASE(query_single, element_at_0_of_nothing) {
  r.gives("it", [] { return none() | q::element_at(0); });
}
WEFT_CASE(query_single, element_at_0_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::element_at(0); });
}
WEFT_CASE(query_single, element_at_or_default_0_of_nothing) {
  r.gives("it", [] { return none() | q::element_at_or_default(0); });
}
WEFT_CASE(query_single, element_at_or_default_0_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::element_at_or_default(0); });
}
WEFT_CASE(query_single, element_at_3_of_nothing) {
  r.gives("it", [] { return none() | q::element_at(3); });
}
WEFT_CASE(query_single, element_at_3_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::element_at(3); });
}
WEFT_CASE(query_single, element_at_or_default_3_of_nothing) {
  r.gives("it", [] { return none() | q::element_at_or_default(3); });
}
WEFT_CASE(query_single, element_at_or_default_3_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::element_at_or_default(3); });
}
WEFT_CASE(query_single, element_at_minus_1_of_nothing) {
  r.gives("it", [] { return none() | q::element_at(-1); });
}
WEFT_CASE(query_single, element_at_minus_1_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::element_at(-1); });
}
WEFT_CASE(query_single, element_at_or_default_minus_1_of_nothing) {
  r.gives("it", [] { return none() | q::element_at_or_default(-1); });
}
WEFT_CASE(query_single, element_at_or_default_minus_1_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::element_at_or_default(-1); });
}
WEFT_CASE(query_single, element_at_99_of_nothing) {
  r.gives("it", [] { return none() | q::element_at(99); });
}
WEFT_CASE(query_single, element_at_99_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::element_at(99); });
}
WEFT_CASE(query_single, element_at_or_default_99_of_nothing) {
  r.gives("it", [] { return none() | q::element_at_or_default(99); });
}
WEFT_CASE(query_single, element_at_or_default_99_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::element_at_or_default(99); });
}
WEFT_CASE(query_single, first_of_a_range) {
  r.gives("it", [] { return ten() | q::first(); });
}
WEFT_CASE(query_single, first_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::first(); });
}
WEFT_CASE(query_single, last_of_a_range) {
  r.gives("it", [] { return ten() | q::last(); });
}
WEFT_CASE(query_single, last_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::last(); });
}
WEFT_CASE(query_single, single_of_a_range) {
  r.gives("it", [] { return ten() | q::single(); });
}
WEFT_CASE(query_single, single_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::single(); });
}
WEFT_CASE(query_single, first_or_default_of_a_range) {
  r.gives("it", [] { return ten() | q::first_or_default(); });
}
WEFT_CASE(query_single, first_or_default_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::first_or_default(); });
}
WEFT_CASE(query_single, last_or_default_of_a_range) {
  r.gives("it", [] { return ten() | q::last_or_default(); });
}
WEFT_CASE(query_single, last_or_default_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::last_or_default(); });
}
WEFT_CASE(query_single, single_or_default_of_a_range) {
  r.gives("it", [] { return ten() | q::single_or_default(); });
}
WEFT_CASE(query_single, single_or_default_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::single_or_default(); });
}
WEFT_CASE(query_single, any_of_a_range) {
  r.gives("it", [] { return ten() | q::any(); });
}
WEFT_CASE(query_single, any_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::any(); });
}
WEFT_CASE(query_single, count_of_a_range) {
  r.gives("it", [] { return ten() | q::count(); });
}
WEFT_CASE(query_single, count_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::count(); });
}
WEFT_CASE(query_single, sum_of_a_range) {
  r.gives("it", [] { return ten() | q::sum(); });
}
WEFT_CASE(query_single, sum_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::sum(); });
}
WEFT_CASE(query_single, min_of_a_range) {
  r.gives("it", [] { return ten() | q::min(); });
}
WEFT_CASE(query_single, min_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::min(); });
}
WEFT_CASE(query_single, max_of_a_range) {
  r.gives("it", [] { return ten() | q::max(); });
}
WEFT_CASE(query_single, max_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::max(); });
}
WEFT_CASE(query_single, element_at_0_of_a_range) {
  r.gives("it", [] { return ten() | q::element_at(0); });
}
WEFT_CASE(query_single, element_at_0_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::element_at(0); });
}
WEFT_CASE(query_single, element_at_or_default_0_of_a_range) {
  r.gives("it", [] { return ten() | q::element_at_or_default(0); });
}
WEFT_CASE(query_single, element_at_or_default_0_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::element_at_or_default(0); });
}
WEFT_CASE(query_single, element_at_3_of_a_range) {
  r.gives("it", [] { return ten() | q::element_at(3); });
}
WEFT_CASE(query_single, element_at_3_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::element_at(3); });
}
WEFT_CASE(query_single, element_at_or_default_3_of_a_range) {
  r.gives("it", [] { return ten() | q::element_at_or_default(3); });
}
WEFT_CASE(query_single, element_at_or_default_3_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::element_at_or_default(3); });
}
WEFT_CASE(query_single, element_at_minus_1_of_a_range) {
  r.gives("it", [] { return ten() | q::element_at(-1); });
}
WEFT_CASE(query_single, element_at_minus_1_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::element_at(-1); });
}
WEFT_CASE(query_single, element_at_or_default_minus_1_of_a_range) {
  r.gives("it", [] { return ten() | q::element_at_or_default(-1); });
}
WEFT_CASE(query_single, element_at_or_default_minus_1_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::element_at_or_default(-1); });
}
WEFT_CASE(query_single, element_at_99_of_a_range) {
  r.gives("it", [] { return ten() | q::element_at(99); });
}
WEFT_CASE(query_single, element_at_99_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::element_at(99); });
}
WEFT_CASE(query_single, element_at_or_default_99_of_a_range) {
  r.gives("it", [] { return ten() | q::element_at_or_default(99); });
}
WEFT_CASE(query_single, element_at_or_default_99_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::element_at_or_default(99); });
}
WEFT_CASE(query_single, first_that_is_five) {
  r.gives("it", [] { return ten() | q::first(five); });
}
WEFT_CASE(query_single, first_that_is_five_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::first(five); });
}
WEFT_CASE(query_single, first_that_is_odd) {
  r.gives("it", [] { return ten() | q::first(odd); });
}
WEFT_CASE(query_single, first_that_is_odd_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::first(odd); });
}
WEFT_CASE(query_single, first_that_is_not_there) {
  r.gives("it", [] { return ten() | q::first([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, first_that_is_not_there_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::first([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, last_that_is_five) {
  r.gives("it", [] { return ten() | q::last(five); });
}
WEFT_CASE(query_single, last_that_is_five_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::last(five); });
}
WEFT_CASE(query_single, last_that_is_odd) {
  r.gives("it", [] { return ten() | q::last(odd); });
}
WEFT_CASE(query_single, last_that_is_odd_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::last(odd); });
}
WEFT_CASE(query_single, last_that_is_not_there) {
  r.gives("it", [] { return ten() | q::last([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, last_that_is_not_there_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::last([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, single_that_is_five) {
  r.gives("it", [] { return ten() | q::single(five); });
}
WEFT_CASE(query_single, single_that_is_five_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::single(five); });
}
WEFT_CASE(query_single, single_that_is_odd) {
  r.gives("it", [] { return ten() | q::single(odd); });
}
WEFT_CASE(query_single, single_that_is_odd_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::single(odd); });
}
WEFT_CASE(query_single, single_that_is_not_there) {
  r.gives("it", [] { return ten() | q::single([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, single_that_is_not_there_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::single([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, first_or_default_that_is_five) {
  r.gives("it", [] { return ten() | q::first_or_default(five); });
}
WEFT_CASE(query_single, first_or_default_that_is_five_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::first_or_default(five); });
}
WEFT_CASE(query_single, first_or_default_that_is_odd) {
  r.gives("it", [] { return ten() | q::first_or_default(odd); });
}
WEFT_CASE(query_single, first_or_default_that_is_odd_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::first_or_default(odd); });
}
WEFT_CASE(query_single, first_or_default_that_is_not_there) {
  r.gives("it", [] { return ten() | q::first_or_default([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, first_or_default_that_is_not_there_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::first_or_default([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, last_or_default_that_is_five) {
  r.gives("it", [] { return ten() | q::last_or_default(five); });
}
WEFT_CASE(query_single, last_or_default_that_is_five_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::last_or_default(five); });
}
WEFT_CASE(query_single, last_or_default_that_is_odd) {
  r.gives("it", [] { return ten() | q::last_or_default(odd); });
}
WEFT_CASE(query_single, last_or_default_that_is_odd_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::last_or_default(odd); });
}
WEFT_CASE(query_single, last_or_default_that_is_not_there) {
  r.gives("it", [] { return ten() | q::last_or_default([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, last_or_default_that_is_not_there_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::last_or_default([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, single_or_default_that_is_five) {
  r.gives("it", [] { return ten() | q::single_or_default(five); });
}
WEFT_CASE(query_single, single_or_default_that_is_five_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::single_or_default(five); });
}
WEFT_CASE(query_single, single_or_default_that_is_odd) {
  r.gives("it", [] { return ten() | q::single_or_default(odd); });
}
WEFT_CASE(query_single, single_or_default_that_is_odd_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::single_or_default(odd); });
}
WEFT_CASE(query_single, single_or_default_that_is_not_there) {
  r.gives("it", [] { return ten() | q::single_or_default([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, single_or_default_that_is_not_there_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::single_or_default([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, any_that_is_five) {
  r.gives("it", [] { return ten() | q::any(five); });
}
WEFT_CASE(query_single, any_that_is_five_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::any(five); });
}
WEFT_CASE(query_single, any_that_is_odd) {
  r.gives("it", [] { return ten() | q::any(odd); });
}
WEFT_CASE(query_single, any_that_is_odd_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::any(odd); });
}
WEFT_CASE(query_single, any_that_is_not_there) {
  r.gives("it", [] { return ten() | q::any([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, any_that_is_not_there_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::any([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, all_that_is_five) {
  r.gives("it", [] { return ten() | q::all(five); });
}
WEFT_CASE(query_single, all_that_is_five_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::all(five); });
}
WEFT_CASE(query_single, all_that_is_odd) {
  r.gives("it", [] { return ten() | q::all(odd); });
}
WEFT_CASE(query_single, all_that_is_odd_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::all(odd); });
}
WEFT_CASE(query_single, all_that_is_not_there) {
  r.gives("it", [] { return ten() | q::all([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, all_that_is_not_there_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::all([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, count_that_is_five) {
  r.gives("it", [] { return ten() | q::count(five); });
}
WEFT_CASE(query_single, count_that_is_five_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::count(five); });
}
WEFT_CASE(query_single, count_that_is_odd) {
  r.gives("it", [] { return ten() | q::count(odd); });
}
WEFT_CASE(query_single, count_that_is_odd_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::count(odd); });
}
WEFT_CASE(query_single, count_that_is_not_there) {
  r.gives("it", [] { return ten() | q::count([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, count_that_is_not_there_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::count([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, contains_it) {
  r.gives("it", [] { return some() | q::contains(5); });
}
WEFT_CASE(query_single, contains_it_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::contains(5); });
}
WEFT_CASE(query_single, contains_it_not) {
  r.gives("it", [] { return some() | q::contains(6); });
}
WEFT_CASE(query_single, contains_it_not_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::contains(6); });
}
WEFT_CASE(query_single, sequence_equal_to_itself) {
  r.gives("it", [] { return some() | q::sequence_equal(some()); });
}
WEFT_CASE(query_single, sequence_equal_to_itself_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::sequence_equal(some_in_order()); });
}
WEFT_CASE(query_single, sequence_equal_to_other) {
  r.gives("it", [] { return some() | q::sequence_equal(others()); });
}
WEFT_CASE(query_single, sequence_equal_to_other_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::sequence_equal(others_in_order()); });
}
WEFT_CASE(query_single, sequence_equal_to_a_beginning) {
  r.gives("it", [] { return ten() | q::sequence_equal(ten() | q::take(5)); });
}
WEFT_CASE(query_single, sequence_equal_to_a_beginning_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::sequence_equal(ten_in_order() | q::take(5)); });
}
WEFT_CASE(query_single, aggregate_of_some) {
  r.gives("it", [] { return some() | q::aggregate(std::plus<>()); });
}
WEFT_CASE(query_single, aggregate_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::aggregate(std::plus<>()); });
}
WEFT_CASE(query_single, aggregate_of_nothing) {
  r.gives("it", [] { return none() | q::aggregate(std::plus<>()); });
}
WEFT_CASE(query_single, aggregate_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::aggregate(std::plus<>()); });
}
WEFT_CASE(query_single, aggregate_with_seed) {
  r.gives("it", [] { return some() | q::aggregate(100, std::minus<>()); });
}
WEFT_CASE(query_single, aggregate_with_seed_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::aggregate(100, std::minus<>()); });
}
WEFT_CASE(query_single, aggregate_with_seed_of_nothing) {
  r.gives("it", [] { return none() | q::aggregate(100, std::minus<>()); });
}
WEFT_CASE(query_single, aggregate_with_seed_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::aggregate(100, std::minus<>()); });
}
WEFT_CASE(query_single, aggregate_with_result) {
  r.gives("it", [] { return some() | q::aggregate(100, std::minus<>(), std::negate<>()); });
}
WEFT_CASE(query_single, aggregate_with_result_in_parallel) {
  r.gives("it",
          [] { return some_in_order() | q::aggregate(100, std::minus<>(), std::negate<>()); });
}

}  // namespace
}  // namespace weft::conformance
