#include <weft/task/detail/ender.hpp>

#include <weft/base/atomic.hpp>
#include <weft/task/thread_state.hpp>

#include <cstddef>

namespace weft::detail {
namespace {

// Sources are made and ended in hot code: threads count apart, and only the sum means anything.
struct alignas(cache_line_pair) share {
  atomic<std::int64_t> count{0};
};
constexpr std::size_t shares = 16;
constinit share all[shares];

}  // namespace

void count_ender(std::int64_t change) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(&this_thread());
  atomic<std::int64_t>& mine = all[((address >> 6) * 0x9E3779B97F4A7C15U >> 40) % shares].count;
  // order: relaxed; who sums up has seen by other means that no thread runs.
  mine.fetch_add(change, std::memory_order_relaxed);
}

std::int64_t living_enders() noexcept {
  std::int64_t sum = 0;
  for (const share& s : all) {
    // order: relaxed; see count_ender.
    sum += s.count.load(std::memory_order_relaxed);
  }
  return sum;
}

}  // namespace weft::detail
