// The pool's protocols of sleeping, waking and handing over (src/sched/README.md) under the model
// checker: no job waits while somebody who could run it sleeps.
//
// pool.cpp and worker.cpp start threads and read clocks, so what stands here is an extract. It
// mirrors, line by line where atomics and `lock_` are concerned: post, post_soon, post_fair,
// inject, has_work, notify, wake_one, wake_for_next, pop_idle_slot, push_idle_slot, pop_parked,
// unpark_self, try_acquire_slot, signal, hand_over, take_next and give_up_next, next_job,
// take_injected, found_while_searching, begin_search, about_to_search, search, park, sleep_parked
// and drive. Change it with them. Left out: growth and end of threads, spares, blocking, polling,
// fairness, how long a search takes (one round here), and the limit on searchers. What is taken
// beyond one is one more from the shared queue, if there is one, and none from a deque. Deques are
// counters without any order of their own, and locks without cost.

#include "model/mutants.hpp"

#include <cstdint>
#include <utility>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_pool_sleep
#include <weft/base/atomic.hpp>

#include "stub_lock.hpp"

namespace weft::detail {

/// What stands for a job: what it does.
struct piece {
  void (*run)(void* state) = nullptr;
  model::plain<int> ready{0};  // written by who queues it, read by who runs it
};

struct slot {
  static constexpr int room = 6;
  // The deque: what the owner has put there, and how many have been taken.
  piece* items[room] = {};
  atomic<int> bottom{0};
  atomic<int> top{0};
  slot* next_idle = nullptr;
  atomic<piece*> next{nullptr};

  void stub_push(piece* p) {
    const int b = bottom.load(std::memory_order_relaxed);
    items[b] = p;
    bottom.store(b + 1, std::memory_order_release);
  }
  piece* stub_take() {
    int t = top.load(std::memory_order_relaxed);
    while (t < bottom.load(std::memory_order_acquire)) {
      if (top.compare_exchange_strong(t, t + 1, std::memory_order_relaxed,
                                      std::memory_order_relaxed)) {
        return items[t];
      }
    }
    return nullptr;
  }
  [[nodiscard]] bool stub_empty_hint() const {
    return bottom.load(std::memory_order_relaxed) <= top.load(std::memory_order_relaxed);
  }
};

struct worker {
  enum signal : std::uint32_t { none = 0, run = 1, leave = 2 };
  slot* held = nullptr;
  model::plain<int> given{0};  // written with what the waker gives, for the model to watch
  bool searching = false;
  bool from_driver = false;
  worker* next_parked = nullptr;
  bool parked = false;
  atomic<std::uint32_t> word{none};
};

class pool {
 public:
  static constexpr int most = 3;

  pool(bool with_driver, int size) : has_driver_(with_driver), size_(size) {}

  void post(worker& self, piece* item) {
    self.held->stub_push(item);
    notify();
  }
  void post_fair(piece* item) {
    inject(item);
    notify();
  }

  void inject(piece* item) {
    const lock_guard guard(inject_lock_);
    injected_[injected_end_++] = item;
    injected_count_.fetch_add(1, std::memory_order_relaxed);
  }

  void hand_over(worker& self, piece* item) {
    slot& s = *self.held;
    if (s.next.load(std::memory_order_relaxed) != nullptr) {
      if (piece* former = s.next.exchange(item, std::memory_order_release)) {
        post_fair(former);
        return;
      }
    } else {
      s.next.store(item, std::memory_order_release);
    }
    wake_for_next();
  }
  void post_soon(worker& self, piece* item) {
    slot& s = *self.held;
    if (s.next.load(std::memory_order_relaxed) == nullptr && s.stub_empty_hint()) {
      s.next.store(item, std::memory_order_release);
      wake_for_next();
      return;
    }
    post(self, item);
  }
  void wake_for_next() {
    if (searching_.load(std::memory_order_relaxed) == 0 &&
        idle_slots_.load(std::memory_order_relaxed) > 0) {
      wake_one();
    }
  }
  static piece* take_next(slot& from) {
    if (from.next.load(std::memory_order_relaxed) == nullptr) {
      return nullptr;
    }
    return from.next.exchange(nullptr, std::memory_order_acquire);
  }
  void give_up_next(worker& self) {
    if (piece* item = take_next(*self.held)) {
      self.held->stub_push(item);
    }
  }
  void post_behind(worker& self, piece* item) {
    if (injected_count_.load(std::memory_order_relaxed) == 0 && self.held->stub_empty_hint() &&
        self.held->next.load(std::memory_order_relaxed) == nullptr) {
      self.held->next.store(item, std::memory_order_release);
      return;
    }
    post_fair(item);
  }

