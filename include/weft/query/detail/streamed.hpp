#pragma once
/// Iterating over a parallel query while it runs.

#include <weft/base/error.hpp>
#include <weft/base/event_count.hpp>
#include <weft/base/lock.hpp>
#include <weft/base/work.hpp>
#include <weft/parallel/blocking_collection.hpp>
#include <weft/query/detail/chunks.hpp>
#include <weft/query/detail/execute.hpp>
#include <weft/query/detail/settings.hpp>
#include <weft/query/detail/vector_fold.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query::detail {

/// Runs `f` on the default pool.
void run_aside(weft::work f);

/// Results on their way from the threads that make them to the one that iterates.
///
/// They come in chunks of pieces of the source. Unordered: one queue, whose producers wait when it
/// is full. Ordered: a queue for each piece, given on from the first to the last; nobody waits,
/// since the piece whose turn it is may be in the hands of one who has not begun it.
/// **Thread-safety**: `take` and `leave` for one thread, the others for all.
template <class T>
class result_stream {
 public:
  using chunk = std::vector<T>;

  result_stream(bool ordered, std::stop_token stop) : ordered_(ordered), stop_(std::move(stop)) {}
  result_stream(const result_stream&) = delete;
  result_stream& operator=(const result_stream&) = delete;

  /// Hands over some results of the piece that begins at `piece`. False: they are not wanted.
  bool deliver(std::uint64_t piece, chunk&& some) {
    const auto put = [&] {
      weft::detail::lock_guard guard(lock_);
      if (!left_ && !ordered_ && pieces_[0].chunks.size() >= most_waiting) {
        return false;
      }
      if (!left_) {
        pieces_[ordered_ ? piece : 0].chunks.push_back(std::move(some));
      }
      return true;
    };
    try {
      static_cast<void>(weft::detail::block_until(room_, stop_, -1, put));
    } catch (const operation_canceled&) {
      return false;  // the loop sees the token itself
    }
    changed_.notify_one();
    return !left();
  }
  /// All results of the piece have been handed over; the next one begins at `next`.
  bool end_piece(std::uint64_t piece, std::uint64_t next) {
    if (ordered_ && piece != next) {
      {
        weft::detail::lock_guard guard(lock_);
        pieces_[piece].next = next;
      }
      changed_.notify_one();
    }
    return !left();
  }
  /// No more will come. The last access of whoever makes results.
  void close(std::exception_ptr error) {
    {
      weft::detail::lock_guard guard(lock_);
      error_ = std::move(error);
      closed_ = true;
    }
    changed_.notify_all();
  }

  /// Waits for some. False: that was all. **Throws** what ended the query.
  [[nodiscard]] bool take(chunk& some) {
    bool found = false;
    static_cast<void>(weft::detail::block_until(changed_, {}, -1, [&] {
      weft::detail::lock_guard guard(lock_);
      found = find(some);
      return found || closed_;
    }));
    if (found) {
      room_.notify_one();
    } else if (auto error = std::exchange(error_, nullptr)) {
      std::rethrow_exception(error);
    }
    return found;
  }
  /// Nobody takes any more: waits until nobody makes any.
  void leave() {
    {
      weft::detail::lock_guard guard(lock_);
      left_ = true;
    }
    room_.notify_all();
    static_cast<void>(weft::detail::block_until(changed_, {}, -1, [&] {
      weft::detail::lock_guard guard(lock_);
      return closed_;
    }));
  }

 private:
  static constexpr std::size_t most_waiting = 512;  // chunks; as many as PLINQ's buffers hold

  struct piece_state {
    std::deque<chunk> chunks;
    std::optional<std::uint64_t> next;  // where the piece behind it begins, when it is complete
  };

