// Sockets for long: connections that come and go, and cancellation at every moment.

#include <weft/net.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>
#include <weft/time/delay.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <random>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

namespace weft::net {
namespace {

int rounds(int usual, int when_long) {
  return std::getenv("WEFT_LONG") != nullptr ? when_long : usual;
}

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

task<> echo(tcp_stream s, std::stop_token stop) {
  std::array<char, 256> data{};
  while (true) {
    auto reading = s.read_some(data, stop);
    const std::size_t n = co_await std::move(reading);
    if (n == 0) {
      break;
    }
    auto writing = s.write_all(std::string(data.data(), n), stop);
    co_await std::move(writing);
  }
}

// Errors of one connection are its own.
task<> echo_quietly(tcp_stream s) {
  try {
    auto talking = echo(std::move(s), {});
    co_await std::move(talking);
  } catch (const std::system_error&) {
  }
}

task<> serve(tcp_listener& listener, std::stop_token stop) {
  std::vector<task<>> all;
  try {
    while (true) {
      auto accepting = listener.accept(stop);
      all.push_back(echo_quietly(co_await std::move(accepting)));
      std::erase_if(all, [](task<>& t) { return t.is_completed(); });
    }
  } catch (const operation_canceled&) {
  }
  for (auto& one : all) {
    co_await one;
  }
}

task<> visit(endpoint where, int questions, std::stop_token stop) {
  auto connecting = tcp_stream::connect(where, stop);
  tcp_stream s = co_await std::move(connecting);
  for (int i = 0; i < questions; ++i) {
    std::array<char, 100> data{};
    auto writing = s.write_all(data, stop);
    co_await std::move(writing);
    auto reading = s.read_exactly(data, stop);
    co_await std::move(reading);
  }
}

TEST(connections, come_and_go_without_growth) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  std::stop_source over;
  auto server = serve(listener, over.get_token());
  visit(listener.local_endpoint(), 1, {}).result();
  const auto before = open_descriptors();
  const int times = rounds(200, 50'000);
  for (int i = 0; i < times; ++i) {
    std::vector<task<>> some;
    for (int k = 0; k < 10; ++k) {
      some.push_back(visit(listener.local_endpoint(), 2, {}));
    }
    for (auto& one : some) {
      one.result();
    }
  }
  over.request_stop();
  server.result();
  EXPECT_LE(open_descriptors(), before);
}

TEST(connections, cancelled_at_any_moment_end_and_leave_nothing) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  std::stop_source over;
  auto server = serve(listener, over.get_token());
  visit(listener.local_endpoint(), 1, {}).result();
  const auto before = open_descriptors();
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand random(seed);
  int canceled = 0;
  const int times = rounds(500, 20'000);
  for (int i = 0; i < times; ++i) {
    cancellation_source source;
    source.cancel_after(std::chrono::microseconds(random() % 1500));
    auto visiting = visit(listener.local_endpoint(), 20, source.token());
    try {
      visiting.result();
    } catch (const operation_canceled&) {
      ++canceled;
    }
  }
  EXPECT_GT(canceled, 0);
  over.request_stop();
  server.result();
  EXPECT_LE(open_descriptors(), before);
}

TEST(connections, slow_peers_are_ended_by_the_deadline) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  constexpr int peers = 50;
  std::vector<tcp_stream> silent;
  std::vector<tcp_stream> served;
  std::vector<value_task<std::size_t>> reads;
  std::array<std::array<char, 16>, peers> data{};
  for (std::size_t i = 0; i < peers; ++i) {
    silent.push_back(tcp_stream::connect(listener.local_endpoint()).result());
    served.push_back(listener.accept().result());
    served.back().set_deadline(std::chrono::milliseconds(5));
    reads.push_back(served.back().read_some(data[i]));
  }
  for (auto& read : reads) {
    EXPECT_THROW(std::move(read).result(), timeout_error);
  }
}

}  // namespace
}  // namespace weft::net
