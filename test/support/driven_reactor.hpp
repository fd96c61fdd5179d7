#pragma once
/// For the tests of io and of what stands on it: a reactor with a thread that waits in it and runs
/// what becomes ready.

#include <weft/io/reactor.hpp>
#include <weft/io/target.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace weft::detail::testing {

class driven_reactor {
 public:
  explicit driven_reactor(io_backend backend) : reactor_(make_reactor(backend)) {
    thread_ = std::thread([this] { drive(); });
  }
  ~driven_reactor() {
    stop_ = true;
    reactor_->wake();
    thread_.join();
  }

  reactor& operator*() noexcept { return *reactor_; }
  reactor* operator->() noexcept { return reactor_.get(); }

 private:
  void drive() {
    while (!stop_) {
      job_list ready;
      reactor_->wait(ready, -1);
      while (job* j = ready.pop_front()) {
        j->run(j);
      }
    }
  }

  std::unique_ptr<reactor> reactor_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

inline std::string name_of_backend(const ::testing::TestParamInfo<io_backend>& info) {
  return info.param == io_backend::uring ? "uring" : "epoll";
}

}  // namespace weft::detail::testing

/// Instantiates a suite that is parametrised by `io_backend` for both.
#define WEFT_FOR_BOTH_BACKENDS(suite)                                                          \
  INSTANTIATE_TEST_SUITE_P(                                                                    \
      on, suite,                                                                               \
      ::testing::Values(::weft::detail::io_backend::uring, ::weft::detail::io_backend::epoll), \
      ::weft::detail::testing::name_of_backend)
