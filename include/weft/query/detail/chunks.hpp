#pragma once
/// Elements that several threads gather: each into chunks of its own that are never moved, then all
/// of them into one vector, written by all threads.

#include <weft/base/assert.hpp>
#include <weft/query/detail/execute.hpp>
#include <weft/query/detail/settings.hpp>
#include <weft/query/detail/vector_fold.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query::detail {

/// A sequence that is only added to. Growing it copies nothing.
template <class T>
class chunk_list {
 public:
  struct chunk {
    T* first;
    T* last;  // of the newest chunk only once `settle` was called
    std::size_t capacity;
  };

  chunk_list() = default;
  chunk_list(chunk_list&& other) noexcept
      : at_(std::exchange(other.at_, nullptr)),
        end_(std::exchange(other.end_, nullptr)),
        before_(std::exchange(other.before_, 0)),
        chunks_(std::exchange(other.chunks_, {})) {}
  chunk_list& operator=(chunk_list&& other) noexcept {
    std::swap(at_, other.at_);
    std::swap(end_, other.end_);
    std::swap(before_, other.before_);
    chunks_.swap(other.chunks_);
    return *this;
  }
  ~chunk_list() {
    settle();
    for (const chunk& c : chunks_) {
      std::destroy(c.first, c.last);
      std::allocator<T>().deallocate(c.first, c.capacity);
    }
  }

  template <class... Args>
  void add(Args&&... args) {
    if (at_ == end_) [[unlikely]] {
      grow();
    }
    ::new (static_cast<void*>(at_)) T(std::forward<Args>(args)...);
    ++at_;
  }
  [[nodiscard]] std::size_t size() const noexcept {
    return chunks_.empty() ? 0 : before_ + static_cast<std::size_t>(at_ - chunks_.back().first);
  }
  /// The chunks with their ends, for who does not add any more.
  [[nodiscard]] const std::vector<chunk>& settled() noexcept {
    settle();
    return chunks_;
  }
  template <class F>
  void each(F f) {
    for (const chunk& c : settled()) {
      for (T* one = c.first; one != c.last; ++one) {
        f(*one);
      }
    }
  }

 private:
  static constexpr std::size_t least_bytes = 512;  // few elements stay cheap
  static constexpr std::size_t most_bytes = 1U << 16;
  static constexpr std::size_t least = 4;  // elements

  void settle() noexcept {
    if (!chunks_.empty()) {
      chunks_.back().last = at_;
    }
  }
  [[gnu::noinline, gnu::cold]] void grow() {
    settle();
    if (chunks_.size() == chunks_.capacity()) {  // before the memory, which nobody would give back
      chunks_.reserve(2 * chunks_.size() + 1);
    }
    const std::size_t bytes = chunks_.empty()
                                  ? least_bytes
                                  : std::min(most_bytes, 2 * chunks_.back().capacity * sizeof(T));
    const std::size_t capacity = std::max(least, bytes / sizeof(T));
    T* const memory = std::allocator<T>().allocate(capacity);
    before_ = size();
    chunks_.push_back({memory, memory, capacity});
    at_ = memory;
    end_ = memory + capacity;
  }

  T* at_ = nullptr;
  T* end_ = nullptr;
  std::size_t before_ = 0;  // elements in the chunks before the newest
  std::vector<chunk> chunks_;
};

#if defined(__GLIBCXX__) && !defined(_GLIBCXX_DEBUG) && !defined(_GLIBCXX_SANITIZE_VECTOR)
inline constexpr bool vector_end_is_known = true;
/// Moves a vector's end to elements that were constructed in its memory. The standard library
/// offers no other way to fill a vector from several threads than to zero it on one thread first,
/// which costs (5 million longs on two threads: 1.2 to 3 ms beside the 4 to 5 ms of the whole
/// query), and whoever asks for a `std::vector` is to get one, with the usual allocator. The member
/// has had its name and its meaning for as long as the library's ABI; where vectors are checked
/// (debug mode, annotations for ASan), and with any other library, elements are zeroed first.
template <class T>
struct vector_end : std::vector<T> {
  static void set(std::vector<T>& all, std::size_t size) noexcept {
    auto& parts = all.*(&vector_end::_M_impl);
    parts._M_finish = parts._M_start + size;
    WEFT_ASSERT(all.size() == size && all.capacity() >= size, "a vector's end is where it was put");
  }
};
#else
inline constexpr bool vector_end_is_known = false;
template <class T>
struct vector_end {
  static void set(std::vector<T>&, std::size_t) noexcept {}
};
#endif

