#pragma once
/// Parallel queries that need a part of their elements in order: `take`, `take_while`,
/// `skip_while`; and `default_if_empty`.

#include <weft/query/detail/compose.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace weft::query::detail {

/// Gathers elements until enough are there: any, or those of the lowest pieces.
template <class T>
class take_fold {
 public:
  using pieces = std::vector<ordered_piece<T>>;
  bool ordered = true;

  explicit take_fold(std::uint64_t most) : most_(most) {}
  [[nodiscard]] static pieces make() { return {}; }
  static void piece(pieces& partial, std::uint64_t first) { partial.push_back({first, {}}); }
  template <class E>
  bool add(pieces& partial, E&& element) {
    auto& into = partial.back().elements;
    into.emplace_back(std::forward<E>(element));
    return into.size() < most_;
  }
  bool piece_end(pieces& partial, std::uint64_t first, std::uint64_t last) {
    const std::uint64_t got = partial.back().elements.size();
    weft::detail::lock_guard guard(lock_);
    if (!ordered) {
      known_ += got;
      return known_ < most_;
    }
    ended_.emplace(first, end{last, got});
    // What is known is what has been found up to the first gap.
    for (auto next = ended_.find(border_); next != ended_.end(); next = ended_.find(border_)) {
      border_ = next->second.last;
      known_ += next->second.found;
      ended_.erase(next);
    }
    return known_ < most_;
  }
  void merge(pieces&& partial) {
    for (auto& piece : partial) {
      gathered_.gathered.push_back(std::move(piece));
    }
  }
  /// An own piece with enough: nothing above it is needed, what is below it is.
  [[nodiscard]] bool wants_first() const noexcept { return ordered; }
  [[nodiscard]] std::vector<T> result() && {
    gathered_.ordered = ordered;
    auto all = std::move(gathered_).result();
    while (all.size() > most_) {
      all.pop_back();
    }
    return all;
  }

 private:
  struct end {
    std::uint64_t last;
    std::uint64_t found;
  };
  const std::uint64_t most_;
  vector_fold<T> gathered_;
  weft::detail::lock lock_;
  // Guarded by lock_:
  std::uint64_t known_ = 0;
  std::uint64_t border_ = 0;
  std::map<std::uint64_t, end> ended_;
};

template <class Query>
class take_source : public gathered_elements<held_of<Query>> {
 public:
  take_source(Query query, std::uint64_t most) : query_(std::move(query)), most_(most) {}
  [[gnu::noinline]] void prepare(const settings& how) {
    if (most_ == 0) {
      throw_if_stopped(how.stop.get());
      this->hold({});
      return;
    }
    query_.how.limit(how);
    auto run = keeping(query_);
    take_fold<typename held_of<Query>::type> fold(most_);
    execute(run, fold);
    this->hold(std::move(fold).result());
  }

 private:
  Query query_;
  std::uint64_t most_;
};

/// Gathers elements, and how many of each piece come before the first that the predicate is false
/// for.
template <class Held, class P, bool Taking>
class while_fold {
 public:
  using kept = typename Held::type;
  struct piece_part {
    std::uint64_t first;
    std::vector<kept> elements{};
    std::size_t before = 0;  // elements ahead of the failing one
    bool failed = false;
  };
  using pieces = std::vector<piece_part>;
  bool ordered = true;

  explicit while_fold(P& predicate) : predicate_(predicate) {}
  [[nodiscard]] static pieces make() { return {}; }
  static void piece(pieces& partial, std::uint64_t first) { partial.push_back({first}); }
  template <class E>
  bool add(pieces& partial, E&& element) {
    auto& part = partial.back();
    if (!part.failed && !std::invoke(predicate_, Held::look(element))) {
      part.failed = true;
      part.before = part.elements.size();
    }
    if (part.failed && Taking) {
      return false;
    }
    part.elements.push_back(std::forward<E>(element));
    return true;
  }
  void merge(pieces&& partial) {
    for (auto& part : partial) {
      parts_.push_back(std::move(part));
    }
  }
  static constexpr bool wants_first() noexcept { return true; }
  [[nodiscard]] std::vector<kept> result() && {
    std::ranges::sort(parts_, {}, &piece_part::first);
    std::vector<kept> all;
    bool passed = true;
    for (auto& part : parts_) {
      if (Taking ? passed : !passed) {
        append_moved(all, part.elements, 0);
      } else if (!Taking && part.failed) {
        append_moved(all, part.elements, part.before);
      }
      passed = passed && !part.failed;
    }
    return all;
  }

 private:
  P& predicate_;
  std::vector<piece_part> parts_;
};

template <class Query, class P, bool Taking>
class while_source : public gathered_elements<held_of<Query>> {
 public:
  while_source(Query query, P predicate)
      : query_(std::move(query)), predicate_(std::move(predicate)) {}
  [[gnu::noinline]] void prepare(const settings& how) {
    query_.how.limit(how);
    auto run = keeping(query_);
    while_fold<held_of<Query>, P, Taking> fold(predicate_);
    execute(run, fold);
    this->hold(std::move(fold).result());
  }

 private:
  Query query_;
  P predicate_;
};

template <class Query, class T>
class default_source : public gathered_elements<value_kept<T>> {
 public:
  default_source(Query query, T value) : query_(std::move(query)), value_(std::move(value)) {}
  [[gnu::noinline]] void prepare(const settings& how) {
    query_.how.limit(how);
    const auto convert = [](auto&& e) { return value_kept<T>::keep(std::forward<decltype(e)>(e)); };
    auto run = borrowed(query_, convert);
    auto all = vector_from(run);
    if (all.empty()) {
      all.push_back(value_kept<T>::keep(std::move(value_)));
    }
    this->hold(std::move(all));
  }

 private:
  Query query_;
  T value_;
};

}  // namespace weft::query::detail
