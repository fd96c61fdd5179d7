// `lock` and `brief_lock` under the model checker: what is under them is used by one
// thread at a time, and nobody sleeps for good.

#include "model/mutants.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_lock
#include <weft/base/lock.hpp>

#include "base/assert.cpp"
#include "base/lock.cpp"

namespace {

using weft::detail::lock;
using weft::detail::lock_guard;

struct shared {
  void use() {
    const lock_guard held(guard);
    guarded.set(guarded.get() + 1);
  }
  void try_use() {
    if (guard.try_acquire()) {
      guarded.set(guarded.get() + 1);
      guard.release();
    } else {
      ++failed;
    }
  }
  void use_for_fork() {
    guard.acquire_for_fork();
    guarded.set(guarded.get() + 1);
    guard.release_after_fork();
  }
  lock guard;
  model::plain<int> guarded{0};
  int failed = 0;
};

void end(shared& s) {
  model::require(s.guarded.get() + s.failed == 3, "somebody did not come to its turn");
}

model::result three_users(const model::options& chosen) {
  return model::explore<shared>(
      chosen, {[](shared& s) { s.use(); }, [](shared& s) { s.use(); }, [](shared& s) { s.use(); }},
      end);
}

model::result one_who_tries(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.use();
                                   s.use();
                                 },
                                 [](shared& s) { s.try_use(); }},
                                end);
}

model::result around_a_fork(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.use_for_fork(); }, [](shared& s) { s.use(); },
                                 [](shared& s) { s.use_for_fork(); }},
                                end);
}

TEST(lock_model, needs_each_order) {
  model::expect_all_killed("lock", {"lock::"},
                           {{"three users", &three_users, {.preemptions = 2}},
                            {"one who tries", &one_who_tries},
                            {"around a fork", &around_a_fork, {.preemptions = 2}}});
}

}  // namespace
