#pragma once
/// `basic_query`: a source, what its elements pass through, and how it is run. Also a C++ range.

#include <weft/query/detail/chunks.hpp>
#include <weft/query/detail/execute.hpp>
#include <weft/query/detail/source.hpp>
#include <weft/query/detail/stages.hpp>
#include <weft/query/detail/streamed.hpp>
#include <weft/query/detail/vector_fold.hpp>

#include <algorithm>
#include <concepts>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query {

namespace detail {

/// `query` made ready for an evaluation of its own.
template <class Query>
[[nodiscard]] Query prepared(Query query) {
  query.prepare();
  return query;
}

/// Elements of a sequential query one by one, as a range's iterator wants them.
template <class Query>
class pull_state {
 public:
  using element = typename Query::element;
  static constexpr bool by_reference = std::is_lvalue_reference_v<element>;
  using kept = std::conditional_t<by_reference, std::remove_reference_t<element>*,
                                  std::optional<std::remove_cvref_t<element>>>;
  using reference = std::conditional_t<by_reference, element, std::remove_cvref_t<element>&>;

  explicit pull_state(Query query)
      : query_(prepared(std::move(query))),
        cursor_(query_.source.cursor()),
        push_(query_.chain.wrap(keep{&kept_})),
        more_(push_.begin()) {
    next();
  }
  pull_state(const pull_state&) = delete;
  pull_state& operator=(const pull_state&) = delete;

  [[nodiscard]] bool done() const { return !kept_; }
  [[nodiscard]] reference get() { return *kept_; }
  void next() {
    if constexpr (by_reference) {
      kept_ = nullptr;
    } else {
      kept_.reset();
    }
    while (more_ && !kept_) {
      more_ = !step_done() && push_(cursor_.get());
    }
    if (!kept_ && !ended_) {
      ended_ = true;
      push_.end();
    }
  }

 private:
  struct keep {
    kept* to;
    static bool begin() noexcept { return true; }
    static void end() noexcept {}
    // g++ 12 at -O2 loses this write to kept_ when it is inlined into the loop of next(); covered
    // by query_range.is_an_input_range. Iteration only: terminal operators do not come here.
    template <class E>
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    [[gnu::noinline]]
#endif
    bool operator()(E&& element) {
      if constexpr (by_reference) {
        *to = std::addressof(element);
      } else {
        to->emplace(std::forward<E>(element));
      }
      return true;
    }
  };

  /// Steps to the next element of the source, lazily: an input range is not read beyond what was
  /// asked for.
  bool step_done() {
    if (begun_) {
      cursor_.next();
    }
    begun_ = true;
    return cursor_.done();
  }

  Query query_;
  decltype(std::declval<Query&>().source.cursor()) cursor_;
  kept kept_{};
  decltype(std::declval<Query&>().chain.wrap(std::declval<keep>())) push_;
  bool begun_ = false;
  bool more_;
  bool ended_ = false;
};

/// A parallel query's elements one by one: run as a whole first.
template <class Query>
class gathered_state {
 public:
  using value = std::remove_cvref_t<typename Query::element>;
  using reference = std::conditional_t<std::is_same_v<value, bool>, bool, value&>;

  explicit gathered_state(Query query) { elements_ = vector_from(query); }
  [[nodiscard]] bool done() const { return at_ == elements_.size(); }
  [[nodiscard]] reference get() { return elements_[at_]; }
  void next() { ++at_; }

 private:
  std::vector<value> elements_;
  std::size_t at_ = 0;
};

/// The elements of any query one by one, for one thread.
template <class Query>
using iteration_of = std::conditional_t<Query::parallel, gathered_state<Query>, pull_state<Query>>;

/// The same for whoever iterates over a query: a parallel one runs meanwhile.
template <class Query>
using range_iteration_of =
    std::conditional_t<Query::parallel, streamed_state<Query>, pull_state<Query>>;

template <class State, class Value>
class query_iterator {
 public:
  using iterator_concept = std::input_iterator_tag;
  using iterator_category = std::input_iterator_tag;
  using difference_type = std::ptrdiff_t;
  using value_type = Value;
  using reference = typename State::reference;
  using pointer = void;

