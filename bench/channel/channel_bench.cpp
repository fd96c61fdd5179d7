// P5: items through a channel, n producers and n consumers on the default pool.

#include <weft/channel.hpp>

#include <weft/task.hpp>

#include <vector>

#include <benchmark/benchmark.h>

namespace {

using weft::task;

constexpr std::uint64_t items = 10'000'000;

task<> produce(weft::channel_writer<std::uint64_t> to, std::uint64_t n) {
  for (std::uint64_t i = 0; i < n; ++i) {
    co_await to.write(i);
  }
}

task<std::uint64_t> consume(weft::channel_reader<std::uint64_t> from) {
  std::uint64_t sum = 0;
  while (co_await from.wait_to_read()) {
    while (auto item = from.try_read()) {
      sum += *item;
    }
  }
  co_return sum;
}

task<std::uint64_t> consume_one_by_one(weft::channel_reader<std::uint64_t> from) {
  std::uint64_t sum = 0;
  try {
    while (true) {
      sum += co_await from.read();
    }
  } catch (const weft::channel_closed&) {
  }
  co_return sum;
}

template <class Consume>
task<std::uint64_t> flow(weft::channel<std::uint64_t> c, int n, Consume consume_from) {
  std::vector<task<std::uint64_t>> consumers;
  std::vector<task<>> producers;
  for (int i = 0; i < n; ++i) {
    auto body = [c, consume_from] { return consume_from(c.reader()); };
    consumers.push_back(weft::run(body));
  }
  for (int i = 0; i < n; ++i) {
    auto body = [c, n] { return produce(c.writer(), items / static_cast<unsigned>(n)); };
    producers.push_back(weft::run(body));
  }
  for (auto& p : producers) {
    co_await p;
  }
  c.writer().complete();
  std::uint64_t sum = 0;
  for (auto& each : consumers) {
    sum += co_await each;
  }
  co_return sum;
}

void unbounded(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  for (auto _ : state) {
    auto made = flow(weft::channel<std::uint64_t>::unbounded(), n, consume);
    benchmark::DoNotOptimize(std::move(made).result());
  }
}
BENCHMARK(unbounded)
    ->Name("channel/unbounded/try_read")
    ->Arg(1)
    ->Arg(4)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void unbounded_read(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  for (auto _ : state) {
    auto made = flow(weft::channel<std::uint64_t>::unbounded(), n, consume_one_by_one);
    benchmark::DoNotOptimize(std::move(made).result());
  }
}
BENCHMARK(unbounded_read)
    ->Name("channel/unbounded/read")
    ->Arg(1)
    ->Arg(4)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void bounded(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  for (auto _ : state) {
    auto made = flow(weft::channel<std::uint64_t>::bounded(1024), n, consume);
    benchmark::DoNotOptimize(std::move(made).result());
  }
}
BENCHMARK(bounded)
    ->Name("channel/bounded_1024/try_read")
    ->Arg(1)
    ->Arg(4)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void one_thread(benchmark::State& state) {
  auto c = weft::channel<std::uint64_t>::unbounded();
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < 100; ++i) {
      c.writer().try_write(i);
    }
    for (std::uint64_t i = 0; i < 100; ++i) {
      benchmark::DoNotOptimize(c.reader().try_read());
    }
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(one_thread)->Name("channel/one_thread/100");

}  // namespace
