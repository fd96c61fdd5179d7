#pragma once
/// The sources of most cases of queries. They are not inlined, so that each is compiled once and
/// not in every case.

#include <weft/query.hpp>

#include <vector>

namespace weft::conformance {

[[gnu::noinline]] inline auto ten() {
  return query::range(0, 10);
}
[[gnu::noinline]] inline auto ten_in_order() {
  return query::range(0, 10) | query::as_parallel() | query::as_ordered();
}
[[gnu::noinline]] inline auto some() {
  return query::from(std::vector{3, 1, 2, 3, 5, 1});
}
[[gnu::noinline]] inline auto some_in_order() {
  return query::from(std::vector{3, 1, 2, 3, 5, 1}) | query::as_parallel() | query::as_ordered();
}
[[gnu::noinline]] inline auto others() {
  return query::from(std::vector{5, 8, 3, 8});
}
[[gnu::noinline]] inline auto others_in_order() {
  return query::from(std::vector{5, 8, 3, 8}) | query::as_parallel() | query::as_ordered();
}
[[gnu::noinline]] inline auto none() {
  return query::empty<int>();
}
[[gnu::noinline]] inline auto none_in_order() {
  return query::empty<int>() | query::as_parallel() | query::as_ordered();
}

}  // namespace weft::conformance
