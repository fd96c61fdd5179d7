#pragma once
/// Sources made of queries: a part of one, one backwards, two one after another or side by side,
/// and the elements of elements.

#include <weft/query/detail/gather.hpp>
#include <weft/query/detail/pairs.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>

namespace weft::query::detail {

/// What sources with numbers over another one have in common.
template <class Inner>
class over_numbers {
 public:
  static constexpr bool lasting = Inner::lasting;
  explicit over_numbers(Inner inner) : inner_(std::move(inner)) {}
  void prepare(const settings& how) { inner_.prepare(how); }
  void release() noexcept { detail::release(inner_); }

 protected:
  Inner inner_;
};

/// Elements [skip, skip + most) of a source with numbers.
template <class Inner>
class slice_source : public over_numbers<Inner> {
 public:
  using element = typename Inner::element;
  slice_source(Inner inner, std::uint64_t skip, std::uint64_t most)
      : over_numbers<Inner>(std::move(inner)), skip_(skip), most_(most) {}

  struct one_reader {
    decltype(reader_of(std::declval<Inner&>())) inner;
    std::uint64_t skip;
    [[nodiscard]] element at(std::uint64_t i) { return inner.at(skip + i); }
  };
  [[nodiscard]] std::uint64_t size() {
    const std::uint64_t all = this->inner_.size();
    return all <= skip_ ? 0 : std::min(all - skip_, most_);
  }
  [[nodiscard]] element at(std::uint64_t i) { return this->inner_.at(skip_ + i); }
  [[nodiscard]] one_reader reader() { return {reader_of(this->inner_), skip_}; }
  [[nodiscard]] auto cursor() { return index_cursor<slice_source>(*this); }

 private:
  std::uint64_t skip_;
  std::uint64_t most_;
};

template <class Inner>
class reverse_source : public over_numbers<Inner> {
 public:
  using element = typename Inner::element;
  explicit reverse_source(Inner inner) : over_numbers<Inner>(std::move(inner)) {}

  struct one_reader {
    decltype(reader_of(std::declval<Inner&>())) inner;
    std::uint64_t last;
    [[nodiscard]] element at(std::uint64_t i) { return inner.at(last - i); }
  };
  [[nodiscard]] std::uint64_t size() { return this->inner_.size(); }
  [[nodiscard]] element at(std::uint64_t i) { return this->inner_.at(size() - 1 - i); }
  [[nodiscard]] one_reader reader() { return {reader_of(this->inner_), size() - 1}; }
  [[nodiscard]] auto cursor() { return index_cursor<reverse_source>(*this); }
};

/// Elements with their numbers.
template <class Inner>
class number_source : public over_numbers<Inner> {
 public:
  using element = numbered<typename Inner::element>;
  explicit number_source(Inner inner) : over_numbers<Inner>(std::move(inner)) {}

  struct one_reader {
    decltype(reader_of(std::declval<Inner&>())) inner;
    [[nodiscard]] element at(std::uint64_t i) { return {inner.at(i), i}; }
  };
  [[nodiscard]] std::uint64_t size() { return this->inner_.size(); }
  [[nodiscard]] element at(std::uint64_t i) { return {this->inner_.at(i), i}; }
  [[nodiscard]] one_reader reader() { return {reader_of(this->inner_)}; }
  [[nodiscard]] auto cursor() { return index_cursor<number_source>(*this); }
};

// ---- two inputs

/// An element that an iteration has kept, on its way on.
template <class E, class Kept>
[[nodiscard]] std::conditional_t<std::is_lvalue_reference_v<E>, E, std::remove_cvref_t<E>&&> passed(
    Kept&& kept) {
  if constexpr (std::is_lvalue_reference_v<E>) {
    return kept;
  } else {
    return std::move(kept);
  }
}

/// What an element of either of two queries is given out as.
template <class A, class B>
using either = std::conditional_t<std::same_as<A, B>, A, std::common_reference_t<A, B>>;

template <class A, class B>
concept can_follow =
    any_query<A> && any_query<B> && std::common_reference_with<element_of<A>, element_of<B>>;

/// Two sources with numbers, one behind the other.
template <class First, class Second>
class joined_source {
 public:
  using element = either<typename First::element, typename Second::element>;
  static constexpr bool lasting = First::lasting && Second::lasting;

  joined_source(First first, Second second)
      : first_(std::move(first)), second_(std::move(second)) {}
  void prepare(const settings& how) {
    first_.prepare(how);
    second_.prepare(how);
  }
  struct one_reader {
    decltype(reader_of(std::declval<First&>())) first;
    decltype(reader_of(std::declval<Second&>())) second;
    std::uint64_t border;
    [[nodiscard]] element at(std::uint64_t i) {
      return i < border ? static_cast<element>(first.at(i))
                        : static_cast<element>(second.at(i - border));
    }
  };
  [[nodiscard]] std::uint64_t size() { return first_.size() + second_.size(); }
  [[nodiscard]] element at(std::uint64_t i) { return reader().at(i); }
  [[nodiscard]] one_reader reader() {
    return {reader_of(first_), reader_of(second_), first_.size()};
  }
  [[nodiscard]] auto cursor() { return index_cursor<joined_source>(*this); }

