#include "blocking_pool.hpp"

#include <cerrno>
#include <future>
#include <latch>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <pthread.h>

namespace weft::detail {
namespace {

/// While it lives no thread can be started: no stack of the size that is asked for can be had.
class without_threads {
 public:
  without_threads() {
    pthread_attr_init(&before_);
    EXPECT_EQ(::pthread_getattr_default_np(&before_), 0);
    pthread_attr_t none;
    pthread_attr_init(&none);
    EXPECT_EQ(::pthread_attr_setstacksize(&none, std::size_t{1} << 60), 0);
    EXPECT_EQ(::pthread_setattr_default_np(&none), 0);
    pthread_attr_destroy(&none);
  }
  without_threads(const without_threads&) = delete;
  without_threads& operator=(const without_threads&) = delete;
  ~without_threads() {
    EXPECT_EQ(::pthread_setattr_default_np(&before_), 0);
    pthread_attr_destroy(&before_);
  }

 private:
  pthread_attr_t before_{};
};

/// A call that is made once; `done` says what became of it.
struct errand : io_request {
  explicit errand(int gives, std::latch* awaited = nullptr)
      : io_request(io_op::call, nullptr), value(gives), gate(awaited) {
    invoke = [](io_request& r) noexcept {
      auto& self = static_cast<errand&>(r);
      self.begun.set_value();
      if (self.gate != nullptr) {
        self.gate->wait();
      }
      return self.value;
    };
  }
  static void on_done(void*, io_request& r, int given) noexcept {
    static_cast<errand&>(r).ended.set_value(given);
  }

  const int value;
  std::latch* const gate;
  std::promise<void> begun;
  std::promise<int> ended;
};

TEST(blocking_pool, refuses_what_is_submitted_when_no_thread_can_be_had_at_all) {
  blocking_pool pool(2, &errand::on_done, nullptr);
  errand refused(1);
  {
    const without_threads none;
    pool.submit(refused);
    EXPECT_EQ(refused.ended.get_future().get(), -EAGAIN);
  }
  EXPECT_EQ(pool.threads(), 0U);
  errand made(2);
  pool.submit(made);
  EXPECT_EQ(made.ended.get_future().get(), 2) << "later there is one";
}

TEST(blocking_pool, leaves_to_the_thread_that_it_has_what_a_second_one_cannot_be_had_for) {
  blocking_pool pool(2, &errand::on_done, nullptr);
  std::latch gate(1);
  errand first(1, &gate);
  errand second(2);
  pool.submit(first);
  first.begun.get_future().wait();
  {
    const without_threads none;
    pool.submit(second);
  }
  EXPECT_EQ(pool.threads(), 1U);
  gate.count_down();
  EXPECT_EQ(first.ended.get_future().get(), 1);
  EXPECT_EQ(second.ended.get_future().get(), 2);
}

/// Has one thread; the attempt to start another fails as late as it is let.
class pool_of_one final : public blocking_pool {
 public:
  pool_of_one() : blocking_pool(2, &errand::on_done, nullptr) {}
  ~pool_of_one() { stop(); }

  std::latch tries{1};
  std::latch fails{1};

 private:
  bool start_thread() noexcept override {
    if (!std::exchange(has_one_, true)) {
      return blocking_pool::start_thread();
    }
    tries.count_down();
    fails.wait();
    return false;
  }
  bool has_one_ = false;
};

TEST(blocking_pool, forgets_nothing_when_its_thread_fell_asleep_relying_on_one_that_cannot_be_had) {
  pool_of_one pool;
  std::latch gate(1);
  errand first(1, &gate);
  errand second(2);
  errand third(3);
  pool.submit(first);
  first.begun.get_future().wait();
  std::thread submitter([&] { pool.submit(second); });
  pool.tries.wait();
  gate.count_down();  // the thread does both, and then rests
  EXPECT_EQ(second.ended.get_future().get(), 2);
  while (pool.resting().count != 1) {
    std::this_thread::yield();
  }
  pool.submit(third);  // calls nobody: one is being started
  pool.fails.count_down();
  EXPECT_EQ(third.ended.get_future().get(), 3);
  submitter.join();
}

TEST(blocking_pool, says_how_many_threads_rest) {
  blocking_pool pool(2, &errand::on_done, nullptr);
  EXPECT_EQ(pool.resting().count, 0);
  std::latch gate(1);
  errand waits(1, &gate);
  pool.submit(waits);
  waits.begun.get_future().wait();
  const resting_threads busy = pool.resting();
  EXPECT_EQ(busy.count, 0);
  gate.count_down();
  waits.ended.get_future().wait();
  while (pool.resting().count != 1) {
    std::this_thread::yield();
  }
  EXPECT_NE(pool.resting().changes, busy.changes);
}

}  // namespace
}  // namespace weft::detail
