// distinct, union, except, intersect.

#include <weft/query.hpp>

#include "conformance/support.hpp"
#include "sources.hpp"

#include <functional>
#include <string>
#include <vector>

namespace weft::conformance {
namespace {

namespace q = weft::query;

WEFT_CASE(query_sets, distinct_of_some) {
  r.gives("it", [] { return some() | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_sets, distinct_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_sets, union_of_some) {
  r.gives("it", [] { return some() | q::union_(others()) | q::to_vector(); });
}
WEFT_CASE(query_sets, union_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::union_(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_sets, except_of_some) {
  r.gives("it", [] { return some() | q::except(others()) | q::to_vector(); });
}
WEFT_CASE(query_sets, except_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::except(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_sets, intersect_of_some) {
  r.gives("it", [] { return some() | q::intersect(others()) | q::to_vector(); });
}
WEFT_CASE(query_sets, intersect_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::intersect(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_sets, distinct_of_nothing) {
  r.gives("it", [] { return none() | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_sets, distinct_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_sets, union_of_nothing) {
  r.gives("it", [] { return none() | q::union_(others()) | q::to_vector(); });
}
WEFT_CASE(query_sets, union_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::union_(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_sets, except_of_nothing) {
  r.gives("it", [] { return none() | q::except(others()) | q::to_vector(); });
}
WEFT_CASE(query_sets, except_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::except(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_sets, intersect_of_nothing) {
  r.gives("it", [] { return none() | q::intersect(others()) | q::to_vector(); });
}
WEFT_CASE(query_sets, intersect_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::intersect(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_sets, distinct_of_a_range) {
  r.gives("it", [] { return ten() | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_sets, distinct_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_sets, union_of_a_range) {
  r.gives("it", [] { return ten() | q::union_(others()) | q::to_vector(); });
}
WEFT_CASE(query_sets, union_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::union_(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_sets, except_of_a_range) {
  r.gives("it", [] { return ten() | q::except(others()) | q::to_vector(); });
}
WEFT_CASE(query_sets, except_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::except(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_sets, intersect_of_a_range) {
  r.gives("it", [] { return ten() | q::intersect(others()) | q::to_vector(); });
}
WEFT_CASE(query_sets, intersect_of_a_range_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::intersect(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_sets, distinct_of_remainders) {
  r.gives("it", [] {
    return ten() | q::select([](int x) { return x % 3; }) | q::distinct() | q::to_vector();
  });
}
WEFT_CASE(query_sets, distinct_of_remainders_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select([](int x) { return x % 3; }) | q::distinct() | q::to_vector();
  });
}
WEFT_CASE(query_sets, union_with_nothing) {
  r.gives("it", [] { return some() | q::union_(none()) | q::to_vector(); });
}
WEFT_CASE(query_sets, union_with_nothing_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::union_(none_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_sets, except_everything) {
  r.gives("it", [] { return some() | q::except(some()) | q::to_vector(); });
}
WEFT_CASE(query_sets, except_everything_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::except(some_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_sets, intersect_with_itself) {
  r.gives("it", [] { return some() | q::intersect(some()) | q::to_vector(); });
}
WEFT_CASE(query_sets, intersect_with_itself_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::intersect(some_in_order()) | q::to_vector(); });
}

}  // namespace
}  // namespace weft::conformance
