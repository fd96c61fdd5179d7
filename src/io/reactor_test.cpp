#include <weft/io/reactor.hpp>

#include <weft/base/error.hpp>
#include <weft/io/target.hpp>

#include "io_core.hpp"
#include "support/driven_reactor.hpp"
#include "support/in_child.hpp"
#include "uring_ops.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <semaphore>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weft::detail {
namespace {

using testing::driven_reactor;
using testing::in_child;
using namespace std::chrono_literals;

// A request whose end can be waited for by a plain thread.
struct probe : io_request {
  explicit probe(io_op what) : io_request(what, &probe::on_done) {}
  probe(io_op what, io_target& t, void* data = nullptr, std::size_t n = 0, std::uint64_t at = 0)
      : probe(what) {
    held = target_ref<io_target>(&t);
    t.add_reference();
    target = &t;
    buffer = data;
    length = n;
    offset = at;
  }

  static void on_done(io_request& r, job_list&) noexcept {
    static_cast<probe&>(r).done_once.release();
  }

  int wait() {
    done_once.acquire();
    return result;
  }
  bool finished() { return done_once.try_acquire(); }

  target_ref<io_target> held;
  std::counting_semaphore<4> done_once{0};
};

struct socket_pair {
  explicit socket_pair(reactor& r, int type = SOCK_STREAM) {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    a = io_handle(new io_target(r, fds[0]));
    b = io_handle(new io_target(r, fds[1]));
  }
  io_handle a;
  io_handle b;
};

struct pipe_pair {
  explicit pipe_pair(reactor& r) {
    int fds[2];
    EXPECT_EQ(::pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
    in = io_handle(new io_target(r, fds[0]));
    out = io_handle(new io_target(r, fds[1]));
  }
  io_handle in;
  io_handle out;
};

class reactor_p : public ::testing::TestWithParam<io_backend> {};
using reactor_waits = reactor_p;

TEST_P(reactor_waits, says_which_backend_it_is) {
  EXPECT_EQ(make_reactor(GetParam())->backend(), GetParam());
}

TEST_P(reactor_waits, returns_at_once_when_it_only_looks) {
  const auto r = make_reactor(GetParam());
  job_list ready;
  r->wait(ready, 0);
  EXPECT_TRUE(ready.empty());
}

TEST_P(reactor_waits, is_never_early_and_ends_after_the_timeout) {
  const auto r = make_reactor(GetParam());
  job_list ready;
  const auto start = std::chrono::steady_clock::now();
  r->wait(ready, 3'000'000);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 3ms);
}

TEST_P(reactor_waits, lasts_its_time_though_signals_interrupt_it) {
  const auto r = make_reactor(GetParam());
  struct sigaction before{};
  struct sigaction ignore{};
  ignore.sa_handler = [](int) {};  // without SA_RESTART
  ::sigaction(SIGUSR1, &ignore, &before);
  const pthread_t waiter = ::pthread_self();
  std::atomic<bool> over{false};
  std::thread interrupter([&] {
    while (!over) {
      ::pthread_kill(waiter, SIGUSR1);
      std::this_thread::yield();
    }
  });
  job_list ready;
  const auto start = std::chrono::steady_clock::now();
  r->wait(ready, 5'000'000);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 5ms);
  over = true;
  interrupter.join();
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_P(reactor_waits, is_ended_by_a_wake_that_came_before) {
  const auto r = make_reactor(GetParam());
  r->wake();
  r->wake();
  job_list ready;
  r->wait(ready, -1);
  EXPECT_TRUE(ready.empty());
}

TEST_P(reactor_waits, is_ended_by_every_wake_in_a_long_race) {
  const auto r = make_reactor(GetParam());
  constexpr int rounds = 5'000;
  std::atomic<int> given{0};
  std::atomic<int> taken{0};
  std::thread waker([&] {
    for (int i = 1; i <= rounds; ++i) {
      given = i;
      r->wake();
      while (taken < i) {
        std::this_thread::yield();
      }
    }
  });
  for (int i = 1; i <= rounds; ++i) {
    while (given < i) {  // a lost wake would leave us here for good
      job_list ready;
      r->wait(ready, -1);
    }
    taken = i;
  }
  waker.join();
}

TEST_P(reactor_waits, appends_what_a_completion_makes_ready) {
  struct item : io_request, job {
    item()
        : io_request(io_op::receive, [](io_request& q, job_list& ready) noexcept {
            ready.push_back(static_cast<item*>(&q));
          }) {}
  };
  const auto r = make_reactor(GetParam());
  socket_pair s(*r);
  char byte = 0;
  item q;
  q.target = s.a.get();
  q.buffer = &byte;
  q.length = 1;
  r->submit(q);
  job_list ready;
  r->wait(ready, 0);
  EXPECT_TRUE(ready.empty());
  ASSERT_EQ(::send(s.b->fd(), "x", 1, 0), 1);
  while (ready.empty()) {
    r->wait(ready, -1);
  }
  EXPECT_EQ(ready.front(), static_cast<job*>(&q));
  EXPECT_EQ(q.result, 1);
  EXPECT_EQ(byte, 'x');
}

WEFT_FOR_BOTH_BACKENDS(reactor_waits);

using reactor_requests = reactor_p;

TEST_P(reactor_requests, receive_what_is_sent_later) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  char data[16] = {};
  probe q(io_op::receive, *s.a.get(), data, sizeof data);
  r->submit(q);
  ASSERT_EQ(::send(s.b->fd(), "hello", 5, 0), 5);
  EXPECT_EQ(q.wait(), 5);
  EXPECT_STREQ(data, "hello");
}

