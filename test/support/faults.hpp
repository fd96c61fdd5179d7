#pragma once
/// For tests of faults: too few descriptors, interruptions, stops after some work.

#include <weft/base/atomic.hpp>

#include <csignal>
#include <cstddef>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace weft::detail::testing {

/// This process can open `left` more descriptors while it lives, and no more.
class with_few_descriptors {
 public:
  explicit with_few_descriptors(int left) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    std::vector<int> free_ones;
    for (int i = 0; i <= left; ++i) {
      free_ones.push_back(::dup(0));
    }
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(free_ones.back());
    for (const int fd : free_ones) {
      ::close(fd);
    }
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  with_few_descriptors(const with_few_descriptors&) = delete;
  with_few_descriptors& operator=(const with_few_descriptors&) = delete;
  ~with_few_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

/// While it lives, the process is interrupted again and again by a signal whose handler lets system
/// calls end with EINTR.
class interrupted_often {
 public:
  interrupted_often() {
    struct sigaction nothing{};
    nothing.sa_handler = [](int) {};
    ::sigaction(SIGUSR2, &nothing, &before_);
    thread_ = std::thread([this] {
      // order: acquire; pairs with the store in the destructor.
      while (!stop_.load(std::memory_order_acquire)) {
        ::kill(::getpid(), SIGUSR2);
        std::this_thread::yield();
      }
    });
  }
  interrupted_often(const interrupted_often&) = delete;
  interrupted_often& operator=(const interrupted_often&) = delete;
  ~interrupted_often() {
    // order: release; pairs with the load in the thread.
    stop_.store(true, std::memory_order_release);
    thread_.join();
    ::signal(SIGUSR2, SIG_IGN);  // forgets one that is still on its way
    ::sigaction(SIGUSR2, &before_, nullptr);
  }

 private:
  struct sigaction before_{};
  atomic<bool> stop_{false};
  std::thread thread_;
};

/// Some work: to stop something at another point each time, without a clock.
inline void spin(std::size_t turns) noexcept {
  for (std::size_t i = 0; i < turns; ++i) {
    asm volatile("" ::: "memory");
  }
}

}  // namespace weft::detail::testing
