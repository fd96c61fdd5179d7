#pragma once
/// What every C++ program here shares: the command line PROGRAM ROW PARAMETER THREADS, and how
/// results are printed. bench/README.md has the protocol.

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <time.h>

namespace bench {

inline constexpr int failed = 1;
inline constexpr int wrong_usage = 2;
inline constexpr int not_supported = 3;

/// What was asked for.
struct request {
  long n;
  int threads;
};

/// What is printed; `duration` is always there.
class outcome {
 public:
  // Implicit: a row gives its time.
  outcome(double microseconds);
  /// A further figure, such as {"mallocs", 3, ""} or {"bytes", 96, ""}.
  outcome& with(const char* name, double value, const char* unit = "") {
    more_ +=
        std::string(name) + ": " + std::to_string(value) + (*unit != 0 ? " " : "") + unit + "\n";
    return *this;
  }
  void print() const {
    std::printf("duration: %.3f us\ncpu: %.3f us\n%s", microseconds_, processor_time_,
                more_.c_str());
  }

 private:
  double microseconds_;
  double processor_time_;
  std::string more_;
};

/// A row that this program has.
struct row {
  const char* name;
  outcome (*measure)(request);
};

/// The processor time that this process has used, in microseconds.
[[nodiscard]] inline double processor_time() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

/// What was used in the last `timed`.
inline double processor_time_used = 0;

inline outcome::outcome(double microseconds)
    : microseconds_(microseconds), processor_time_(processor_time_used) {}

/// How long `f` takes, in microseconds.
template <class F>
[[nodiscard]] double timed(F&& f) {
  const double before = processor_time();
  const auto start = std::chrono::steady_clock::now();
  f();
  const double us =
      std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  processor_time_used = processor_time() - before;
  return us;
}

}  // namespace bench

// tcmalloc's, where it is linked.
extern "C" {
using MallocHook_NewHook = void (*)(const void*, std::size_t);
[[gnu::weak]] int MallocHook_AddNewHook(MallocHook_NewHook hook);
[[gnu::weak]] int MallocHook_RemoveNewHook(MallocHook_NewHook hook);
}

namespace bench {

/// Calls of malloc while `f` runs, on all threads; nothing when this malloc does not tell.
template <class F>
[[nodiscard]] std::optional<double> mallocs_of(F&& f) {
  static std::atomic<long> calls;
  if (MallocHook_AddNewHook == nullptr || MallocHook_RemoveNewHook == nullptr) {
    return std::nullopt;
  }
  constexpr MallocHook_NewHook count = [](const void*, std::size_t) {
    calls.fetch_add(1, std::memory_order_relaxed);
  };
  calls = 0;
  MallocHook_AddNewHook(count);
  f();
  MallocHook_RemoveNewHook(count);
  return static_cast<double>(calls.load());
}

/// Stops a program whose result is wrong: what is fast and wrong is not measured.
template <class T>
void check(const T& result, const T& expected) {
  if (!(result == expected)) {
    throw std::runtime_error("the result is wrong");
  }
}

/// Keeps the compiler from working out or throwing away what is measured.
template <class T>
void keep(T& value) {
  __asm__ volatile("" : "+m"(value) : : "memory");
}

/// A row whose work is `f(n)`: it warms up, takes the time of `f(asked)`, and counts mallocs an
/// operation in a run of its own, after the first one: what is allocated once is no cost of an
/// operation. `result(n)` is what `f(n)` must give.
template <class F, class Result>
[[nodiscard]] outcome measured_operations(F&& f, Result&& result, long n, long warm_up) {
  warm_up = std::min(n, warm_up);
  check(f(warm_up), result(warm_up));
  long sum = 0;
  outcome o(timed([&] { sum = f(n); }));
  check(sum, result(n));
  constexpr long counted = 100'000;
  if (const auto calls = mallocs_of([&] { sum = f(std::min(n, counted)); })) {
    o.with("mallocs", *calls / static_cast<double>(std::min(n, counted)), "each");
  }
  return o;
}

/// The most memory that this program has had, in KiB. Not getrusage: that counts the parent's from
/// before exec.
[[nodiscard]] inline long peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) {
      return std::atol(line.c_str() + std::strlen("VmHWM:"));
    }
  }
  return 0;
}

template <class Number>
[[nodiscard]] bool parse(const char* text, Number& number) {
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, number);
  return error == std::errc() && stop == end && number > 0;
}

/// The main function of a program that has `rows`.
inline int run(int argc, char** argv, std::initializer_list<row> rows,
               const std::string& version = {}) {
  request asked{};
  if (argc != 4 || !parse(argv[2], asked.n) || !parse(argv[3], asked.threads)) {
    std::fprintf(stderr, "usage: %s ROW PARAMETER THREADS\n", argv[0]);
    return wrong_usage;
  }
  for (const row& r : rows) {
    if (std::string_view(r.name) == argv[1]) {
      try {
        const outcome o = r.measure(asked);
        o.print();
        std::printf("memory: %ld KiB\n", peak_memory());
        if (!version.empty()) {
          std::printf("version: %s\n", version.c_str());
        }
        std::fflush(stdout);
        return 0;
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s %s: %s\n", argv[0], argv[1], error.what());
        return failed;
      }
    }
  }
  std::fprintf(stderr, "%s has no row %s\n", argv[0], argv[1]);
  return not_supported;
}

}  // namespace bench
