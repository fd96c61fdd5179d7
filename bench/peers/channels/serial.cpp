// P5's limit: a deque under a mutex, on one thread, each item put in and taken out again; a lock
// that nobody else wants.

#include "workload.hpp"

#include <deque>
#include <mutex>

namespace {

using namespace bench::channels;

seen channel(long n, long) {
  std::deque<long> items;
  std::mutex mutex;
  seen s;
  for (long i = 0; i < n; ++i) {
    {
      const std::lock_guard hold(mutex);
      items.push_back(i);
    }
    const std::lock_guard hold(mutex);
    s += {1, items.front()};
    items.pop_front();
  }
  return s;
}

long lock(long n) {
  std::mutex mutex;
  long count = 0;
  for (long i = 0; i < n; ++i) {
    const std::lock_guard hold(mutex);
    ++count;
    bench::keep(count);
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv,
                    {{"P5/channel11", measured_channel<channel, 1>},
                     {"P5/channel44", measured_channel<channel, 4>},
                     {"P5/mutex", measured_lock<lock>}});
}
