#include <weft/base/futex.hpp>

#include <cerrno>
#include <climits>
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weft::detail {
namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;

long futex(const atomic<std::uint32_t>& word, int operation, std::uint32_t value,
           const timespec* until) noexcept {
  return ::syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, until, nullptr,
                   FUTEX_BITSET_MATCH_ANY);
}

timespec deadline_after(std::int64_t timeout_ns) noexcept {
  timespec at{};
  ::clock_gettime(CLOCK_MONOTONIC, &at);
  constexpr std::int64_t longest_seconds = std::int64_t{1} << 40;  // far, and no overflow below
  std::int64_t seconds = timeout_ns / ns_per_second;
  seconds = seconds < longest_seconds ? seconds : longest_seconds;
  at.tv_sec += seconds;
  at.tv_nsec += timeout_ns % ns_per_second;
  if (at.tv_nsec >= ns_per_second) {
    at.tv_nsec -= ns_per_second;
    ++at.tv_sec;
  }
  return at;
}

}  // namespace

bool futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected,
                std::int64_t timeout_ns) noexcept {
  // The deadline is absolute (FUTEX_WAIT_BITSET), so that a signal does not prolong the wait.
  timespec until{};
  if (timeout_ns >= 0) {
    until = deadline_after(timeout_ns);
  }
  for (;;) {
    if (futex(word, FUTEX_WAIT_BITSET, expected, timeout_ns >= 0 ? &until : nullptr) == 0) {
      return true;
    }
    if (errno == ETIMEDOUT) {
      return false;
    }
    if (errno != EINTR) {
      return true;  // EAGAIN: the word has changed
    }
  }
}

void futex_wake_one(const atomic<std::uint32_t>& word) noexcept {
  futex(word, FUTEX_WAKE, 1, nullptr);
}

void futex_wake_all(const atomic<std::uint32_t>& word) noexcept {
  futex(word, FUTEX_WAKE, INT_MAX, nullptr);
}

}  // namespace weft::detail
