#pragma once
/// `for_each_async`: a query whose last step awaits.

#include <weft/parallel/parallel_for_each_async.hpp>
#include <weft/query/operators.hpp>

#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace weft::query {
namespace detail {

/// A query's elements for bodies that outlive the step to the next one: by value, unless they are
/// references that last.
template <class Query>
class lasting_elements {
 public:
  using element = std::conditional_t<std::is_lvalue_reference_v<element_of<Query>> &&
                                         Query::lasting && !Query::parallel,
                                     element_of<Query>, typename Query::value_type>;

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = typename Query::value_type;
    iterator() = default;
    explicit iterator(co_owned<range_iteration_of<Query>> at) : at_(std::move(at)) {}
    [[nodiscard]] element operator*() const {
      return static_cast<element>(passed<element>(at_->get()));
    }
    iterator& operator++() {
      at_->next();
      return *this;
    }
    void operator++(int) { at_->next(); }
    [[nodiscard]] bool operator==(std::default_sentinel_t) const { return at_->done(); }

   private:
    co_owned<range_iteration_of<Query>> at_;
  };

  explicit lasting_elements(Query query) : query_(std::move(query)) {}
  [[nodiscard]] iterator begin() {
    return iterator(co_owned<range_iteration_of<Query>>::make(query_));
  }
  [[nodiscard]] static std::default_sentinel_t end() noexcept { return {}; }

 private:
  Query query_;
};

template <class F>
struct for_each_async_op : query_operator {
  F body;
  explicit for_each_async_op(F f) : body(std::move(f)) {}
  template <any_query Q>
    requires keepable_elements<Q> &&
             weft::detail::async_body<F, std::add_lvalue_reference_t<element_of<Q>>>
  [[nodiscard]] auto operator()(Q q) && {
    auto options = q.how.options();
    const std::stop_token stop = q.how.stop.get();
    options.stop = stop;
    if constexpr (!Q::parallel) {
      options.max_degree_of_parallelism = 1;
    }
    return parallel_for_each_async(lasting_elements<Q>(std::move(q)), std::move(body), options);
  }
};

}  // namespace detail

/// Awaits `body(element)`, or `body(element, stop_token)`, for every element: one after another,
/// or, of a parallel query, as many at the same time as its degree says. **Returns** a task that
/// ends with the last; see `parallel_for_each_async`. The query is evaluated on the pool.
template <class F>
[[nodiscard]] auto for_each_async(F body) {
  return detail::for_each_async_op<F>(std::move(body));
}

}  // namespace weft::query