TEST_P(reactor_requests, see_the_end_of_the_stream) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  char data[16] = {};
  probe q(io_op::receive, *s.a.get(), data, sizeof data);
  r->submit(q);
  s.b.reset();
  EXPECT_EQ(q.wait(), 0);
  probe again(io_op::receive, *s.a.get(), data, sizeof data);
  r->submit(again);
  EXPECT_EQ(again.wait(), 0);
}

TEST_P(reactor_requests, see_data_and_then_the_end_that_came_with_them) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  char data[16] = {};
  probe q(io_op::receive, *s.a.get(), data, sizeof data);
  r->submit(q);
  ASSERT_EQ(::send(s.b->fd(), "x", 1, 0), 1);
  s.b.reset();
  EXPECT_EQ(q.wait(), 1);
  probe again(io_op::receive, *s.a.get(), data, sizeof data);
  r->submit(again);
  EXPECT_EQ(again.wait(), 0);
}

TEST_P(reactor_requests, send_when_the_peer_has_made_room) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  const std::string block(1 << 16, 'x');
  while (::send(s.a->fd(), block.data(), block.size(), MSG_DONTWAIT) > 0) {
  }
  (void)s.a->take_ready(io_direction::out);
  probe q(io_op::send, *s.a.get(), const_cast<char*>(block.data()), block.size());
  r->submit(q);
  EXPECT_FALSE(q.finished());
  std::string sink(1 << 20, ' ');
  while (!q.finished()) {
    if (::recv(s.b->fd(), sink.data(), sink.size(), MSG_DONTWAIT) <= 0) {
      std::this_thread::yield();
    }
  }
  EXPECT_GT(q.result, 0);
}

TEST_P(reactor_requests, report_a_gone_peer_without_a_signal) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  pipe_pair p(*r);
  s.b.reset();
  probe q(io_op::send, *s.a.get(), const_cast<char*>("x"), 1);
  r->submit(q);
  EXPECT_EQ(q.wait(), -EPIPE);
  p.in.reset();
  probe w(io_op::write_stream, *p.out.get(), const_cast<char*>("x"), 1);
  r->submit(w);
  EXPECT_EQ(w.wait(), -EPIPE);
}

TEST_P(reactor_requests, read_pipes_and_their_end) {
  driven_reactor r(GetParam());
  pipe_pair p(*r);
  char data[16] = {};
  probe q(io_op::read_stream, *p.in.get(), data, sizeof data);
  r->submit(q);
  ASSERT_EQ(::write(p.out->fd(), "abc", 3), 3);
  EXPECT_EQ(q.wait(), 3);
  probe end(io_op::read_stream, *p.in.get(), data, sizeof data);
  r->submit(end);
  p.out.reset();
  EXPECT_EQ(end.wait(), 0);
}

