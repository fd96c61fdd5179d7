#pragma once
/// Loops over ranges that must be walked: one thread at a time takes a piece from the front.

#include <weft/base/lock.hpp>
#include <weft/parallel/detail/body.hpp>

#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace weft::detail {

/// Hands out pieces of a range. The range's own operators run under a lock of the loop's own, which
/// nothing else takes.
template <class Range>
class stream {
 public:
  static constexpr bool forward = std::ranges::forward_range<Range>;

  struct kept_value {
    std::conditional_t<forward, int, std::ranges::range_value_t<Range>> value;
  };

  /// One participant's piece: where it begins, or, of an input range, its elements.
  struct piece {
    void advance() {
      if constexpr (forward) {
        ++at;
      } else {
        ++index;
      }
    }
    decltype(auto) element() {
      if constexpr (forward) {
        return *at;
      } else {
        return static_cast<std::ranges::range_value_t<Range>&>(kept[index].value);
      }
    }

    std::conditional_t<forward, std::ranges::iterator_t<Range>, int> at{};
    std::vector<kept_value> kept{};
    std::size_t index = 0;
  };

  explicit stream(Range& range) : at_(std::ranges::begin(range)), end_(std::ranges::end(range)) {}

  /// Up to `most` elements into `out`; their numbers into `p`. False: there are no more.
  [[nodiscard]] bool take(std::uint64_t most, piece& out, loop_participant& p) {
    if constexpr (!forward) {
      out.kept.clear();
      out.index = 0;
    }
    lock_guard guard(lock_);
    if constexpr (forward) {
      out.at = at_;
    }
    std::uint64_t got = 0;
    for (; got < most && at_ != end_; ++at_, ++got) {
      if constexpr (!forward) {
        out.kept.push_back(kept_value{*at_});
      }
    }
    p.first = taken_;
    p.last = taken_ += got;
    p.size = got;
    return got != 0;
  }

 private:
  lock lock_;
  // Guarded by lock_:
  std::ranges::iterator_t<Range> at_;
  std::ranges::sentinel_t<Range> end_;
  std::uint64_t taken_ = 0;
};

/// Calls `each(element, number)` for the elements that this participant gets.
template <class Range, class Each>
void walk(loop_core& core, loop_participant& p, stream<Range>& source,
          typename stream<Range>::piece& piece, Each each) {
  do {
    for (; p.first < p.last; ++p.first, piece.advance()) {
      if (core.signalled()) [[unlikely]] {
        core.attend(p);
        if (p.first == p.last) {
          return;
        }
      }
      each(piece.element(), p.first);
    }
  } while (core.border(p) && core.take_piece(p, source, piece));
}

template <class Body, class Range>
class stream_loop : public loop_core {
 public:
  stream_loop(Body& body, Range& range, const parallel_options& options)
      : loop_core(&run, UINT64_MAX, 0, options, site), body_(body), source_(range) {}

 private:
  static void run(loop_core& core, loop_participant& p) {
    auto& self = static_cast<stream_loop&>(core);
    typename stream<Range>::piece piece;
    parallel_loop_state state(core);
    p.first = p.last = 0;
    walk(core, p, self.source_, piece, [&](auto&& element, std::uint64_t number) {
      state.enter(number);
      call_body<Body, decltype(element)>(self.body_, std::forward<decltype(element)>(element),
                                         state, number);
    });
  }

  static inline constinit loop_site site{};
  Body& body_;
  stream<Range> source_;
};

template <class Init, class Body, class Finally, class Range>
class local_stream_loop : public loop_core {
 public:
  using local = std::decay_t<std::invoke_result_t<Init&>>;

  local_stream_loop(Init& init, Body& body, Finally& finally, Range& range,
                    const parallel_options& options)
      : loop_core(&run, UINT64_MAX, 0, options, site),
        init_(init),
        body_(body),
        finally_(finally),
        source_(range) {}

 private:
  static void run(loop_core& core, loop_participant& p) {
    auto& self = static_cast<local_stream_loop&>(core);
    typename stream<Range>::piece piece;
    p.first = p.last = 0;
    if (!core.border(p) || !core.take_piece(p, self.source_, piece)) {
      return;
    }
    local value = self.init_();
    try {
      parallel_loop_state state(core);
      walk(core, p, self.source_, piece, [&](auto&& element, std::uint64_t number) {
        state.enter(number);
        value = self.body_(std::forward<decltype(element)>(element), state, std::move(value));
      });
    } catch (...) {  // the value gets its end all the same
      core.fail(std::current_exception());
    }
    self.finally_(std::move(value));
  }

  static inline constinit loop_site site{};
  Init& init_;
  Body& body_;
  Finally& finally_;
  stream<Range> source_;
};

}  // namespace weft::detail
