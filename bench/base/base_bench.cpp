// One operation of each part of base, with the standard library's as the serial baseline.

#include <weft/base.hpp>

#include <weft/trace.hpp>

#include <cstdlib>
#include <mutex>
#include <thread>

#include <benchmark/benchmark.h>

namespace {

using weft::detail::job;

void frame_pair(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    void* block = weft::detail::frame_allocate(bytes);
    benchmark::DoNotOptimize(block);
    weft::detail::frame_free(block, bytes);
  }
}
BENCHMARK(frame_pair)->Name("base/frame_pair/bytes")->Arg(96)->Arg(2000);

void malloc_pair(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    void* block = std::malloc(bytes);
    benchmark::DoNotOptimize(block);
    std::free(block);
  }
}
BENCHMARK(malloc_pair)->Name("base/malloc_pair/bytes")->Arg(96)->Arg(2000);

// One thread allocates, another frees: what crosses is whole batches.
void frame_handed_over(benchmark::State& state) {
  constexpr std::size_t bytes = 96;
  constexpr std::size_t many = 4096;
  static void* blocks[many];
  weft::detail::atomic<std::uint32_t> turn{0};
  std::jthread freer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      weft::detail::futex_wait(turn, 0, 1'000'000);
      if (turn.load(std::memory_order_acquire) == 1) {
        for (void* block : blocks) {
          weft::detail::frame_free(block, bytes);
        }
        turn.store(0, std::memory_order_release);
        weft::detail::futex_wake_one(turn);
      }
    }
  });
  for (auto _ : state) {
    for (void*& block : blocks) {
      block = weft::detail::frame_allocate(bytes);
    }
    turn.store(1, std::memory_order_release);
    weft::detail::futex_wake_one(turn);
    while (turn.load(std::memory_order_acquire) == 1) {
      weft::detail::futex_wait(turn, 1, 1'000'000);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(many));
}
BENCHMARK(frame_handed_over)->Name("base/frame_handed_over/96")->UseRealTime();

void deque_push_pop(benchmark::State& state) {
  weft::detail::work_deque deque;
  job item{};
  for (auto _ : state) {
    deque.push(&item);
    benchmark::DoNotOptimize(deque.pop());
  }
}
BENCHMARK(deque_push_pop)->Name("base/work_deque/push_pop");

void deque_push_steal(benchmark::State& state) {
  weft::detail::work_deque deque;
  job item{};
  for (auto _ : state) {
    deque.push(&item);
    benchmark::DoNotOptimize(deque.steal());
  }
}
BENCHMARK(deque_push_steal)->Name("base/work_deque/push_steal");

void queue_push_pop(benchmark::State& state) {
  weft::detail::mpsc_queue queue;
  job item{};
  for (auto _ : state) {
    queue.push(&item);
    benchmark::DoNotOptimize(queue.try_pop());
  }
}
BENCHMARK(queue_push_pop)->Name("base/mpsc_queue/push_pop");

void lock_pair(benchmark::State& state) {
  weft::detail::lock guard;
  for (auto _ : state) {
    weft::detail::lock_guard held(guard);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(lock_pair)->Name("base/lock/uncontended");

void mutex_pair(benchmark::State& state) {
  std::mutex guard;
  for (auto _ : state) {
    std::lock_guard held(guard);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(mutex_pair)->Name("base/std_mutex/uncontended");

void notify_nobody(benchmark::State& state) {
  weft::detail::event_count events;
  for (auto _ : state) {
    events.notify_one();
  }
}
BENCHMARK(notify_nobody)->Name("base/event_count/notify_nobody");

void work_made_and_called(benchmark::State& state) {
  int called = 0;
  for (auto _ : state) {
    weft::work w([&called] { ++called; });
    w();
  }
  benchmark::DoNotOptimize(called);
}
BENCHMARK(work_made_and_called)->Name("base/work/made_and_called");

void event_off(benchmark::State& state) {
  for (auto _ : state) {
    if (weft::trace::enabled()) {
      weft::trace::emit(weft::trace::event::mark, &state);
    }
  }
}
BENCHMARK(event_off)->Name("trace/event/off");

void event_on(benchmark::State& state) {
  weft::trace::session running;
  for (auto _ : state) {
    if (weft::trace::enabled()) {
      weft::trace::emit(weft::trace::event::mark, &state);
    }
  }
}
BENCHMARK(event_on)->Name("trace/event/on");

}  // namespace