  [[nodiscard]] bool left() const {
    weft::detail::lock_guard guard(lock_);
    return left_;
  }
  bool find(chunk& some) {
    for (;;) {
      const auto at = pieces_.find(turn_);
      if (at == pieces_.end()) {
        return false;
      }
      if (!at->second.chunks.empty()) {
        some = std::move(at->second.chunks.front());
        at->second.chunks.pop_front();
        return true;
      }
      if (!at->second.next) {
        return false;
      }
      turn_ = *at->second.next;
      pieces_.erase(at);
    }
  }

  const bool ordered_;
  const std::stop_token stop_;
  weft::detail::event_count changed_;  // there are results, or there will be none
  weft::detail::event_count room_;
  mutable weft::detail::lock lock_;
  // Guarded by lock_:
  std::map<std::uint64_t, piece_state> pieces_;  // by their beginnings; unordered: one, 0
  std::uint64_t turn_ = 0;                       // the beginning of the piece that is given on
  bool left_ = false;
  bool closed_ = false;
  std::exception_ptr error_;
};

/// Hands the results of each piece over: `at_once` of them together, or those of the piece.
template <class T>
struct stream_fold {
  struct partial {
    std::uint64_t first = 0;
    std::vector<T> some{};
  };
  result_stream<T>* to;
  std::size_t at_once;
  bool ordered = false;

  [[nodiscard]] static partial make() { return {}; }
  void piece(partial& p, std::uint64_t first) {
    static_cast<void>(hand_over(p));
    p.first = first;
  }
  template <class E>
  bool add(partial& p, E&& element) {
    p.some.emplace_back(std::forward<E>(element));
    return p.some.size() < at_once || hand_over(p);
  }
  bool piece_end(partial& p, std::uint64_t first, std::uint64_t last) {
    return hand_over(p) && to->end_piece(first, last);
  }
  void merge(partial&& p) { static_cast<void>(hand_over(p)); }
  static constexpr bool wants_first() noexcept { return false; }

 private:
  bool hand_over(partial& p) {
    return p.some.empty() || to->deliver(p.first, std::exchange(p.some, {}));
  }
};

/// A parallel query as a range.
template <class Query>
class streamed_state {
 public:
  using value = std::remove_cvref_t<typename Query::element>;
  using reference = std::conditional_t<std::is_same_v<value, bool>, bool, value&>;

  explicit streamed_state(Query query) {
    if (query.how.merging == merge_options::fully_buffered) {
      some_ = vector_from(query);
    } else {
      stream_ = std::make_shared<result_stream<value>>(query.how.ordered, query.how.stop.get());
      run_aside([stream = stream_, query = std::optional<Query>(std::move(query))]() mutable {
        evaluate(query, *stream);
      });
      refill();
    }
  }
  streamed_state(const streamed_state&) = delete;
  streamed_state& operator=(const streamed_state&) = delete;
  ~streamed_state() {
    if (stream_ != nullptr) {
      stream_->leave();
    }
  }

  [[nodiscard]] bool done() const { return at_ == some_.size(); }
  [[nodiscard]] reference get() { return some_[at_]; }
  void next() {
    if (++at_ == some_.size() && stream_ != nullptr) {
      refill();
    }
  }

 private:
  static constexpr std::size_t largest_chunk = 512;  // elements: a lock is cheap beside so many

  static void evaluate(std::optional<Query>& query, result_stream<value>& to) {
    std::exception_ptr error;
    try {
      const bool buffered = query->how.merging != merge_options::not_buffered;
      stream_fold<value> fold{&to, buffered ? largest_chunk : 1};
      execute(*query, fold);
    } catch (...) {
      error = std::current_exception();
    }
    query.reset();  // the user's functions end before the iteration does
    to.close(std::move(error));
  }
  void refill() {
    some_.clear();
    at_ = 0;
    if (!stream_->take(some_)) {
      some_.clear();
    }
  }

  std::shared_ptr<result_stream<value>> stream_;
  std::vector<value> some_;
  std::size_t at_ = 0;
};

}  // namespace weft::query::detail
