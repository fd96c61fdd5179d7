#include <weft/io/any_fd.hpp>

#include <weft/base/error.hpp>
#include <weft/io/target.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"
#include "support/faults.hpp"
#include "support/late.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using detail::testing::on_backend;
using detail::testing::receive_late;
using detail::testing::spin;

struct two_ends {
  two_ends() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    ours = fds[0];
    peer = fds[1];
  }
  two_ends(const two_ends&) = delete;
  two_ends& operator=(const two_ends&) = delete;
  ~two_ends() { ::close(peer); }
  void send(std::string_view text) const {
    EXPECT_EQ(::send(peer, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  int ours;
  int peer;
};

class any_fds : public on_backend {};

TEST_P(any_fds, are_awaited_as_often_as_they_are_ready) {
  const two_ends ends;
  any_fd fd = any_fd::adopt(ends.ours);
  auto waiting = fd.wait_readable();
  EXPECT_FALSE(waiting.is_completed());
  ends.send("ab");
  std::move(waiting).result();
  char byte = 0;
  fd.wait_readable().result();  // still is
  EXPECT_EQ(::read(fd.descriptor(), &byte, 1), 1);
  fd.wait_readable().result();  // as long as there is something, whoever reads
  EXPECT_EQ(::read(fd.descriptor(), &byte, 1), 1);
  auto again = fd.wait_readable();
  EXPECT_FALSE(again.is_completed());
  ends.send("c");
  std::move(again).result();
}

TEST_P(any_fds, are_awaited_for_writing) {
  const two_ends ends;
  any_fd fd = any_fd::adopt(ends.ours);
  fd.wait_writable().result();
  const std::string much(64 * 1024, 'x');
  while (::write(fd.descriptor(), much.data(), much.size()) > 0) {
  }
  auto waiting = fd.wait_writable();
  EXPECT_FALSE(waiting.is_completed());
  std::string into(much.size(), ' ');
  while (!waiting.is_completed()) {
    (void)!::recv(ends.peer, into.data(), into.size(), MSG_DONTWAIT);
  }
  std::move(waiting).result();
}

TEST_P(any_fds, transfer_bytes) {
  const two_ends ends;
  any_fd fd = any_fd::adopt(ends.ours);
  std::array<char, 8> into{};
  auto reading = fd.read_some(into);
  ends.send("abc");
  EXPECT_EQ(std::move(reading).result(), 3u);
  fd.write_all("reply").result();
  EXPECT_EQ(::recv(ends.peer, into.data(), into.size(), 0), 5);
}

// What a reading gives is shorter than the buffer, and there is more all the same.
TEST_P(any_fds, are_read_on_where_borders_are_kept) {
  int fds[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
  any_fd fd = any_fd::adopt(fds[0]);
  any_fd peer = any_fd::adopt(fds[1]);
  fd.set_deadline(1min);  // of a reading that is never told
  std::array<char, 8> into{};
  for (int i = 0; i < 20; ++i) {
    receive_late(fd, peer);
    for (const char* packet : {"bc", "def", "ghij"}) {
      peer.write_all(packet).result();
    }
    for (const std::size_t size : {2u, 3u, 4u}) {
      EXPECT_EQ(fd.read_some(into).result(), size);
    }
  }
}

TEST_P(any_fds, may_be_events_and_timers) {
  any_fd event = any_fd::adopt(::eventfd(0, EFD_CLOEXEC));
  std::uint64_t count = 0;
  auto reading = event.read_some(mutable_buffer(&count, sizeof count));
  EXPECT_FALSE(reading.is_completed());
  const std::uint64_t two = 2;
  EXPECT_EQ(::write(event.descriptor(), &two, sizeof two), 8);
  EXPECT_EQ(std::move(reading).result(), 8u);
  EXPECT_EQ(count, 2u);
  any_fd timer = any_fd::adopt(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  const itimerspec soon{{0, 0}, {0, 1'000'000}};
  ::timerfd_settime(timer.descriptor(), 0, &soon, nullptr);
  timer.wait_readable().result();
}

TEST_P(any_fds, that_cannot_be_polled_are_always_ready) {
  any_fd fd = any_fd::adopt(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  fd.wait_readable().result();
  std::array<char, 4> into{};
  fd.read_exactly(into).result();
  EXPECT_EQ(std::string_view(into.data(), 4),
            "\x7f"
            "ELF");
}

TEST_P(any_fds, see_the_end_of_the_other_side) {
  two_ends ends;
  any_fd fd = any_fd::adopt(ends.ours);
  auto waiting = fd.wait_readable();
  ::close(std::exchange(ends.peer, -1));
  std::move(waiting).result();
  std::array<char, 4> into{};
  EXPECT_EQ(fd.read_some(into).result(), 0u);
}

TEST_P(any_fds, duplicates_leave_the_original_alone) {
  const two_ends ends;
  {
    any_fd copy = any_fd::duplicate(ends.ours);
    EXPECT_NE(copy.descriptor(), ends.ours);
    EXPECT_EQ(::fcntl(ends.ours, F_GETFL) & O_NONBLOCK, 0);
    std::array<char, 4> into{};
    EXPECT_THROW(static_cast<void>(copy.read_some(into)), invalid_operation);
    EXPECT_THROW(static_cast<void>(copy.write_all("x")), invalid_operation);
    auto waiting = copy.wait_readable();
    ends.send("x");
    std::move(waiting).result();
  }
  char byte = 0;
  EXPECT_EQ(::read(ends.ours, &byte, 1), 1);
  ::close(ends.ours);
}

TEST_P(any_fds, end_by_deadline_token_and_close_and_are_usable_after) {
  const two_ends ends;
  any_fd fd = any_fd::adopt(ends.ours);
  std::stop_source source;
  auto cancelled = fd.wait_readable(source.get_token());
  source.request_stop();
  EXPECT_THROW(std::move(cancelled).result(), operation_canceled);
  EXPECT_THROW(fd.wait_writable(source.get_token()).result(), operation_canceled);
  fd.set_deadline(2ms);
  EXPECT_THROW(fd.wait_readable().result(), timeout_error);
  fd.set_deadline(std::chrono::nanoseconds(-1));
  auto usable = fd.wait_readable();
  ends.send("x");
  std::move(usable).result();
  char byte = 0;
  EXPECT_EQ(::read(fd.descriptor(), &byte, 1), 1);
  auto closed = fd.wait_readable();
  fd.close();
  EXPECT_THROW(std::move(closed).result(), object_disposed);
  EXPECT_THROW(static_cast<void>(fd.wait_readable()), object_disposed);
}

TEST_P(any_fds, refuse_what_is_no_descriptor) {
  EXPECT_THROW(static_cast<void>(any_fd::adopt(-1)), std::system_error);
  EXPECT_THROW(static_cast<void>(any_fd::duplicate(-1)), std::system_error);
  EXPECT_THROW(static_cast<void>(any_fd().descriptor()), object_disposed);
}

TEST_P(any_fds, whose_number_is_used_again_do_not_mix_up) {
  for (int i = 0; i < 100; ++i) {
    two_ends first;
    any_fd fd = any_fd::adopt(first.ours);
    auto pending = fd.wait_readable();
    fd.close();
    EXPECT_THROW(std::move(pending).result(), object_disposed);
    const two_ends second;
    any_fd next = any_fd::adopt(second.ours);
    auto waiting = next.wait_readable();
    // Written to nobody: must not complete the wait of whoever has the number now.
    EXPECT_LT(::send(first.peer, "x", 1, MSG_NOSIGNAL), 0);
    EXPECT_FALSE(waiting.is_completed());
    second.send("y");
    std::move(waiting).result();
  }
}

TEST_P(any_fds, lose_no_event_that_races_with_the_wait) {
  const two_ends ends;
  any_fd fd = any_fd::adopt(ends.ours);
  for (unsigned i = 0; i < 300; ++i) {
    std::thread sender([&] { ends.send("x"); });
    spin(i * 8);
    auto waiting = fd.wait_readable();
    std::move(waiting).result();
    char byte = 0;
    EXPECT_EQ(::read(fd.descriptor(), &byte, 1), 1);
    sender.join();
  }
}

WEFT_FOR_BOTH_BACKENDS(any_fds);

}  // namespace
}  // namespace weft
