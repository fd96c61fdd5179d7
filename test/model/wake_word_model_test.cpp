// The reactor's `wake_word` under the model checker: whoever sleeps in the driver is got out of it
// by who has something for it, and then sees that.

#include "model/mutants.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_wake_word
#include "io/wake_word.hpp"

namespace {

using weft::detail::atomic;
using weft::detail::wake_word;

struct shared {
  /// What io_core::wake does, with a futex in the place of the eventfd.
  void post(int i) {
    queued[i].set(1);
    if (word.ask() && word.asleep()) {
      stub_signal();
    }
  }
  void stub_signal() {
    signalled.store(1, std::memory_order_relaxed);
    weft::detail::futex_wake_one(signalled);
  }
  /// What a thread in the driver does: until somebody has woken it.
  void stub_wait() {
    if (word.announce_sleep()) {
      weft::detail::futex_wait(signalled, 0);
    }
    signalled.store(0, std::memory_order_relaxed);  // the eventfd is read
    word.end_wait();
  }
  wake_word word;
  atomic<std::uint32_t> signalled{0};
  model::plain<int> queued[2];
};

model::result one_wakes(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.stub_wait();
                                   model::require(s.queued[0].get() == 1, "woken by nobody");
                                 },
                                 [](shared& s) { s.post(0); }},
                                [](shared&) {});
}

/// The second one finds the first one's wake-up pending, or makes its own.
model::result two_wake(const model::options& chosen) {
  struct counted : shared {
    atomic<std::uint32_t> done{0};
  };
  return model::explore<counted>(
      chosen,
      {[](counted& s) {
         // order: acquire; the model's own.
         for (int waits = 0; waits < 2 && s.done.load(std::memory_order_acquire) < 2; ++waits) {
           s.stub_wait();
         }
       },
       [](counted& s) {
         // order: release; the model's own: what is done is there before the wake-up.
         s.done.fetch_add(1, std::memory_order_release);
         s.post(0);
       },
       [](counted& s) {
         s.done.fetch_add(1, std::memory_order_release);
         s.post(1);
       }},
      [](counted&) {});
}

TEST(wake_word_model, needs_each_order) {
  model::expect_all_killed("wake_word", {"wake_word"},
                           {{"one wakes", &one_wakes, {.preemptions = 2, .stale_reads = 2}},
                            {"two wake", &two_wake, {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