  query_iterator() = default;
  explicit query_iterator(co_owned<State> state) : state_(std::move(state)) {}

  [[nodiscard]] reference operator*() const { return state_->get(); }
  query_iterator& operator++() {
    state_->next();
    return *this;
  }
  void operator++(int) { state_->next(); }
  [[nodiscard]] bool operator==(std::default_sentinel_t) const { return state_->done(); }

 private:
  co_owned<State> state_;
};

}  // namespace detail

/// A query: nothing is evaluated until a terminal operator or an iteration asks for elements, and
/// everything anew for each of them. Built by `range`, `from`, `repeat` and `empty` and by `|`.
/// **Thread-safety**: a parallel query calls the functions in it from several threads at the same
/// time.
/// **Lifetime**: an lvalue given to `from` must outlive it.
template <class Source, class Chain, bool Parallel>
class [[nodiscard]] basic_query {
 public:
  /// What the operators behind this query get.
  using element = typename Chain::template out<typename Source::element>;
  using value_type = std::remove_cvref_t<element>;
  static constexpr bool parallel = Parallel;
  static constexpr bool lasting = Source::lasting;
  /// Its elements can be reached by number.
  static constexpr bool numbered = detail::indexed_source<Source> && Chain::one_to_one;

  /// Begins to evaluate. A sequential query evaluates no element before it is asked for. A parallel
  /// one evaluates on the pool meanwhile, and hands results over as `with_merge_options` says; an
  /// iterator that is dropped half-way ends that and waits for the bodies that run.
  [[nodiscard]] auto begin() const {
    using state = detail::range_iteration_of<basic_query>;
    return detail::query_iterator<state, value_type>(detail::co_owned<state>::make(*this));
  }
  [[nodiscard]] static std::default_sentinel_t end() noexcept { return {}; }

  // Internal.
  void prepare() {
    source.prepare(how);
    chain.prepare(how);
  }

  Source source;
  Chain chain;
  detail::settings how{};
};

namespace detail {
template <class Q>
inline constexpr bool is_query = false;
template <class Source, class Chain, bool Parallel>
inline constexpr bool is_query<basic_query<Source, Chain, Parallel>> = true;
}  // namespace detail

/// Any query of this module.
template <class Q>
concept any_query = detail::is_query<std::remove_cvref_t<Q>>;
/// A query behind `as_parallel()`.
template <class Q>
concept parallel_query = any_query<Q> && std::remove_cvref_t<Q>::parallel;
/// What the operators behind a query get for an element.
template <any_query Q>
using element_of = typename std::remove_cvref_t<Q>::element;

/// `P` says yes or no about an element of `Q`.
template <class P, class Q>
concept predicate_for =
    any_query<Q> && std::predicate<P&, std::add_lvalue_reference_t<element_of<Q>>>;
/// `P` says yes or no about an element of `Q` and its number.
template <class P, class Q>
concept numbered_predicate_for =
    any_query<Q> && std::predicate<P&, std::add_lvalue_reference_t<element_of<Q>>, std::uint64_t>;
/// `F` makes something out of an element of `Q`.
template <class F, class Q>
concept selector_for = any_query<Q> && std::invocable<F&, element_of<Q>> &&
                       !std::is_void_v<std::invoke_result_t<F&, element_of<Q>>>;
/// `F` makes something out of an element of `Q` and its number.
template <class F, class Q>
concept numbered_selector_for =
    any_query<Q> && std::invocable<F&, element_of<Q>, std::uint64_t> &&
    !std::is_void_v<std::invoke_result_t<F&, element_of<Q>, std::uint64_t>>;
/// Elements of `Q` can be kept by value.
template <class Q>
concept keepable_elements =
    any_query<Q> && std::constructible_from<typename Q::value_type, element_of<Q>> &&
    std::move_constructible<typename Q::value_type>;

}  // namespace weft::query