TEST_P(reactor_requests, accept_and_serve_several_waiting_accepts) {
  driven_reactor r(GetParam());
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  ASSERT_EQ(::listen(fd, 8), 0);
  ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size), 0);
  io_handle listener(new io_target(*r, fd));
  probe first(io_op::accept, *listener.get());
  probe second(io_op::accept, *listener.get());
  r->submit(first);
  r->submit(second);
  std::array<int, 2> clients{};
  for (int& c : clients) {
    c = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::connect(c, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  }
  for (probe* q : {&first, &second}) {
    const int s = q->wait();
    ASSERT_GE(s, 0);
    EXPECT_NE(::fcntl(s, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(s, F_GETFD) & FD_CLOEXEC, 0);
    ::close(s);
  }
  for (const int c : clients) {
    ::close(c);
  }
}

TEST_P(reactor_requests, open_write_sync_and_read_files) {
  driven_reactor r(GetParam());
  std::string path = ::testing::TempDir() + "weft_reactor_XXXXXX";
  ::close(::mkstemp(path.data()));
  probe open(io_op::open);
  open.buffer = path.data();
  open.length = O_RDWR | O_CLOEXEC;
  r->submit(open);
  ASSERT_GE(open.wait(), 0);
  io_handle file(new io_target(*r, open.result));
  char text[] = "0123456789";
  probe write(io_op::write_at, *file.get(), text, 10, 5);
  r->submit(write);
  EXPECT_EQ(write.wait(), 10);
  probe sync(io_op::sync, *file.get());
  r->submit(sync);
  EXPECT_EQ(sync.wait(), 0);
  char data[32] = {};
  probe read(io_op::read_at, *file.get(), data, sizeof data, 10);
  r->submit(read);
  EXPECT_EQ(read.wait(), 5);
  EXPECT_STREQ(data, "56789");
  ::unlink(path.c_str());
}

TEST_P(reactor_requests, are_polled_for_where_a_kernel_does_not_wait) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  char data[4] = {};
  probe receive(io_op::receive, *s.a.get(), data, 1);
  receive.by_hand = true;  // as after an EAGAIN from the ring
  r->submit(receive);
  probe send(io_op::send, *s.b.get(), const_cast<char*>("x"), 1);
  send.by_hand = true;
  r->submit(send);
  EXPECT_EQ(send.wait(), 1);
  EXPECT_EQ(receive.wait(), 1);
  probe cancelled(io_op::receive, *s.a.get(), data, 1);
  cancelled.by_hand = true;
  r->submit(cancelled);
  r->cancel(cancelled, io_cancel::stop);
  EXPECT_EQ(cancelled.wait(), -ECANCELED);
}

TEST_P(reactor_requests, read_files_though_opened_non_blocking) {
  driven_reactor r(GetParam());
  io_handle file(new io_target(*r, ::open("/proc/self/status", O_RDONLY | O_CLOEXEC | O_NONBLOCK)));
  char data[64] = {};
  probe read(io_op::read_at, *file.get(), data, sizeof data);
  r->submit(read);
  EXPECT_EQ(read.wait(), 64);
}

TEST_P(reactor_requests, report_errors_of_opening) {
  driven_reactor r(GetParam());
  probe open(io_op::open);
  open.buffer = const_cast<char*>("/nonexistent/weft");
  open.length = O_RDONLY;
  r->submit(open);
  EXPECT_EQ(open.wait(), -ENOENT);
}

TEST_P(reactor_requests, run_calls_on_a_thread_of_their_own) {
  driven_reactor r(GetParam());
  probe call(io_op::call);
  std::thread::id where;
  call.buffer = &where;
  call.invoke = [](io_request& q) noexcept {
    *static_cast<std::thread::id*>(q.buffer) = std::this_thread::get_id();
    return 42;
  };
  r->submit(call);
  EXPECT_EQ(call.wait(), 42);
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST_P(reactor_requests, outlive_the_thread_that_submitted_them) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  pipe_pair p(*r);
  char data[4] = {};
  probe receive(io_op::receive, *s.a.get(), data, 1);
  probe read(io_op::read_stream, *p.in.get(), data + 1, 1);
  std::thread([&] {
    r->submit(receive);
    r->submit(read);
  }).join();
  ASSERT_EQ(::send(s.b->fd(), "x", 1, 0), 1);
  ASSERT_EQ(::write(p.out->fd(), "y", 1), 1);
  EXPECT_EQ(receive.wait(), 1);
  EXPECT_EQ(read.wait(), 1);
  EXPECT_STREQ(data, "xy");
}

