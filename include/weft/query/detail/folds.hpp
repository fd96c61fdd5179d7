#pragma once
/// The partial results of terminal operators, see `execute.hpp`.

#include <weft/query/detail/query.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query::detail {

struct nothing {};

/// What folds have in common that do not care for order.
struct unordered_fold {
  bool ordered = false;
  template <class Partial>
  static void piece(Partial&, std::uint64_t) noexcept {}
  static constexpr bool wants_first() noexcept { return false; }
};

struct count_fold : unordered_fold {
  std::size_t total = 0;
  [[nodiscard]] static std::size_t make() noexcept { return 0; }
  template <class E>
  static bool add(std::size_t& partial, E&&) noexcept {
    ++partial;
    return true;
  }
  void merge(std::size_t partial) noexcept { total += partial; }
};

/// Integers are added in 64 bits, the rest as they are.
template <class T>
using sum_of =
    std::conditional_t<std::is_integral_v<T>,
                       std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>, T>;

template <class T>
struct sum_fold : unordered_fold {
  using sum = sum_of<T>;
  sum total{};
  [[nodiscard]] static sum make() { return {}; }
  template <class E>
  static bool add(sum& partial, E&& element) {
    partial += static_cast<sum>(element);
    return true;
  }
  void merge(sum&& partial) { total += partial; }
};

struct mean {
  double sum = 0;
  std::uint64_t count = 0;
};

struct average_fold : unordered_fold {
  mean total{};
  [[nodiscard]] static mean make() noexcept { return {}; }
  template <class E>
  static bool add(mean& partial, E&& element) {
    partial.sum += static_cast<double>(element);
    ++partial.count;
    return true;
  }
  void merge(mean partial) noexcept {
    total.sum += partial.sum;
    total.count += partial.count;
  }
};

/// Keeps the one of two that `Better` prefers.
template <class T, class Better>
struct best_fold : unordered_fold {
  std::optional<T> best;
  Better better;
  explicit best_fold(Better b = {}) : better(std::move(b)) {}
  [[nodiscard]] static std::optional<T> make() { return {}; }
  template <class E>
  bool add(std::optional<T>& partial, E&& element) {
    if (!partial || std::invoke(better, element, *partial)) {
      partial = std::forward<E>(element);
    }
    return true;
  }
  void merge(std::optional<T>&& partial) {
    if (partial && (!best || std::invoke(better, *partial, *best))) {
      best = std::move(partial);
    }
  }
};

/// Ends at the first element that it gets.
struct any_fold : unordered_fold {
  bool found = false;
  [[nodiscard]] static bool make() noexcept { return false; }
  template <class E>
  static bool add(bool& partial, E&&) noexcept {
    partial = true;
    return false;
  }
  void merge(bool partial) noexcept { found = found || partial; }
};

/// The first element in the source's order, any one without order.
template <class T>
struct first_fold {
  struct found {
    std::uint64_t piece = 0;
    std::optional<T> element;
  };
  bool ordered = true;
  found best{};
  [[nodiscard]] static found make() { return {}; }
  void piece(found& partial, std::uint64_t first) const noexcept {
    if (!partial.element) {
      partial.piece = first;
    }
  }
  template <class E>
  bool add(found& partial, E&& element) const {
    if (!partial.element) {
      partial.element.emplace(std::forward<E>(element));
    }
    return false;
  }
  void merge(found&& partial) {
    if (partial.element && (!best.element || partial.piece < best.piece)) {
      best.piece = partial.piece;
      best.element.reset();
      best.element.emplace(std::move(*partial.element));
    }
  }
  [[nodiscard]] bool wants_first() const noexcept { return ordered; }
};

/// The last element in the source's order, as far as it is known.
template <class T>
struct last_fold {
  struct found {
    std::uint64_t piece = 0;
    std::uint64_t from = 0;  // the piece that `element` comes from
    std::optional<T> element;
  };
  bool ordered = true;
  found best{};
  [[nodiscard]] static found make() { return {}; }
  static void piece(found& partial, std::uint64_t first) noexcept { partial.piece = first; }
  template <class E>
  static bool add(found& partial, E&& element) {
    // Pieces of one thread need not come in order.
    if (!partial.element || partial.from <= partial.piece) {
      partial.element.reset();
      partial.element.emplace(std::forward<E>(element));
      partial.from = partial.piece;
    }
    return true;
  }
  void merge(found&& partial) {
    if (partial.element && (!best.element || partial.from > best.from)) {
      best.piece = partial.piece;
      best.from = partial.from;
      best.element.reset();
      best.element.emplace(std::move(*partial.element));
    }
  }
  static constexpr bool wants_first() noexcept { return false; }
};

/// The only element; ends at the second.
template <class T>
struct single_fold : unordered_fold {
  struct found {
    std::optional<T> element;
    bool several = false;
  };
  found total{};
  [[nodiscard]] static found make() { return {}; }
  template <class E>
  static bool add(found& partial, E&& element) {
    if (partial.element) {
      partial.several = true;
      return false;
    }
    partial.element.emplace(std::forward<E>(element));
    return true;
  }
  void merge(found&& partial) {
    total.several = total.several || partial.several || (total.element && partial.element);
    if (partial.element && !total.element) {
      total.element.emplace(std::move(*partial.element));
    }
  }
};

/// Elements combined by `f`, the first being the beginning.
template <class T, class F>
struct reduce_fold : unordered_fold {
  F& f;
  std::optional<T> total;
  explicit reduce_fold(F& with) : f(with) {}
  [[nodiscard]] static std::optional<T> make() { return {}; }
  template <class E>
  bool add(std::optional<T>& partial, E&& element) {
    if (partial) {
      partial = std::invoke(f, std::move(*partial), std::forward<E>(element));
    } else {
      partial.emplace(std::forward<E>(element));
    }
    return true;
  }
  void merge(std::optional<T>&& partial) {
    if (partial && total) {
      total = std::invoke(f, std::move(*total), std::move(*partial));
    } else if (partial) {
      total = std::move(partial);
    }
  }
};

/// An accumulator for each thread, begun with the seed, and a function that combines them.
template <class Seed, class A, class Update, class Combine>
struct accumulate_fold : unordered_fold {
  Seed& seed;
  Update& update;
  Combine& combine;
  std::optional<A> total;
  accumulate_fold(Seed& from, Update& with, Combine& by) : seed(from), update(with), combine(by) {}
  [[nodiscard]] A make() const {
    if constexpr (std::invocable<Seed&>) {
      return std::invoke(seed);
    } else {
      return A(seed);
    }
  }
  template <class E>
  bool add(A& partial, E&& element) {
    partial = std::invoke(update, std::move(partial), std::forward<E>(element));
    return true;
  }
  void merge(A&& partial) {
    if (total) {
      total = std::invoke(combine, std::move(*total), std::move(partial));
    } else {
      total.emplace(std::move(partial));
    }
  }
};

template <class F>
struct call_fold : unordered_fold {
  F& f;
  explicit call_fold(F& with) : f(with) {}
  [[nodiscard]] static nothing make() noexcept { return {}; }
  template <class E>
  bool add(nothing&, E&& element) {
    static_cast<void>(std::invoke(f, std::forward<E>(element)));
    return true;
  }
  static void merge(nothing) noexcept {}
};

}  // namespace weft::query::detail