  bool has_work() {
    if (injected_count_.load(std::memory_order_relaxed) != 0) {
      return true;
    }
    for (int i = 0; i < size_; ++i) {
      if (!slots_[i].stub_empty_hint()) {
        return true;
      }
    }
    return false;
  }

  void notify() {
    full_fence();
    if (searching_.load(std::memory_order_relaxed) == 0 &&
        idle_slots_.load(std::memory_order_relaxed) > 0) {
      wake_one();
    }
  }

  void wake_one() {
    worker* woken = nullptr;
    bool wake_driver = false;
    {
      const lock_guard guard(lock_);
      if (idle_ == nullptr || searching_.load(std::memory_order_relaxed) != 0) {
        return;
      }
      woken = pop_parked();
      if (woken != nullptr) {
        woken->held = pop_idle_slot();
        woken->searching = true;
        woken->given.set(1);
        searching_.fetch_add(1, std::memory_order_relaxed);
      } else if (driving_ != nullptr) {
        wake_driver = true;
      }
    }
    if (woken != nullptr) {
      signal(*woken, worker::run);
    } else if (wake_driver) {
      stub_wake_driver();
    }
  }

  slot* pop_idle_slot() {
    slot* s = idle_;
    if (s != nullptr) {
      idle_ = s->next_idle;
      idle_slots_.fetch_sub(1, std::memory_order_relaxed);
    }
    return s;
  }
  void push_idle_slot(slot* s) {
    s->next_idle = idle_;
    idle_ = s;
    idle_slots_.fetch_add(1, std::memory_order_relaxed);
  }
  worker* pop_parked() {
    worker* w = parked_;
    if (w != nullptr) {
      parked_ = w->next_parked;
      w->parked = false;
    }
    return w;
  }
  bool unpark_self(worker& self) {
    if (!self.parked) {
      return false;
    }
    worker** at = &parked_;
    while (*at != &self) {
      at = &(*at)->next_parked;
    }
    *at = self.next_parked;
    self.parked = false;
    return true;
  }
  static void signal(worker& w, std::uint32_t what) {
    w.word.store(what, std::memory_order_release);
    futex_wake_one(w.word);
  }

  piece* next_job(worker& self) {
    slot& s = *self.held;
    piece* item = take_next(s);
    if (item == nullptr) {
      item = s.stub_take();
    }
    if (item != nullptr) {
      if (self.searching) {
        found_while_searching(self);
      }
      return item;
    }
    item = take_injected(self);
    return item != nullptr ? item : search(self);
  }

  piece* take_injected(worker& self) {
    if (injected_count_.load(std::memory_order_relaxed) == 0) {
      return nullptr;
    }
    piece* first = nullptr;
    piece* more = nullptr;
    {
      const lock_guard guard(inject_lock_);
      if (injected_begin_ != injected_end_) {
        first = injected_[injected_begin_++];
        if (injected_begin_ != injected_end_) {
          more = injected_[injected_begin_++];
        }
        injected_count_.fetch_sub(more != nullptr ? 2 : 1, std::memory_order_relaxed);
      }
    }
    if (more != nullptr) {
      self.held->stub_push(more);
    }
    if (first != nullptr && self.searching) {
      found_while_searching(self);
    } else if (more != nullptr) {
      notify();
    }
    return first;
  }

  void found_while_searching(worker& self) {
    self.searching = false;
    if (searching_.fetch_sub(1, std::memory_order_relaxed) == 1) {
      full_fence();
      if (idle_slots_.load(std::memory_order_relaxed) > 0 && has_work()) {
        wake_one();
      }
    }
  }

  void begin_search(worker& self) {
    self.searching = true;
    searching_.fetch_add(1, std::memory_order_relaxed);
  }
  void about_to_search(worker& self) {
    if (!self.searching) {
      begin_search(self);
    }
  }

  piece* search(worker& self) {
    if (!self.searching) {
      begin_search(self);
    }
    for (int i = 0; i < size_; ++i) {
      if (&slots_[i] != self.held) {
        if (piece* item = slots_[i].stub_take()) {
          found_while_searching(self);
          return item;
        }
      }
    }
    if (piece* item = take_injected(self)) {
      return item;
    }
    for (int i = 0; i < size_; ++i) {
      if (&slots_[i] != self.held) {
        if (piece* item = take_next(slots_[i])) {
          found_while_searching(self);
          return item;
        }
      }
    }
    return nullptr;
  }