TEST_P(reactor_requests, complete_while_their_submitter_computes) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  char byte = 0;
  probe q(io_op::receive, *s.a.get(), &byte, 1);
  std::atomic<bool> submitted{false};
  std::atomic<bool> completed{false};
  std::thread busy([&] {
    r->submit(q);
    submitted = true;
    while (!completed) {  // no system call from here on
    }
  });
  while (!submitted) {
    std::this_thread::yield();
  }
  ASSERT_EQ(::send(s.b->fd(), "x", 1, 0), 1);
  EXPECT_EQ(q.wait(), 1);
  completed = true;
  busy.join();
}

TEST_P(reactor_requests, are_more_than_any_ring_holds) {
  driven_reactor r(GetParam());
  constexpr int count = 3'000;
  socket_pair s(*r, SOCK_DGRAM);
  std::vector<std::unique_ptr<probe>> all;
  std::vector<char> bytes(count);
  for (int i = 0; i < count; ++i) {
    all.push_back(std::make_unique<probe>(io_op::receive, *s.a.get(),
                                          &bytes[static_cast<std::size_t>(i)], 1));
    r->submit(*all.back());
  }
  for (int i = 0; i < count; ++i) {
    while (::send(s.b->fd(), "x", 1, MSG_DONTWAIT) != 1) {
      std::this_thread::yield();
    }
  }
  for (auto& q : all) {
    EXPECT_EQ(q->wait(), 1);
  }
}

TEST_P(reactor_requests, complete_in_greater_numbers_than_a_ring_holds) {
  // Nobody reaps while they are submitted: the kernel has to keep what the completion ring has no
  // room for.
  const auto r = make_reactor(GetParam());
  socket_pair s(*r);
  std::vector<std::unique_ptr<probe>> all;
  for (int i = 0; i < 6'000; ++i) {
    all.push_back(std::make_unique<probe>(io_op::wait_writable, *s.a.get()));
    r->submit(*all.back());
  }
  for (auto& q : all) {
    while (!q->finished()) {
      job_list ready;
      r->wait(ready, -1);
    }
    EXPECT_EQ(q->result, 0);
  }
}

TEST(uring_reactor_backlog, takes_what_the_ring_cannot_hold) {
  // Nobody waits while these are submitted, so nothing is taken out of the ring but by the
  // submitter itself.
  const auto r = make_reactor(io_backend::uring);
  constexpr int count = 2'000;
  socket_pair s(*r, SOCK_DGRAM);
  std::vector<std::unique_ptr<probe>> all;
  std::vector<char> bytes(count);
  for (int i = 0; i < count; ++i) {
    all.push_back(std::make_unique<probe>(io_op::receive, *s.a.get(),
                                          &bytes[static_cast<std::size_t>(i)], 1));
    r->submit(*all.back());
  }
  for (auto& q : all) {
    r->cancel(*q, io_cancel::stop);
  }
  for (auto& q : all) {
    while (!q->finished()) {
      job_list ready;
      r->wait(ready, -1);
    }
    EXPECT_EQ(q->result, -ECANCELED);
  }
}

WEFT_FOR_BOTH_BACKENDS(reactor_requests);

using reactor_cancel = reactor_p;

TEST_P(reactor_cancel, ends_what_waits) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  pipe_pair p(*r);
  char data[2] = {};
  probe receive(io_op::receive, *s.a.get(), data, 1);
  probe read(io_op::read_stream, *p.in.get(), data, 1);
  probe ready(io_op::wait_readable, *s.b.get());
  for (probe* q : {&receive, &read, &ready}) {
    r->submit(*q);
    r->cancel(*q, io_cancel::stop);
    r->cancel(*q, io_cancel::deadline);
    EXPECT_EQ(q->wait(), -ECANCELED);
    EXPECT_EQ(q->reason.load(), io_cancel::stop);
    EXPECT_FALSE(q->finished());
  }
}

TEST_P(reactor_cancel, before_the_start_ends_at_the_start) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  char byte = 0;
  probe receive(io_op::receive, *s.a.get(), &byte, 1);
  probe open(io_op::open);
  probe call(io_op::call);
  open.buffer = const_cast<char*>("/");
  call.invoke = [](io_request&) noexcept { return 0; };
  for (probe* q : {&receive, &open, &call}) {
    r->cancel(*q, io_cancel::stop);
    r->submit(*q);
    EXPECT_EQ(q->wait(), -ECANCELED);
  }
}

