#pragma once
/// What every C++ program here shares: the command line PROGRAM ROW PARAMETER THREADS, and how
/// results are printed. bench/README.md has the protocol.

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

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
  outcome(double microseconds) : microseconds_(microseconds) {}
  /// A further figure, such as {"mallocs", 3, ""} or {"bytes", 96, ""}.
  outcome& with(const char* name, double value, const char* unit = "") {
    more_ +=
        std::string(name) + ": " + std::to_string(value) + (*unit != 0 ? " " : "") + unit + "\n";
    return *this;
  }
  void print() const { std::printf("duration: %.3f us\n%s", microseconds_, more_.c_str()); }

 private:
  double microseconds_;
  std::string more_;
};

/// A row that this program has.
struct row {
  const char* name;
  outcome (*measure)(request);
};

/// How long `f` takes, in microseconds.
template <class F>
[[nodiscard]] double timed(F&& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
      .count();
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
inline int run(int argc, char** argv, std::initializer_list<row> rows) {
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
