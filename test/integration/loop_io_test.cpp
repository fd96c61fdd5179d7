// Streams in a loop of their own: what is asked for in it waits in it, and goes on elsewhere when
// the loop ends, blocks or moves.

#include <weft/base/error.hpp>
#include <weft/channel.hpp>
#include <weft/net/tcp.hpp>
#include <weft/net/unix.hpp>
#include <weft/sched/loop_place.hpp>
#include <weft/sched/single_thread_context.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"

#include <array>
#include <chrono>
#include <latch>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace weft::net {
namespace {

using namespace std::chrono_literals;
using weft::detail::testing::on_backend;
using buffer = std::array<char, 64>;

bool waits_in_the_kernel() {
  const auto* const loop = weft::detail::loop_of_this_thread;
  return loop != nullptr && loop->driver() != nullptr;
}

task<std::string> read_one(unix_stream& from) {
  buffer data;
  const std::size_t n = co_await from.read_some(data);
  co_return std::string(data.data(), n);
}

task<> echo(unix_stream stream) {
  buffer data;
  for (;;) {
    const std::size_t n = co_await stream.read_some(data);
    if (n == 0) {
      co_return;
    }
    co_await stream.write_all(const_buffer(data.data(), n));
  }
}

using loops = on_backend;

TEST_P(loops, read_and_write_on_their_own_thread) {
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  unix_stream& b = ends.second;
  std::thread serving([&] {
    single_thread_context loop;
    loop.run([&] { return echo(std::move(b)); });
  });
  single_thread_context loop;
  const int rounds = loop.run([&]() -> task<int> {
    const auto here = std::this_thread::get_id();
    buffer data;
    int done = 0;
    for (; done < 1000; ++done) {
      auto reading = a.read_some(data);
      EXPECT_FALSE(reading.is_completed());
      co_await a.write_all("ping");
      const std::size_t n = co_await std::move(reading);
      EXPECT_EQ(n, 4U);
      EXPECT_EQ(std::this_thread::get_id(), here);
      EXPECT_TRUE(waits_in_the_kernel());
    }
    a.close();
    co_return done;
  });
  serving.join();
  EXPECT_EQ(rounds, 1000);
}

TEST_P(loops, accept_and_connect) {
  std::latch listening(1);
  endpoint where;
  std::thread serving([&] {
    single_thread_context loop;
    loop.run([&]() -> task<> {
      auto listener = tcp_listener::bind(endpoint("127.0.0.1", 0));
      where = listener.local_endpoint();
      listening.count_down();
      for (int i = 0; i < 20; ++i) {
        auto stream = co_await listener.accept();
        buffer data;
        const std::size_t n = co_await stream.read_some(data);
        co_await stream.write_all(const_buffer(data.data(), n));
      }
    });
  });
  listening.wait();
  single_thread_context loop;
  loop.run([&]() -> task<> {
    for (int i = 0; i < 20; ++i) {
      auto stream = co_await tcp_stream::connect(where);
      buffer data;
      co_await stream.write_all("hello");
      EXPECT_EQ(co_await stream.read_some(data), 5U);
      EXPECT_EQ(co_await stream.read_some(data), 0U);
    }
  });
  serving.join();
}

TEST_P(loops, hand_on_what_is_pending_when_they_end) {
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  unix_stream& b = ends.second;
  task<std::string> reading;
  {
    single_thread_context loop;
    loop.run([&]() -> task<> {
      reading = run([&b] { return read_one(b); });  // on the pool, so that it can outlive the loop
      co_return;
    });
    value_task<std::size_t> in_loop;
    buffer data;
    loop.run([&]() -> task<> {
      in_loop = a.read_some(data);
      EXPECT_FALSE(in_loop.is_completed());
      co_await yield();
    });
    EXPECT_FALSE(in_loop.is_completed());
    b.write_all("late").result();
    EXPECT_EQ(std::move(in_loop).result(), 4U);
  }
  a.write_all("later").result();
  EXPECT_EQ(std::move(reading).result(), "later");
}

TEST_P(loops, hand_on_more_than_a_ring_holds) {
  constexpr int many = 700;
  std::vector<std::pair<unix_stream, unix_stream>> pairs;
  for (int i = 0; i < many; ++i) {
    pairs.push_back(unix_stream::pair());
  }
  std::vector<buffer> into(many);
  std::vector<value_task<std::size_t>> reading;
  single_thread_context loop;
  loop.run([&]() -> task<> {
    for (int i = 0; i < many; ++i) {
      reading.push_back(
          pairs[static_cast<unsigned>(i)].first.read_some(into[static_cast<unsigned>(i)]));
    }
    co_await yield();
    for (int i = 0; i < many; i += 2) {  // half of them in the loop
      co_await pairs[static_cast<unsigned>(i)].second.write_all("x");
    }
    for (int i = 0; i < many; i += 2) {
      EXPECT_EQ(co_await std::move(reading[static_cast<unsigned>(i)]), 1U);
    }
  });
  for (int i = 1; i < many; i += 2) {  // the others after it
    pairs[static_cast<unsigned>(i)].second.write_all("yy").result();
  }
  for (int i = 1; i < many; i += 2) {
    EXPECT_EQ(std::move(reading[static_cast<unsigned>(i)]).result(), 2U);
  }
}

TEST_P(loops, go_on_when_their_thread_blocks) {
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  unix_stream& b = ends.second;
  single_thread_context loop;
  buffer data;
  const std::size_t n = loop.run([&]() -> task<std::size_t> {
    co_await b.write_all("1");
    EXPECT_EQ(co_await a.read_some(data), 1U);
    auto reading = a.read_some(data);
    std::thread writing([&b] { b.write_all("three").result(); });
    const std::size_t got = std::move(reading).result();  // blocks the loop
    writing.join();
    co_return got;
  });
  EXPECT_EQ(n, 5U);
}

TEST_P(loops, move_from_thread_to_thread) {
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  unix_stream& b = ends.second;
  single_thread_context loop;
  for (int i = 0; i < 5; ++i) {
    std::thread([&] {
      loop.run([&]() -> task<> {
        auto reading = read_one(a);
        co_await yield();
        co_await b.write_all("turn");
        EXPECT_EQ(co_await std::move(reading), "turn");
        EXPECT_TRUE(waits_in_the_kernel());
      });
    }).join();
  }
}

TEST_P(loops, share_a_stream_with_the_pool) {
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  unix_stream& b = ends.second;
  constexpr int rounds = 500;
  auto answering = run([&]() -> task<> {
    buffer data;
    for (int i = 0; i < rounds; ++i) {
      const std::size_t n = co_await b.read_some(data);
      co_await b.write_all(const_buffer(data.data(), n));
    }
  });
  single_thread_context loop;
  // One end is read by the loop and by the pool in turns.
  loop.run([&]() -> task<> {
    for (int i = 0; i < rounds; ++i) {
      co_await a.write_all("x");
      if (i % 2 == 0) {
        EXPECT_EQ(co_await read_one(a), "x");
      } else {
        EXPECT_EQ(co_await run([&a] { return read_one(a); }), "x");
      }
    }
  });
  answering.result();
}

TEST_P(loops, share_a_stream_with_each_other) {
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  unix_stream& b = ends.second;
  std::array<single_thread_context, 2> two;
  for (int i = 0; i < 20; ++i) {
    two[static_cast<unsigned>(i % 2)].run([&]() -> task<> {
      auto reading = read_one(a);
      co_await yield();
      co_await b.write_all("mine");
      EXPECT_EQ(co_await std::move(reading), "mine");
    });
  }
}

TEST_P(loops, cancel_by_token_close_and_deadline) {
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  single_thread_context loop;
  buffer data;
  loop.run([&]() -> task<> {
    std::stop_source source;
    auto stopped = a.read_some(data, source.get_token());
    std::thread([&] { source.request_stop(); }).join();
    EXPECT_THROW(static_cast<void>(co_await std::move(stopped)), operation_canceled);

    a.set_deadline(1ms);
    auto expired = a.read_some(data);
    EXPECT_THROW(static_cast<void>(co_await std::move(expired)), timeout_error);
    a.set_deadline(infinite);

    auto closed = a.read_some(data);
    a.close();
    EXPECT_THROW(static_cast<void>(co_await std::move(closed)), object_disposed);
  });
}

// While the loop sleeps, another thread cancels, and data come: one of the two wins, and no byte is
// lost.
TEST_P(loops, lose_nothing_to_a_race_of_cancelling) {
  constexpr int rounds = 400;
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  unix_stream& b = ends.second;
  auto questions = channel<std::stop_source>::bounded(1);
  std::thread racing([&] {
    for (int i = 0; i < rounds; ++i) {
      auto source = questions.reader().read().result();
      if (i % 3 == 0) {
        b.write_all("x").result();
        source.request_stop();
      } else {
        source.request_stop();
        b.write_all("x").result();
      }
    }
  });
  single_thread_context loop;
  int got = 0;
  loop.run([&]() -> task<> {
    buffer data;
    for (int i = 0; i < rounds; ++i) {
      std::stop_source source;
      auto reading = a.read_some(data, source.get_token());
      co_await questions.writer().write(source);
      try {
        got += static_cast<int>(co_await std::move(reading));
      } catch (const operation_canceled&) {
        // what came stays where it is
      }
      if (got < i + 1) {
        got += static_cast<int>(co_await a.read_some(data));
      }
    }
  });
  racing.join();
  EXPECT_EQ(got, rounds);
}

TEST_P(loops, are_woken_by_every_post) {
  single_thread_context one;
  single_thread_context other;
  auto there = channel<int>::bounded(1);
  auto back = channel<int>::bounded(1);
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  unix_stream& b = ends.second;
  std::thread answering([&] {
    other.run([&]() -> task<> {
      EXPECT_EQ(co_await read_one(b), "start");
      for (int i = 0; i < 3000; ++i) {
        co_await back.writer().write(co_await there.reader().read());
      }
    });
  });
  one.run([&]() -> task<> {
    buffer data;
    auto pending = a.read_some(data);  // makes its driver
    co_await a.write_all("start");
    for (int i = 0; i < 3000; ++i) {
      co_await there.writer().write(i);
      EXPECT_EQ(co_await back.reader().read(), i);
    }
    a.close();
    EXPECT_THROW(static_cast<void>(co_await std::move(pending)), object_disposed);
  });
  answering.join();
}

// A number that is closed is given out again at once; what was asked of the old one must not touch
// the new one.
TEST_P(loops, keep_descriptors_apart_that_have_the_same_number) {
  single_thread_context loop;
  loop.run([]() -> task<> {
    buffer old_data;
    buffer data;
    for (int i = 0; i < 1000; ++i) {
      auto ends = unix_stream::pair();
      unix_stream& a = ends.first;
      auto abandoned = a.read_some(old_data);
      a.close();
      auto [c, d] = unix_stream::pair();
      auto reading = c.read_some(data);
      co_await d.write_all("new");
      EXPECT_EQ(co_await std::move(reading), 3U);
      EXPECT_THROW(static_cast<void>(co_await std::move(abandoned)), object_disposed);
    }
  });
}

TEST_P(loops, may_end_before_their_streams) {
  unix_stream kept;
  unix_stream other;
  {
    single_thread_context loop;
    loop.run([&]() -> task<> {
      auto ends = unix_stream::pair();
      unix_stream& a = ends.first;
      unix_stream& b = ends.second;
      auto reading = read_one(a);
      co_await yield();
      co_await b.write_all("in");
      EXPECT_EQ(co_await std::move(reading), "in");
      kept = std::move(a);
      other = std::move(b);
    });
  }
  buffer data;
  auto reading = kept.read_some(data);
  other.write_all("after").result();
  EXPECT_EQ(std::move(reading).result(), 5U);
}

TEST_P(loops, look_at_the_kernel_though_there_is_always_work) {
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  unix_stream& b = ends.second;
  single_thread_context loop;
  loop.run([&]() -> task<> {
    auto reading = read_one(a);
    co_await b.write_all("now");
    while (!reading.is_completed()) {
      co_await yield();
    }
    EXPECT_EQ(co_await std::move(reading), "now");
  });
}

// What is asked for in the outer loop while the inner one runs must not wait for the outer one.
TEST_P(loops, run_inside_each_other) {
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  unix_stream& b = ends.second;
  single_thread_context outer;
  single_thread_context inner;
  buffer data;
  outer.run([&]() -> task<> {
    auto reading = a.read_some(data);
    EXPECT_TRUE(waits_in_the_kernel());
    inner.run([&]() -> task<> {
      co_await b.write_all("in");
      EXPECT_EQ(co_await std::move(reading), 2U);
      buffer other_data;
      auto again = a.read_some(other_data);
      outer.run([&]() -> task<> {
        auto third = read_one(b);
        co_await a.write_all("outer");
        EXPECT_EQ(co_await std::move(third), "outer");
        auto fourth = b.read_some(data);
        co_await b.write_all("innermost");
        EXPECT_EQ(co_await std::move(again), 9U);
        reading = std::move(fourth);
      });
      co_await a.write_all("back");
      EXPECT_EQ(co_await std::move(reading), 4U);
    });
    co_return;
  });
}

// The table of registered rings is the thread's: a loop that ran elsewhere must not leave its
// number behind in it, nor take out ours.
TEST_P(loops, are_destroyed_by_another_thread_that_runs_one) {
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  unix_stream& b = ends.second;
  single_thread_context mine;
  mine.run([&]() -> task<> {
    auto reading = read_one(a);
    co_await b.write_all("mine");
    EXPECT_EQ(co_await std::move(reading), "mine");
  });
  for (int i = 0; i < 3; ++i) {
    auto theirs = std::make_unique<single_thread_context>();
    std::thread([&] {
      theirs->run([&]() -> task<> {
        auto reading = read_one(a);
        co_await b.write_all("theirs");
        EXPECT_EQ(co_await std::move(reading), "theirs");
      });
    }).join();
    theirs.reset();
    mine.run([&]() -> task<> {
      auto reading = read_one(a);
      co_await b.write_all("still mine");
      EXPECT_EQ(co_await std::move(reading), "still mine");
    });
  }
}

// A request that is refused at once has its answer in the loop too.
TEST_P(loops, answer_what_was_refused_when_they_block_or_end) {
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  buffer data;
  value_task<std::size_t> left;
  {
    single_thread_context loop;
    loop.run([&]() -> task<> {
      auto pending = a.read_some(data);
      a.set_deadline(time_point::min());
      EXPECT_THROW(static_cast<void>(co_await std::move(pending)), timeout_error);
      auto late = a.read_some(data);
      EXPECT_THROW(static_cast<void>(std::move(late).result()), timeout_error);  // blocks the loop
      left = a.read_some(data);
    });
  }
  EXPECT_THROW(static_cast<void>(std::move(left).result()), timeout_error);
}

// Ring, set and eventfd are shared with the child; it must neither take what comes for its parent
// nor wait for what cannot come.
TEST_P(loops, survive_a_fork) {
  auto ends = unix_stream::pair();
  unix_stream& a = ends.first;
  unix_stream& b = ends.second;
  single_thread_context loop;
  buffer data;
  int status = -1;
  const auto waits = [&]() -> task<> {
    auto pending = a.read_some(data);
    co_await yield();
    co_await yield();
    const pid_t child = ::fork();
    if (child == 0) {
      for (int i = 0; i < 100; ++i) {
        co_await yield();  // the loop looks into the kernel now and then
      }
      buffer more;
      auto refused = b.read_some(more);
      try {
        co_await std::move(refused);
      } catch (const invalid_operation&) {
        status = 7;
      }
      co_return;
    }
    ::waitpid(child, &status, 0);
    co_await b.write_all("still here");
    EXPECT_EQ(co_await std::move(pending), 10U);
  };
  const pid_t parent = ::getpid();
  loop.run(waits);
  if (::getpid() != parent) {
    ::_exit(status);
  }
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

WEFT_FOR_BOTH_BACKENDS(loops);

}  // namespace
}  // namespace weft::net