  /// False: the thread ends.
  bool park(worker& self) {
    bool drives = false;
    bool searched = false;
    {
      const lock_guard guard(lock_);
      if (over_) {
        return false;
      }
      if (self.held != nullptr) {
        push_idle_slot(std::exchange(self.held, nullptr));
      }
      searched = std::exchange(self.searching, false);
      if (has_driver_ && driving_ == nullptr) {
        driving_ = &self;
        drives = true;
      } else {
        self.word.store(worker::none, std::memory_order_relaxed);
        self.parked = true;
        self.next_parked = parked_;
        parked_ = &self;
      }
    }
    if (searched) {
      searching_.fetch_sub(1, std::memory_order_relaxed);
    }
    full_fence();
    if (has_work()) {
      const lock_guard guard(lock_);
      if (drives || self.parked) {
        self.held = pop_idle_slot();
        if (self.held != nullptr) {
          if (drives) {
            driving_ = nullptr;
          } else {
            static_cast<void>(unpark_self(self));
          }
          self.searching = true;
          searching_.fetch_add(1, std::memory_order_relaxed);
          return true;
        }
      }
    }
    return drives ? drive(self) : sleep_parked(self);
  }

  bool sleep_parked(worker& self) {
    for (;;) {
      std::uint32_t signaled = worker::none;
      while ((signaled = self.word.load(std::memory_order_acquire)) == worker::none) {
        futex_wait(self.word, worker::none);
      }
      switch (signaled) {
        case worker::run:
          model::require(self.given.get() == 1, "woken without a slot");
          return true;
        case worker::leave:
          return false;
        default:
          break;
      }
    }
  }

  bool drive(worker& self) {
    for (;;) {
      stub_wait_in_driver();
      {
        const lock_guard guard(lock_);
        if (!over_ && !(idle_ != nullptr && has_work())) {
          continue;
        }
        driving_ = nullptr;
        if (over_) {
          return false;
        }
        self.held = pop_idle_slot();
        self.searching = true;
        searching_.fetch_add(1, std::memory_order_relaxed);
      }
      return true;
    }
  }

  void stub_wake_driver() {
    driver_word_.store(1, std::memory_order_release);
    futex_wake_one(driver_word_);
  }
  void stub_wait_in_driver() {
    while (driver_word_.exchange(0, std::memory_order_acquire) == 0) {
      futex_wait(driver_word_, 0);
    }
  }

  void stub_begin_parked(worker& w) {
    w.parked = true;
    w.next_parked = std::exchange(parked_, &w);
  }

  /// The last piece has run: everybody leaves.
  void stub_end() {
    const lock_guard guard(lock_);
    over_ = true;
    while (worker* w = pop_parked()) {
      signal(*w, worker::leave);
    }
    if (driving_ != nullptr) {
      stub_wake_driver();
    }
  }

  void stub_thread(worker& self, void* state) {
    for (;;) {
      if (self.held != nullptr) {
        if (piece* next = next_job(self)) {
          model::require(next->ready.get() == 1, "who runs a job does not see what was queued");
          next->run(state);
          continue;
        }
      }
      if (!park(self)) {
        return;
      }
    }
  }

  slot slots_[most];
  worker workers_[most];

 private:
  const bool has_driver_;
  const int size_;
  atomic<std::int32_t> idle_slots_{0};
  atomic<std::int32_t> searching_{0};
  atomic<std::uint64_t> injected_count_{0};
  stub_lock inject_lock_;
  piece* injected_[4] = {};
  int injected_begin_ = 0;
  int injected_end_ = 0;
  stub_lock lock_;
  slot* idle_ = nullptr;
  worker* parked_ = nullptr;
  worker* driving_ = nullptr;
  bool over_ = false;
  atomic<std::uint32_t> driver_word_{0};
};

}  // namespace weft::detail

