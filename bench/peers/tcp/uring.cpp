// P7 as a bare loop on io_uring: one ring a side, multishot accept and receive with provided
// buffers, everything that a round of completions asks for submitted by the call that waits.

#include "sockets.hpp"

#include <array>
#include <thread>
#include <utility>
#include <vector>

#include <liburing.h>

namespace {

using namespace bench::tcp;

constexpr unsigned entries = 2048;
constexpr unsigned buffers = 2048;
constexpr int group = 0;

enum class what : std::uint32_t { accepted, received, sent };

class ring {
 public:
  ring() {
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
    params.cq_entries = entries * 4;
    sure(io_uring_queue_init_params(entries, &ring_, &params), "io_uring");
    bytes_.resize(std::size_t{buffers} * message);
    void* memory = nullptr;
    sure(::posix_memalign(&memory, 4096, buffers * sizeof(io_uring_buf)), "posix_memalign");
    provided_ = static_cast<io_uring_buf_ring*>(memory);
    io_uring_buf_ring_init(provided_);
    io_uring_buf_reg reg{};
    reg.ring_addr = reinterpret_cast<std::uint64_t>(provided_);
    reg.ring_entries = buffers;
    reg.bgid = group;
    sure(io_uring_register_buf_ring(&ring_, &reg, 0), "io_uring_register_buf_ring");
    for (unsigned i = 0; i < buffers; ++i) {
      give_back(i);
    }
  }
  ring(const ring&) = delete;
  ring& operator=(const ring&) = delete;
  ~ring() {
    io_uring_queue_exit(&ring_);
    ::free(provided_);
  }

  void accept(int fd) {
    io_uring_sqe* const s = next();
    io_uring_prep_multishot_accept(s, fd, nullptr, nullptr, SOCK_CLOEXEC);
    tag(s, what::accepted, fd);
  }
  void receive(int fd) {
    io_uring_sqe* const s = next();
    io_uring_prep_recv(s, fd, nullptr, 0, 0);
    s->ioprio |= IORING_RECV_MULTISHOT;
    s->flags |= IOSQE_BUFFER_SELECT;
    s->buf_group = group;
    tag(s, what::received, fd);
  }
  void send(int fd, const char* data, std::size_t size) {
    io_uring_sqe* const s = next();
    io_uring_prep_send(s, fd, data, size, MSG_NOSIGNAL | MSG_WAITALL);
    tag(s, what::sent, fd);
  }

  [[nodiscard]] char* buffer(unsigned i) { return bytes_.data() + std::size_t{i} * message; }
  void give_back(unsigned i) {
    io_uring_buf_ring_add(provided_, buffer(i), message, static_cast<unsigned short>(i),
                          io_uring_buf_ring_mask(buffers), 0);
    io_uring_buf_ring_advance(provided_, 1);
  }

  /// Submits, waits for one completion at least, and calls `f(what, fd, completion)` for each.
  template <class F>
  void wait(F f) {
    io_uring_submit_and_wait(&ring_, 1);
    unsigned head = 0;
    unsigned seen = 0;
    io_uring_cqe* c = nullptr;
    io_uring_for_each_cqe(&ring_, head, c) {
      ++seen;
      f(static_cast<what>(c->user_data >> 32), static_cast<int>(c->user_data & 0xffffffff), *c);
    }
    io_uring_cq_advance(&ring_, seen);
  }

 private:
  io_uring_sqe* next() {
    io_uring_sqe* s = io_uring_get_sqe(&ring_);
    while (s == nullptr) {
      io_uring_submit(&ring_);
      s = io_uring_get_sqe(&ring_);
    }
    return s;
  }
  static void tag(io_uring_sqe* s, what w, int fd) {
    s->user_data = static_cast<std::uint64_t>(w) << 32 | static_cast<std::uint32_t>(fd);
  }

