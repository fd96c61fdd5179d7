// take, skip, reverse, select_many, concat, zip: which elements, in which order.

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

WEFT_CASE(query_elements, take_two) {
  r.gives("it", [] { return ten() | q::take(2) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_two_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::take(2) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_two) {
  r.gives("it", [] { return ten() | q::skip(2) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_two_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::skip(2) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_none) {
  r.gives("it", [] { return ten() | q::take(0) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_none_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::take(0) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_none) {
  r.gives("it", [] { return ten() | q::skip(0) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_none_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::skip(0) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_all) {
  r.gives("it", [] { return ten() | q::take(10) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_all_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::take(10) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_all) {
  r.gives("it", [] { return ten() | q::skip(10) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_all_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::skip(10) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_more_than_there_are) {
  r.gives("it", [] { return ten() | q::take(99) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_more_than_there_are_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::take(99) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_more_than_there_are) {
  r.gives("it", [] { return ten() | q::skip(99) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_more_than_there_are_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::skip(99) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_a_negative_count) {
  r.gives("it", [] { return ten() | q::take(-3) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_a_negative_count_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::take(-3) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_a_negative_count) {
  r.gives("it", [] { return ten() | q::skip(-3) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_a_negative_count_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::skip(-3) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_behind_where) {
  r.gives("it", [] { return ten() | q::where(odd) | q::take(3) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_behind_where_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::where(odd) | q::take(3) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_behind_where) {
  r.gives("it", [] { return ten() | q::where(odd) | q::skip(3) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_behind_where_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::where(odd) | q::skip(3) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_and_skip) {
  r.gives("it", [] {
    return ten() | q::skip(2) | q::take(5) | q::skip(1) | q::take(2) | q::to_vector();
  });
}
WEFT_CASE(query_elements, take_and_skip_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::skip(2) | q::take(5) | q::skip(1) | q::take(2) | q::to_vector();
  });
}
WEFT_CASE(query_elements, take_while_small) {
  r.gives("it", [] { return ten() | q::take_while([](int x) { return x < 4; }) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_while_small_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::take_while([](int x) { return x < 4; }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, take_while_with_a_gap) {
  r.gives("it",
          [] { return some() | q::take_while([](int x) { return x != 2; }) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_while_with_a_gap_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::take_while([](int x) { return x != 2; }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, take_while_never) {
  r.gives("it", [] { return ten() | q::take_while([](int x) { return x < 0; }) | q::to_vector(); });
}
WEFT_CASE(query_elements, take_while_never_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::take_while([](int x) { return x < 0; }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, take_while_with_number) {
  r.gives("it", [] {
    return some() | q::take_while([](int x, auto i) { return x > int(i); }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, take_while_with_number_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::take_while([](int x, auto i) { return x > int(i); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, skip_while_small) {
  r.gives("it", [] { return ten() | q::skip_while([](int x) { return x < 4; }) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_while_small_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::skip_while([](int x) { return x < 4; }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, skip_while_with_a_gap) {
  r.gives("it",
          [] { return some() | q::skip_while([](int x) { return x != 2; }) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_while_with_a_gap_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::skip_while([](int x) { return x != 2; }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, skip_while_always) {
  r.gives("it",
          [] { return ten() | q::skip_while([](int x) { return x >= 0; }) | q::to_vector(); });
}
WEFT_CASE(query_elements, skip_while_always_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::skip_while([](int x) { return x >= 0; }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, skip_while_with_number) {
  r.gives("it", [] {
    return some() | q::skip_while([](int x, auto i) { return x > int(i); }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, skip_while_with_number_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::skip_while([](int x, auto i) { return x > int(i); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, select_with_number) {
  r.gives("it", [] {
    return some() | q::select([](int x, auto i) { return x * 10 + int(i); }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, select_with_number_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::select([](int x, auto i) { return x * 10 + int(i); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, where_with_number) {
  r.gives("it", [] {
    return some() | q::where([](int, auto i) { return i % 2 == 0; }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, where_with_number_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::where([](int, auto i) { return i % 2 == 0; }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, number_behind_where) {
  r.gives("it", [] {
    return ten() | q::where(odd) | q::select([](int x, auto i) { return x * 10 + int(i); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, number_behind_where_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::where(odd) |
           q::select([](int x, auto i) { return x * 10 + int(i); }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, reverse_all) {
  r.gives("it", [] { return some() | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_elements, reverse_all_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_elements, reverse_nothing) {
  r.gives("it", [] { return none() | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_elements, reverse_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_elements, reverse_behind_where) {
  r.gives("it", [] { return ten() | q::where(odd) | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_elements, reverse_behind_where_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::where(odd) | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_elements, select_many_ranges) {
  r.gives("it", [] {
    return ten() | q::select_many([](int x) { return q::range(0, x % 3); }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, select_many_ranges_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select_many([](int x) { return q::range(0, x % 3); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, select_many_of_nothing) {
  r.gives("it", [] {
    return none() | q::select_many([](int x) { return q::range(0, x); }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, select_many_of_nothing_in_parallel) {
  r.gives("it", [] {
    return none_in_order() | q::select_many([](int x) { return q::range(0, x); }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, select_many_with_result) {
  r.gives("it", [] {
    return ten() |
           q::select_many([](int x) { return q::range(0, x % 3); },
                          [](int x, int y) { return x * 10 + y; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, select_many_with_result_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() |
           q::select_many([](int x) { return q::range(0, x % 3); },
                          [](int x, int y) { return x * 10 + y; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, select_many_with_number) {
  r.gives("it", [] {
    return some() | q::select_many([](int x, auto i) { return q::repeat(x, int(i % 3)); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, select_many_with_number_in_parallel) {
  r.gives("it", [] {
    return some_in_order() |
           q::select_many([](int x, auto i) { return q::repeat(x, int(i % 3)); }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, select_many_then_take) {
  r.gives("it", [] {
    return ten() | q::select_many([](int x) { return q::range(0, x); }) | q::take(7) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, select_many_then_take_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select_many([](int x) { return q::range(0, x); }) | q::take(7) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, concat_two) {
  r.gives("it", [] { return some() | q::concat(others()) | q::to_vector(); });
}
WEFT_CASE(query_elements, concat_two_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::concat(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_elements, concat_nothing) {
  r.gives("it", [] { return some() | q::concat(none()) | q::to_vector(); });
}
WEFT_CASE(query_elements, concat_nothing_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::concat(none_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_elements, concat_to_nothing) {
  r.gives("it", [] { return none() | q::concat(others()) | q::to_vector(); });
}
WEFT_CASE(query_elements, concat_to_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::concat(others_in_order()) | q::to_vector(); });
}
WEFT_CASE(query_elements, zip_two) {
  r.gives("it", [] {
    return some() | q::zip(others(), [](int x, int y) { return x * 10 + y; }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, zip_two_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::zip(others_in_order(), [](int x, int y) { return x * 10 + y; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, zip_with_nothing) {
  r.gives("it", [] {
    return some() | q::zip(none(), [](int x, int y) { return x * 10 + y; }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, zip_with_nothing_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::zip(none_in_order(), [](int x, int y) { return x * 10 + y; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, zip_behind_where) {
  r.gives("it", [] {
    return ten() | q::where(odd) | q::zip(others(), [](int x, int y) { return x * 10 + y; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, zip_behind_where_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::where(odd) |
           q::zip(others_in_order(), [](int x, int y) { return x * 10 + y; }) | q::to_vector();
  });
}
WEFT_CASE(query_elements, default_if_empty_of_nothing) {
  r.gives("it", [] { return none() | q::default_if_empty() | q::to_vector(); });
}
WEFT_CASE(query_elements, default_if_empty_of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::default_if_empty() | q::to_vector(); });
}
WEFT_CASE(query_elements, default_if_empty_with_value) {
  r.gives("it", [] { return none() | q::default_if_empty(7) | q::to_vector(); });
}
WEFT_CASE(query_elements, default_if_empty_with_value_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::default_if_empty(7) | q::to_vector(); });
}
WEFT_CASE(query_elements, default_if_empty_of_some) {
  r.gives("it", [] { return some() | q::default_if_empty(7) | q::to_vector(); });
}
WEFT_CASE(query_elements, default_if_empty_of_some_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::default_if_empty(7) | q::to_vector(); });
}
WEFT_CASE(query_elements, default_if_empty_behind_take) {
  r.gives("it", [] {
    return some() | q::where([](int x) { return x > 99; }) | q::take(3) | q::default_if_empty(7) |
           q::to_vector();
  });
}
WEFT_CASE(query_elements, default_if_empty_behind_take_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::where([](int x) { return x > 99; }) | q::take(3) |
           q::default_if_empty(7) | q::to_vector();
  });
}

}  // namespace
}  // namespace weft::conformance
