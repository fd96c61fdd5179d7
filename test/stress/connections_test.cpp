// Thousands of connections on the loop of one thread: what one takes, and that nothing stays of
// those that have gone. With WEFT_LONG a million of them.

#include <weft/net/tcp.hpp>
#include <weft/sched/single_thread_context.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::net {
namespace {

using weft::detail::testing::on_backend;
using buffer = std::array<char, 64>;

#ifdef NDEBUG
constexpr bool counts_memory = !WEFT_TSAN && !WEFT_ASAN;
#else
constexpr bool counts_memory = false;
#endif

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

// As many descriptors as the system lets us have.
std::size_t raise_descriptors() {
  rlimit most{};
  ::getrlimit(RLIMIT_NOFILE, &most);
  most.rlim_cur = most.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &most);
  return static_cast<std::size_t>(most.rlim_cur);
}

int connect_bare(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  return fd;
}

task<std::size_t> read_one(tcp_stream stream) {
  char byte = 0;
  co_return co_await stream.read_some({&byte, 1});
}

using connections = on_backend;

TEST_P(connections, that_are_idle_take_at_most_two_kibibytes) {
  constexpr std::size_t wanted = 9000;
  constexpr std::size_t others = 500;
  const std::size_t limit = raise_descriptors();
  ASSERT_GT(limit, 2 * others);
  const std::size_t most = counts_memory ? wanted : wanted / 10;
  const std::size_t many = std::min(most, (limit - others) / 2);
  int port = 0;
  double before = 0;
  double after = 0;
  std::latch listening(1);
  std::latch all_there(1);
  std::size_t bytes = 0;
  std::thread serving([&] {
    single_thread_context loop;
    bytes = loop.run([&]() -> task<std::size_t> {
      auto listener = tcp_listener::bind(endpoint("127.0.0.1", 0));
      port = listener.local_endpoint().port();
      listening.count_down();
      std::vector<task<std::size_t>> reading;
      reading.reserve(many);
      for (std::size_t i = 0; i < many; ++i) {
        tcp_stream one = co_await listener.accept();
        reading.push_back(read_one(std::move(one)));
        if (i == many / 10) {
          before = resident_bytes();  // pools and tables have begun
        }
      }
      co_await yield();
      after = resident_bytes();
      all_there.count_down();
      std::size_t sum = 0;
      for (auto& one : reading) {
        sum += co_await std::move(one);
      }
      co_return sum;
    });
  });
  listening.wait();
  std::vector<int> clients;
  for (std::size_t i = 0; i < many; ++i) {
    clients.push_back(connect_bare(port));
  }
  all_there.wait();
  const double each = (after - before) / (static_cast<double>(many) * 0.9);
  std::printf("%zu connections, %.0f bytes each\n", many, each);
  if (counts_memory) {
    EXPECT_LE(each, 2048);
  }
  for (const int fd : clients) {  // and each of them is heard
    EXPECT_EQ(::send(fd, "x", 1, MSG_NOSIGNAL), 1);
  }
  serving.join();
  EXPECT_EQ(bytes, many);
  for (const int fd : clients) {
    ::close(fd);
  }
}

task<> answer_once(tcp_stream stream) {
  buffer data;
  const std::size_t n = co_await stream.read_some(data);
  co_await stream.write_all(const_buffer(data.data(), n));
}

task<> visit(endpoint at, int times) {
  const buffer question{};
  for (int i = 0; i < times; ++i) {
    tcp_stream stream = co_await tcp_stream::connect(at);
    co_await stream.write_all(const_buffer(question.data(), question.size()));
    buffer data;
    std::size_t got = 0;
    for (std::size_t n = 1; n != 0; got += n) {
      n = co_await stream.read_some(data);
    }
    EXPECT_EQ(got, question.size());
  }
}

task<> churn(tcp_listener& listener, int times) {
  constexpr int at_once = 20;
  std::vector<task<>> visitors;
  for (int i = 0; i < at_once; ++i) {
    visitors.push_back(visit(listener.local_endpoint(), times / at_once));
  }
  auto serving = with_scope([&listener, times](task_scope& answering) -> task<> {
    for (int i = 0; i < times / at_once * at_once; ++i) {
      tcp_stream stream = co_await listener.accept();
      static_cast<void>(answering.spawn(answer_once(std::move(stream))));
    }
  });
  co_await std::move(serving);
  for (auto& one : visitors) {
    co_await std::move(one);
  }
}

TEST_P(connections, that_come_and_go_leave_nothing) {
  const bool for_long = std::getenv("WEFT_LONG") != nullptr;
  const int times = for_long ? 1'000'000 : counts_memory ? 20'000 : 2'000;
  constexpr double allowed = 4 << 20;  // bytes; 200 for each of the short test's
  single_thread_context loop;
  loop.run([&]() -> task<> {
    auto listener = tcp_listener::bind(endpoint("127.0.0.1", 0));
    co_await churn(listener, times / 10);  // until pools and caches have their size
    const auto descriptors = open_descriptors();
    const double before = resident_bytes();
    co_await churn(listener, times);
    if (counts_memory) {
      EXPECT_LE(resident_bytes(), before + allowed);
    }
    EXPECT_LE(open_descriptors(), descriptors);
  });
}

WEFT_FOR_BOTH_BACKENDS(connections);

}  // namespace
}  // namespace weft::net