  io_uring ring_{};
  io_uring_buf_ring* provided_ = nullptr;
  std::vector<char> bytes_;
};

unsigned buffer_of(const io_uring_cqe& c) {
  return c.flags >> IORING_CQE_BUFFER_SHIFT;
}

// Answers until `connections` have ended. An answer lies in the buffer that the question came in,
// which is given back after the submission: there the kernel has copied it.
void serve(int listener, long connections, bool once) {
  ring r;
  r.accept(listener);
  long ended = 0;
  std::vector<unsigned> lent;
  while (ended < connections) {
    const std::vector<unsigned> before = std::exchange(lent, {});
    r.wait([&](what w, int fd, const io_uring_cqe& c) {
      if (w == what::accepted) {
        if (c.res >= 0) {
          r.receive(c.res);
        }
        if ((c.flags & IORING_CQE_F_MORE) == 0) {
          r.accept(listener);
        }
      } else if (w == what::received && c.res > 0) {
        lent.push_back(buffer_of(c));
        r.send(fd, r.buffer(lent.back()), static_cast<std::size_t>(c.res));
        if ((c.flags & IORING_CQE_F_MORE) == 0) {
          r.receive(fd);
        }
      } else if (w == what::received && c.res == -ENOBUFS) {
        r.receive(fd);
      } else if (w == what::received) {
        ::close(fd);
        ++ended;
      } else if (w == what::sent && once) {
        ::shutdown(fd, SHUT_RDWR);  // and so the receive ends
      }
    });
    for (const unsigned i : before) {
      r.give_back(i);
    }
  }
}

const std::array<char, message> question{};

long pingpong(long n, int clients) {
  const listening at = listen_somewhere();
  std::thread server([&] { serve(at.fd, clients, false); });
  ring r;
  std::vector<int> sockets;
  std::vector<long> left(1 << 16);
  for (int i = 0; i < clients; ++i) {
    const int fd = connect_to(at.port);
    sockets.push_back(fd);
    left.at(static_cast<unsigned>(fd)) = share(n, clients, i);
    r.receive(fd);
    r.send(fd, question.data(), message);
  }
  long done = 0;
  while (done < n) {
    r.wait([&](what w, int fd, const io_uring_cqe& c) {
      if (w != what::received || c.res <= 0) {
        return;
      }
      r.give_back(buffer_of(c));
      ++done;
      if (--left[static_cast<unsigned>(fd)] > 0) {
        r.send(fd, question.data(), message);
      }
      if ((c.flags & IORING_CQE_F_MORE) == 0) {
        r.receive(fd);
      }
    });
  }
  for (const int fd : sockets) {
    ::shutdown(fd, SHUT_RDWR);
    ::close(fd);
  }
  server.join();
  ::close(at.fd);
  return done;
}

long churn(long n, int clients) {
  const listening at = listen_somewhere();
  std::thread server([&] { serve(at.fd, n, true); });
  ring r;
  long started = 0;
  const auto start = [&] {
    if (started < n) {
      ++started;
      const int fd = connect_to(at.port);
      r.receive(fd);
      r.send(fd, question.data(), message);
    }
  };
  for (int i = 0; i < clients; ++i) {
    start();
  }
  long done = 0;
  while (done < n) {
    r.wait([&](what w, int fd, const io_uring_cqe& c) {
      if (w != what::received) {
        return;
      }
      if (c.res > 0) {
        r.give_back(buffer_of(c));
        if ((c.flags & IORING_CQE_F_MORE) == 0) {
          r.receive(fd);
        }
      } else if (c.res == -ENOBUFS) {
        r.receive(fd);
      } else {
        ::close(fd);
        ++done;
        start();
      }
    });
  }
  server.join();
  ::close(at.fd);
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv,
                    {{"P7/pingpong", measured<pingpong, few>},
                     {"P7/pingpong1000", measured<pingpong, many>},
                     {"P7/churn", measured<churn, few>}});
}
