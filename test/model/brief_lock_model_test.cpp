// The lock of channels under the model checker: one holder at a time, who sees what the one before
// wrote. Its sleepers look again by themselves, so no wake-up can be lost for good.

#include "model/mutants.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_brief_lock
#include <weft/base/brief_lock.hpp>

#include "base/brief_lock.cpp"

namespace {

using weft::detail::brief_guard;
using weft::detail::brief_lock;

struct shared {
  void use() {
    const brief_guard held(lock);
    uses.set(uses.get() + 1);
  }
  brief_lock lock;
  model::plain<int> uses{0};
};

model::result two_users(const model::options& chosen) {
  return model::explore<shared>(
      chosen, {[](shared& s) { s.use(); }, [](shared& s) { s.use(); }},
      [](shared& s) { model::require(s.uses.get() == 2, "two held it at a time"); });
}

TEST(brief_lock_model, needs_each_order) {
  model::expect_all_killed("brief_lock", {"brief_lock"},
                           {{"two users", &two_users, {.preemptions = 3}}});
}

}  // namespace
