// What signal handlers share with the rest of the process, under the model checker: a catcher that
// was taken out is used by no handler any more, and whoever takes an arrived signal sees what came
// before it.

#include "model/mutants.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_signal
#include "os/signal_catchers.hpp"

namespace {

using weft::detail::atomic;
using weft::os::arrived_signals;
using weft::os::signal_catchers;

struct catcher {
  void arrived() { model::require(alive.get() == 1, "a handler uses a catcher that has gone"); }
  model::plain<int> alive{0};
};

struct catching {
  void catch_for_a_while() {
    one.alive.set(1);
    model::require(all.add(one), "no place is left");
    all.remove(one, [] { weft::detail::cpu_relax(); });
    one.alive.set(0);
  }
  void handle() {
    all.for_each([](catcher& c) { c.arrived(); });
  }
  catcher one;
  signal_catchers<catcher, 2> all;
};

model::result handled(const model::options& chosen) {
  return model::explore<catching>(
      chosen, {[](catching& s) { s.catch_for_a_while(); }, [](catching& s) { s.handle(); }},
      [](catching&) {});
}
model::result handled_twice(const model::options& chosen) {
  return model::explore<catching>(
      chosen,
      {[](catching& s) { s.catch_for_a_while(); }, [](catching& s) { s.handle(); },
       [](catching& s) { s.handle(); }},
      [](catching&) {});
}

/// Two threads with a signal each, and one that takes what there is when both have come.
struct arriving {
  void raise(int i, std::uint64_t bit) {
    before[i].set(1);
    if (arrived.note(bit)) {
      // order: relaxed; the model's own, as weak as can be.
      counted.fetch_add(1, std::memory_order_relaxed);
    }
    came.fetch_add(1, std::memory_order_relaxed);
  }
  void take_all() {
    bool both = came.fetch_add(0, std::memory_order_relaxed) == 2;
    for (int left = counted.exchange(0, std::memory_order_relaxed); left != 0; --left) {
      taken |= std::uint64_t{1} << (arrived.take_one() - 1);
    }
    if (both) {
      model::require(before[0].get() == 1 && before[1].get() == 1, "what came before is not seen");
    }
  }
  arrived_signals arrived;
  atomic<int> counted{0};
  atomic<int> came{0};
  model::plain<int> before[2];
  std::uint64_t taken = 0;
};

template <std::uint64_t First, std::uint64_t Second>
model::result two_arrive(const model::options& chosen) {
  return model::explore<arriving>(
      chosen,
      {[](arriving& s) { s.raise(0, First); }, [](arriving& s) { s.raise(1, Second); },
       [](arriving& s) {
         s.take_all();
         s.take_all();
       }},
      [](arriving& s) {
        s.take_all();
        model::require(s.taken == (First | Second), "one was lost");
      });
}

TEST(signal_model, needs_each_order) {
  model::expect_all_killed("signal", {"os::signal_catchers", "os::arrived_signals"},
                           {{"handled", &handled},
                            {"handled twice", &handled_twice, {.preemptions = 2}},
                            {"the same signal twice", &two_arrive<4, 4>, {.preemptions = 2}},
                            {"two signals", &two_arrive<4, 8>, {.preemptions = 2}}});
}

}  // namespace
