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
#include <forward_list>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query::detail {

/// The memory of a `chunk_list`, whatever its elements are.
class chunk_memory {
 public:
  struct chunk {
    void* first;
    void* last;  // of the newest chunk only once `settle` was called
    std::size_t bytes;
  };
  /// The chunks with their ends, for who does not add any more.
  [[nodiscard]] const std::vector<chunk>& settled() noexcept {
    settle();
    return chunks_;
  }

 protected:
  chunk_memory() = default;
  chunk_memory(chunk_memory&& other) noexcept { swap(other); }
  chunk_memory& operator=(chunk_memory&& other) noexcept {
    swap(other);
    return *this;
  }
  ~chunk_memory() = default;

  [[nodiscard]] static std::size_t between(const void* first, const void* last) noexcept {
    return static_cast<std::size_t>(static_cast<const char*>(last) -
                                    static_cast<const char*>(first));
  }
  /// Bytes of all elements.
  [[nodiscard]] std::size_t used() const noexcept {
    return chunks_.empty() ? 0 : before_ + between(chunks_.back().first, at_);
  }
  void grow(std::size_t element, std::size_t alignment);
  /// **Pre**: the elements have been destroyed.
  void free(std::size_t alignment) noexcept;

  void* at_ = nullptr;
  void* end_ = nullptr;

 private:
  void settle() noexcept {
    if (!chunks_.empty()) {
      chunks_.back().last = at_;
    }
  }
  void swap(chunk_memory& other) noexcept {
    std::swap(at_, other.at_);
    std::swap(end_, other.end_);
    std::swap(before_, other.before_);
    chunks_.swap(other.chunks_);
  }

  std::size_t before_ = 0;  // bytes of the elements in the chunks before the newest
  std::vector<chunk> chunks_;
};

/// A sequence that is only added to. Growing it copies nothing.
template <class T>
class chunk_list : public chunk_memory {
 public:
  chunk_list() = default;
  chunk_list(chunk_list&&) noexcept = default;
  chunk_list& operator=(chunk_list&&) noexcept = default;
  ~chunk_list() {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      each([](T& one) { std::destroy_at(&one); });
    }
    free(alignof(T));
  }

  template <class... Args>
  void add(Args&&... args) {
    if (at_ == end_) [[unlikely]] {
      grow(sizeof(T), alignof(T));
    }
    ::new (at_) T(std::forward<Args>(args)...);
    at_ = static_cast<T*>(at_) + 1;
  }
  [[nodiscard]] std::size_t size() const noexcept { return used() / sizeof(T); }
  template <class F>
  void each(F f) {
    for (const chunk& c : settled()) {
      for (T *one = static_cast<T*>(c.first), *last = static_cast<T*>(c.last); one != last; ++one) {
        f(*one);
      }
    }
  }
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

/// Where in a thread's elements a piece of the source begins.
struct gather_mark {
  std::uint64_t first;  // of the source
  std::size_t number;   // of the thread's elements
};
/// Adds the runs of a thread's elements.
void add_runs(chunk_memory& elements, std::size_t element_size,
              const std::vector<gather_mark>& marks, std::vector<gathered_run>& runs);

/// Gathers the elements of a parallel query in one vector, in the source's order if asked to.
template <class T>
struct parallel_vector_fold {
  struct partial {
    chunk_list<T> elements{};
    std::vector<gather_mark> marks{};
  };
  bool ordered = true;
  std::forward_list<partial> gathered{};

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
  void merge(partial&& p) { gathered.push_front(std::move(p)); }
  static constexpr bool wants_first() noexcept { return false; }
  [[nodiscard]] std::vector<T> result(const settings& how) &&;
};

template <class T>
std::vector<T> parallel_vector_fold<T>::result(const settings& how) && {
  constexpr std::size_t worth_sharing = 1U << 18;  // bytes: some 30 µs of copying
  std::vector<gathered_run> runs;
  for (partial& p : gathered) {
    add_runs(p.elements, sizeof(T), p.marks, runs);
  }
  const std::size_t total = place_runs(runs, ordered);
  if constexpr (vector_in_parts<T>::possible && std::is_nothrow_move_constructible_v<T>) {
    vector_in_parts<T> all(total);
    const auto move = [&runs, to = all.data()](std::size_t i) {
      std::uninitialized_move_n(static_cast<T*>(runs[i].from), runs[i].count, to + runs[i].to);
    };
    settings copying = how;
    copying.stop = {};  // nothing is left half built
    if (total <= worth_sharing / sizeof(T)) {
      copying.degree = 1;
    }
    share<true>(runs.size(), copying, move);
    return std::move(all).result();
  } else {
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