TEST_P(reactor_cancel, leaves_the_stream_usable) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  char byte = 0;
  probe first(io_op::receive, *s.a.get(), &byte, 1);
  r->submit(first);
  r->cancel(first, io_cancel::stop);
  ASSERT_EQ(first.wait(), -ECANCELED);
  probe second(io_op::receive, *s.a.get(), &byte, 1);
  r->submit(second);
  ASSERT_EQ(::send(s.b->fd(), "x", 1, 0), 1);
  EXPECT_EQ(second.wait(), 1);
}

TEST_P(reactor_cancel, races_with_completion_and_one_of_them_wins) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  constexpr int rounds = 3'000;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand random(seed);
  int received = 0;
  int sent = 0;
  for (int i = 0; i < rounds; ++i) {
    char byte = 0;
    probe q(io_op::receive, *s.a.get(), &byte, 1);
    r->submit(q);
    std::thread canceller;
    std::atomic<bool> go{false};
    if (i % 10 == 0) {  // now and then from another thread, at the very same time
      canceller = std::thread([&] {
        while (!go) {
        }
        r->cancel(q, io_cancel::stop);
      });
    }
    go = true;
    if (random() % 2 == 0) {
      ASSERT_EQ(::send(s.b->fd(), "x", 1, 0), 1);
      ++sent;
    }
    if (i % 10 != 0) {
      r->cancel(q, io_cancel::stop);
    } else {
      canceller.join();
    }
    const int n = q.wait();
    ASSERT_TRUE(n == 1 || n == -ECANCELED) << n;
    received += n == 1 ? 1 : 0;
  }
  char rest[rounds];
  const auto left = ::recv(s.a->fd(), rest, sizeof rest, MSG_DONTWAIT);
  EXPECT_EQ(received + (left > 0 ? static_cast<int>(left) : 0),
            sent);  // no byte was swallowed by a cancelled receive
}

TEST_P(reactor_cancel, by_close_says_so) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  char data[2];
  probe receive(io_op::receive, *s.a.get(), data, 1);
  probe another(io_op::receive, *s.a.get(), data, 1);
  r->submit(receive);
  r->submit(another);
  io_target& target = *s.a.get();
  target.add_reference();
  s.a.reset();
  EXPECT_EQ(receive.wait(), -ECANCELED);
  EXPECT_EQ(another.wait(), -ECANCELED);
  EXPECT_EQ(receive.reason.load(), io_cancel::closed);
  probe late(io_op::receive, target, data, 1);
  r->submit(late);
  EXPECT_EQ(late.wait(), -ECANCELED);
  EXPECT_EQ(late.reason.load(), io_cancel::closed);
  target.release();
}

TEST_P(reactor_cancel, by_close_keeps_the_descriptor_until_the_kernel_has_answered) {
  driven_reactor r(GetParam());
  for (int i = 0; i < 500; ++i) {
    socket_pair s(*r);
    socket_pair other(*r);
    char byte = 0;
    probe q(io_op::receive, *s.a.get(), &byte, 1);
    r->submit(q);
    std::thread closer([&] { s.a.reset(); });
    socket_pair reuse(*r);  // would get the number if it were free too early
    ASSERT_EQ(::send(reuse.b->fd(), "y", 1, 0), 1);
    EXPECT_EQ(q.wait(), -ECANCELED);
    closer.join();
    EXPECT_EQ(byte, 0);
  }
}

TEST_P(reactor_cancel, by_deadline_ends_the_pending_and_the_later_until_it_is_set_anew) {
  driven_reactor r(GetParam());
  socket_pair s(*r);
  char byte = 0;
  probe q(io_op::receive, *s.a.get(), &byte, 1);
  r->submit(q);
  s.a->expire();
  EXPECT_EQ(q.wait(), -ECANCELED);
  EXPECT_EQ(q.reason.load(), io_cancel::deadline);
  probe late(io_op::receive, *s.a.get(), &byte, 1);
  r->submit(late);
  EXPECT_EQ(late.wait(), -ECANCELED);
  s.a->rearm();
  probe again(io_op::receive, *s.a.get(), &byte, 1);
  r->submit(again);
  ASSERT_EQ(::send(s.b->fd(), "x", 1, 0), 1);
  EXPECT_EQ(again.wait(), 1);
}

WEFT_FOR_BOTH_BACKENDS(reactor_cancel);