/// A vector whose elements several threads construct. Nothing of it may throw.
template <class T>
class vector_in_parts {
 public:
  static constexpr bool possible =
      !std::is_same_v<T, bool> && (vector_end_is_known || (std::is_trivially_copyable_v<T> &&
                                                           std::is_default_constructible_v<T>));
  explicit vector_in_parts(std::size_t size) : size_(size) {
    all_.reserve(size);
    if constexpr (!vector_end_is_known) {
      all_.resize(size);
    }
  }
  [[nodiscard]] T* data() noexcept { return all_.data(); }
  /// When all are constructed.
  [[nodiscard]] std::vector<T> result() && {
    vector_end<T>::set(all_, size_);
    return std::move(all_);
  }

 private:
  std::vector<T> all_;
  std::size_t size_;
};

/// Elements side by side that stay so.
struct gathered_run {
  std::uint64_t first;  // of the source: the piece that they come from
  void* from;
  std::size_t count;
  std::size_t to;  // their place in the result
};
/// Says where each run goes. **Returns** how many elements there are.
[[nodiscard]] std::size_t place_runs(std::vector<gathered_run>& runs, bool ordered);

/// Gathers the elements of a parallel query in one vector, in the source's order if asked to.
template <class T>
struct parallel_vector_fold {
  struct mark {
    std::uint64_t first;  // of the source
    std::size_t number;   // of the thread's elements
  };
  struct partial {
    chunk_list<T> elements{};
    std::vector<mark> marks{};
  };
  bool ordered = true;
  std::vector<partial> gathered{};

  [[nodiscard]] static partial make() { return {}; }
  void piece(partial& p, std::uint64_t first) const {
    if (ordered) {
      const std::size_t number = p.elements.size();
      if (!p.marks.empty() && p.marks.back().number == number) {
        p.marks.back().first = first;  // nothing came of the piece before
      } else {
        p.marks.push_back({first, number});
      }
    }
  }
  template <class E>
  static bool add(partial& p, E&& element) {
    p.elements.add(std::forward<E>(element));
    return true;
  }
  void merge(partial&& p) { gathered.push_back(std::move(p)); }
  static constexpr bool wants_first() noexcept { return false; }
  [[nodiscard]] std::vector<T> result(const settings& how) &&;

 private:
  static void add_runs(partial& p, std::vector<gathered_run>& runs);
};

template <class T>
void parallel_vector_fold<T>::add_runs(partial& p, std::vector<gathered_run>& runs) {
  std::size_t number = 0;
  auto next = p.marks.begin();
  std::uint64_t first = 0;
  for (const auto& c : p.elements.settled()) {
    for (T* from = c.first; from != c.last;) {
      if (next != p.marks.end() && next->number == number) {
        first = next->first;
        ++next;
      }
      auto count = static_cast<std::size_t>(c.last - from);
      if (next != p.marks.end()) {
        count = std::min(count, next->number - number);
      }
      runs.push_back({first, from, count, 0});
      number += count;
      from += count;
    }
  }
}

template <class T>
std::vector<T> parallel_vector_fold<T>::result(const settings& how) && {
  constexpr std::size_t worth_sharing = 1U << 18;  // bytes: some 30 µs of copying
  std::vector<gathered_run> runs;
  for (partial& p : gathered) {
    add_runs(p, runs);
  }
  const std::size_t total = place_runs(runs, ordered);
  if constexpr (vector_in_parts<T>::possible && std::is_nothrow_move_constructible_v<T>) {
    if (total > worth_sharing / sizeof(T)) {
      vector_in_parts<T> all(total);
      settings copying = how;
      copying.stop = {};  // nothing is left half built
      share<true>(runs.size(), copying, [&runs, to = all.data()](std::size_t i) {
        std::uninitialized_move_n(static_cast<T*>(runs[i].from), runs[i].count, to + runs[i].to);
      });
      return std::move(all).result();
    }
  }
  std::vector<T> all;
  all.reserve(total);
  for (const gathered_run& r : runs) {
    T* const from = static_cast<T*>(r.from);
    for (std::size_t i = 0; i != r.count; ++i) {
      all.push_back(std::move(from[i]));
    }
  }
  return all;
}

/// All elements of a query that gives values.
template <class Query>
[[nodiscard]] auto vector_from(Query& query) {
  using value = std::remove_cvref_t<typename Query::element>;
  if constexpr (Query::parallel) {
    parallel_vector_fold<value> fold;
    execute(query, fold);
    return std::move(fold).result(query.how);
  } else {
    plain_vector_fold<value> fold;
    execute(query, fold);
    return std::move(fold.all);
  }
}

}  // namespace weft::query::detail