 private:
  First first_;
  Second second_;
};

/// Two queries one after the other, walked.
template <class First, class Second>
class concat_source {
 public:
  using element = either<element_of<First>, element_of<Second>>;
  static constexpr bool lasting = First::lasting && Second::lasting;

  concat_source(First first, Second second)
      : first_(std::move(first)), second_(std::move(second)) {}
  static void prepare(const settings&) noexcept {}

  template <class Sink>
  void each(Sink& sink) {
    bool wanted = true;
    push(first_, sink, wanted);
    if (wanted) {
      push(second_, sink, wanted);
    }
  }

  class walker {
   public:
    explicit walker(concat_source& source) : second_(source.second_) {
      at_first_.emplace(source.first_);
      settle();
    }
    [[nodiscard]] bool done() const { return at_second_ && at_second_->done(); }
    [[nodiscard]] element get() {
      return at_first_ ? static_cast<element>(passed<element_of<First>>(at_first_->get()))
                       : static_cast<element>(passed<element_of<Second>>(at_second_->get()));
    }
    void next() {
      if (at_first_) {
        at_first_->next();
        settle();
      } else {
        at_second_->next();
      }
    }

   private:
    void settle() {
      if (at_first_->done()) {
        at_first_.reset();
        at_second_.emplace(second_);
      }
    }
    Second second_;
    std::optional<iteration_of<First>> at_first_;
    std::optional<iteration_of<Second>> at_second_;
  };
  [[nodiscard]] auto cursor() { return walker(*this); }

 private:
  template <class Query, class Sink>
  static void push(Query& query, Sink& sink, bool& wanted) {
    if constexpr (Query::parallel) {
      iteration_of<Query> all(query);
      for (; wanted && !all.done(); all.next()) {
        wanted = sink(static_cast<element>(passed<element_of<Query>>(all.get())));
      }
    } else {
      query.prepare();
      const auto convert = [](auto&& e) -> element {
        return static_cast<element>(std::forward<decltype(e)>(e));
      };
      push_prepared(query, converting_sink<Sink, decltype(convert)>{{&sink, &wanted}, convert});
    }
  }
  template <class Sink, class Convert>
  struct converting_sink : borrowed_sink<Sink> {
    Convert convert;
    template <class E>
    bool operator()(E&& e) {
      return borrowed_sink<Sink>::operator()(convert(std::forward<E>(e)));
    }
  };

  First first_;
  Second second_;
};

template <class F, class First, class Second>
concept zips = any_query<First> && any_query<Second> &&
               std::invocable<F&, element_of<First>, element_of<Second>> &&
               !std::is_void_v<std::invoke_result_t<F&, element_of<First>, element_of<Second>>>;

/// What is made of the elements of two sources with the same number.
template <class First, class Second, class F>
class zip_source {
 public:
  using element = made<std::invoke_result_t<F&, typename First::element, typename Second::element>>;
  static constexpr bool lasting = First::lasting && Second::lasting;

  zip_source(First first, Second second, F f)
      : first_(std::move(first)), second_(std::move(second)), f_(std::move(f)) {}
  void prepare(const settings& how) {
    first_.prepare(how);
    second_.prepare(how);
  }
  struct one_reader {
    decltype(reader_of(std::declval<First&>())) first;
    decltype(reader_of(std::declval<Second&>())) second;
    F* f;
    [[nodiscard]] element at(std::uint64_t i) { return std::invoke(*f, first.at(i), second.at(i)); }
  };
  [[nodiscard]] std::uint64_t size() { return std::min(first_.size(), second_.size()); }
  [[nodiscard]] element at(std::uint64_t i) { return reader().at(i); }
  [[nodiscard]] one_reader reader() { return {reader_of(first_), reader_of(second_), &f_}; }
  [[nodiscard]] auto cursor() { return index_cursor<zip_source>(*this); }

 private:
  First first_;
  Second second_;
  F f_;
};

/// The same, walked.
template <class First, class Second, class F>
class walked_zip_source {
 public:
  using element = made<std::invoke_result_t<F&, element_of<First>, element_of<Second>>>;
  static constexpr bool lasting = First::lasting && Second::lasting;

  walked_zip_source(First first, Second second, F f)
      : first_(std::move(first)), second_(std::move(second)), f_(std::move(f)) {}
  static void prepare(const settings&) noexcept {}

