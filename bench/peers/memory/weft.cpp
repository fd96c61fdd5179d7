// P14 with task, manual_reset_event and delay.

#include <weft/net.hpp>
#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "../tcp/sockets.hpp"
#include "../weft_program.hpp"
#include "workload.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <thread>
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

task<> read_from(weft::net::tcp_stream stream) {
  char byte = 0;
  static_cast<void>(co_await stream.read_some({&byte, 1}));
}

/// Connections on the loop of one thread, until the other ends close.
class connections {
 public:
  explicit connections(long n) {
    std::promise<int> port;
    std::promise<void> all_there;
    thread_ = std::thread([&, n] {
      weft::single_thread_context loop;
      loop.run([&]() -> task<> {
        auto listener = weft::net::tcp_listener::bind(weft::net::endpoint("127.0.0.1", 0));
        port.set_value(listener.local_endpoint().port());
        std::vector<task<>> reading;
        reading.reserve(static_cast<std::size_t>(n));
        for (long i = 0; i < n; ++i) {
          reading.push_back(read_from(co_await listener.accept()));
        }
        all_there.set_value();
        for (task<>& one : reading) {
          co_await one;
        }
      });
    });
    const int where = port.get_future().get();
    for (long i = 0; i < n; ++i) {
      others_.push_back(bench::tcp::connect_to(where));
    }
    all_there.get_future().wait();
  }
  connections(const connections&) = delete;
  connections& operator=(const connections&) = delete;
  ~connections() {
    for (const int other : others_) {
      ::close(other);
    }
    thread_.join();
  }

 private:
  std::vector<int> others_;
  std::thread thread_;
};

bench::outcome connected(bench::request asked) {
  constexpr long first = 200;  // twice as many descriptors, which are limited
  return measured(asked.n, 0, [](long n) { return std::make_unique<connections>(n); }, first);
}

bench::outcome idle(bench::request) {
  const double us = bench::timed([] { weft::run([] {}).wait(); });
  return bench::outcome(us).with("bytes", resident_bytes());
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_weft(argc, argv,
                         {{"P14/task", tasks},
                          {"P14/timer", timers},
                          {"P14/connection", connected},
                          {"P14/idle", idle}});
}
