#pragma once
/// How a query is run to its end. A *fold* takes the elements:
///
/// - `make()` gives a partial result, one for each thread;
/// - `piece(partial, first)` says that elements from the source's `first` on follow;
/// - `add(partial, element)` takes one, and returns false when it needs no more;
/// - `merge(partial)` takes a partial result in, one thread at a time;
/// - `piece_end(partial, first, last)`, if there is one, hears that all of [first, last) has been
///   looked at, and returns false when no more of the source is needed.

#include <weft/base/lock.hpp>
#include <weft/parallel/detail/stream_loop.hpp>
#include <weft/query/detail/source.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace weft::query::detail {

template <class Fold, class Partial>
struct fold_sink {
  Fold* fold;
  Partial* partial;
  static bool begin() noexcept { return true; }
  static void end() noexcept {}
  template <class E>
  bool operator()(E&& element) {
    return fold->add(*partial, std::forward<E>(element));
  }
};

/// A sink of somebody else's, who begins and ends it.
template <class Sink>
struct borrowed_sink {
  Sink* sink;
  bool* wanted;  // false once the sink has said that it wants no more
  static bool begin() noexcept { return true; }
  static void end() noexcept {}
  template <class E>
  bool operator()(E&& element) {
    return *wanted = (*sink)(std::forward<E>(element));
  }
};

/// Pushes all elements of a prepared sequential query.
template <class Query, class Sink>
void push_prepared(Query& query, Sink last) {
  auto sink = query.chain.wrap(std::move(last));
  if (sink.begin()) {
    if constexpr (indexed_source<decltype(query.source)>) {
      auto source = reader_of(query.source);
      const std::uint64_t size = query.source.size();
      for (std::uint64_t i = 0; i != size && sink(source.at(i)); ++i) {
      }
    } else if constexpr (requires { query.source.each(sink); }) {
      query.source.each(sink);
    } else {
      for (auto cursor = query.source.cursor(); !cursor.done() && sink(cursor.get());
           cursor.next()) {
      }
    }
  }
  sink.end();
}

template <class Query, class Fold>
void run_sequentially(Query& query, Fold& fold) {
  auto partial = fold.make();
  fold.piece(partial, 0);
  push_prepared(query, fold_sink<Fold, decltype(partial)>{&fold, &partial});
  fold.merge(std::move(partial));
}

/// Tells a fold that a piece has been looked at. False: the fold needs no more.
template <class Fold, class Partial>
bool tell_end([[maybe_unused]] Fold& fold, [[maybe_unused]] Partial& partial,
              [[maybe_unused]] std::uint64_t first, [[maybe_unused]] std::uint64_t last) {
  if constexpr (requires { fold.piece_end(partial, first, last); }) {
    return fold.piece_end(partial, first, last);
  } else {
    return true;
  }
}

template <class Query, class Fold>
class fold_loop : public weft::detail::loop_core {
 public:
  using core = weft::detail::loop_core;
  using participant = weft::detail::loop_participant;

  fold_loop(Query& query, Fold& fold, const parallel_options& options)
      : core(&run, query.source.size(), 0, options, site), query_(query), fold_(fold) {}

 private:
  static void run(core& loop, participant& p) {
    auto& self = static_cast<fold_loop&>(loop);
    if (!loop.next(p)) {
      return;
    }
    Fold& fold = self.fold_;
    auto partial = fold.make();
    auto sink = self.query_.chain.wrap(fold_sink<Fold, decltype(partial)>{&fold, &partial});
    auto source = reader_of(self.query_.source);
    do {
      const std::uint64_t begun = p.first;
      fold.piece(partial, begun);
      while (p.first < p.last) {
        const std::uint64_t end = p.last - p.first > p.block ? p.first + p.block : p.last;
        std::uint64_t i = p.first;
        if constexpr (requires { sink.block(source, i, end); }) {
          i = sink.block(source, i, end);
        } else {
          while (i != end && sink(source.at(i))) {
            ++i;
          }
        }
        if (i != end) {
          loop.end_at(i, fold.wants_first());
          p.last = p.first;
          break;
        }
        p.first = end;
        if (loop.signalled()) [[unlikely]] {
          loop.attend(p);
        }
      }
      if (!tell_end(fold, partial, begun, p.first)) {
        loop.end_at(0, false);
      }
    } while (loop.next(p));
    weft::detail::lock_guard guard(self.merging_);
    fold.merge(std::move(partial));
  }

  static inline constinit weft::detail::loop_site site{};
  Query& query_;
  Fold& fold_;
  weft::detail::lock merging_;
};

template <class Query, class Fold>
class stream_fold_loop : public weft::detail::loop_core {
 public:
  using core = weft::detail::loop_core;
  using participant = weft::detail::loop_participant;
  using range = std::remove_reference_t<decltype(std::declval<Query&>().source.range())>;

  stream_fold_loop(Query& query, Fold& fold, const parallel_options& options)
      : core(&run, UINT64_MAX, 0, options, site),
        query_(query),
        fold_(fold),
        stream_(query.source.range()) {}

 private:
  static void run(core& loop, participant& p) {
    auto& self = static_cast<stream_fold_loop&>(loop);
    typename weft::detail::stream<range>::piece piece;
    p.first = p.last = 0;
    if (!loop.border(p) || !loop.take_piece(p, self.stream_, piece)) {
      return;
    }
    Fold& fold = self.fold_;
    auto partial = fold.make();
    auto sink = self.query_.chain.wrap(fold_sink<Fold, decltype(partial)>{&fold, &partial});
    std::uint64_t begun = UINT64_MAX;
    std::uint64_t ended = UINT64_MAX;
    const auto end_piece = [&] {
      if (begun != UINT64_MAX && !tell_end(fold, partial, begun, ended)) {
        loop.end_at(0, false);
      }
    };
    weft::detail::walk(loop, p, self.stream_, piece, [&](auto&& element, std::uint64_t number) {
      if (number != ended) {
        end_piece();
        fold.piece(partial, number);
        begun = number;
      }
      ended = number + 1;
      if (!sink(static_cast<typename decltype(Query::source)::element>(element))) {
        loop.end_at(number, fold.wants_first());
      }
    });
    end_piece();
    weft::detail::lock_guard guard(self.merging_);
    fold.merge(std::move(partial));
  }

  static inline constinit weft::detail::loop_site site{};
  Query& query_;
  Fold& fold_;
  weft::detail::stream<range> stream_;
  weft::detail::lock merging_;
};

// Apart, as all that is done once for a whole parallel query: each is used in one place, so that
// compilers would make one large function of it and whatever is around, which takes them longest.
template <class Query, class Fold>
[[gnu::noinline]] void execute_in_parallel(Query& query, Fold& fold) {
  query.prepare();
  fold.ordered = query.how.ordered;
  const parallel_options options = query.how.options();
  if constexpr (indexed_source<decltype(query.source)>) {
    fold_loop<Query, Fold>(query, fold, options).execute();
  } else {
    stream_fold_loop<Query, Fold>(query, fold, options).execute();
  }
}

/// Runs `query` into `fold`: on this thread, or on as many as it may.
template <class Query, class Fold>
void execute(Query& query, Fold& fold) {
  if constexpr (Query::parallel) {
    execute_in_parallel(query, fold);
  } else {
    query.prepare();
    run_sequentially(query, fold);
  }
}

}  // namespace weft::query::detail
