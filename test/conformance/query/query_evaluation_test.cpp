// What is evaluated when, in parallel: nothing when a query is made, each element once when it is
// run. And what comes out where no order was asked for: the same elements, here sorted.

#include <weft/query.hpp>

#include "conformance/support.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace weft::conformance {
namespace {

namespace q = weft::query;

const auto always = [](int) { return true; };
const auto never = [](int) { return false; };
const auto itself = [](int x) { return x; };
const auto negated = [](int x) { return -x; };
const auto parity = [](int x) { return x % 2; };
const auto even = [](int x) { return x % 2 == 0; };
const auto hundred = [](int x) { return x % 100; };
const auto key_and_size = [](const auto& group) {
  return group.key() * 1000 + static_cast<int>(group.end() - group.begin());
};
const auto twice = [](int x) { return std::vector{x, x}; };

/// Ten numbers, counted when they are asked for.
[[gnu::noinline]] auto seen_in(std::atomic<int>& seen) {
  return q::range(0, 10) | q::as_parallel() | q::select([&seen](int x) {
           ++seen;
           return x;
         });
}
[[gnu::noinline]] auto many() {
  return q::range(0, 5000) | q::as_parallel();
}
std::string digest(std::vector<int> all) {
  std::ranges::sort(all);
  long sum = 0;
  for (const int x : all) {
    sum = (sum * 31 + x) % 1'000'003;
  }
  return std::to_string(all.size()) + " elements, " + std::to_string(sum);
}

/// What a query has evaluated when it has been made, and when it has been run.
template <class Make>
void made(recorder& r, Make make) {
  std::atomic<int> seen = 0;
  auto query = make(seen);
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
/// All elements, in whatever order they come.
template <class Query>
void gives_all(recorder& r, Query query) {
  r.gives("it", [&] { return digest(query | q::to_vector()); });
}

WEFT_CASE(query_evaluation, made_with_where) {
  made(r, [](auto& seen) { return seen_in(seen) | q::where(always); });
}
WEFT_CASE(query_evaluation, made_with_select) {
  made(r, [](auto& seen) { return seen_in(seen) | q::select(itself); });
}
WEFT_CASE(query_evaluation, made_with_select_many) {
  made(r, [](auto& seen) { return seen_in(seen) | q::select_many(twice); });
}
WEFT_CASE(query_evaluation, made_with_take) {
  made(r, [](auto& seen) { return seen_in(seen) | q::take(20); });
}
WEFT_CASE(query_evaluation, made_with_take_while) {
  made(r, [](auto& seen) { return seen_in(seen) | q::take_while(always); });
}
WEFT_CASE(query_evaluation, made_with_skip) {
  made(r, [](auto& seen) { return seen_in(seen) | q::skip(0); });
}
WEFT_CASE(query_evaluation, made_with_skip_while) {
  made(r, [](auto& seen) { return seen_in(seen) | q::skip_while(never); });
}
WEFT_CASE(query_evaluation, made_with_distinct) {
  made(r, [](auto& seen) { return seen_in(seen) | q::distinct(); });
}
WEFT_CASE(query_evaluation, made_with_union) {
  made(r, [](auto& seen) { return seen_in(seen) | q::union_(seen_in(seen)); });
}
WEFT_CASE(query_evaluation, made_with_except) {
  made(r, [](auto& seen) { return seen_in(seen) | q::except(seen_in(seen)); });
}
WEFT_CASE(query_evaluation, made_with_intersect) {
  made(r, [](auto& seen) { return seen_in(seen) | q::intersect(seen_in(seen)); });
}
WEFT_CASE(query_evaluation, made_with_concat) {
  made(r, [](auto& seen) { return seen_in(seen) | q::concat(seen_in(seen)); });
}
WEFT_CASE(query_evaluation, made_with_zip) {
  made(r, [](auto& seen) { return seen_in(seen) | q::zip(seen_in(seen), std::plus<>()); });
}
WEFT_CASE(query_evaluation, made_with_order_by) {
  made(r, [](auto& seen) { return seen_in(seen) | q::order_by(negated); });
}
WEFT_CASE(query_evaluation, made_with_then_by) {
  made(r, [](auto& seen) { return seen_in(seen) | q::order_by(parity) | q::then_by(negated); });
}
WEFT_CASE(query_evaluation, made_with_group_by) {
  made(r, [](auto& seen) { return seen_in(seen) | q::group_by(parity); });
}
WEFT_CASE(query_evaluation, made_with_join) {
  made(r, [](auto& seen) {
    return seen_in(seen) | q::join(seen_in(seen), itself, itself, std::plus<>());
  });
}
WEFT_CASE(query_evaluation, made_with_group_join) {
  made(r, [](auto& seen) {
    return seen_in(seen) |
           q::group_join(seen_in(seen), itself, itself, [](int x, const auto&) { return x; });
  });
}
WEFT_CASE(query_evaluation, made_with_reverse) {
  made(r, [](auto& seen) { return seen_in(seen) | q::reverse(); });
}
WEFT_CASE(query_evaluation, made_with_default_if_empty) {
  made(r, [](auto& seen) { return seen_in(seen) | q::default_if_empty(); });
}
WEFT_CASE(query_evaluation, unordered_where) {
  gives_all(r, many() | q::where(even));
}
WEFT_CASE(query_evaluation, unordered_select) {
  gives_all(r, many() | q::select(negated));
}
WEFT_CASE(query_evaluation, unordered_select_many) {
  gives_all(r, many() | q::select_many(twice));
}
WEFT_CASE(query_evaluation, unordered_distinct) {
  gives_all(r, many() | q::select(hundred) | q::distinct());
}
WEFT_CASE(query_evaluation, unordered_union) {
  gives_all(r, many() | q::select(hundred) | q::union_(many()));
}
WEFT_CASE(query_evaluation, unordered_except) {
  gives_all(r, many() | q::except(many() | q::select(hundred)));
}
WEFT_CASE(query_evaluation, unordered_intersect) {
  gives_all(r, many() | q::intersect(many() | q::select(hundred)));
}
WEFT_CASE(query_evaluation, unordered_concat) {
  gives_all(r, many() | q::concat(many() | q::where(even)));
}
WEFT_CASE(query_evaluation, unordered_group_by) {
  gives_all(r, many() | q::group_by(hundred) | q::select(key_and_size));
}
WEFT_CASE(query_evaluation, unordered_join) {
  gives_all(r, many() | q::join(many(), hundred, itself, std::plus<>()));
}
WEFT_CASE(query_evaluation, unordered_reverse) {
  gives_all(r, many() | q::reverse());
}
WEFT_CASE(query_evaluation, unordered_as_unordered) {
  gives_all(r, many() | q::as_ordered() | q::where(even) | q::as_unordered() | q::select(negated));
}
WEFT_CASE(query_evaluation, order_by_is_kept_by_what_follows) {
  r.gives("it", [] {
    return many() | q::order_by(negated) | q::where([](int x) { return x % 1000 == 0; }) |
           q::select([](int x) { return x + 1; }) | q::to_vector();
  });
}
WEFT_CASE(query_evaluation, order_by_is_kept_by_take) {
  r.gives("it", [] { return many() | q::order_by(negated) | q::take(3) | q::to_vector(); });
}
WEFT_CASE(query_evaluation, groups_of_an_ordered_query_come_in_order) {
  r.gives("it", [] {
    return many() | q::as_ordered() | q::group_by([](int x) { return x % 7; }) |
           q::select([](const auto& group) { return group.key(); }) | q::to_vector();
  });
}
WEFT_CASE(query_evaluation, as_sequential_keeps_the_order) {
  r.gives("it", [] {
    return many() | q::as_ordered() | q::where([](int x) { return x % 1000 == 0; }) |
           q::as_sequential() | q::select([](int x) { return x + 1; }) | q::to_vector();
  });
}
WEFT_CASE(query_evaluation, degrees_that_are_refused) {
  for (const int degree : {0, -1, 1, 2}) {
    r.gives("degree " + std::to_string(degree),
            [&] { return many() | q::with_degree_of_parallelism(degree) | q::count(); });
  }
}
WEFT_CASE(query_evaluation, a_degree_said_twice) {
  r.gives("it", [] {
    return many() | q::with_degree_of_parallelism(2) | q::with_degree_of_parallelism(2) |
           q::count();
  });
}
WEFT_CASE(query_evaluation, merge_options_said_twice) {
  r.gives("it", [] {
    return many() | q::with_merge_options(q::merge_options::not_buffered) |
           q::with_merge_options(q::merge_options::not_buffered) | q::count();
  });
}
WEFT_CASE(query_evaluation, tokens_said_twice) {
  std::stop_source source;
  r.gives("it", [&] {
    return many() | q::with_cancellation(source.get_token()) |
           q::with_cancellation(source.get_token()) | q::count();
  });
}
WEFT_CASE(query_evaluation, both_inputs_have_a_token) {
  std::stop_source source;
  r.gives("it", [&] {
    return many() | q::with_cancellation(source.get_token()) |
           q::concat(many() | q::with_cancellation(source.get_token())) | q::count();
  });
}

}  // namespace
}  // namespace weft::conformance