// Whether another connection waits an accept tells since Linux 6.10. A kernel that does not say so
// is asked through the ring for each one (`serve_several_waiting_accepts`).
TEST(uring_completion, tells_of_more_only_where_the_kernel_says_so) {
  io_uring_cqe more{};
  more.res = 5;
  more.flags = IORING_CQE_F_SOCK_NONEMPTY;
  io_uring_cqe silent{};
  silent.res = 5;
  for (const io_op op : {io_op::accept, io_op::receive}) {
    probe one(op);
    one.length = 5;
    EXPECT_TRUE(leaves_more(more, one));
    EXPECT_FALSE(leaves_more(silent, one));
  }
  probe all(io_op::send);
  all.length = 5;
  EXPECT_TRUE(leaves_more(silent, all));
  all.length = 6;
  EXPECT_FALSE(leaves_more(silent, all));
}

// --- choosing a backend ---

bool refuse_uring(int error = EPERM) {
  sock_filter rules[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_io_uring_setup},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  };
  const sock_fprog program{4, rules};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(reactor_choice, follows_the_environment) {
  EXPECT_EQ(in_child([] {
              ::setenv("WEFT_IO", "epoll", 1);
              return make_reactor()->backend() == io_backend::epoll ? 0 : 1;
            }),
            0);
  EXPECT_EQ(in_child([] {
              ::setenv("WEFT_IO", "uring", 1);
              return make_reactor()->backend() == io_backend::uring ? 0 : 1;
            }),
            0);
}

TEST(reactor_choice, names_the_values_when_the_environment_is_wrong) {
  EXPECT_EQ(in_child([] {
              ::setenv("WEFT_IO", "kqueue", 1);
              try {
                (void)make_reactor();
              } catch (const std::system_error& e) {
                return std::string(e.what()).find("'uring', 'epoll'") != std::string::npos ? 0 : 2;
              }
              return 1;
            }),
            0);
}

TEST(reactor_choice, falls_back_to_epoll_when_the_kernel_refuses) {
  EXPECT_EQ(in_child([] {
              ::unsetenv("WEFT_IO");
              if (!refuse_uring()) {
                return 3;
              }
              return make_reactor()->backend() == io_backend::epoll ? 0 : 1;
            }),
            0);
}

TEST(reactor_choice, falls_back_to_epoll_when_no_memory_may_be_locked) {
  EXPECT_EQ(in_child([] {
              ::unsetenv("WEFT_IO");
              if (!refuse_uring(ENOMEM)) {
                return 3;
              }
              return make_reactor()->backend() == io_backend::epoll ? 0 : 1;
            }),
            0);
}

TEST(reactor_fork, refuses_the_child_and_leaves_the_parent_alone) {
  for (const io_backend backend : {io_backend::uring, io_backend::epoll}) {
    driven_reactor r(backend);
    socket_pair s(*r);
    char byte = 0;
    probe q(io_op::receive, *s.a.get(), &byte, 1);
    r->submit(q);
    EXPECT_EQ(in_child([] {
                try {
                  (void)default_reactor();
                } catch (const invalid_operation& e) {
                  return std::string(e.what()).find("forked") != std::string::npos ? 0 : 2;
                }
                return 1;
              }),
              0);
    ASSERT_EQ(::send(s.b->fd(), "x", 1, 0), 1);
    EXPECT_EQ(q.wait(), 1);
  }
}

TEST(reactor_choice, says_why_a_forced_backend_cannot_be_had) {
  EXPECT_EQ(in_child([] {
              if (!refuse_uring()) {
                return 3;
              }
              try {
                (void)make_reactor(io_backend::uring);
              } catch (const std::system_error& e) {
                return e.code().value() == EPERM &&
                               std::string(e.what()).find("io_uring") != std::string::npos
                           ? 0
                           : 2;
              }
              return 1;
            }),
            0);
}

TEST(reactor_choice, falls_back_or_fails_clearly_without_descriptors) {
  EXPECT_EQ(in_child([] {
              struct limit {
                limit() {
                  const rlimit few{3, usual.rlim_max};
                  ::setrlimit(RLIMIT_NOFILE, &few);
                }
                ~limit() { ::setrlimit(RLIMIT_NOFILE, &usual); }
                static rlimit current() {
                  rlimit now{};
                  ::getrlimit(RLIMIT_NOFILE, &now);
                  return now;
                }
                rlimit usual = current();
              };
              try {
                const limit few;
                (void)make_reactor();
              } catch (const std::system_error& e) {
                return e.code().value() == EMFILE ? 0 : 2;
              }
              return 1;
            }),
            0);
}

}  // namespace
}  // namespace weft::detail
