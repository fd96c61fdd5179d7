// P14 with task, manual_reset_event and delay.

#include <weft/task.hpp>
#include <weft/time.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace {

using namespace bench::memory;
using weft::task;

task<int> waiting(task<>& gate) {
  co_await gate;
  co_return 1;
}

/// Tasks at a gate, which opens when they go.
class suspended {
 public:
  explicit suspended(long n) : gate_(source_.task()) {
    tasks_.reserve(static_cast<std::size_t>(n));
    for (long i = 0; i < n; ++i) {
      tasks_.push_back(waiting(gate_));
    }
  }
  suspended(const suspended&) = delete;
  suspended& operator=(const suspended&) = delete;
  ~suspended() {
    source_.set_result();
    weft::wait_all(tasks_);
  }

 private:
  weft::task_completion_source<> source_;
  task<> gate_;
  std::vector<task<int>> tasks_;
};

bench::outcome tasks(bench::request asked) {
  return measured(asked.n, sizeof(task<int>),
                  [](long n) { return std::make_unique<suspended>(n); });
}

bench::outcome timers(bench::request asked) {
  return measured(asked.n, sizeof(task<>), [](long n) {
    std::vector<task<>> delays;
    delays.reserve(static_cast<std::size_t>(n));
    for (long i = 0; i < n; ++i) {
      delays.push_back(weft::delay(std::chrono::hours(1)));
    }
    return delays;
  });
}

bench::outcome idle(bench::request) {
  const double us = bench::timed([] { weft::run([] {}).wait(); });
  return bench::outcome(us).with("bytes", resident_bytes());
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_weft(argc, argv,
                         {{"P14/task", tasks}, {"P14/timer", timers}, {"P14/idle", idle}});
}