namespace {

using weft::detail::atomic;
using weft::detail::piece;
using weft::detail::pool;

/// Two workers, of which the first holds a slot, and some pieces that must all run.
struct shared {
  explicit shared(bool with_driver = false, int size = 2) : all(with_driver, size) {
    for (int i = 1; i < size; ++i) {
      all.push_idle_slot(&all.slots_[i]);
    }
    all.workers_[0].held = &all.slots_[0];
  }
  void thread(int i) { all.stub_thread(all.workers_[i], this); }
  void post_from_outside(int i, void (*run)(void*)) { all.post_fair(prepared(i, run)); }
  piece* prepared(int i, void (*run)(void*)) {
    pieces[i].run = run;
    pieces[i].ready.set(1);
    return &pieces[i];
  }
  void run_next() {
    if (piece* taken = pool::take_next(all.slots_[0])) {
      model::require(taken->ready.get() == 1, "who runs a job does not see what was queued");
      taken->run(this);
    }
  }
  void stub_ran() {
    if (ran.fetch_add(1, std::memory_order_relaxed) + 1 == wanted) {
      all.stub_end();
    }
  }
  /// Waits, without telling the pool, until all pieces are being run at a time.
  void stub_meet() {
    std::uint32_t there = met.fetch_add(1, std::memory_order_relaxed) + 1;
    weft::detail::futex_wake_all(met);
    while (there < static_cast<std::uint32_t>(wanted)) {
      weft::detail::futex_wait(met, there);
      there = met.load(std::memory_order_relaxed);
    }
  }

  static void just_run(void* s) { static_cast<shared*>(s)->stub_ran(); }
  static void meet(void* s) {
    static_cast<shared*>(s)->stub_meet();
    static_cast<shared*>(s)->stub_ran();
  }

  pool all;
  piece pieces[3];
  atomic<int> ran{0};
  atomic<std::uint32_t> met{0};
  int wanted = 1;
};

void end(shared& s) {
  model::require(s.ran.load(std::memory_order_relaxed) == s.wanted, "a job was not run, or twice");
}

template <class State>
void end_of(State& s) {
  end(s);
}

/// One worker, about to sleep; a job from outside.
model::result posted_to_a_sleeper(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.thread(0); },
                                 [](shared& s) { s.post_from_outside(0, &shared::just_run); }},
                                end);
}

struct driven : shared {
  driven() : shared(true) {}
};
model::result posted_to_a_driver(const model::options& chosen) {
  return model::explore<driven>(chosen,
                                {[](driven& s) { s.thread(0); },
                                 [](driven& s) { s.post_from_outside(0, &shared::just_run); }},
                                end_of<driven>);
}

/// Two jobs that need both workers at a time, while both are about to sleep.
struct burst : shared {
  burst() {
    wanted = 2;
    all.workers_[1].held = all.pop_idle_slot();
  }
};
model::result burst_for_two(const model::options& chosen) {
  return model::explore<burst>(chosen,
                               {[](burst& s) { s.thread(0); }, [](burst& s) { s.thread(1); },
                                [](burst& s) {
                                  s.post_from_outside(0, &shared::meet);
                                  s.post_from_outside(1, &shared::meet);
                                }},
                               end_of<burst>);
}

/// A worker that computes posts what only the other one can run.
struct forked : shared {
  forked() {
    wanted = 2;
    all.workers_[1].held = all.pop_idle_slot();
  }
  static void fork(void* state) {
    auto* s = static_cast<shared*>(state);
    s->all.post(s->all.workers_[0], s->prepared(1, &meet));
    s->stub_meet();
    s->stub_ran();
  }
};
model::result posted_beside_a_sleeper(const model::options& chosen) {
  return model::explore<forked>(chosen,
                                {[](forked& s) {
                                   forked::fork(&s);
                                   s.thread(0);
                                 },
                                 [](forked& s) { s.thread(1); }},
                                end_of<forked>);
}

/// One worker computes and posts two, one searches, one sleeps: all three are needed.
struct spreading : shared {
  spreading() : shared(false, 3) {
    wanted = 3;
    all.workers_[1].held = all.pop_idle_slot();
    all.begin_search(all.workers_[1]);
    all.stub_begin_parked(all.workers_[2]);
  }
};
model::result spread_over_three(const model::options& chosen) {
  return model::explore<spreading>(chosen,
                                   {[](spreading& s) {
                                      s.all.post(s.all.workers_[0], s.prepared(1, &shared::meet));
                                      s.all.post(s.all.workers_[0], s.prepared(2, &shared::meet));
                                      shared::meet(&s);
                                      s.thread(0);
                                    },
                                    [](spreading& s) { s.thread(1); },
                                    [](spreading& s) {
                                      if (s.all.sleep_parked(s.all.workers_[2])) {
                                        s.thread(2);
                                      }
                                    }},
                                   end_of<spreading>);
}

