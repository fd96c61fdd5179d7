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

WEFT_CASE(query_evaluation, made_with_where) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::where(always);
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_select) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::select(itself);
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_select_many) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::select_many(twice);
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_take) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::take(20);
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_take_while) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::take_while(always);
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_skip) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::skip(0);
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_skip_while) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::skip_while(never);
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_distinct) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::distinct();
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_union) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::union_(seen_in(seen));
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_except) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::except(seen_in(seen));
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_intersect) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::intersect(seen_in(seen));
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_concat) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::concat(seen_in(seen));
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_zip) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::zip(seen_in(seen), std::plus<>());
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_order_by) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::order_by(negated);
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_then_by) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::order_by(parity) | q::then_by(negated);
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_group_by) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::group_by(parity);
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_join) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::join(seen_in(seen), itself, itself, std::plus<>());
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_group_join) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) |
               q::group_join(seen_in(seen), itself, itself, [](int x, const auto&) { return x; });
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_reverse) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::reverse();
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, made_with_default_if_empty) {
  std::atomic<int> seen = 0;
  auto query = seen_in(seen) | q::default_if_empty();
  r.line("made", seen.load());
  const auto count = query | q::count();
  r.line("run", count, seen.load());
}
WEFT_CASE(query_evaluation, unordered_where) {
  r.gives("it", [] { return digest(many() | q::where(even) | q::to_vector()); });
}
WEFT_CASE(query_evaluation, unordered_select) {
  r.gives("it", [] { return digest(many() | q::select(negated) | q::to_vector()); });
}
WEFT_CASE(query_evaluation, unordered_select_many) {
  r.gives("it", [] { return digest(many() | q::select_many(twice) | q::to_vector()); });
}
WEFT_CASE(query_evaluation, unordered_distinct) {
  r.gives("it",
          [] { return digest(many() | q::select(hundred) | q::distinct() | q::to_vector()); });
}
WEFT_CASE(query_evaluation, unordered_union) {
  r.gives("it",
          [] { return digest(many() | q::select(hundred) | q::union_(many()) | q::to_vector()); });
}
WEFT_CASE(query_evaluation, unordered_except) {
  r.gives("it",
          [] { return digest(many() | q::except(many() | q::select(hundred)) | q::to_vector()); });
}
WEFT_CASE(query_evaluation, unordered_intersect) {
  r.gives("it", [] {
    return digest(many() | q::intersect(many() | q::select(hundred)) | q::to_vector());
  });
}
WEFT_CASE(query_evaluation, unordered_concat) {
  r.gives("it",
          [] { return digest(many() | q::concat(many() | q::where(even)) | q::to_vector()); });
}
WEFT_CASE(query_evaluation, unordered_group_by) {
  r.gives("it", [] {
    return digest(many() | q::group_by(hundred) | q::select(key_and_size) | q::to_vector());
  });
}
WEFT_CASE(query_evaluation, unordered_join) {
  r.gives("it", [] {
    return digest(many() | q::join(many(), hundred, itself, std::plus<>()) | q::to_vector());
  });
}
WEFT_CASE(query_evaluation, unordered_reverse) {
  r.gives("it", [] { return digest(many() | q::reverse() | q::to_vector()); });
}
WEFT_CASE(query_evaluation, unordered_as_unordered) {
  r.gives("it", [] {
    return digest(many() | q::as_ordered() | q::where(even) | q::as_unordered() |
                  q::select(negated) | q::to_vector());
  });
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
