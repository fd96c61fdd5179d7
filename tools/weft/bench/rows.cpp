#include "bench/rows.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::bench {
namespace {

using named = std::pair<std::string_view, std::string_view>;

constexpr std::array titles{
    named{"P1", "fork_join of lazies"},
};
constexpr std::array packages{
    named{"weft", "./dev bench builds it"},
    named{"serial", "./dev bench builds it"},
    named{"std_async", "./dev bench builds it"},
    named{"tbb", "Debian package libtbb-dev"},
    named{"openmp", "Debian package libomp-19-dev"},
    named{"asio", "Debian package libboost1.81-dev"},
    named{"go", "Debian package golang-go"},
    named{"tokio", "Debian packages librust-tokio-dev and cargo"},
    named{"dotnet", "the .NET 10 SDK"},
};

template <std::size_t N>
std::string_view find(const std::array<named, N>& in, std::string_view key) noexcept {
  const auto* const found = std::ranges::find(in, key, &named::first);
  return found == in.end() ? std::string_view() : found->second;
}

}  // namespace

std::string_view name_of(unit u) noexcept {
  switch (u) {
    case unit::milliseconds:
      return "ms";
    case unit::nanoseconds_each:
      return "ns";
    case unit::bytes:
      return "B";
    case unit::kibibytes:
      return "KiB";
    case unit::lines:
      return "lines";
  }
  return "";
}

std::string_view title_of(std::string_view id) noexcept {
  return find(titles, id);
}
std::string_view package_of(std::string_view peer) noexcept {
  return find(packages, peer);
}

const std::vector<row>& all_rows() {
  static const std::vector<std::string_view> forking{"serial", "tbb",   "openmp", "std_async",
                                                     "go",     "tokio", "dotnet"};
  static const std::vector<row> rows{
      {.id = "P1",
       .name = "fib",
       .workload = "fork_join",
       .full = "39",
       .reduced = "32",
       .goal = 1.6,
       .each_thread_count = true,
       .memory = true,
       .peers = forking},
      {.id = "P1",
       .name = "skynet",
       .workload = "fork_join",
       .full = "100000000",
       .reduced = "1000000",
       .goal = 1.6,
       .each_thread_count = true,
       .memory = true,
       .peers = forking},
      {.id = "P1",
       .name = "nqueens",
       .workload = "fork_join",
       .full = "14",
       .reduced = "12",
       .goal = 0.97,
       .each_thread_count = true,
       .limit_counts = true,
       .memory = true,
       .peers = forking},
      {.id = "P1",
       .name = "matmul",
       .workload = "fork_join",
       .full = "2048",
       .reduced = "1024",
       .goal = 0.97,
       .each_thread_count = true,
       .limit_counts = true,
       .memory = true,
       .peers = forking},
  };
  return rows;
}

}  // namespace weft::bench