/// What is handed over runs once, here or at a thief, who sees it whole; also two at once, and what
/// a job that gives up its turn leaves.
struct handing : shared {
  handing() {
    wanted = 3;
    all.workers_[1].held = all.pop_idle_slot();
  }
};
model::result handed_over(const model::options& chosen) {
  return model::explore<handing>(
      chosen,
      {[](handing& s) {
         s.all.hand_over(s.all.workers_[0], s.prepared(0, &shared::just_run));
         s.all.hand_over(s.all.workers_[0], s.prepared(1, &shared::just_run));
         s.all.post_behind(s.all.workers_[0], s.prepared(2, &shared::just_run));
         s.thread(0);
       },
       [](handing& s) { s.thread(1); }},
      end_of<handing>);
}

model::result posted_soon(const model::options& chosen) {
  return model::explore<handing>(
      chosen,
      {[](handing& s) {
         s.all.post_soon(s.all.workers_[0], s.prepared(0, &shared::just_run));
         s.all.post_soon(s.all.workers_[0], s.prepared(1, &shared::just_run));
         s.all.post_soon(s.all.workers_[0], s.prepared(2, &shared::just_run));
         s.thread(0);
       },
       [](handing& s) { s.thread(1); }},
      end_of<handing>);
}

/// As steal_any, which looks at no count before.
model::result taken_by_a_spare(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.all.hand_over(s.all.workers_[0],
                                                   s.prepared(0, &shared::just_run));
                                   s.run_next();
                                 },
                                 [](shared& s) { s.run_next(); }},
                                end);
}
model::result taken_by_a_spare_soon(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.all.post_soon(s.all.workers_[0],
                                                   s.prepared(0, &shared::just_run));
                                   s.run_next();
                                 },
                                 [](shared& s) { s.run_next(); }},
                                end);
}
model::result taken_by_a_spare_behind(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.all.post_behind(s.all.workers_[0],
                                                     s.prepared(0, &shared::just_run));
                                   s.run_next();
                                 },
                                 [](shared& s) { s.run_next(); }},
                                end);
}

model::result left_behind(const model::options& chosen) {
  struct state : shared {
    state() { all.workers_[1].held = all.pop_idle_slot(); }
  };
  return model::explore<state>(chosen,
                               {[](state& s) {
                                  s.all.post_behind(s.all.workers_[0],
                                                    s.prepared(0, &shared::just_run));
                                  s.all.give_up_next(s.all.workers_[0]);
                                  s.thread(0);
                                },
                                [](state& s) { s.thread(1); }},
                               end_of<state>);
}

/// A job that has said that it ends; one from outside, posted before or after it does.
struct leaving : shared {
  leaving() { wanted = 2; }
  static void leave(void* state) {
    auto* s = static_cast<shared*>(state);
    s->all.about_to_search(s->all.workers_[0]);
    s->stub_ran();
  }
};
model::result posted_as_one_leaves(const model::options& chosen) {
  return model::explore<leaving>(chosen,
                                 {[](leaving& s) {
                                    s.all.post(s.all.workers_[0], s.prepared(0, &leaving::leave));
                                    s.thread(0);
                                  },
                                  [](leaving& s) { s.post_from_outside(1, &shared::just_run); }},
                                 end_of<leaving>);
}

TEST(pool_sleep_model, needs_each_order_and_fence) {
  model::expect_all_killed(
      "pool_sleep", {"pool::"},
      {{"posted to a sleeper", &posted_to_a_sleeper, {.preemptions = 2, .stale_reads = 1}},
       {"posted to a driver", &posted_to_a_driver, {.preemptions = 2, .stale_reads = 1}},
       {"posted beside a sleeper", &posted_beside_a_sleeper, {.preemptions = 1, .stale_reads = 1}},
       {"handed over", &handed_over, {.preemptions = 1, .stale_reads = 1}},
       {"posted soon", &posted_soon, {.preemptions = 1, .stale_reads = 1}},
       {"taken by a spare", &taken_by_a_spare},
       {"taken by a spare, as posted soon", &taken_by_a_spare_soon},
       {"taken by a spare, as left behind", &taken_by_a_spare_behind},
       {"left behind", &left_behind, {.preemptions = 1, .stale_reads = 1}},
       {"posted as one leaves", &posted_as_one_leaves, {.preemptions = 2, .stale_reads = 1}},
       {"burst for two", &burst_for_two, {.preemptions = 1, .stale_reads = 0}},
       {"spread over three",
        &spread_over_three,
        {.preemptions = 0, .stale_reads = 2, .deepens = false}}});
}

}  // namespace
