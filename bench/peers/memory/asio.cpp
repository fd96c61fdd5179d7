// P14 with Boost.Asio's awaitable and steady_timer.

#include "../asio_program.hpp"
#include "../tcp/sockets.hpp"
#include "workload.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>

namespace {

using namespace bench::memory;
using boost::asio::io_context;
using boost::asio::steady_timer;

boost::asio::awaitable<void> waiting(steady_timer& gate) {
  boost::system::error_code error;
  co_await gate.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
}

/// Coroutines at a timer that does not end, which is how Asio's programs wait for each other.
class suspended {
 public:
  explicit suspended(long n) : gate_(context_, std::chrono::hours(1)) {
    for (long i = 0; i < n; ++i) {
      boost::asio::co_spawn(context_, waiting(gate_), boost::asio::detached);
    }
    context_.poll();
  }
  suspended(const suspended&) = delete;
  suspended& operator=(const suspended&) = delete;
  ~suspended() {
    gate_.cancel();
    context_.poll();
  }

 private:
  io_context context_;
  steady_timer gate_;
};

bench::outcome tasks(bench::request asked) {
  return measured(asked.n, 0, [](long n) { return std::make_unique<suspended>(n); });
}

/// Timers that are waited for, without coroutines.
class set_timers {
 public:
  explicit set_timers(long n) {
    timers_.reserve(static_cast<std::size_t>(n));
    for (long i = 0; i < n; ++i) {
      timers_.emplace_back(context_, std::chrono::hours(1))
          .async_wait([](boost::system::error_code) {});
    }
  }

 private:
  io_context context_;
  std::vector<steady_timer> timers_;
};
bench::outcome timers(bench::request asked) {
  return measured(asked.n, 0, [](long n) { return std::make_unique<set_timers>(n); });
}

boost::asio::awaitable<void> read_from(boost::asio::ip::tcp::socket socket) {
  char byte = 0;
  boost::system::error_code ended;
  co_await socket.async_read_some(boost::asio::buffer(&byte, 1),
                                  boost::asio::redirect_error(boost::asio::use_awaitable, ended));
}

/// Connections on the loop of one thread, until the other ends close.
class connections {
 public:
  explicit connections(long n) : acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}) {
    acceptor_.listen(bench::tcp::backlog);
    boost::asio::co_spawn(
        context_,
        [this, n]() -> boost::asio::awaitable<void> {
          for (long i = 0; i < n; ++i) {
            boost::asio::co_spawn(
                context_, read_from(co_await acceptor_.async_accept(boost::asio::use_awaitable)),
                boost::asio::detached);
          }
          all_there_.set_value();
        },
        boost::asio::detached);
    thread_ = std::thread([this] { context_.run(); });
    for (long i = 0; i < n; ++i) {
      others_.push_back(bench::tcp::connect_to(acceptor_.local_endpoint().port()));
    }
    all_there_.get_future().wait();
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
  io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::promise<void> all_there_;
  std::vector<int> others_;
  std::thread thread_;
};

bench::outcome connected(bench::request asked) {
  constexpr long first = 200;  // twice as many descriptors, which are limited
  return measured(asked.n, 0, [](long n) { return std::make_unique<connections>(n); }, first);
}

bench::outcome idle(bench::request) {
  const double us = bench::timed([] {
    boost::asio::co_spawn(
        bench::asio::pool(), []() -> boost::asio::awaitable<int> { co_return 1; },
        boost::asio::use_future)
        .get();
  });
  return bench::outcome(us).with("bytes", resident_bytes());
}

}  // namespace

int main(int argc, char** argv) {
  return bench::asio::run(argc, argv,
                          {{"P14/task", tasks},
                           {"P14/timer", timers},
                           {"P14/connection", connected},
                           {"P14/idle", idle}});
}
