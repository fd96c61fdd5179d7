#include <weft/trace.hpp>

#include "trace/clock.hpp"

#include <algorithm>
#include <chrono>
#include <latch>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using weft::trace::emit;
using weft::trace::enabled;
using weft::trace::event;
using weft::trace::record;
using weft::trace::session;

TEST(trace, is_off_without_a_session) {
  EXPECT_FALSE(enabled());
}

TEST(trace, records_nothing_while_it_is_off) {
  emit(event::mark, nullptr, std::source_location::current(), "lost");
  session running;
  EXPECT_TRUE(running.stop().empty());
}

TEST(trace, gives_back_what_was_recorded) {
  session running;
  EXPECT_TRUE(enabled());
  int subject = 0;
  const auto place = std::source_location::current();
  emit(event::operation_submitted, &subject, place, "timer", 77);
  const std::vector<record> all = running.stop();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].kind, event::operation_submitted);
  EXPECT_EQ(all[0].subject, &subject);
  EXPECT_EQ(all[0].place.line(), place.line());
  EXPECT_STREQ(all[0].place.file_name(), place.file_name());
  EXPECT_STREQ(all[0].label, "timer");
  EXPECT_EQ(all[0].aux, 77u);
  EXPECT_EQ(all[0].thread, weft::trace::this_thread_number());
  EXPECT_EQ(all[0].os_thread, static_cast<std::uint32_t>(gettid()));
  EXPECT_EQ(all[0].sequence, 0u);
  EXPECT_FALSE(enabled());
}

TEST(trace, does_not_know_the_place_unless_told) {
  session running;
  emit(event::mark, nullptr);
  const std::vector<record> all = running.stop();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].place.line(), 0u);
  EXPECT_EQ(all[0].label, nullptr);
}

TEST(trace_session, gives_nothing_once_it_was_stopped) {
  session running;
  emit(event::mark, nullptr);
  EXPECT_EQ(running.stop().size(), 1u);
  EXPECT_FALSE(running.is_running());
  EXPECT_TRUE(running.stop().empty());
  EXPECT_TRUE(running.snapshot().empty());
}

TEST(trace_session, goes_on_after_a_snapshot) {
  session running;
  emit(event::mark, nullptr, {}, nullptr, 1);
  EXPECT_EQ(running.snapshot().size(), 1u);
  emit(event::mark, nullptr, {}, nullptr, 2);
  EXPECT_EQ(running.stop().size(), 2u);
}

TEST(trace_session, sees_only_what_came_after_its_start) {
  session outer;
  emit(event::mark, nullptr, {}, nullptr, 1);
  session inner;
  emit(event::mark, nullptr, {}, nullptr, 2);
  const std::vector<record> seen = inner.stop();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].aux, 2u);
  EXPECT_TRUE(enabled());
  EXPECT_EQ(outer.stop().size(), 2u);
  EXPECT_FALSE(enabled());
}

TEST(trace_session, keeps_the_events_of_threads_that_ended) {
  session running;
  std::set<std::uint32_t> numbers;
  for (std::uint64_t i = 0; i < 5; ++i) {
    std::jthread([&, i] {
      numbers.insert(weft::trace::this_thread_number());
      emit(event::mark, nullptr, {}, nullptr, i);
    }).join();
  }
  const std::vector<record> all = running.stop();
  ASSERT_EQ(all.size(), 5u);
  std::set<std::uint32_t> seen;
  for (std::uint64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(all[i].aux, i);
    EXPECT_EQ(all[i].sequence, i);
    seen.insert(all[i].thread);
  }
  EXPECT_EQ(seen, numbers);
  EXPECT_EQ(seen.size(), 5u);
}

TEST(trace_session, merges_the_threads_by_time) {
  session running;
  std::latch both{2};
  const auto work = [&](std::uint64_t who) {
    both.arrive_and_wait();
    for (std::uint64_t i = 0; i < 500; ++i) {
      emit(event::mark, nullptr, {}, nullptr, who * 1000 + i);
    }
  };
  {
    std::jthread a([&] { work(0); });
    std::jthread b([&] { work(1); });
  }
  const std::vector<record> all = running.stop();
  ASSERT_EQ(all.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const record& x, const record& y) {
    return x.time_ns < y.time_ns;
  }));
  std::uint64_t next[2] = {0, 0};
  for (const record& r : all) {
    EXPECT_EQ(r.aux % 1000, next[r.aux / 1000]++);
  }
}

