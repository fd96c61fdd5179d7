#include <weft/os/signal.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"
#include "support/faults.hpp"
#include "support/in_child.hpp"

#include <csignal>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

namespace weft::os {
namespace {

using weft::detail::testing::in_child;
using weft::detail::testing::on_backend;
using weft::detail::testing::spin;

void send(posix_signal s) {
  ::kill(::getpid(), static_cast<int>(s));
}
void (*handler_of(posix_signal s))(int) {
  struct sigaction now{};
  ::sigaction(static_cast<int>(s), nullptr, &now);
  return now.sa_handler;
}

class signals : public on_backend {};

TEST_P(signals, are_awaited_before_and_after_they_arrive) {
  signal caught(posix_signal::sigusr1);
  auto waiting = caught.wait();
  EXPECT_FALSE(waiting.is_completed());
  send(posix_signal::sigusr1);
  EXPECT_EQ(std::move(waiting).result(), posix_signal::sigusr1);
  send(posix_signal::sigusr1);
  EXPECT_EQ(caught.wait().result(), posix_signal::sigusr1);
}

TEST_P(signals, of_several_kinds_come_one_by_one_and_count_once_until_taken) {
  signal caught({posix_signal::sigusr1, posix_signal::sigterm, posix_signal::sigwinch});
  // To this thread, so that both calls have ended when the next one begins.
  ::raise(SIGTERM);
  ::raise(SIGTERM);
  ::raise(SIGWINCH);
  EXPECT_EQ(caught.wait().result(), posix_signal::sigterm);
  EXPECT_EQ(caught.wait().result(), posix_signal::sigwinch);
  auto nothing = caught.wait();
  EXPECT_FALSE(nothing.is_completed());
  ::raise(SIGUSR1);
  EXPECT_EQ(std::move(nothing).result(), posix_signal::sigusr1);
}

TEST_P(signals, reach_every_object_and_of_its_waits_one) {
  signal first(posix_signal::sigusr1);
  signal second({posix_signal::sigusr1, posix_signal::sighup});
  auto a = first.wait();
  auto b = first.wait();
  auto c = second.wait();
  send(posix_signal::sigusr1);
  EXPECT_EQ(std::move(c).result(), posix_signal::sigusr1);
  while (!a.is_completed() && !b.is_completed()) {
    std::this_thread::yield();
  }
  EXPECT_NE(a.is_completed(), b.is_completed());
  auto& other = a.is_completed() ? b : a;
  send(posix_signal::sigusr1);
  EXPECT_EQ(std::move(other).result(), posix_signal::sigusr1);
}

TEST_P(signals, are_set_again_as_they_were) {
  const auto own = [](int) {};
  ::signal(SIGUSR1, own);
  {
    const signal one(posix_signal::sigusr1);
    EXPECT_NE(handler_of(posix_signal::sigusr1), +own);
    {
      const signal two(posix_signal::sigusr1);
    }
    EXPECT_NE(handler_of(posix_signal::sigusr1), +own);
  }
  EXPECT_EQ(handler_of(posix_signal::sigusr1), +own);
  {
    const signal one(posix_signal::sigusr1);
    ::signal(SIGUSR1, SIG_IGN);  // somebody else's last word
  }
  EXPECT_EQ(handler_of(posix_signal::sigusr1), SIG_IGN);
  ::signal(SIGUSR1, SIG_DFL);
}

TEST_P(signals, are_not_lost_by_a_wait_that_is_given_up) {
  signal caught(posix_signal::sigusr1);
  for (unsigned i = 0; i < 200; ++i) {
    std::stop_source source;
    auto waiting = caught.wait(source.get_token());
    std::thread stopping([&] { source.request_stop(); });
    spin(i * 16);
    send(posix_signal::sigusr1);
    stopping.join();
    try {
      EXPECT_EQ(std::move(waiting).result(), posix_signal::sigusr1);
    } catch (const operation_canceled&) {
      EXPECT_EQ(caught.wait().result(), posix_signal::sigusr1);
    }
  }
}

TEST_P(signals, reach_later_waits_whatever_a_dropped_one_took_along) {
  signal caught(posix_signal::sigusr1);
  for (unsigned i = 0; i < 200; ++i) {
    {
      auto dropped = caught.wait();
      std::thread sender([] { send(posix_signal::sigusr1); });
      spin(i * 16);
      {
        auto gone = std::move(dropped);
      }
      sender.join();
    }
    send(posix_signal::sigusr1);
    EXPECT_EQ(caught.wait().result(), posix_signal::sigusr1);
  }
}

TEST_P(signals, end_with_their_object) {
  auto caught = std::make_unique<signal>(posix_signal::sigusr1);
  auto waiting = caught->wait();
  signal moved = std::move(*caught);
  EXPECT_THROW(static_cast<void>(caught->wait()), object_disposed);
  moved = signal(posix_signal::sigusr2);
  EXPECT_THROW(std::move(waiting).result(), object_disposed);
}

TEST_P(signals, that_cannot_be_caught_are_refused) {
  EXPECT_THROW(static_cast<void>(signal({posix_signal::sigkill})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(signal({posix_signal::sigstop})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(signal({posix_signal{SIGSEGV}})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(signal({posix_signal{0}})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(signal({posix_signal{65}})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(signal(std::initializer_list<posix_signal>{})),
               std::invalid_argument);
  EXPECT_EQ(handler_of(posix_signal::sigusr1), SIG_DFL);
  std::stop_source source;
  source.request_stop();
  signal caught(posix_signal::sigusr1);
  EXPECT_THROW(caught.wait(source.get_token()).result(), operation_canceled);
}

TEST_P(signals, have_a_limited_number_of_catchers) {
  std::vector<signal> many;
  EXPECT_THROW(
      {
        for (int i = 0; i <= signal::max_catchers; ++i) {
          many.emplace_back(posix_signal::sigusr1);
        }
      },
      std::system_error);
  EXPECT_EQ(many.size(), static_cast<std::size_t>(signal::max_catchers));
  send(posix_signal::sigusr1);
  for (signal& s : many) {
    EXPECT_EQ(s.wait().result(), posix_signal::sigusr1);
  }
  many.clear();
  EXPECT_EQ(handler_of(posix_signal::sigusr1), SIG_DFL);
}

TEST_P(signals, may_come_while_catchers_come_and_go) {
  signal always(posix_signal::sigusr1);
  weft::detail::atomic<bool> done{false};
  std::thread sender([&] {
    do {  // once at least, however late this thread comes
      send(posix_signal::sigusr1);
      std::this_thread::yield();
      // order: relaxed; only ends the loop.
    } while (!done.load(std::memory_order_relaxed));
  });
  for (int i = 0; i < 500; ++i) {
    signal brief({posix_signal::sigusr1, posix_signal::sigusr2});
    auto dropped = brief.wait();
  }
  // order: relaxed; as above.
  done.store(true, std::memory_order_relaxed);
  sender.join();
  EXPECT_EQ(always.wait().result(), posix_signal::sigusr1);
}

TEST_P(signals, of_a_forked_child_are_its_own) {
#if WEFT_TSAN
  GTEST_SKIP() << "TSan holds back the signals of a forked child";
#endif
  signal caught(posix_signal::sigusr1);
  auto waiting = caught.wait();
  EXPECT_EQ(in_child([] { return ::raise(SIGUSR1); }), 100 + SIGUSR1);
  EXPECT_FALSE(waiting.is_completed());
  send(posix_signal::sigusr1);
  EXPECT_EQ(std::move(waiting).result(), posix_signal::sigusr1);
}

TEST(posix_signal, has_a_name) {
  EXPECT_EQ(to_string(posix_signal::sigterm), "SIGTERM");
  EXPECT_EQ(to_string(posix_signal{40}), "signal 40");
}

WEFT_FOR_BOTH_BACKENDS(signals);

}  // namespace
}  // namespace weft::os
