// Random trees of what the API offers: tasks, lazies, forks, scopes, channels, locks, semaphores,
// cancellation, limits, generators, asynchronous loops, strands, loops of threads, pools started
// and stopped. Each node checks what it got from its children, each tree that nothing of it is
// left; a tree that takes too long is a deadlock, and stops the test with the seed.
//
// WEFT_SEED=n begins with tree n. A short run is some thousand operations; WEFT_LONG=1 runs ten
// million (WEFT_OPERATIONS says how many). Either prints how many there were, and where they began.

#include <weft/base/atomic.hpp>
#include <weft/base/error.hpp>
#include <weft/channel.hpp>
#include <weft/parallel.hpp>
#include <weft/sched.hpp>
#include <weft/sync.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;

constexpr int slower = WEFT_TSAN || WEFT_ASAN ? 10 : 1;

/// A child's way to fail; parents expect it.
struct planned : std::runtime_error {
  planned() : std::runtime_error("planned") {}
};

/// Small and good enough to choose with; a child gets one of its own, so that a tree is the same
/// whatever the threads do.
class chooser {
 public:
  explicit chooser(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  int below(int n) noexcept { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
  chooser child() noexcept { return chooser(next()); }

 private:
  std::uint64_t state_;
};

/// Counts its lives: frames that are forgotten keep one.
struct alive {
  explicit alive(std::atomic<int>& c) noexcept : count(&c) { ++*count; }
  alive(const alive& other) noexcept : count(other.count) { ++*count; }
  alive& operator=(const alive&) = delete;
  ~alive() { --*count; }
  std::atomic<int>* count;
};

/// What all nodes of a tree share.
struct world {
  std::atomic<int> nodes = 0;
  std::atomic<std::uint64_t> operations = 0;
  async_mutex mutex;
  std::uint64_t guarded = 0;  // by the mutex
  std::uint64_t entered = 0;  // by the mutex: how often it was counted
  async_semaphore permits{3};
  std::atomic<int> inside = 0;
  channel<std::uint64_t> items = channel<std::uint64_t>::unbounded();
  strand line;
  std::uint64_t in_line = 0;  // on the strand only
};

class tree {
 public:
  /// `awaits_all`: nothing goes on behind its back, since the place where it runs will be gone.
  explicit tree(world& w, bool awaits_all = false) noexcept : w_(w), awaits_all_(awaits_all) {}

  /// **Returns** what it was given, so that parents see that nothing was mixed up.
  task<std::uint64_t> node(chooser c, int depth, std::uint64_t mark) {
    const alive here(w_.nodes);
    for (int steps = 1 + c.below(3); steps != 0; --steps) {
      ++w_.operations;
      auto step = one(c, depth);
      co_await std::move(step);
    }
    co_return mark;
  }

 private:
  static void expect(bool holds, const char* what) {
    if (!holds) {
      ADD_FAILURE() << what;
    }
  }

  task<> one(chooser& c, int depth) {
    const int kind = c.below(depth > 0 ? 20 : 9);
    switch (kind) {
      case 0:
        return locked(c.child());
      case 1:
        return permitted(c.child());
      case 2:
        return through_channel(c.next());
      case 3:
        return posted_to_strand();
      case 4:
        return small_wait(c.child());
      case 5:
        return canceled(c.child());
      case 6:
        return bounded_exchange(c.child());
      case 7:
        return limited(c.child());
      case 8:
        return generated(c.child());
      case 9:
        return run_elsewhere(c.child(), depth);
      case 10:
        return several(c.child(), depth);
      case 11:
        return forked(c.child(), depth);
      case 12:
        return scoped(c.child(), depth);
      case 13:
        return first_of(c.child(), depth);
      case 14:
        return failing(c.child(), depth);
      case 15:
        return nested(c.child(), depth);
      case 16:
        return waited_for_a_while(c.child(), depth);
      case 17:
        return for_each_of(c.child(), depth);
      case 18:
        return in_a_loop(c.child(), depth);
      default:
        return completed_from_outside(c.child(), depth);
    }
  }

  task<> locked(chooser c) {
    auto got = w_.mutex.lock();
    const auto held = co_await std::move(got);
    const std::uint64_t before = w_.guarded;
    if (c.below(4) == 0) {
      co_await yield();
    }
    w_.guarded = before + 1;
    ++w_.entered;
  }

  task<> permitted(chooser c) {
    if (c.below(4) == 0) {
      if (!w_.permits.try_acquire()) {
        co_return;
      }
    } else {
      co_await w_.permits.acquire();
    }
    expect(++w_.inside <= 3, "more are inside than there are permits");
    if (c.below(2) == 0) {
      co_await yield();
    }
    --w_.inside;
    w_.permits.release();
  }

  /// Each puts one in before it takes one out: there is always one.
  task<> through_channel(std::uint64_t value) {
    if (value % 2 == 0) {
      co_await w_.items.writer().write(value | 1);
    } else {
      expect(w_.items.writer().try_write(value), "an unbounded channel was full");
    }
    const std::uint64_t got = co_await w_.items.reader().read();
    expect((got & 1) == 1, "an item that nobody wrote");
  }

  task<> posted_to_strand() {
    task_completion_source<> done;
    auto ended = done.task();
    w_.line.post([this, &done] {
      ++w_.in_line;
      done.set_result();
    });
    co_await ended;
  }

  task<> small_wait(chooser c) {
    switch (c.below(3)) {
      case 0:
        co_await yield();
        break;
      case 1:
        co_await delay(std::chrono::microseconds(c.below(50)));
        break;
      default:
        blocking([] {});
        break;
    }
  }

  /// Something that would last for ever, and somebody who cancels it.
  task<> canceled(chooser c) {
    cancellation_source stop;
    int calls = 0;
    auto registered = stop.on_cancel([&calls] { ++calls; });
    async_semaphore none(0, 1);
    auto empty = channel<int>::bounded(1);
    auto asks = [](cancellation_source& s, int how) -> task<> {
      if (how == 0) {
        co_await yield();
      }
      s.cancel();
    };
    task<> waits;
    switch (c.below(3)) {
      case 0:
        waits = delay(infinite, stop.token());
        break;
      case 1:
        waits = none.acquire(stop.token()).as_task();
        break;
      default:
        waits = read_one(empty.reader(), stop.token());
        break;
    }
    auto asking = c.below(2) == 0
                      ? run([&asks, &stop, how = c.below(2)] { return asks(stop, how); })
                      : asks(stop, c.below(2));
    bool was_canceled = false;
    try {
      co_await waits;
    } catch (const operation_canceled&) {
      was_canceled = true;
    }
    co_await asking;
    registered.reset();
    expect(was_canceled, "what was canceled ended otherwise");
    expect(calls == 1, "the callback was not called once");
  }
  static task<> read_one(channel_reader<int> from, std::stop_token stop) {
    auto got = from.read(stop);
    static_cast<void>(co_await std::move(got));
  }

  task<> bounded_exchange(chooser c) {
    const int many = 1 + c.below(6);
    auto between = channel<int>::bounded(static_cast<std::size_t>(c.below(3)));
    auto writes = [](channel_writer<int> to, int n) -> task<> {
      for (int i = 0; i < n; ++i) {
        co_await to.write(i);
      }
      to.complete();
    };
    auto writing = run([&writes, to = between.writer(), many] { return writes(to, many); });
    int next = 0;
    for (;;) {
      auto looked = between.reader().wait_to_read();
      const bool more = co_await std::move(looked);
      if (!more) {
        break;
      }
      while (const auto item = between.reader().try_read()) {
        expect(*item == next, "items came out of order");
        ++next;
      }
    }
    co_await writing;
    expect(next == many, "items were lost");
  }

  /// A limit that comes before the end of what it limits, or behind it.
  task<> limited(chooser c) {
    const auto limit = std::chrono::microseconds(1 + c.below(60));
    const auto takes = std::chrono::microseconds(c.below(60));
    auto work = [takes, never = c.below(2) == 0](std::stop_token stop) -> task<bool> {
      auto due = delay(takes, stop);
      co_await std::move(due);
      if (never) {
        auto for_ever = delay(infinite, stop);
        co_await std::move(for_ever);
      }
      co_return !never;
    };
    try {
      auto bounded = with_timeout(work, limit);
      expect(co_await std::move(bounded), "what never ends has ended");
    } catch (const timeout_error&) {
    }
  }

  /// Values that come one by one, not all of which are taken.
  task<> generated(chooser c) {
    auto numbers = [](int many, bool yields) -> async_generator<int> {
      for (int i = 0; i < many; ++i) {
        if (yields) {
          auto turn = yield();
          co_await std::move(turn);
        }
        co_yield i;
      }
    };
    const int many = c.below(6);
    const int wanted = c.below(8);
    auto from = numbers(many, c.below(2) == 0);
    int taken = 0;
    for (; taken < wanted; ++taken) {
      auto coming = from.next();
      const int* const number = co_await std::move(coming);
      if (number == nullptr) {
        break;
      }
      expect(*number == taken, "values came out of order");
    }
    expect(taken == std::min(many, wanted), "values were lost");
  }

  task<> run_elsewhere(chooser c, int depth) {
    auto t = run([this, c = c.child(), depth] { return node(c, depth - 1, 7); });
    expect(co_await t == 7, "run gave something else");
  }

  task<> several(chooser c, int depth) {
    std::vector<task<std::uint64_t>> children;
    const int many = 1 + c.below(4);
    for (int i = 0; i < many; ++i) {
      if (c.below(2) == 0) {
        children.push_back(node(c.child(), depth - 1, static_cast<std::uint64_t>(i)));
      } else {
        children.push_back(run([this, d = c.child(), depth, i] {
          return node(d, depth - 1, static_cast<std::uint64_t>(i));
        }));
      }
    }
    auto all = when_all(std::move(children));
    const std::vector<std::uint64_t> marks = co_await std::move(all);
    for (std::size_t i = 0; i < marks.size(); ++i) {
      expect(marks[i] == i, "when_all mixed its results up");
    }
  }

  lazy<std::uint64_t> leaf(chooser c, int depth) {
    const alive here(w_.nodes);
    ++w_.operations;
    if (depth <= 0) {
      if (c.below(8) == 0) {
        co_await yield();
      }
      co_return 1;
    }
    auto joined = fork_join(leaf(c.child(), depth - 1), leaf(c.child(), depth - 1));
    const auto [a, b] = co_await std::move(joined);
    co_return a + b;
  }
  task<> forked(chooser c, int depth) {
    const int levels = std::min(depth, 3) + c.below(2);
    auto whole = leaf(c.child(), levels);
    const std::uint64_t sum = co_await std::move(whole);
    expect(sum == std::uint64_t{1} << levels, "a fork lost a child");
  }

  task<> scoped(chooser c, int depth) {
    std::atomic<int> ended = 0;
    const int many = 1 + c.below(4);
    auto body = [&](task_scope& s) -> task<> {
      for (int i = 0; i < many; ++i) {
        s.spawn([this, &ended, d = c.child(), depth]() mutable -> task<> {
          auto child = node(d, depth - 1, 3);
          expect(co_await std::move(child) == 3, "a scope mixed its children up");
          ++ended;
        });
      }
      co_return;
    };
    auto scope = with_scope(body);
    co_await std::move(scope);
    expect(ended == many, "a scope ended before its children");
  }

  task<> first_of(chooser c, int depth) {
    // It may be queued still when the tree has ended: the closure counts as well.
    auto a = run(
        [this, d = c.child(), depth, counted = alive(w_.nodes)] { return node(d, depth - 1, 1); });
    auto b = node(c.child(), depth - 1, 2);
    const std::size_t first = co_await when_any(a, b);
    expect(first < 2, "neither was the first");
    expect((first == 0 ? a.is_completed() : b.is_completed()), "the first has not ended");
    if (c.below(2) == 0 && !awaits_all_) {
      co_return;  // the other one goes on, nobody waits for it
    }
    expect(co_await a + co_await b == 3, "results changed places");
  }

  task<> failing(chooser c, int depth) {
    auto fails = [](tree& self, chooser d, int left) -> task<std::uint64_t> {
      const alive here(self.w_.nodes);
      auto child = self.node(d, left, 9);
      static_cast<void>(co_await std::move(child));
      throw planned();
    };
    auto t = c.below(2) == 0
                 ? fails(*this, c.child(), depth - 1)
                 : run([this, &fails, d = c.child(), depth] { return fails(*this, d, depth - 1); });
    bool caught = false;
    try {
      static_cast<void>(co_await t);
    } catch (const planned&) {
      caught = true;
    }
    expect(caught, "an exception was lost");
  }

  task<> nested(chooser c, int depth) {
    auto t = node(c.child(), depth - 1, 5);
    expect(co_await std::move(t) == 5, "a call gave something else");
  }

  /// Given up for now, it goes on, and ends.
  task<> waited_for_a_while(chooser c, int depth) {
    auto child = run([this, d = c.child(), depth] { return node(d, depth - 1, 6); });
    try {
      auto waits = child.wait_async(std::chrono::microseconds(1 + c.below(100)));
      expect(co_await std::move(waits) == 6, "a wait gave something else");
    } catch (const timeout_error&) {
    }
    expect(co_await child == 6, "what was given up ended otherwise");
  }

  task<> for_each_of(chooser c, int depth) {
    std::vector<chooser> each;
    for (int i = 1 + c.below(4); i != 0; --i) {
      each.push_back(c.child());
    }
    const int many = static_cast<int>(each.size());
    std::atomic<int> ended = 0;
    auto body = [this, &ended, depth](chooser d) -> task<> {
      auto child = node(d, depth - 1, 2);
      expect(co_await std::move(child) == 2, "a loop mixed its bodies up");
      ++ended;
    };
    auto all = parallel_for_each_async(std::move(each), body,
                                       {.max_degree_of_parallelism = 1 + c.below(3)});
    co_await std::move(all);
    expect(ended == many, "a loop ended before its bodies");
  }

  /// A loop of its own, which a thread drives until everything inside has ended.
  task<> in_a_loop(chooser c, int depth) {
    auto driven = run([this, d = c.child(), depth] {
      single_thread_context loop;
      return loop.run([this, &d, depth, &loop]() -> task<std::uint64_t> {
        tree inside(w_, true);
        auto whole = inside.node(d, depth - 1, 8);
        const std::uint64_t mark = co_await std::move(whole);
        expect(synchronization_context::current() == &loop, "an await did not come back");
        co_return mark;
      });
    });
    expect(co_await driven == 8, "a loop gave something else");
  }

  task<> completed_from_outside(chooser c, int depth) {
    task_completion_source<std::uint64_t> source;
    auto t = source.task();
    auto setter = run([&source, value = c.next()] { source.set_result(value | 1); });
    auto beside = node(c.child(), depth - 1, 4);
    const std::uint64_t got = co_await t;
    expect((got & 1) == 1, "a source gave something else");
    expect(co_await std::move(beside) == 4, "a call gave something else");
    co_await setter;
  }

  world& w_;
  const bool awaits_all_;
};

/// One tree, on the default pool or one of its own. **Returns** its operations.
std::uint64_t grow(std::uint64_t seed) {
  chooser c(seed);
  world w;
  tree all(w);
  const int depth = 2 + c.below(4);
  {
    // A pool of the tree's own ends before the world does, and after all nodes: what comes back to
    // a pool that has gone would throw.
    std::unique_ptr<thread_pool> own;
    if (c.below(8) == 0) {
      own = std::make_unique<thread_pool>(thread_pool_options{.min_threads = 1 + c.below(3)});
    }
    auto root = own != nullptr ? own->run([&] { return all.node(c.child(), depth, 11); })
                               : run([&] { return all.node(c.child(), depth, 11); });
    constexpr auto deadline = 120s;  // of a tree that takes milliseconds
    if (!root.wait(deadline)) {
      std::fprintf(stderr, "a tree hangs; replay: WEFT_SEED=%llu\n",
                   static_cast<unsigned long long>(seed));
      std::abort();
    }
    EXPECT_EQ(root.result(), 11U);
    // Those whom nobody waits for.
    for (int looks = 0; w.nodes != 0 || w.inside != 0; ++looks) {
      if (looks > 120'000) {
        std::fprintf(stderr, "%d nodes are left; replay: WEFT_SEED=%llu\n", w.nodes.load(),
                     static_cast<unsigned long long>(seed));
        std::abort();
      }
      delay(1ms).wait();
    }
  }
  EXPECT_EQ(w.guarded, w.entered) << "the mutex let two in";
  EXPECT_TRUE(w.mutex.try_lock().has_value()) << "the mutex is still held";
  EXPECT_EQ(w.permits.current_count(), 3U) << "a permit was lost";
  EXPECT_EQ(w.items.reader().count(), 0U) << "an item was left";
  return w.operations;
}

TEST(api_trees, hold_whatever_is_combined) {
  std::uint64_t seed = std::random_device{}();
  if (const char* text = std::getenv("WEFT_SEED")) {
    seed = std::strtoull(text, nullptr, 10);
  }
  std::uint64_t wanted = std::getenv("WEFT_LONG") != nullptr ? 10'000'000 : 10'000 / slower;
  if (const char* text = std::getenv("WEFT_OPERATIONS")) {
    wanted = std::strtoull(text, nullptr, 10);
  }
  std::atomic<std::uint64_t> next = seed;
  std::atomic<std::uint64_t> done = 0;
  std::atomic<std::uint64_t> trees = 0;
  const auto plant = [&] {
    while (done < wanted && !HasFailure()) {
      const std::uint64_t mine = next++;
      SCOPED_TRACE("replay: WEFT_SEED=" + std::to_string(mine) +
                   " WEFT_OPERATIONS=1 weft_stress_test --gtest_filter='api_trees*'");
      try {
        done += grow(mine);
      } catch (const std::exception& e) {
        ADD_FAILURE() << "out of a tree came: " << e.what();
      }
      ++trees;
    }
  };
  {
    // Several at a time: they meet in the default pool, and none waits for the others' timers.
    std::vector<std::jthread> beside;
    for (int i = 1; i < 4 && wanted > 1; ++i) {
      beside.emplace_back(plant);
    }
    plant();
  }
  std::printf("%s: %llu operations in %llu trees; again: WEFT_SEED=%llu WEFT_OPERATIONS=%llu\n",
              HasFailure() ? "FAILED" : "no finding", static_cast<unsigned long long>(done),
              static_cast<unsigned long long>(trees), static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(wanted));
  RecordProperty("operations", std::to_string(done));
  RecordProperty("trees", std::to_string(trees));
}

}  // namespace
}  // namespace weft
