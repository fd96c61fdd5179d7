// `concurrent_queue` under the model checker: two ends with a lock each, that meet in a block's
// count and in its link. Each item is taken once, in order, as it was written.

#include "model/mutants.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_concurrent_queue
#include <weft/parallel/concurrent_queue.hpp>

#include "base/assert.cpp"
#include "base/lock.cpp"

namespace {

/// Written where it is made and moved, for the model to watch.
class item {
 public:
  explicit item(int number) : number_(number) {
    model::note_made(this);
    model::note_written(this);
  }
  item(item&& other) noexcept : item(other.number()) { model::note_written(&other); }
  item& operator=(item&&) = delete;

  [[nodiscard]] int number() const {
    model::note_read(this);
    return number_;
  }

 private:
  int number_;
};

/// The next but one item begins a new block.
struct shared {
  shared() {
    for (int i = 0; i < 63; ++i) {
      queue.enqueue(item(i));
      static_cast<void>(queue.try_dequeue());
    }
  }
  void put(int from, int count) {
    for (int i = 0; i < count; ++i) {
      queue.enqueue(item(from + i));
    }
  }
  void take(int looks) {
    for (int i = 0; i < looks; ++i) {
      if (const std::optional<item> got = queue.try_dequeue()) {
        const int number = got->number();
        model::require(number >= 100 && number < 103, "what was never put in was taken");
        const bool before = std::exchange(taken[number - 100], true);
        model::require(!before, "taken twice");
      }
    }
  }
  void take_the_rest(int all) {
    take(all);
    for (int i = 0; i < all; ++i) {
      model::require(taken[i], "an item was lost");
    }
  }

  weft::concurrent_queue<item> queue;
  bool taken[3] = {};
};

model::result one_at_each_end(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.put(100, 3); }, [](shared& s) { s.take(3); }},
                                [](shared& s) { s.take_the_rest(3); });
}

model::result two_at_each_end(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.put(100, 1); }, [](shared& s) { s.put(101, 1); },
                                 [](shared& s) { s.take(1); }, [](shared& s) { s.take(1); }},
                                [](shared& s) { s.take_the_rest(2); });
}

TEST(concurrent_queue_model, needs_each_order) {
  model::expect_all_killed(
      "concurrent_queue", {"concurrent_queue"},
      {{"one at each end", &one_at_each_end, {.preemptions = 1, .stale_reads = 1}},
       {"two at each end", &two_at_each_end, {.preemptions = 1, .stale_reads = 0}}});
}

}  // namespace
