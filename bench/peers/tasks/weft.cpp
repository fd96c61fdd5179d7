// P2 with task and run.

#include <weft/task.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

#include <vector>

namespace {

using namespace bench::tasks;
using weft::task;

task<long> one(long i) {
  co_return i;
}

task<long> hot_inside(long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) {
    sum += co_await one(i);
  }
  co_return sum;
}
long hot(long n) {
  return weft::run([n] { return hot_inside(n); }).result();
}

task<long> run_inside(long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) {
    sum += co_await weft::run([i] { return i; });
  }
  co_return sum;
}
long run(long n) {
  return weft::run([n] { return run_inside(n); }).result();
}

task<long> batch_inside(long n) {
  long sum = 0;
  std::vector<task<long>> tasks(batch_size);
  for (long first = 0; first < n; first += batch_size) {
    for (long i = 0; i < batch_size; ++i) {
      tasks[static_cast<std::size_t>(i)] = weft::run([i = first + i] { return i; });
    }
    for (task<long>& t : tasks) {
      sum += co_await std::move(t);
    }
  }
  co_return sum;
}
long batch(long n) {
  return weft::run([n] { return batch_inside(n); }).result();
}

long outside(long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) {
    sum += weft::run([i] { return i; }).result();
  }
  return sum;
}

task<long> awaiting(task<>& gate, long i) {
  co_await gate;
  co_return i;
}
task<long> awaiters_inside(long n) {
  long sum = 0;
  std::vector<task<long>> tasks(batch_size);
  for (long first = 0; first < n; first += batch_size) {
    weft::task_completion_source<> source;
    task<> gate = source.task();
    for (long i = 0; i < batch_size; ++i) {
      tasks[static_cast<std::size_t>(i)] = awaiting(gate, first + i);
    }
    source.set_result();
    for (task<long>& t : tasks) {
      sum += co_await std::move(t);
    }
  }
  co_return sum;
}
long awaiters(long n) {
  return weft::run([n] { return awaiters_inside(n); }).result();
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_weft(argc, argv,
                         {{"P2/hot", measured<hot>},
                          {"P2/run", measured<run>},
                          {"P2/batch", measured<batch>},
                          {"P2/outside", measured<outside>},
                          {"P2/awaiters", measured<awaiters>}});
}
