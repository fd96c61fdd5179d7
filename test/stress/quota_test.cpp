/// Under a quota of the kernel's (a container of half a processor, of one, of one and a half) all
/// threads of a process stand still for most of each period: the pool has the threads that the
/// quota says, what it runs ends, and it wastes none of the little there is. In a process of its
/// own in a control group of its own; where none can be made (no rights, no such controller) the
/// tests are skipped.

#include <weft/base/cpu_quota.hpp>
#include <weft/weft.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr const char* group_variable = "WEFT_TEST_QUOTA_GROUP";

bool put(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

/// A group below that of this process, of either version, which may use `cpus`; gone with this.
class cpu_group {
 public:
  explicit cpu_group(double cpus) {
    const long quota = std::lround(cpus * period);
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; path_.empty() && std::getline(groups, line);) {
      const std::size_t first = line.find(':');
      const std::size_t second = line.find(':', first + 1);
      const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
      const std::string own = line.substr(second + 1);
      const std::string name = own + "/weft_quota_" + std::to_string(::getpid());
      if (controllers.find(",cpu,") != std::string::npos) {
        use("/sys/fs/cgroup/cpu" + name, "/cpu.cfs_quota_us", std::to_string(quota));
      } else if (line.starts_with("0::")) {
        static_cast<void>(put("/sys/fs/cgroup" + own + "/cgroup.subtree_control", "+cpu"));
        use("/sys/fs/cgroup" + name, "/cpu.max",
            std::to_string(quota) + " " + std::to_string(period));
      }
    }
  }
  cpu_group(const cpu_group&) = delete;
  cpu_group& operator=(const cpu_group&) = delete;
  ~cpu_group() {
    if (!path_.empty()) {
      ::rmdir(path_.c_str());
    }
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  static constexpr long period = 100'000;  // microseconds: the kernel's own

  void use(const std::string& path, const std::string& file, const std::string& limit) {
    if (::mkdir(path.c_str(), 0755) != 0) {
      return;
    }
    struct stat found{};
    if (::stat((path + file).c_str(), &found) == 0 && put(path + file, limit)) {
      path_ = path;
    } else {
      ::rmdir(path.c_str());
    }
  }

  std::string path_;
};

std::chrono::duration<double> processor_time() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return std::chrono::duration<double>(seconds(used.ru_utime) + seconds(used.ru_stime));
}

/// What computing took: by the clock, and of processors.
struct cost {
  std::chrono::duration<double> wall;
  std::chrono::duration<double> processors;
};
template <class F>
cost cost_of(F&& f) {
  const auto began = clock::now();
  const auto before = processor_time();
  f();
  return {clock::now() - began, processor_time() - before};
}

constexpr int pieces = 4'000;
std::uint64_t compute(int piece) {
  auto x = static_cast<std::uint64_t>(piece) + 1;
  for (int i = 0; i < 30'000; ++i) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  return x;
}

/// Everything that may hang where threads stand still: hand-overs, timers, blocked workers, forks.
void mixed_work() {
  auto numbers = channel<int>::bounded(4);
  auto writes = run([&]() -> task<> {
    for (int i = 0; i < 2'000; ++i) {
      auto write = numbers.writer().write(i);
      co_await std::move(write);
    }
    numbers.writer().complete();
  });
  auto reads = run([&]() -> task<int> {
    int count = 0;
    for (bool more = true; more;) {
      auto next = numbers.reader().wait_to_read();
      more = co_await std::move(next);
      while (more && numbers.reader().try_read().has_value()) {
        ++count;
      }
    }
    co_return count;
  });
  std::vector<task<>> waits;
  for (int i = 0; i < 100; ++i) {
    waits.push_back(run([i] {
      auto due = delay(std::chrono::milliseconds(i % 5));
      due.wait();  // holds a worker
    }));
    waits.push_back(run([i]() -> task<> {
      auto due = delay(std::chrono::milliseconds(i % 7));
      co_await due;
    }));
  }
  wait_all(waits);
  writes.wait();
  if (reads.result() != 2'000) {
    std::fprintf(stderr, "items were lost\n");
    std::_Exit(2);
  }
}

/// In the child: enters the group, then uses the pool for the first time. Exits with 0 if all held.
void child(double quota) {
  const char* group = std::getenv(group_variable);
  std::vector<std::uint64_t> results(pieces);
  const auto serial = cost_of([&] {
    for (int i = 0; i < pieces; ++i) {
      results[static_cast<std::size_t>(i)] = compute(i);
    }
  });
  if (!put(std::string(group) + "/cgroup.procs", std::to_string(::getpid()))) {
    std::fprintf(stderr, "cannot enter %s\n", group);
    std::_Exit(3);
  }
  const unsigned threads = detail::usable_cpus();
  const auto plain = cost_of([&] {
    std::vector<std::thread> all;
    for (unsigned t = 0; t < threads; ++t) {
      all.emplace_back([&, t] {
        for (auto i = t; i < pieces; i += threads) {
          results[i] ^= compute(static_cast<int>(i));
        }
      });
    }
    for (std::thread& t : all) {
      t.join();
    }
  });
  const auto ours = cost_of([&] {
    parallel_for(0, pieces,
                 [&](int i) { results[static_cast<std::size_t>(i)] ^= compute(i) ^ 1U; });
  });
  const auto mixed = cost_of([&] {  // beside what uses up each period
    auto computes = run([&] {
      parallel_for(0, pieces, [&](int i) { results[static_cast<std::size_t>(i)] ^= compute(i); });
    });
    for (int i = 0; i < 10; ++i) {
      mixed_work();
    }
    computes.wait();
  });
  const bool right = std::ranges::all_of(results, [](std::uint64_t r) { return r == 1; });
  std::fprintf(stderr,
               "quota %.1f threads %u: serial %.3f s; plain threads %.3f s wall %.3f s of "
               "processors; parallel_for %.3f, %.3f; mixed %.3f, %.3f\n",
               quota, threads, serial.wall.count(), plain.wall.count(), plain.processors.count(),
               ours.wall.count(), ours.processors.count(), mixed.wall.count(),
               mixed.processors.count());
  const auto expected =
      std::min(static_cast<unsigned>(std::ceil(quota)), std::thread::hardware_concurrency());
  // The clock counts in periods of 100 ms, in most of which nothing runs; a slow neighbour may
  // take a few. Processor time is what the quota is about.
  const bool fast = ours.wall < 2 * plain.wall + 500ms;
  const bool lean = ours.processors < 1.3 * plain.processors + 50ms;
  std::_Exit(right && threads == expected && fast && lean ? 0 : 1);
}

class quota : public ::testing::TestWithParam<double> {
 protected:
  void SetUp() override {
    ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
    if (std::getenv(group_variable) == nullptr) {  // not in the child, which runs this again
      group_.emplace(GetParam());
      if (group_->path().empty()) {
        GTEST_SKIP() << "this process may not make a control group with a quota";
      }
      ::setenv(group_variable, group_->path().c_str(), 1);
    }
  }
  void TearDown() override { ::unsetenv(group_variable); }

 private:
  std::optional<cpu_group> group_;
};

TEST_P(quota, gives_threads_progress_and_throughput) {
  EXPECT_EXIT(child(GetParam()), ::testing::ExitedWithCode(0), "quota");
}

INSTANTIATE_TEST_SUITE_P(of, quota, ::testing::Values(0.5, 1.0, 1.5), [](const auto& row) {
  return "tenths_" + std::to_string(std::lround(10 * row.param));
});

}  // namespace
}  // namespace weft
