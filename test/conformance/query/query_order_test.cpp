// order_by and then_by.

#include <weft/query.hpp>

#include "conformance/support.hpp"
#include "sources.hpp"

#include <functional>
#include <string>
#include <vector>

namespace weft::conformance {
namespace {

namespace q = weft::query;

const auto parity = [](int x) { return x % 2; };
const auto third = [](int x) { return x % 3; };
const auto tenfold = [](int x) { return 10 * x; };
const auto itself = [](const auto& x) { return x; };
const auto length = [](const std::string& s) { return int(s.size()); };
std::vector<std::string> words() {
  return {"pear", "fig", "apple", "kiwi", "date"};
}

WEFT_CASE(query_order, by_itself) {
  r.gives("it", [] { return some() | q::order_by(itself) | q::to_vector(); });
}
WEFT_CASE(query_order, by_itself_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::order_by(itself) | q::to_vector(); });
}
WEFT_CASE(query_order, by_itself_descending) {
  r.gives("it", [] { return some() | q::order_by_descending(itself) | q::to_vector(); });
}
WEFT_CASE(query_order, by_itself_descending_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::order_by_descending(itself) | q::to_vector(); });
}
WEFT_CASE(query_order, of_nothing) {
  r.gives("it", [] { return none() | q::order_by(itself) | q::to_vector(); });
}
WEFT_CASE(query_order, of_nothing_in_parallel) {
  r.gives("it", [] { return none_in_order() | q::order_by(itself) | q::to_vector(); });
}
WEFT_CASE(query_order, by_length_then_name) {
  r.gives("it", [] {
    return q::from(words()) | q::order_by(length) | q::then_by(itself) | q::to_vector();
  });
}
WEFT_CASE(query_order, by_length_then_name_in_parallel) {
  r.gives("it", [] {
    return q::from(words()) | q::as_parallel() | q::as_ordered() | q::order_by(length) |
           q::then_by(itself) | q::to_vector();
  });
}
WEFT_CASE(query_order, by_length_descending_then_name) {
  r.gives("it", [] {
    return q::from(words()) | q::order_by_descending(length) | q::then_by(itself) | q::to_vector();
  });
}
WEFT_CASE(query_order, by_length_descending_then_name_in_parallel) {
  r.gives("it", [] {
    return q::from(words()) | q::as_parallel() | q::as_ordered() | q::order_by_descending(length) |
           q::then_by(itself) | q::to_vector();
  });
}
WEFT_CASE(query_order, by_length_then_name_descending) {
  r.gives("it", [] {
    return q::from(words()) | q::order_by(length) | q::then_by_descending(itself) | q::to_vector();
  });
}
WEFT_CASE(query_order, by_length_then_name_descending_in_parallel) {
  r.gives("it", [] {
    return q::from(words()) | q::as_parallel() | q::as_ordered() | q::order_by(length) |
           q::then_by_descending(itself) | q::to_vector();
  });
}
WEFT_CASE(query_order, by_three_keys) {
  r.gives("it", [] {
    return ten() | q::order_by(parity) | q::then_by_descending(third) |
           q::then_by(std::negate<>()) | q::to_vector();
  });
}
WEFT_CASE(query_order, by_three_keys_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::order_by(parity) | q::then_by_descending(third) |
           q::then_by(std::negate<>()) | q::to_vector();
  });
}
WEFT_CASE(query_order, the_last_order_counts) {
  r.gives("it", [] {
    return some() | q::order_by(std::negate<>()) | q::order_by(itself) | q::to_vector();
  });
}
WEFT_CASE(query_order, the_last_order_counts_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::order_by(std::negate<>()) | q::order_by(itself) | q::to_vector();
  });
}
WEFT_CASE(query_order, then_take) {
  r.gives("it", [] { return some() | q::order_by(itself) | q::take(3) | q::to_vector(); });
}
WEFT_CASE(query_order, then_take_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::order_by(itself) | q::take(3) | q::to_vector(); });
}
WEFT_CASE(query_order, then_skip) {
  r.gives("it", [] { return some() | q::order_by(itself) | q::skip(3) | q::to_vector(); });
}
WEFT_CASE(query_order, then_skip_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::order_by(itself) | q::skip(3) | q::to_vector(); });
}
WEFT_CASE(query_order, then_where_and_select) {
  r.gives("it", [] {
    return some() | q::order_by(itself) | q::where([](int x) { return x > 1; }) |
           q::select(tenfold) | q::to_vector();
  });
}
WEFT_CASE(query_order, then_where_and_select_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::order_by(itself) | q::where([](int x) { return x > 1; }) |
           q::select(tenfold) | q::to_vector();
  });
}
WEFT_CASE(query_order, then_reverse) {
  r.gives("it", [] { return some() | q::order_by(itself) | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_order, then_reverse_in_parallel) {
  r.gives("it",
          [] { return some_in_order() | q::order_by(itself) | q::reverse() | q::to_vector(); });
}
WEFT_CASE(query_order, then_first) {
  r.gives("it", [] { return some() | q::order_by(itself) | q::first(); });
}
WEFT_CASE(query_order, then_first_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::order_by(itself) | q::first(); });
}
WEFT_CASE(query_order, then_last) {
  r.gives("it", [] { return some() | q::order_by(itself) | q::last(); });
}
WEFT_CASE(query_order, then_last_in_parallel) {
  r.gives("it", [] { return some_in_order() | q::order_by(itself) | q::last(); });
}
WEFT_CASE(query_order, then_distinct) {
  r.gives("it", [] { return some() | q::order_by(itself) | q::distinct() | q::to_vector(); });
}
WEFT_CASE(query_order, then_distinct_in_parallel) {
  r.gives("it",
          [] { return some_in_order() | q::order_by(itself) | q::distinct() | q::to_vector(); });
}

}  // namespace
}  // namespace weft::conformance
