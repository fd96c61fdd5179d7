#pragma once
/// P10: parallel loops. The parameter is the number of iterations, or of loops.
///
/// - sum: of doubles; saxpy: y = a x + y, in floats: memory bounds both;
/// - mandelbrot: a square picture, a row an iteration;
/// - histogram: of bytes, in 256 counters;
/// - primes: how many below the parameter, by trial division: the later the dearer;
/// - trees: iterations that differ by a factor of a thousand, without order;
/// - sort: ints without order; scan: running totals of longs, memory bounds it;
/// - two: a loop of two empty iterations, one after another; empty: a loop of none;
/// - meet: a loop of two iterations that wait for each other, so that two threads must come, one
/// after another.

#include "../program.hpp"

#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <thread>
#include <vector>

namespace bench::loops {

[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t x) {  // splitmix64's finish
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

[[nodiscard]] inline bool is_prime(long n) {
  if (n < 4) {
    return n > 1;
  }
  if (n % 2 == 0) {
    return false;
  }
  for (long d = 3; d * d <= n; d += 2) {
    if (n % d == 0) {
      return false;
    }
  }
  return true;
}

/// Steps until the point of a pixel escapes.
[[nodiscard]] inline int escape_time(long x, long y, long size) {
  constexpr int limit = 256;
  const double re = 3.0 * static_cast<double>(x) / static_cast<double>(size) - 2.0;
  const double im = 3.0 * static_cast<double>(y) / static_cast<double>(size) - 1.5;
  double zr = 0;
  double zi = 0;
  int steps = 0;
  while (steps < limit && zr * zr + zi * zi <= 4) {
    const double next = zr * zr - zi * zi + re;
    zi = 2 * zr * zi + im;
    zr = next;
    ++steps;
  }
  return steps;
}
[[nodiscard]] inline long row_of_picture(long y, long size) {
  long sum = 0;
  for (long x = 0; x < size; ++x) {
    sum += escape_time(x, y, size);
  }
  return sum;
}

/// Walks a tree whose size is a power of two of 1 to 2^11 nodes, by its number.
[[nodiscard]] inline long walk_tree(long i) {
  const auto nodes = 1UL << (mixed(static_cast<std::uint64_t>(i)) % 12);
  std::uint64_t state = static_cast<std::uint64_t>(i);
  for (std::size_t step = 0; step < nodes; ++step) {
    state = mixed(state + 1);
  }
  return static_cast<long>(state & 0xff);
}

using histogram = std::array<long, 256>;

/// The rows of a program. `Peer::loop(n, body)` calls body(i) for each i below n;
/// `Peer::reduce(n, identity, fold, combine)` gives what fold(begin, end, so_far) and combine(a, b)
/// make of them; `Peer::sort(begin, end)` sorts, `Peer::scan(from, to, n)` writes running totals.
template <class Peer>
struct rows {
  template <class Work>
  static outcome measured(Work&& work) {
    const auto expected = work();  // warms up
    decltype(work()) result{};
    const double us = timed([&] { result = work(); });
    check(result, expected);
    return us;
  }
  static long sum_of(long n, long (*of)(long)) {
    return Peer::reduce(
        n, 0L,
        [of](long begin, long end, long so_far) {
          for (long i = begin; i < end; ++i) {
            so_far += of(i);
          }
          return so_far;
        },
        [](long a, long b) { return a + b; });
  }

  static outcome sum(request asked) {
    const std::vector<double> x(static_cast<std::size_t>(asked.n), 1.0);
    return measured([&] {
      return Peer::reduce(
          asked.n, 0.0,
          [&x](long begin, long end, double so_far) {
            std::array<double, 8> parts{};  // else each addition waits for the one before it
            long i = begin;
            for (; i + 8 <= end; i += 8) {
              for (std::size_t k = 0; k < 8; ++k) {
                parts[k] += x[static_cast<std::size_t>(i) + k];
              }
            }
            for (; i < end; ++i) {
              so_far += x[static_cast<std::size_t>(i)];
            }
            for (const double part : parts) {
              so_far += part;
            }
            return so_far;
          },
          [](double a, double b) { return a + b; });
    });
  }
  static outcome saxpy(request asked) {
    const std::vector<float> x(static_cast<std::size_t>(asked.n), 1.0F);
    std::vector<float> y(static_cast<std::size_t>(asked.n), 0.0F);
    const auto run = [&] {
      Peer::loop(asked.n,
                 [a = 2.0F, px = x.data(), py = y.data()](long i) { py[i] = a * px[i] + py[i]; });
    };
    run();
    const double us = timed(run);
    for (const float value : y) {
      check(value, 4.0F);
    }
    return us;
  }
  static outcome mandelbrot(request asked) {
    return measured([&] {
      std::vector<long> picture(static_cast<std::size_t>(asked.n));
      Peer::loop(asked.n, [&](long y) {
        picture[static_cast<std::size_t>(y)] = row_of_picture(y, asked.n);
      });
      return picture;
    });
  }
  static outcome histogram_row(request asked) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(asked.n));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::uint8_t>(mixed(i));
    }
    return measured([&] {
      return Peer::reduce(
          asked.n, histogram{},
          [&bytes](long begin, long end, histogram so_far) {
            for (long i = begin; i < end; ++i) {
              ++so_far[bytes[static_cast<std::size_t>(i)]];
            }
            return so_far;
          },
          [](histogram a, const histogram& b) {
            for (std::size_t i = 0; i < a.size(); ++i) {
              a[i] += b[i];
            }
            return a;
          });
    });
  }
  static outcome primes(request asked) {
    return measured([&] { return sum_of(asked.n, [](long i) { return is_prime(i) ? 1L : 0L; }); });
  }
  static outcome trees(request asked) {
    return measured([&] { return sum_of(asked.n, walk_tree); });
  }
  static outcome sort(request asked) {
    std::vector<int> source(static_cast<std::size_t>(asked.n));
    for (std::size_t i = 0; i < source.size(); ++i) {
      source[i] = static_cast<int>(mixed(i));
    }
    std::vector<int> sorted = source;
    Peer::sort(sorted.data(), sorted.data() + sorted.size());
    sorted = source;
    const double us = timed([&] { Peer::sort(sorted.data(), sorted.data() + sorted.size()); });
    std::sort(source.begin(), source.end());
    check(sorted, source);
    return us;
  }
  static outcome scan(request asked) {
    std::vector<long> source(static_cast<std::size_t>(asked.n));
    for (std::size_t i = 0; i < source.size(); ++i) {
      source[i] = static_cast<long>(i % 7);
    }
    std::vector<long> totals(source.size());
    Peer::scan(source.data(), totals.data(), asked.n);
    const double us = timed([&] { Peer::scan(source.data(), totals.data(), asked.n); });
    long total = 0;
    for (std::size_t i = 0; i < source.size(); ++i) {
      total += source[i];
      check(totals[i], total);
    }
    return us;
  }
  static outcome loops_of(long loops, long iterations) {
    const auto run = [&](long n) {
      for (long i = 0; i < n; ++i) {
        Peer::loop(iterations, [](long index) { keep(index); });
      }
    };
    run(std::min(loops, 1000L));
    return timed([&] { run(loops); });
  }
  static outcome two(request asked) { return loops_of(asked.n, 2); }
  /// Loops that follow each other at once: the other thread still looks for work.
  static outcome meet(request asked) {
    const auto run = [](long n) {
      for (long i = 0; i < n; ++i) {
        std::atomic<int> there{0};
        Peer::loop(2, [&there](long) {
          there.fetch_add(1);
          for (int looks = 0; there.load() != 2; ++looks) {
            if (looks % 4096 == 4095) {
              std::this_thread::yield();  // the other one may lack a processor
            }
          }
        });
      }
    };
    run(std::min(asked.n, 1000L));
    return timed([&] { run(asked.n); });
  }
  static outcome empty(request asked) { return loops_of(asked.n, 0); }
};

/// All of them, for `run`.
#define BENCH_LOOPS(Peer)                                                                         \
  {"P10/sum", bench::loops::rows<Peer>::sum}, {"P10/saxpy", bench::loops::rows<Peer>::saxpy},     \
      {"P10/mandelbrot", bench::loops::rows<Peer>::mandelbrot},                                   \
      {"P10/histogram", bench::loops::rows<Peer>::histogram_row},                                 \
      {"P10/primes", bench::loops::rows<Peer>::primes},                                           \
      {"P10/trees", bench::loops::rows<Peer>::trees}, {"P10/two", bench::loops::rows<Peer>::two}, \
      {"P10/sort", bench::loops::rows<Peer>::sort}, {"P10/scan", bench::loops::rows<Peer>::scan}, \
  {                                                                                               \
    "P10/empty", bench::loops::rows<Peer>::empty                                                  \
  }

}  // namespace bench::loops
