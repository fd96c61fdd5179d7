// P4's limit for wake-ups: two threads hand a word to each other by futex, without a queue or a
// task between.

#include "workload.hpp"

#include <atomic>
#include <thread>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using namespace bench::hand_over;

void futex(std::atomic<int>& word, int operation, int value) {
  ::syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

/// Waits for `turn`, hands over to the other, `n` times.
void hand_over(std::atomic<int>& word, int turn, long n) {
  for (long i = 0; i < n; ++i) {
    while (word.load() != turn) {
      futex(word, FUTEX_WAIT_PRIVATE, 1 - turn);
    }
    word.store(1 - turn);
    futex(word, FUTEX_WAKE_PRIVATE, 1);
  }
}

long wake(long n) {
  std::atomic<int> word{0};
  std::jthread other([&] { hand_over(word, 1, n / 2); });
  hand_over(word, 0, n - n / 2);
  return n;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, {{"P4/wake", measured<wake>}});
}