TEST(trace_session, tells_the_time_of_the_steady_clock) {
  const auto steady_ns = [] {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  session running;
  std::int64_t before[3];
  std::int64_t after[3];
  for (int i = 0; i < 3; ++i) {
    before[i] = steady_ns();
    emit(event::mark, nullptr);
    after[i] = steady_ns();
  }
  const std::vector<record> all = running.stop();
  ASSERT_EQ(all.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GT(all[i].time_ns,
              before[i] - 1'000'000);  // ns; a machine that stalls shifts the samples
    EXPECT_LT(all[i].time_ns, after[i] + 1'000'000);
  }
}

TEST(trace_clock, converts_on_the_line_through_two_samples) {
  using weft::trace::to_ns;
  EXPECT_EQ(to_ns(150, {100, 1000}, {200, 3000}), 2000);
  EXPECT_EQ(to_ns(100, {100, 1000}, {200, 3000}), 1000);
  EXPECT_EQ(to_ns(200, {100, 1000}, {200, 3000}), 3000);
  EXPECT_EQ(to_ns(300, {100, 1000}, {100, 1000}), 1000);  // no time between the samples
}

TEST(trace_clock, goes_forward_whichever_it_is) {
  for (const bool counter : {false, true}) {
    if (counter) {
      weft::trace::choose_clock();
    } else {
      weft::trace::counter_is_trusted.store(false, std::memory_order_relaxed);
    }
    const auto first = weft::trace::sample_clocks();
    const auto second = weft::trace::sample_clocks();
    EXPECT_LT(first.ticks, second.ticks);
    EXPECT_LT(first.ns, second.ns);
  }
}

TEST(trace_session, keeps_the_newest_events_when_a_ring_overflows) {
  session running;
  constexpr std::uint64_t emitted = session::ring_capacity + 100;
  for (std::uint64_t i = 0; i < emitted; ++i) {
    emit(event::mark, nullptr, {}, nullptr, i);
  }
  EXPECT_GE(running.lost(), 100u);
  const std::vector<record> all = running.stop();
  ASSERT_EQ(all.size(), session::ring_capacity);
  EXPECT_EQ(all.front().aux, emitted - session::ring_capacity);
  EXPECT_EQ(all.back().aux, emitted - 1);
}

TEST(trace_session, counts_what_a_thread_lost_that_ended) {
  session running;
  std::jthread([] {
    for (std::uint64_t i = 0; i < session::ring_capacity + 10; ++i) {
      emit(event::mark, nullptr);
    }
  }).join();
  EXPECT_EQ(running.lost(), 10u);
  EXPECT_EQ(running.stop().size(), session::ring_capacity);
}

TEST(trace_session, bounds_what_it_keeps_of_ended_threads) {
  session running;
  constexpr std::size_t threads = 2 * session::ended_capacity / session::ring_capacity + 2;
  for (std::size_t t = 0; t < threads; ++t) {
    std::jthread([t] {
      for (std::uint64_t i = 0; i < session::ring_capacity; ++i) {
        emit(event::mark, nullptr, {}, nullptr, t);
      }
    }).join();
  }
  const std::uint64_t lost = running.lost();
  const std::vector<record> all = running.stop();
  EXPECT_LE(all.size(), 2 * session::ended_capacity);
  EXPECT_EQ(all.size() + lost, threads * session::ring_capacity);
  EXPECT_EQ(all.back().aux, threads - 1);
}

// The words of each event belong together: aux repeats the subject.
TEST(trace_session, reads_whole_events_while_they_are_written) {
  session running;
  weft::detail::atomic<bool> stop{false};
  std::latch started{2};
  const auto write = [&](std::uintptr_t salt) {
    for (std::uintptr_t i = 1; !stop.load(std::memory_order_relaxed); ++i) {
      const std::uintptr_t value = i * 2 + salt;
      emit(event::mark, reinterpret_cast<const void*>(value), {}, nullptr, value);
      if (i == 1) {
        started.count_down();
      }
    }
  };
  std::jthread a([&] { write(0); });
  std::jthread b([&] { write(1); });
  started.wait();
  std::size_t seen = 0;
  for (int i = 0; i < 20; ++i) {
    std::uint64_t last[2] = {0, 0};
    for (const record& r : running.snapshot()) {
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(r.subject), r.aux);
      ASSERT_GT(r.aux, last[r.aux % 2]);
      last[r.aux % 2] = r.aux;
      ++seen;
    }
  }
  stop.store(true, std::memory_order_relaxed);
  EXPECT_GT(seen, 0u);
}

TEST(trace, works_in_the_child_of_a_fork) {
  session running;
  emit(event::mark, nullptr, {}, nullptr, 1);
  const pid_t child = fork();
  if (child == 0) {
    emit(event::mark, nullptr, {}, nullptr, 2);
    const std::vector<record> all = running.stop();
    _exit(all.size() == 2 && all[1].os_thread == static_cast<std::uint32_t>(getpid()) ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(trace_event, has_a_name_for_each_kind) {
  EXPECT_STREQ(weft::trace::name_of(event::task_created), "task_created");
  EXPECT_STREQ(weft::trace::name_of(event::operation_completed), "operation_completed");
  EXPECT_STREQ(weft::trace::name_of(event::mark), "mark");
  EXPECT_STREQ(weft::trace::name_of(static_cast<event>(200)), "unknown");
}

}  // namespace
