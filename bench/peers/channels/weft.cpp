// P5 with channel and async_mutex.

#include <weft/channel.hpp>
#include <weft/sync.hpp>
#include <weft/task.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

#include <vector>

namespace {

using namespace bench::channels;
using weft::task;

task<> produce(weft::channel_writer<long> out, share numbers) {
  for (long i = numbers.first; i < numbers.end; ++i) {
    co_await out.write(i);
  }
}
task<seen> consume(weft::channel_reader<long> in) {
  seen s;
  for (;;) {
    const bool more = co_await in.wait_to_read();
    if (!more) {
      co_return s;
    }
    while (const auto item = in.try_read()) {
      s += {1, *item};
    }
  }
}

seen channel(long n, long pairs) {
  auto c =
      weft::channel<long>::unbounded({.single_reader = pairs == 1, .single_writer = pairs == 1});
  std::vector<task<seen>> consumers;
  std::vector<task<>> producers;
  for (long i = 0; i < pairs; ++i) {
    consumers.push_back(weft::run([&c] { return consume(c.reader()); }));
    producers.push_back(
        weft::run([&c, numbers = share_of(n, pairs, i)] { return produce(c.writer(), numbers); }));
  }
  weft::wait_all(producers);
  c.writer().complete();
  seen all;
  for (task<seen>& t : consumers) {
    all += t.result();
  }
  return all;
}

task<> take_turns(weft::async_mutex& mutex, long& count, long n) {
  for (long i = 0; i < n; ++i) {
    const auto held = co_await mutex.lock();
    ++count;
  }
}
long lock(long n) {
  weft::async_mutex mutex;
  long count = 0;
  std::vector<task<>> tasks;
  for (long i = 0; i < lockers; ++i) {
    tasks.push_back(weft::run([&] { return take_turns(mutex, count, n / lockers); }));
  }
  weft::wait_all(tasks);
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_weft(argc, argv,
                         {{"P5/channel11", measured_channel<channel, 1>},
                          {"P5/channel44", measured_channel<channel, 4>},
                          {"P5/mutex", measured_lock<lock>}});
}
