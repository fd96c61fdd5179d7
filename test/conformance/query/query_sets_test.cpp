// distinct, union, except, intersect.

#include <weft/query.hpp>

#include "conformance/support.hpp"

#include <functional>
#include <string>
#include <vector>

namespace weft::conformance {
namespace {

namespace q = weft::query;

WEFT_CASE(query_sets, distinct_of_some) {
  r.gives("it",
          [] { return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_sets, distinct_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::distinct() | q::to_vector();
  });
}
WEFT_CASE(query_sets, union_of_some) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::union_(q::from(std::vector{5, 8, 3, 8})) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, union_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::union_(q::from(std::vector{5, 8, 3, 8}) | q::as_parallel() | q::as_ordered()) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, except_of_some) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::except(q::from(std::vector{5, 8, 3, 8})) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, except_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::except(q::from(std::vector{5, 8, 3, 8}) | q::as_parallel() | q::as_ordered()) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, intersect_of_some) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::intersect(q::from(std::vector{5, 8, 3, 8})) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, intersect_of_some_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::intersect(q::from(std::vector{5, 8, 3, 8}) | q::as_parallel() | q::as_ordered()) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, distinct_of_nothing) {
  r.gives("it", [] { return q::empty<int>() | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_sets, distinct_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() | q::distinct() | q::to_vector();
  });
}
WEFT_CASE(query_sets, union_of_nothing) {
  r.gives("it", [] {
    return q::empty<int>() | q::union_(q::from(std::vector{5, 8, 3, 8})) | q::to_vector();
  });
}
WEFT_CASE(query_sets, union_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() |
           q::union_(q::from(std::vector{5, 8, 3, 8}) | q::as_parallel() | q::as_ordered()) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, except_of_nothing) {
  r.gives("it", [] {
    return q::empty<int>() | q::except(q::from(std::vector{5, 8, 3, 8})) | q::to_vector();
  });
}
WEFT_CASE(query_sets, except_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() |
           q::except(q::from(std::vector{5, 8, 3, 8}) | q::as_parallel() | q::as_ordered()) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, intersect_of_nothing) {
  r.gives("it", [] {
    return q::empty<int>() | q::intersect(q::from(std::vector{5, 8, 3, 8})) | q::to_vector();
  });
}
WEFT_CASE(query_sets, intersect_of_nothing_in_parallel) {
  r.gives("it", [] {
    return q::empty<int>() | q::as_parallel() | q::as_ordered() |
           q::intersect(q::from(std::vector{5, 8, 3, 8}) | q::as_parallel() | q::as_ordered()) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, distinct_of_a_range) {
  r.gives("it", [] { return q::range(0, 10) | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_sets, distinct_of_a_range_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() | q::distinct() | q::to_vector();
  });
}
WEFT_CASE(query_sets, union_of_a_range) {
  r.gives("it", [] {
    return q::range(0, 10) | q::union_(q::from(std::vector{5, 8, 3, 8})) | q::to_vector();
  });
}
WEFT_CASE(query_sets, union_of_a_range_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::union_(q::from(std::vector{5, 8, 3, 8}) | q::as_parallel() | q::as_ordered()) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, except_of_a_range) {
  r.gives("it", [] {
    return q::range(0, 10) | q::except(q::from(std::vector{5, 8, 3, 8})) | q::to_vector();
  });
}
WEFT_CASE(query_sets, except_of_a_range_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::except(q::from(std::vector{5, 8, 3, 8}) | q::as_parallel() | q::as_ordered()) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, intersect_of_a_range) {
  r.gives("it", [] {
    return q::range(0, 10) | q::intersect(q::from(std::vector{5, 8, 3, 8})) | q::to_vector();
  });
}
WEFT_CASE(query_sets, intersect_of_a_range_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::intersect(q::from(std::vector{5, 8, 3, 8}) | q::as_parallel() | q::as_ordered()) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, distinct_of_remainders) {
  r.gives("it", [] {
    return q::range(0, 10) | q::select([](int x) { return x % 3; }) | q::distinct() |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, distinct_of_remainders_in_parallel) {
  r.gives("it", [] {
    return q::range(0, 10) | q::as_parallel() | q::as_ordered() |
           q::select([](int x) { return x % 3; }) | q::distinct() | q::to_vector();
  });
}
WEFT_CASE(query_sets, union_with_nothing) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::union_(q::empty<int>()) | q::to_vector();
  });
}
WEFT_CASE(query_sets, union_with_nothing_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::union_(q::empty<int>() | q::as_parallel() | q::as_ordered()) | q::to_vector();
  });
}
WEFT_CASE(query_sets, except_everything) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) |
           q::except(q::from(std::vector{3, 1, 2, 3, 5, 1})) | q::to_vector();
  });
}
WEFT_CASE(query_sets, except_everything_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::except(q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered()) |
           q::to_vector();
  });
}
WEFT_CASE(query_sets, intersect_with_itself) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) |
           q::intersect(q::from(std::vector{3, 1, 2, 3, 5, 1})) | q::to_vector();
  });
}
WEFT_CASE(query_sets, intersect_with_itself_in_parallel) {
  r.gives("it", [] {
    return q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() | q::as_ordered() |
           q::intersect(q::from(std::vector{3, 1, 2, 3, 5, 1}) | q::as_parallel() |
                        q::as_ordered()) |
           q::to_vector();
  });
}

}  // namespace
}  // namespace weft::conformance
