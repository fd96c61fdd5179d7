#pragma once
/// What a query has been told about how to run, and work shared out by it.

#include <weft/base/error.hpp>
#include <weft/parallel/detail/blocks.hpp>

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <utility>

namespace weft::query {

/// How results reach whoever iterates over a parallel query: each at once, some at a time (the
/// default), or all when the last is there. Results that come at once or some at a time wait for
/// the iteration, and the bodies with them, when there are many; those of an ordered query wait for
/// their turn instead, and all of them may.
/// **Source**: System.Linq.ParallelMergeOptions.
enum class merge_options : std::uint8_t { default_, not_buffered, auto_buffered, fully_buffered };

/// **Source**: System.Linq.ParallelExecutionMode.
enum class execution_mode : std::uint8_t { default_, force_parallelism };

namespace detail {

/// A query's token. Most queries have none, and each is moved and dropped once per operator: so it
/// is a pointer, which costs a query without a token next to no code.
class query_token {
 public:
  query_token() noexcept = default;
  explicit query_token(const std::stop_token& token) : token_(copied(token)) {}
  query_token(const query_token& other)
      : token_(other.token_ == nullptr ? nullptr : copied(*other.token_)) {}
  query_token(query_token&& other) noexcept : token_(std::exchange(other.token_, nullptr)) {}
  query_token& operator=(query_token other) noexcept {
    std::swap(token_, other.token_);
    return *this;
  }
  ~query_token() {
    if (token_ != nullptr) {
      drop(token_);
    }
  }
  [[nodiscard]] std::stop_token get() const noexcept {
    return token_ == nullptr ? std::stop_token() : *token_;
  }
  /// **Lifetime**: this one's.
  [[nodiscard]] stop_ref ref() const noexcept {
    return token_ == nullptr ? stop_ref() : stop_ref(*token_);
  }

 private:
  static const std::stop_token* copied(const std::stop_token& token);
  static void drop(const std::stop_token* token) noexcept;

  const std::stop_token* token_ = nullptr;
};

struct settings {
  int degree = -1;
  bool ordered = false;
  merge_options merging = merge_options::default_;
  query_token stop{};

  [[nodiscard]] parallel_options options() const noexcept {
    return {.max_degree_of_parallelism = degree, .stop = stop.ref()};
  }
  /// What is run for a query behind it keeps to that query's limits.
  void limit(const settings& behind) {
    degree = behind.degree;
    stop = behind.stop;
  }
};

/// The settings of an operator with two inputs. **Throws** `invalid_operation` when both say the
/// same thing, as PLINQ does.
[[nodiscard]] settings joined(settings first, const settings& second);

/// Pieces that work of `count` elements is worth being cut into.
[[nodiscard]] std::size_t blocks_for(std::uint64_t count, const settings& how);

[[noreturn]] void throw_no_elements(const char* terminal);
[[noreturn]] void throw_several_elements();
[[noreturn]] void throw_no_such_element();
[[noreturn]] void throw_duplicate_key();

/// Inside a handler: throws what was caught as parallel queries throw it.
[[noreturn]] void rethrow_as_query(const settings& how);

/// Calls `f`; what it throws arrives as queries of that kind throw it.
template <bool Parallel, class F>
decltype(auto) guarded(const settings& how, F&& f) {
  if constexpr (!Parallel) {
    return std::forward<F>(f)();
  } else {
    try {
      return std::forward<F>(f)();
    } catch (...) {
      rethrow_as_query(how);
    }
  }
}

/// Calls `f(i)` for i in [0, n): one after another, or on as many threads as the query may have.
template <bool Parallel, class F>
void share(std::size_t n, const settings& how, F f) {
  if constexpr (Parallel) {
    static constinit weft::detail::loop_site site{};
    weft::detail::run_blocks(n, how.options(), site, f);
  } else {
    for (std::size_t i = 0; i != n; ++i) {
      f(i);
    }
  }
}

/// The elements [first, last) of block `i` of `blocks`.
struct block_range {
  std::uint64_t first;
  std::uint64_t last;
};
[[nodiscard]] constexpr block_range block(std::uint64_t count, std::size_t blocks, std::size_t i) {
  const auto n = static_cast<std::uint64_t>(blocks);
  const auto at = static_cast<std::uint64_t>(i);
  const std::uint64_t size = count / n;
  const std::uint64_t more = count % n;
  const std::uint64_t first = at * size + (at < more ? at : more);
  return {first, first + size + (at < more ? 1 : 0)};
}

}  // namespace detail
}  // namespace weft::query
