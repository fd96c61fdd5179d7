// group_by, join, group_join, lookups and maps.

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
template <class K, class R>
std::string text_of(const K& key, const R& elements) {
  std::string text = to_word(key) + ":";
  for (const auto& x : elements) {
    text += (text.back() == ':' ? "" : ",") + to_word(x);
  }
  return text;
}
const auto group_text = [](const auto& g) { return text_of(g.key(), g); };
const auto matches_text = [](int x, const auto& found) { return text_of(x, found); };

WEFT_CASE(query_groups, group_by_parity) {
  r.gives("it",
          [] { return some() | q::group_by(parity) | q::select(group_text) | q::to_vector(); });
}
WEFT_CASE(query_groups, group_by_parity_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::group_by(parity) | q::select(group_text) | q::to_vector();
  });
}
WEFT_CASE(query_groups, group_by_itself) {
  r.gives("it",
          [] { return some() | q::group_by(itself) | q::select(group_text) | q::to_vector(); });
}
WEFT_CASE(query_groups, group_by_itself_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::group_by(itself) | q::select(group_text) | q::to_vector();
  });
}
WEFT_CASE(query_groups, group_by_of_nothing) {
  r.gives("it",
          [] { return none() | q::group_by(itself) | q::select(group_text) | q::to_vector(); });
}
WEFT_CASE(query_groups, group_by_of_nothing_in_parallel) {
  r.gives("it", [] {
    return none_in_order() | q::group_by(itself) | q::select(group_text) | q::to_vector();
  });
}
WEFT_CASE(query_groups, group_by_with_element) {
  r.gives("it", [] {
    return some() | q::group_by(parity, tenfold) | q::select(group_text) | q::to_vector();
  });
}
WEFT_CASE(query_groups, group_by_with_element_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::group_by(parity, tenfold) | q::select(group_text) | q::to_vector();
  });
}
WEFT_CASE(query_groups, group_by_with_result) {
  r.gives("it", [] {
    return some() |
           q::group_by(parity, [](int k, const auto& g) { return k * 100 + int(g.size()); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, group_by_with_result_in_parallel) {
  r.gives("it", [] {
    return some_in_order() |
           q::group_by(parity, [](int k, const auto& g) { return k * 100 + int(g.size()); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, group_by_with_element_and_result) {
  r.gives("it", [] {
    return some() |
           q::group_by(parity, tenfold,
                       [](int k, const auto& g) { return k * 1000 + int(q::from(g) | q::sum()); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, group_by_with_element_and_result_in_parallel) {
  r.gives("it", [] {
    return some_in_order() |
           q::group_by(parity, tenfold,
                       [](int k, const auto& g) { return k * 1000 + int(q::from(g) | q::sum()); }) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, group_by_length) {
  r.gives("it", [] {
    return q::from(words()) | q::group_by(length) | q::select(group_text) | q::to_vector();
  });
}
WEFT_CASE(query_groups, group_by_length_in_parallel) {
  r.gives("it", [] {
    return q::from(words()) | q::as_parallel() | q::as_ordered() | q::group_by(length) |
           q::select(group_text) | q::to_vector();
  });
}
WEFT_CASE(query_groups, join_equal) {
  r.gives("it", [] {
    return some() | q::join(others(), itself, itself, [](int x, int y) { return x * 10 + y; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, join_equal_in_parallel) {
  r.gives("it", [] {
    return some_in_order() |
           q::join(others_in_order(), itself, itself, [](int x, int y) { return x * 10 + y; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, join_remainders) {
  r.gives("it", [] {
    return ten() | q::join(others(), third, third, [](int x, int y) { return x * 10 + y; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, join_remainders_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() |
           q::join(others_in_order(), third, third, [](int x, int y) { return x * 10 + y; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, join_with_nothing) {
  r.gives("it", [] {
    return some() | q::join(none(), itself, itself, [](int x, int) { return x; }) | q::to_vector();
  });
}
WEFT_CASE(query_groups, join_with_nothing_in_parallel) {
  r.gives("it", [] {
    return some_in_order() |
           q::join(none_in_order(), itself, itself, [](int x, int) { return x; }) | q::to_vector();
  });
}
WEFT_CASE(query_groups, join_of_nothing) {
  r.gives("it", [] {
    return none() | q::join(others(), itself, itself, [](int x, int) { return x; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, join_of_nothing_in_parallel) {
  r.gives("it", [] {
    return none_in_order() |
           q::join(others_in_order(), itself, itself, [](int x, int) { return x; }) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, group_join_equal) {
  r.gives("it", [] {
    return some() | q::group_join(others(), itself, itself, matches_text) | q::to_vector();
  });
}
WEFT_CASE(query_groups, group_join_equal_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::group_join(others_in_order(), itself, itself, matches_text) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, group_join_remainders) {
  r.gives("it", [] {
    return ten() | q::group_join(others(), third, third, matches_text) | q::to_vector();
  });
}
WEFT_CASE(query_groups, group_join_remainders_in_parallel) {
  r.gives("it", [] {
    return ten_in_order() | q::group_join(others_in_order(), third, third, matches_text) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, group_join_with_nothing) {
  r.gives("it", [] {
    return some() | q::group_join(none(), itself, itself, matches_text) | q::to_vector();
  });
}
WEFT_CASE(query_groups, group_join_with_nothing_in_parallel) {
  r.gives("it", [] {
    return some_in_order() | q::group_join(none_in_order(), itself, itself, matches_text) |
           q::to_vector();
  });
}
WEFT_CASE(query_groups, lookup_of_a_key) {
  r.gives("it", [] { return (some() | q::to_lookup(parity))[1]; });
}
WEFT_CASE(query_groups, lookup_of_a_key_in_parallel) {
  r.gives("it", [] { return (some_in_order() | q::to_lookup(parity))[1]; });
}
WEFT_CASE(query_groups, lookup_of_no_key) {
  r.gives("it", [] { return (some() | q::to_lookup(parity))[7]; });
}
WEFT_CASE(query_groups, lookup_of_no_key_in_parallel) {
  r.gives("it", [] { return (some_in_order() | q::to_lookup(parity))[7]; });
}
WEFT_CASE(query_groups, lookup_has_keys_in_order) {
  r.gives("it", [] {
    return q::from(some() | q::to_lookup(itself)) |
           q::select([](const auto& g) { return g.key(); }) | q::to_vector();
  });
}
WEFT_CASE(query_groups, lookup_has_keys_in_order_in_parallel) {
  r.gives("it", [] {
    return q::from(some_in_order() | q::to_lookup(itself)) |
           q::select([](const auto& g) { return g.key(); }) | q::to_vector();
  });
}
WEFT_CASE(query_groups, map_of_distinct_keys) {
  r.gives("it", [] { return (ten() | q::to_map(itself, [](int x) { return x * x; })).at(7); });
}
WEFT_CASE(query_groups, map_of_distinct_keys_in_parallel) {
  r.gives("it",
          [] { return (ten_in_order() | q::to_map(itself, [](int x) { return x * x; })).at(7); });
}
WEFT_CASE(query_groups, map_of_equal_keys) {
  r.gives("it", [] { return (some() | q::to_map(itself)).at(1); });
}
WEFT_CASE(query_groups, map_of_equal_keys_in_parallel) {
  r.gives("it", [] { return (some_in_order() | q::to_map(itself)).at(1); });
}

}  // namespace
}  // namespace weft::conformance