  class walker {
   public:
    explicit walker(walked_zip_source& source)
        : f_(&source.f_), first_(source.first_), second_(source.second_) {}
    [[nodiscard]] bool done() const { return first_.done() || second_.done(); }
    [[nodiscard]] element get() {
      return std::invoke(*f_, passed<element_of<First>>(first_.get()),
                         passed<element_of<Second>>(second_.get()));
    }
    void next() {
      first_.next();
      if (!first_.done()) {
        second_.next();
      }
    }

   private:
    F* f_;
    iteration_of<First> first_;
    iteration_of<Second> second_;
  };
  [[nodiscard]] auto cursor() { return walker(*this); }

 private:
  First first_;
  Second second_;
  F f_;
};

// ---- elements of elements

/// How the elements of a range that a function returned are passed on: by reference where they
/// outlive it, moved out of a container that nobody else has, else copied.
template <class R>
using inner_element = std::conditional_t<
    !std::is_lvalue_reference_v<std::ranges::range_reference_t<R>> ||
        (std::ranges::borrowed_range<R> && std::ranges::forward_range<R>),
    std::ranges::range_reference_t<R>,
    std::conditional_t<!std::ranges::borrowed_range<R> && !std::ranges::view<R> && !any_query<R>,
                       std::ranges::range_rvalue_reference_t<R>, std::ranges::range_value_t<R>>>;

/// `F` makes a range out of an element of `Q`.
template <class F, class Q>
concept range_selector_for = any_query<Q> && std::invocable<F&, element_of<Q>> &&
                             std::ranges::input_range<std::invoke_result_t<F&, element_of<Q>>>;

template <class F, class Sink>
struct flat_sink : passing_sink<Sink> {
  F* f;
  template <class E>
  bool operator()(E&& element) {
    auto&& range = std::invoke(*f, std::forward<E>(element));
    using inner = inner_element<std::invoke_result_t<F&, E>>;
    for (auto&& each : range) {
      if (!this->sink(static_cast<inner>(each))) {
        return false;
      }
    }
    return true;
  }
  /// The elements [first, last) of the source; the number of the first one that it did not finish.
  template <repeatable_reader Reader>
  std::uint64_t block(Reader& source, std::uint64_t first, std::uint64_t last)
    requires requires(F& g) { g.block(source, first, last, [](auto&&) { return true; }); }
  {
    return f->block(source, first, last, [this](auto&& each) {
      return static_cast<bool>(this->sink(std::remove_cvref_t<decltype(each)>(each)));
    });
  }
};

/// For parallel queries: each thread pushes the inner elements.
template <class Before, class F>
struct flat_stage : plain_stage<Before> {
  template <class E>
  using out = inner_element<std::invoke_result_t<F&, typename Before::template out<E>>>;
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return this->before.wrap(flat_sink<F, Sink>{{std::move(sink)}, &f});
  }
  void prepare(const settings& how) {
    this->before.prepare(how);
    prepare_function(f, how);
  }
  F f;
};

/// For sequential queries, where inner elements may also be pulled one by one.
template <class Query, class F>
class flat_source {
 public:
  using inner = std::invoke_result_t<F&, element_of<Query>>;
  using element = inner_element<inner>;
  static constexpr bool lasting = Query::lasting;

  flat_source(Query query, F f) : query_(std::move(query)), f_(std::move(f)) {}
  static void prepare(const settings&) noexcept {}

  template <class Sink>
  void each(Sink& sink) {
    bool wanted = true;
    query_.prepare();
    using last = borrowed_sink<Sink>;
    push_prepared(query_, flat_sink<F, last>{{last{&sink, &wanted}}, &f_});
  }

  class walker {
   public:
    explicit walker(flat_source& source) : f_(&source.f_), outer_(source.query_) { settle(); }
    [[nodiscard]] bool done() const { return !open_; }
    [[nodiscard]] element get() { return static_cast<element>(*open_->at); }
    void next() {
      ++open_->at;
      if (open_->at == open_->end) {
        outer_.next();
        settle();
      }
    }

   private:
    struct opened {
      explicit opened(inner&& r)
          : range(std::forward<inner>(r)),
            at(std::ranges::begin(range)),
            end(std::ranges::end(range)) {}
      inner range;
      std::ranges::iterator_t<inner> at;
      std::ranges::sentinel_t<inner> end;
    };
    /// Finds the next outer element that has inner ones.
    void settle() {
      open_.reset();
      while (!outer_.done()) {
        open_.emplace(std::invoke(*f_, passed<element_of<Query>>(outer_.get())));
        if (open_->at != open_->end) {
          return;
        }
        open_.reset();
        outer_.next();
      }
    }
    F* f_;
    iteration_of<Query> outer_;
    std::optional<opened> open_;
  };
  [[nodiscard]] auto cursor() { return walker(*this); }

 private:
  Query query_;
  F f_;
};

}  // namespace weft::query::detail
