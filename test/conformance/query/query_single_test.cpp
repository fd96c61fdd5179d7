// operators that give one value.

#include <weft/query.hpp>

#include "conformance/support.hpp"

#include <functional>
#include <string>
#include <vector>

namespace weft::conformance {
namespace {

namespace q = weft::query;

const auto odd = [](int x) { return x % 2 == 1; };
const auto five = [](int x) { return x == 5; };

WEFT_CASE(query_single, first_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::first(); });
}
WEFT_CASE(query_single, first_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() | q::first();
  });
}
WEFT_CASE(query_single, last_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::last(); });
}
WEFT_CASE(query_single, last_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() | q::last();
  });
}
WEFT_CASE(query_single, single_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::single(); });
}
WEFT_CASE(query_single, single_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::single();
  });
}
WEFT_CASE(query_single, first_or_default_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::first_or_default(); });
}
WEFT_CASE(query_single, first_or_default_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::first_or_default();
  });
}
WEFT_CASE(query_single, last_or_default_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::last_or_default(); });
}
WEFT_CASE(query_single, last_or_default_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::last_or_default();
  });
}
WEFT_CASE(query_single, single_or_default_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::single_or_default(); });
}
WEFT_CASE(query_single, single_or_default_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::single_or_default();
  });
}
WEFT_CASE(query_single, any_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::any(); });
}
WEFT_CASE(query_single, any_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() | q::any();
  });
}
WEFT_CASE(query_single, count_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::count(); });
}
WEFT_CASE(query_single, count_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() | q::count();
  });
}
WEFT_CASE(query_single, sum_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::sum(); });
}
WEFT_CASE(query_single, sum_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() | q::sum();
  });
}
WEFT_CASE(query_single, min_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::min(); });
}
WEFT_CASE(query_single, min_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() | q::min();
  });
}
WEFT_CASE(query_single, max_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::max(); });
}
WEFT_CASE(query_single, max_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() | q::max();
  });
}
WEFT_CASE(query_single, element_at_0_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::element_at(0); });
}
WEFT_CASE(query_single, element_at_0_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::element_at(0);
  });
}
WEFT_CASE(query_single, element_at_or_default_0_of_some) {
  r.gives("it",
          [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::element_at_or_default(0); });
}
WEFT_CASE(query_single, element_at_or_default_0_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::element_at_or_default(0);
  });
}
WEFT_CASE(query_single, element_at_3_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::element_at(3); });
}
WEFT_CASE(query_single, element_at_3_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::element_at(3);
  });
}
WEFT_CASE(query_single, element_at_or_default_3_of_some) {
  r.gives("it",
          [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::element_at_or_default(3); });
}
WEFT_CASE(query_single, element_at_or_default_3_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::element_at_or_default(3);
  });
}
WEFT_CASE(query_single, element_at_minus_1_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::element_at(-1); });
}
WEFT_CASE(query_single, element_at_minus_1_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::element_at(-1);
  });
}
WEFT_CASE(query_single, element_at_or_default_minus_1_of_some) {
  r.gives("it",
          [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::element_at_or_default(-1); });
}
WEFT_CASE(query_single, element_at_or_default_minus_1_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::element_at_or_default(-1);
  });
}
WEFT_CASE(query_single, element_at_99_of_some) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::element_at(99); });
}
WEFT_CASE(query_single, element_at_99_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::element_at(99);
  });
}
WEFT_CASE(query_single, element_at_or_default_99_of_some) {
  r.gives("it",
          [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::element_at_or_default(99); });
}
WEFT_CASE(query_single, element_at_or_default_99_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::element_at_or_default(99);
  });
}
WEFT_CASE(query_single, first_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::first(); });
}
WEFT_CASE(query_single, first_of_nothing_in_parallel) {
  r.gives("it", [] { return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::first(); });
}
WEFT_CASE(query_single, last_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::last(); });
}
WEFT_CASE(query_single, last_of_nothing_in_parallel) {
  r.gives("it", [] { return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::last(); });
}
WEFT_CASE(query_single, single_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::single(); });
}
WEFT_CASE(query_single, single_of_nothing_in_parallel) {
  r.gives("it", [] { return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::single(); });
}
WEFT_CASE(query_single, first_or_default_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::first_or_default(); });
}
WEFT_CASE(query_single, first_or_default_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::first_or_default();
  });
}
WEFT_CASE(query_single, last_or_default_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::last_or_default(); });
}
WEFT_CASE(query_single, last_or_default_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::last_or_default();
  });
}
WEFT_CASE(query_single, single_or_default_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::single_or_default(); });
}
WEFT_CASE(query_single, single_or_default_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::single_or_default();
  });
}
WEFT_CASE(query_single, any_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::any(); });
}
WEFT_CASE(query_single, any_of_nothing_in_parallel) {
  r.gives("it", [] { return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::any(); });
}
WEFT_CASE(query_single, count_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::count(); });
}
WEFT_CASE(query_single, count_of_nothing_in_parallel) {
  r.gives("it", [] { return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::count(); });
}
WEFT_CASE(query_single, sum_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::sum(); });
}
WEFT_CASE(query_single, sum_of_nothing_in_parallel) {
  r.gives("it", [] { return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::sum(); });
}
WEFT_CASE(query_single, min_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::min(); });
}
WEFT_CASE(query_single, min_of_nothing_in_parallel) {
  r.gives("it", [] { return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::min(); });
}
WEFT_CASE(query_single, max_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::max(); });
}
WEFT_CASE(query_single, max_of_nothing_in_parallel) {
  r.gives("it", [] { return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::max(); });
}
WEFT_CASE(query_single, element_at_0_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::element_at(0); });
}
WEFT_CASE(query_single, element_at_0_of_nothing_in_parallel) {
  r.gives("it",
          [] { return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::element_at(0); });
}
WEFT_CASE(query_single, element_at_or_default_0_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::element_at_or_default(0); });
}
WEFT_CASE(query_single, element_at_or_default_0_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::element_at_or_default(0);
  });
}
WEFT_CASE(query_single, element_at_3_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::element_at(3); });
}
WEFT_CASE(query_single, element_at_3_of_nothing_in_parallel) {
  r.gives("it",
          [] { return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::element_at(3); });
}
WEFT_CASE(query_single, element_at_or_default_3_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::element_at_or_default(3); });
}
WEFT_CASE(query_single, element_at_or_default_3_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::element_at_or_default(3);
  });
}
WEFT_CASE(query_single, element_at_minus_1_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::element_at(-1); });
}
WEFT_CASE(query_single, element_at_minus_1_of_nothing_in_parallel) {
  r.gives("it",
          [] { return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::element_at(-1); });
}
WEFT_CASE(query_single, element_at_or_default_minus_1_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::element_at_or_default(-1); });
}
WEFT_CASE(query_single, element_at_or_default_minus_1_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::element_at_or_default(-1);
  });
}
WEFT_CASE(query_single, element_at_99_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::element_at(99); });
}
WEFT_CASE(query_single, element_at_99_of_nothing_in_parallel) {
  r.gives("it",
          [] { return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::element_at(99); });
}
WEFT_CASE(query_single, element_at_or_default_99_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::element_at_or_default(99); });
}
WEFT_CASE(query_single, element_at_or_default_99_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::element_at_or_default(99);
  });
}
WEFT_CASE(query_single, first_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::first(); });
}
WEFT_CASE(query_single, first_of_a_range_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::first(); });
}
WEFT_CASE(query_single, last_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::last(); });
}
WEFT_CASE(query_single, last_of_a_range_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::last(); });
}
WEFT_CASE(query_single, single_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::single(); });
}
WEFT_CASE(query_single, single_of_a_range_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::single(); });
}
WEFT_CASE(query_single, first_or_default_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::first_or_default(); });
}
WEFT_CASE(query_single, first_or_default_of_a_range_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::first_or_default();
  });
}
WEFT_CASE(query_single, last_or_default_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::last_or_default(); });
}
WEFT_CASE(query_single, last_or_default_of_a_range_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::last_or_default();
  });
}
WEFT_CASE(query_single, single_or_default_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::single_or_default(); });
}
WEFT_CASE(query_single, single_or_default_of_a_range_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::single_or_default();
  });
}
WEFT_CASE(query_single, any_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::any(); });
}
WEFT_CASE(query_single, any_of_a_range_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::any(); });
}
WEFT_CASE(query_single, count_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::count(); });
}
WEFT_CASE(query_single, count_of_a_range_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::count(); });
}
WEFT_CASE(query_single, sum_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::sum(); });
}
WEFT_CASE(query_single, sum_of_a_range_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::sum(); });
}
WEFT_CASE(query_single, min_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::min(); });
}
WEFT_CASE(query_single, min_of_a_range_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::min(); });
}
WEFT_CASE(query_single, max_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::max(); });
}
WEFT_CASE(query_single, max_of_a_range_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::max(); });
}
WEFT_CASE(query_single, element_at_0_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::element_at(0); });
}
WEFT_CASE(query_single, element_at_0_of_a_range_in_parallel) {
  r.gives("it",
          [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::element_at(0); });
}
WEFT_CASE(query_single, element_at_or_default_0_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::element_at_or_default(0); });
}
WEFT_CASE(query_single, element_at_or_default_0_of_a_range_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::element_at_or_default(0);
  });
}
WEFT_CASE(query_single, element_at_3_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::element_at(3); });
}
WEFT_CASE(query_single, element_at_3_of_a_range_in_parallel) {
  r.gives("it",
          [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::element_at(3); });
}
WEFT_CASE(query_single, element_at_or_default_3_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::element_at_or_default(3); });
}
WEFT_CASE(query_single, element_at_or_default_3_of_a_range_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::element_at_or_default(3);
  });
}
WEFT_CASE(query_single, element_at_minus_1_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::element_at(-1); });
}
WEFT_CASE(query_single, element_at_minus_1_of_a_range_in_parallel) {
  r.gives("it",
          [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::element_at(-1); });
}
WEFT_CASE(query_single, element_at_or_default_minus_1_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::element_at_or_default(-1); });
}
WEFT_CASE(query_single, element_at_or_default_minus_1_of_a_range_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::element_at_or_default(-1);
  });
}
WEFT_CASE(query_single, element_at_99_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::element_at(99); });
}
WEFT_CASE(query_single, element_at_99_of_a_range_in_parallel) {
  r.gives("it",
          [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::element_at(99); });
}
WEFT_CASE(query_single, element_at_or_default_99_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::element_at_or_default(99); });
}
WEFT_CASE(query_single, element_at_or_default_99_of_a_range_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::element_at_or_default(99);
  });
}
WEFT_CASE(query_single, first_that_is_five) {
  r.gives("it", [] { return q::range(0, 10) | q::first(five); });
}
WEFT_CASE(query_single, first_that_is_five_in_parallel) {
  r.gives("it",
          [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::first(five); });
}
WEFT_CASE(query_single, first_that_is_odd) {
  r.gives("it", [] { return q::range(0, 10) | q::first(odd); });
}
WEFT_CASE(query_single, first_that_is_odd_in_parallel) {
  r.gives("it",
          [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::first(odd); });
}
WEFT_CASE(query_single, first_that_is_not_there) {
  r.gives("it", [] { return q::range(0, 10) | q::first([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, first_that_is_not_there_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::first([](int x) { return x > 99; });
  });
}
WEFT_CASE(query_single, last_that_is_five) {
  r.gives("it", [] { return q::range(0, 10) | q::last(five); });
}
WEFT_CASE(query_single, last_that_is_five_in_parallel) {
  r.gives("it",
          [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::last(five); });
}
WEFT_CASE(query_single, last_that_is_odd) {
  r.gives("it", [] { return q::range(0, 10) | q::last(odd); });
}
WEFT_CASE(query_single, last_that_is_odd_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::last(odd); });
}
WEFT_CASE(query_single, last_that_is_not_there) {
  r.gives("it", [] { return q::range(0, 10) | q::last([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, last_that_is_not_there_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::last([](int x) { return x > 99; });
  });
}
WEFT_CASE(query_single, single_that_is_five) {
  r.gives("it", [] { return q::range(0, 10) | q::single(five); });
}
WEFT_CASE(query_single, single_that_is_five_in_parallel) {
  r.gives("it",
          [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::single(five); });
}
WEFT_CASE(query_single, single_that_is_odd) {
  r.gives("it", [] { return q::range(0, 10) | q::single(odd); });
}
WEFT_CASE(query_single, single_that_is_odd_in_parallel) {
  r.gives("it",
          [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::single(odd); });
}
WEFT_CASE(query_single, single_that_is_not_there) {
  r.gives("it", [] { return q::range(0, 10) | q::single([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, single_that_is_not_there_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::single([](int x) { return x > 99; });
  });
}
WEFT_CASE(query_single, first_or_default_that_is_five) {
  r.gives("it", [] { return q::range(0, 10) | q::first_or_default(five); });
}
WEFT_CASE(query_single, first_or_default_that_is_five_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::first_or_default(five);
  });
}
WEFT_CASE(query_single, first_or_default_that_is_odd) {
  r.gives("it", [] { return q::range(0, 10) | q::first_or_default(odd); });
}
WEFT_CASE(query_single, first_or_default_that_is_odd_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::first_or_default(odd);
  });
}
WEFT_CASE(query_single, first_or_default_that_is_not_there) {
  r.gives("it", [] { return q::range(0, 10) | q::first_or_default([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, first_or_default_that_is_not_there_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::first_or_default([](int x) { return x > 99; });
  });
}
WEFT_CASE(query_single, last_or_default_that_is_five) {
  r.gives("it", [] { return q::range(0, 10) | q::last_or_default(five); });
}
WEFT_CASE(query_single, last_or_default_that_is_five_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::last_or_default(five);
  });
}
WEFT_CASE(query_single, last_or_default_that_is_odd) {
  r.gives("it", [] { return q::range(0, 10) | q::last_or_default(odd); });
}
WEFT_CASE(query_single, last_or_default_that_is_odd_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::last_or_default(odd);
  });
}
WEFT_CASE(query_single, last_or_default_that_is_not_there) {
  r.gives("it", [] { return q::range(0, 10) | q::last_or_default([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, last_or_default_that_is_not_there_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::last_or_default([](int x) { return x > 99; });
  });
}
WEFT_CASE(query_single, single_or_default_that_is_five) {
  r.gives("it", [] { return q::range(0, 10) | q::single_or_default(five); });
}
WEFT_CASE(query_single, single_or_default_that_is_five_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::single_or_default(five);
  });
}
WEFT_CASE(query_single, single_or_default_that_is_odd) {
  r.gives("it", [] { return q::range(0, 10) | q::single_or_default(odd); });
}
WEFT_CASE(query_single, single_or_default_that_is_odd_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::single_or_default(odd);
  });
}
WEFT_CASE(query_single, single_or_default_that_is_not_there) {
  r.gives("it",
          [] { return q::range(0, 10) | q::single_or_default([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, single_or_default_that_is_not_there_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::single_or_default([](int x) { return x > 99; });
  });
}
WEFT_CASE(query_single, any_that_is_five) {
  r.gives("it", [] { return q::range(0, 10) | q::any(five); });
}
WEFT_CASE(query_single, any_that_is_five_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::any(five); });
}
WEFT_CASE(query_single, any_that_is_odd) {
  r.gives("it", [] { return q::range(0, 10) | q::any(odd); });
}
WEFT_CASE(query_single, any_that_is_odd_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::any(odd); });
}
WEFT_CASE(query_single, any_that_is_not_there) {
  r.gives("it", [] { return q::range(0, 10) | q::any([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, any_that_is_not_there_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::any([](int x) { return x > 99; });
  });
}
WEFT_CASE(query_single, all_that_is_five) {
  r.gives("it", [] { return q::range(0, 10) | q::all(five); });
}
WEFT_CASE(query_single, all_that_is_five_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::all(five); });
}
WEFT_CASE(query_single, all_that_is_odd) {
  r.gives("it", [] { return q::range(0, 10) | q::all(odd); });
}
WEFT_CASE(query_single, all_that_is_odd_in_parallel) {
  r.gives("it", [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::all(odd); });
}
WEFT_CASE(query_single, all_that_is_not_there) {
  r.gives("it", [] { return q::range(0, 10) | q::all([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, all_that_is_not_there_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::all([](int x) { return x > 99; });
  });
}
WEFT_CASE(query_single, count_that_is_five) {
  r.gives("it", [] { return q::range(0, 10) | q::count(five); });
}
WEFT_CASE(query_single, count_that_is_five_in_parallel) {
  r.gives("it",
          [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::count(five); });
}
WEFT_CASE(query_single, count_that_is_odd) {
  r.gives("it", [] { return q::range(0, 10) | q::count(odd); });
}
WEFT_CASE(query_single, count_that_is_odd_in_parallel) {
  r.gives("it",
          [] { return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::count(odd); });
}
WEFT_CASE(query_single, count_that_is_not_there) {
  r.gives("it", [] { return q::range(0, 10) | q::count([](int x) { return x > 99; }); });
}
WEFT_CASE(query_single, count_that_is_not_there_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::count([](int x) { return x > 99; });
  });
}
WEFT_CASE(query_single, contains_it) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::contains(5); });
}
WEFT_CASE(query_single, contains_it_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::contains(5);
  });
}
WEFT_CASE(query_single, contains_it_not) {
  r.gives("it", [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::contains(6); });
}
WEFT_CASE(query_single, contains_it_not_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::contains(6);
  });
}
WEFT_CASE(query_single, sequence_equal_to_itself) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) |
           q::sequence_equal(q::from(std::vector{3, 1, 2, 3, 5, 1}));
  });
}
WEFT_CASE(query_single, sequence_equal_to_itself_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::sequence_equal(q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() |
                             q::as_ordered());
  });
}
WEFT_CASE(query_single, sequence_equal_to_other) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) |
           q::sequence_equal(q::from(std::vector{5, 8, 3, 8}));
  });
}
WEFT_CASE(query_single, sequence_equal_to_other_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::sequence_equal(q::from(std::vector{5, 8, 3, 8}) | q::as_parallel() | q::as_ordered());
  });
}
WEFT_CASE(query_single, sequence_equal_to_a_beginning) {
  r.gives("it", [] { return q::range(0, 10) | q::sequence_equal(q::range(0, 10) | q::take(5)); });
}
WEFT_CASE(query_single, sequence_equal_to_a_beginning_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::sequence_equal(q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::take(5));
  });
}
WEFT_CASE(query_single, aggregate_of_some) {
  r.gives("it",
          [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::aggregate(std::plus<>()); });
}
WEFT_CASE(query_single, aggregate_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::aggregate(std::plus<>());
  });
}
WEFT_CASE(query_single, aggregate_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::aggregate(std::plus<>()); });
}
WEFT_CASE(query_single, aggregate_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::aggregate(std::plus<>());
  });
}
WEFT_CASE(query_single, aggregate_with_seed) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::aggregate(100, std::minus<>());
  });
}
WEFT_CASE(query_single, aggregate_with_seed_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::aggregate(100, std::minus<>());
  });
}
WEFT_CASE(query_single, aggregate_with_seed_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::aggregate(100, std::minus<>()); });
}
WEFT_CASE(query_single, aggregate_with_seed_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::aggregate(100, std::minus<>());
  });
}
WEFT_CASE(query_single, aggregate_with_result) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) |
           q::aggregate(100, std::minus<>(), std::negate<>());
  });
}
WEFT_CASE(query_single, aggregate_with_result_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::aggregate(100, std::minus<>(), std::negate<>());
  });
}

}  // namespace
}  // namespace weft::conformance
