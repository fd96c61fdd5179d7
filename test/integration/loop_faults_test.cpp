// What goes wrong on a network, in a loop that has a reactor of its own.

#include <weft/base/error.hpp>
#include <weft/net/tcp.hpp>
#include <weft/sched/loop_place.hpp>
#include <weft/sched/single_thread_context.hpp>
#include <weft/task.hpp>

#include "support/connected.hpp"
#include "support/driven_reactor.hpp"
#include "support/faults.hpp"

#include <array>
#include <chrono>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>

namespace weft::net {
namespace {

using namespace std::chrono_literals;
using weft::detail::testing::connecting;
using weft::detail::testing::ends;
using weft::detail::testing::on_backend;
using buffer = std::array<char, 16>;

/// All that can still be read, until the other end has ended.
task<std::size_t> read_to_end(tcp_stream& from) {
  std::size_t bytes = 0;
  std::string into(1 << 16, ' ');
  for (std::size_t n = 1; n != 0; bytes += n) {
    n = co_await from.read_some(into);
  }
  co_return bytes;
}

class loop_faults : public on_backend {
 protected:
  /// Runs `body` in a loop that has a reactor of its own.
  template <class Body>
  static auto in_loop(Body body) {
    single_thread_context loop;
    return loop.run(std::move(body));
  }
};

TEST_P(loop_faults, a_reset_ends_all_that_is_pending) {
  const int failed = in_loop([]() -> task<int> {
    ends two = co_await connecting();
    buffer into{};
    const std::string much(16 << 20, 'x');
    auto read = two.client.read_some(into);
    auto write = two.client.write_all(much);  // more than the kernel takes
    EXPECT_FALSE(write.is_completed());
    two.server.close();  // with bytes unread: a reset
    int errors = 0;
    try {
      co_await std::move(write);
    } catch (const std::system_error&) {
      ++errors;
    }
    try {
      EXPECT_EQ(co_await std::move(read), 0U);
    } catch (const std::system_error&) {
      ++errors;
    }
    co_return errors;
  });
  EXPECT_GE(failed, 1);  // the kernel tells one of them of the reset, the other that it has ended
}

TEST_P(loop_faults, half_open_connections_are_given_up_by_their_deadline) {
  in_loop([]() -> task<> {
    ends two = co_await connecting();
    buffer into{};
    two.server.set_deadline(5ms);  // the client lives, and says nothing
    auto silent = two.server.read_some(into);
    EXPECT_THROW(static_cast<void>(co_await std::move(silent)), timeout_error);
    two.server.set_deadline(infinite);
    auto late = two.server.read_some(into);
    co_await two.client.write_all("late");
    EXPECT_EQ(co_await std::move(late), 4U);
    two.client.shutdown_write();  // one half ends, the other goes on
    EXPECT_EQ(co_await two.server.read_some(into), 0U);
    auto answer = two.client.read_some(into);
    co_await two.server.write_all("yet");
    EXPECT_EQ(co_await std::move(answer), 3U);
  });
}

TEST_P(loop_faults, a_slow_reader_holds_its_writer_back) {
  in_loop([]() -> task<> {
    ends two = co_await connecting();
    const std::string much(16 << 20, 'x');
    auto write = two.client.write_all(much);
    EXPECT_FALSE(write.is_completed());
    two.client.set_deadline(5ms);
    EXPECT_THROW(co_await std::move(write), timeout_error);
    two.client.close();
    const std::size_t got = co_await read_to_end(two.server);
    EXPECT_GT(got, 0U);
    EXPECT_LT(got, much.size());
  });
}

TEST_P(loop_faults, a_time_out_that_races_with_data_loses_none) {
  constexpr std::size_t rounds = 100;
  const std::size_t got = in_loop([]() -> task<std::size_t> {
    ends two = co_await connecting();
    std::size_t bytes = 0;
    buffer into{};
    for (std::size_t i = 0; i < rounds; ++i) {
      two.server.set_deadline(std::chrono::microseconds(i % 50));
      auto read = two.server.read_some(into);
      co_await two.client.write_all("x");
      try {
        bytes += co_await std::move(read);
      } catch (const timeout_error&) {
        // what came stays where it is
      }
    }
    two.server.set_deadline(infinite);
    two.client.shutdown_write();
    auto rest = read_to_end(two.server);
    co_return bytes + co_await std::move(rest);
  });
  EXPECT_EQ(got, rounds);
}

// Stopped after 0, 1, 2, … turns of the loop, which is at another point each time.
TEST_P(loop_faults, cancelling_at_every_turn_loses_nothing) {
  constexpr std::size_t points = 40;
  const std::size_t got = in_loop([]() -> task<std::size_t> {
    ends two = co_await connecting();
    std::size_t bytes = 0;
    buffer into{};
    for (std::size_t turns = 0; turns < points; ++turns) {
      std::stop_source source;
      auto read = two.server.read_some(into, source.get_token());
      auto write = two.client.write_all("x");
      for (std::size_t i = 0; i < turns; ++i) {
        co_await yield();
      }
      source.request_stop();
      co_await std::move(write);
      try {
        bytes += co_await std::move(read);
      } catch (const operation_canceled&) {
        // what came stays where it is
      }
    }
    two.client.shutdown_write();
    auto rest = read_to_end(two.server);
    co_return bytes + co_await std::move(rest);
  });
  EXPECT_EQ(got, points);
}

TEST_P(loop_faults, interruptions_are_not_seen) {
  const weft::detail::testing::interrupted_often signals;
  in_loop([]() -> task<> {
    ends two = co_await connecting();
    const std::string data(2 << 20, 'x');
    for (int i = 0; i < 3; ++i) {
      std::string one(data.size(), ' ');
      std::string other(data.size(), ' ');
      auto there = two.client.write_all(data);
      auto back = two.server.write_all(data);
      auto reading = two.server.read_exactly(one);
      co_await two.client.read_exactly(other);
      co_await std::move(reading);
      co_await std::move(there);
      co_await std::move(back);
      EXPECT_TRUE(one == data && other == data);
    }
  });
}

TEST_P(loop_faults, no_descriptors_left_is_said_and_passes) {
  in_loop([]() -> task<> {
    auto listener = tcp_listener::bind(endpoint("127.0.0.1", 0));
    const endpoint at = listener.local_endpoint();
    {
      const weft::detail::testing::with_few_descriptors none(0);
      try {
        tcp_stream refused = co_await tcp_stream::connect(at);
        ADD_FAILURE() << "connected without a descriptor";
      } catch (const std::system_error& e) {
        EXPECT_EQ(e.code(), std::errc::too_many_files_open) << e.what();
      }
    }
    auto accepting = listener.accept();
    tcp_stream client = co_await tcp_stream::connect(at);
    tcp_stream server = co_await std::move(accepting);
  });
}

// No ring and no set of its own, for want of memory or descriptors or by a filter of system calls:
// the default reactor does it.
TEST_P(loop_faults, a_loop_that_gets_no_reactor_does_without) {
  in_loop([]() -> task<> {
    auto made = run([] { return connecting(); });  // not in the loop, which asks for one then
    ends two = co_await std::move(made);
    buffer into{};
    {
      const weft::detail::testing::with_few_descriptors none(0);
      auto read = two.server.read_some(into);
      const auto* const here = weft::detail::loop_of_this_thread;
      EXPECT_TRUE(here->was_asked());
      EXPECT_EQ(here->driver(), nullptr);
      co_await two.client.write_all("still");
      EXPECT_EQ(co_await std::move(read), 5U);
    }
    auto read = two.server.read_some(into);
    co_await two.client.write_all("yes");
    EXPECT_EQ(co_await std::move(read), 3U);
  });
}

WEFT_FOR_BOTH_BACKENDS(loop_faults);

}  // namespace
}  // namespace weft::net
