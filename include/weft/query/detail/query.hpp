#pragma once
/// `basic_query`: a source, what its elements pass through, and how it is run. Also a C++ range.

#include <weft/query/detail/execute.hpp>
#include <weft/query/detail/source.hpp>
#include <weft/query/detail/stages.hpp>

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

/// A piece of an ordered result: where it belongs, and the elements.
template <class T>
struct ordered_piece {
  std::uint64_t first;
  std::vector<T> elements;
};

/// Moves the elements of `from`, `first` and those behind it, to the end of `to`.
template <class T>
void append_moved(std::vector<T>& to, std::vector<T>& from, std::size_t first) {
  if constexpr (std::is_move_assignable_v<T>) {
    to.insert(to.end(), std::make_move_iterator(from.begin() + static_cast<std::ptrdiff_t>(first)),
              std::make_move_iterator(from.end()));
  } else {  // `insert` asks for assignment
    for (; first != from.size(); ++first) {
      to.push_back(std::move(from[first]));
    }
  }
}

/// Gathers all elements, in the source's order if asked to (it then sorts the pieces, which are
/// few).
template <class T>
struct vector_fold {
  using pieces = std::vector<ordered_piece<T>>;
  bool ordered = true;
  pieces gathered{};

  [[nodiscard]] static pieces make() { return {}; }
  // One vector a piece even where order does not count: growing one large vector copies more.
  static void piece(pieces& partial, std::uint64_t first) {
    if (!partial.empty() && partial.back().elements.empty()) {
      partial.back().first = first;
    } else {
      partial.push_back({first, {}});
    }
  }
  template <class E>
  static bool add(pieces& partial, E&& element) {
    partial.back().elements.emplace_back(std::forward<E>(element));
    return true;
  }
  void merge(pieces&& partial) {
    for (auto& piece : partial) {
      gathered.push_back(std::move(piece));
    }
  }
  static constexpr bool wants_first() noexcept { return false; }
  [[nodiscard]] std::vector<T> result() &&;
};

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

/// A parallel query as a range: run as a whole when the iteration begins.
template <class Query>
class gathered_state {
 public:
  using value = std::remove_cvref_t<typename Query::element>;
  using reference = std::conditional_t<std::is_same_v<value, bool>, bool, value&>;

  explicit gathered_state(Query query) {
    vector_fold<value> fold;
    execute(query, fold);
    elements_ = std::move(fold).result();
  }
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
  explicit query_iterator(std::shared_ptr<State> state) : state_(std::move(state)) {}

  [[nodiscard]] reference operator*() const { return state_->get(); }
  query_iterator& operator++() {
    state_->next();
    return *this;
  }
  void operator++(int) { state_->next(); }
  [[nodiscard]] bool operator==(std::default_sentinel_t) const { return state_->done(); }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace detail

/// A query: nothing is evaluated until a terminal operator or an iteration asks for elements, and
/// everything anew for each of them. Built by `range`, `from`, `repeat` and `empty` and by `|`.
/// **Thread-safety**: a parallel query calls the functions in it from several threads at the same
/// time.
/// **Lifetime**: an lvalue given to `from` must outlive it.
template <class Source, class Chain, bool Parallel>
class basic_query {
 public:
  /// What the operators behind this query get.
  using element = typename Chain::template out<typename Source::element>;
  using value_type = std::remove_cvref_t<element>;
  static constexpr bool parallel = Parallel;
  static constexpr bool lasting = Source::lasting;
  /// Its elements can be reached by number.
  static constexpr bool numbered = detail::indexed_source<Source> && Chain::one_to_one;

  [[nodiscard]] auto begin() const {
    using state = detail::iteration_of<basic_query>;
    return detail::query_iterator<state, value_type>(std::make_shared<state>(*this));
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

namespace detail {

template <class T>
std::vector<T> vector_fold<T>::result() && {
  if (gathered.size() == 1) {
    return std::move(gathered.front().elements);
  }
  if (ordered) {
    std::ranges::sort(gathered, {}, &ordered_piece<T>::first);
  }
  std::size_t total = 0;
  for (const auto& piece : gathered) {
    total += piece.elements.size();
  }
  std::vector<T> all;
  all.reserve(total);
  for (auto& piece : gathered) {
    append_moved(all, piece.elements, 0);
    std::vector<T>().swap(piece.elements);
  }
  return all;
}

}  // namespace detail
}  // namespace weft::query
