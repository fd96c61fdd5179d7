// What comes out when a function of an operator throws, or its second input does.

#include <weft/query.hpp>

#include "conformance/support.hpp"
#include "sources.hpp"

#include <barrier>
#include <cstdint>
#include <functional>
#include <vector>

namespace weft::conformance {
namespace {

namespace q = weft::query;

const auto itself = [](int x) { return x; };
const auto parity = [](int x) { return x % 2; };
const auto second = [](int, int y) { return y; };
const auto key = [](const auto& group) { return group.key(); };
const auto twice = [](int x) { return std::vector{x, x}; };
int fail_at_two(int x) {
  return x == 2 ? throw test_error("two") : x;
}
const auto fails = [](int x) { return fail_at_two(x) >= 0; };

WEFT_CASE(query_functions, where_that_throws) {
  r.gives("it", [] { return ten() | q::where(fails) | q::to_vector(); });
}
WEFT_CASE(query_functions, where_that_throws_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::where(fails) | q::to_vector(); });
}
WEFT_CASE(query_functions, select_that_throws) {
  r.gives("it", [] { return ten() | q::select(fail_at_two) | q::to_vector(); });
}
WEFT_CASE(query_functions, select_that_throws_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::select(fail_at_two) | q::to_vector(); });
}
WEFT_CASE(query_functions, select_with_number_that_throws) {
  r.gives("it", [] {
    return ten() | q::select([](int x, std::uint64_t i) { return i == 2 ? fail_at_two(2) : x; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, select_with_number_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() |
           q::select([](int x, std::uint64_t i) { return i == 2 ? fail_at_two(2) : x; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, select_many_result_that_throws) {
  r.gives("it", [] {
    return ten() | q::select_many(twice, [](int x, int) { return fail_at_two(x); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, select_many_result_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::select_many(twice, [](int x, int) { return fail_at_two(x); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, zip_that_throws) {
  r.gives("it", [] {
    return ten() | q::zip(ten(), [](int x, int) { return fail_at_two(x); }) | q::to_vector();
  });
}
WEFT_CASE(query_functions, zip_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::zip(ten_in_order(), [](int x, int) { return fail_at_two(x); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, then_by_that_throws) {
  r.gives("it",
          [] { return ten() | q::order_by(parity) | q::then_by(fail_at_two) | q::to_vector(); });
}
WEFT_CASE(query_functions, then_by_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::order_by(parity) | q::then_by(fail_at_two) | q::to_vector();
  });
}
WEFT_CASE(query_functions, join_outer_key_that_throws) {
  r.gives("it",
          [] { return ten() | q::join(ten(), fail_at_two, itself, second) | q::to_vector(); });
}
WEFT_CASE(query_functions, join_outer_key_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::join(ten_in_order(), fail_at_two, itself, second) | q::to_vector();
  });
}
WEFT_CASE(query_functions, join_inner_key_that_throws) {
  r.gives("it",
          [] { return ten() | q::join(ten(), itself, fail_at_two, second) | q::to_vector(); });
}
WEFT_CASE(query_functions, join_inner_key_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::join(ten_in_order(), itself, fail_at_two, second) | q::to_vector();
  });
}
WEFT_CASE(query_functions, join_result_that_throws) {
  r.gives("it", [] {
    return ten() | q::join(ten(), itself, itself, [](int, int y) { return fail_at_two(y); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, join_result_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() |
           q::join(ten_in_order(), itself, itself, [](int, int y) { return fail_at_two(y); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, group_join_result_that_throws) {
  r.gives("it", [] {
    return ten() |
           q::group_join(ten(), itself, itself, [](int x, const auto&) { return fail_at_two(x); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, group_join_result_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() |
           q::group_join(ten_in_order(), itself, itself,
                         [](int x, const auto&) { return fail_at_two(x); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, group_by_element_that_throws) {
  r.gives("it", [] {
    return ten() | q::group_by(parity, fail_at_two) | q::select(key) | q::to_vector();
  });
}
WEFT_CASE(query_functions, group_by_element_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::group_by(parity, fail_at_two) | q::select(key) | q::to_vector();
  });
}
WEFT_CASE(query_functions, any_that_throws) {
  r.gives("it", [] { return ten() | q::any([](int x) { return fail_at_two(x) < 0; }); });
}
WEFT_CASE(query_functions, any_that_throws_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::any([](int x) { return fail_at_two(x) < 0; }); });
}
WEFT_CASE(query_functions, first_that_throws) {
  r.gives("it", [] { return ten() | q::first([](int x) { return fail_at_two(x) < 0; }); });
}
WEFT_CASE(query_functions, first_that_throws_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::first([](int x) { return fail_at_two(x) < 0; }); });
}
WEFT_CASE(query_functions, last_that_throws) {
  r.gives("it", [] { return ten() | q::last([](int x) { return fail_at_two(x) < 0; }); });
}
WEFT_CASE(query_functions, last_that_throws_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::last([](int x) { return fail_at_two(x) < 0; }); });
}
WEFT_CASE(query_functions, single_that_throws) {
  r.gives("it", [] { return ten() | q::single([](int x) { return fail_at_two(x) < 0; }); });
}
WEFT_CASE(query_functions, single_that_throws_in_parallel) {
  r.gives("it",
          [] { return ten_in_order() | q::single([](int x) { return fail_at_two(x) < 0; }); });
}
WEFT_CASE(query_functions, max_that_throws) {
  r.gives("it", [] { return ten() | q::max(fail_at_two); });
}
WEFT_CASE(query_functions, max_that_throws_in_parallel) {
  r.gives("it", [] { return ten_in_order() | q::max(fail_at_two); });
}
WEFT_CASE(query_functions, average_that_throws) {
  r.gives("it", [] { return static_cast<int>(ten() | q::average(fail_at_two)); });
}
WEFT_CASE(query_functions, average_that_throws_in_parallel) {
  r.gives("it", [] { return static_cast<int>(ten_in_order() | q::average(fail_at_two)); });
}
WEFT_CASE(query_functions, second_input_of_concat_that_throws) {
  r.gives("it", [] { return ten() | q::concat(ten() | q::select(fail_at_two)) | q::to_vector(); });
}
WEFT_CASE(query_functions, second_input_of_concat_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::concat(ten_in_order() | q::select(fail_at_two)) | q::to_vector();
  });
}
WEFT_CASE(query_functions, second_input_of_union_that_throws) {
  r.gives("it", [] { return ten() | q::union_(ten() | q::select(fail_at_two)) | q::to_vector(); });
}
WEFT_CASE(query_functions, second_input_of_union_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::union_(ten_in_order() | q::select(fail_at_two)) | q::to_vector();
  });
}
WEFT_CASE(query_functions, second_input_of_except_that_throws) {
  r.gives("it", [] { return ten() | q::except(ten() | q::select(fail_at_two)) | q::to_vector(); });
}
WEFT_CASE(query_functions, second_input_of_except_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::except(ten_in_order() | q::select(fail_at_two)) | q::to_vector();
  });
}
WEFT_CASE(query_functions, second_input_of_intersect_that_throws) {
  r.gives("it",
          [] { return ten() | q::intersect(ten() | q::select(fail_at_two)) | q::to_vector(); });
}
WEFT_CASE(query_functions, second_input_of_intersect_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::intersect(ten_in_order() | q::select(fail_at_two)) | q::to_vector();
  });
}
WEFT_CASE(query_functions, second_input_of_zip_that_throws) {
  r.gives("it", [] {
    return ten() | q::zip(ten() | q::select(fail_at_two), std::plus<>()) | q::to_vector();
  });
}
WEFT_CASE(query_functions, second_input_of_zip_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::zip(ten_in_order() | q::select(fail_at_two), std::plus<>()) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, second_input_of_join_that_throws) {
  r.gives("it", [] {
    return ten() | q::join(ten() | q::select(fail_at_two), itself, itself, second) | q::to_vector();
  });
}
WEFT_CASE(query_functions, second_input_of_join_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() |
           q::join(ten_in_order() | q::select(fail_at_two), itself, itself, second) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, second_input_of_group_join_that_throws) {
  r.gives("it", [] {
    return ten() |
           q::group_join(ten() | q::select(fail_at_two), itself, itself,
                         [](int x, const auto&) { return x; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, second_input_of_group_join_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() |
           q::group_join(ten_in_order() | q::select(fail_at_two), itself, itself,
                         [](int x, const auto&) { return x; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_functions, second_input_of_sequence_equal_that_throws) {
  r.gives("it", [] { return ten() | q::sequence_equal(ten() | q::select(fail_at_two)); });
}
WEFT_CASE(query_functions, second_input_of_sequence_equal_that_throws_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::sequence_equal(ten_in_order() | q::select(fail_at_two));
  });
}
WEFT_CASE(query_functions, for_all_that_throws) {
  r.throws("it", [] { ten_in_order() | q::for_all(fail_at_two); });
}
WEFT_CASE(query_functions, all_siblings_arrive) {
  // Two bodies that meet, then throw.
  std::barrier both(2);
  r.gives("it", [&] {
    return q::from(std::vector{0, 1}) | q::as_parallel() | q::with_degree_of_parallelism(2) |
           q::with_execution_mode(q::execution_mode::force_parallelism) | q::select([&](int x) {
             both.arrive_and_wait();
             return x >= 0 ? throw test_error("each") : x;
           }) |
           q::count();
  });
}

}  // namespace
}  // namespace weft::conformance
