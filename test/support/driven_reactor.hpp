#pragma once
/// For the tests of io and of what stands on it: a reactor with a thread that waits in it and runs
/// what becomes ready.

#include <weft/base/atomic.hpp>
#include <weft/io/reactor.hpp>
#include <weft/io/target.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/suspension.hpp>

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
    // order: release; pairs with the load in drive.
    stop_.store(true, std::memory_order_release);
    reactor_->wake();
    thread_.join();
  }

  reactor& operator*() noexcept { return *reactor_; }
  reactor* operator->() noexcept { return reactor_.get(); }

 private:
  void drive() {
    // order: acquire; pairs with the store in the destructor.
    while (!stop_.load(std::memory_order_acquire)) {
      job_list ready;
      reactor_->wait(ready, -1);
      while (job* j = ready.pop_front()) {
        run_job(j);
      }
    }
  }

  std::unique_ptr<reactor> reactor_;
  atomic<bool> stop_{false};
  std::thread thread_;
};

inline reactor*& current_reactor() {
  static reactor* current = nullptr;
  return current;
}

/// A test whose `default_reactor` is the one that the parameter names. Those live as long as the
/// process, so that nothing that ends late finds its reactor gone.
class on_backend : public ::testing::TestWithParam<io_backend> {
 protected:
  void SetUp() override {
    (void)runtime();  // fills the slot itself, once
    static driven_reactor& uring = *new driven_reactor(io_backend::uring);
    static driven_reactor& epoll = *new driven_reactor(io_backend::epoll);
    current_reactor() = GetParam() == io_backend::uring ? &*uring : &*epoll;
    before_ = set_reactor_provider([]() -> reactor& { return *current_reactor(); });
  }
  void TearDown() override { set_reactor_provider(before_); }

 private:
  reactor_provider before_ = nullptr;
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
