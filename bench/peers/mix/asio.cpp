// P9's ping-pong with Boost.Asio: an io_context on a thread of its own beside threads that compute,
// which is how the two are put together by hand.

#include "../program.hpp"
#include "workload.hpp"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct with_asio {
  class echo {
   public:
    echo() : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {
      asio::co_spawn(context_, serve(), asio::detached);
      thread_ = std::thread([this] { context_.run(); });
    }
    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void wait() { thread_.join(); }

   private:
    asio::awaitable<void> serve() {
      tcp::socket peer = co_await acceptor_.async_accept(asio::use_awaitable);
      peer.set_option(tcp::no_delay(true));
      std::array<char, 1> byte{};
      for (;;) {
        const auto [error, count] =
            co_await peer.async_read_some(asio::buffer(byte), asio::as_tuple(asio::use_awaitable));
        if (error) {
          co_return;
        }
        co_await asio::async_write(peer, asio::buffer(byte), asio::use_awaitable);
      }
    }
    asio::io_context context_{1};
    tcp::acceptor acceptor_;
    std::thread thread_;
  };

  class computing {
   public:
    explicit computing(int threads) {
      for (int i = 0; i < threads; ++i) {
        threads_.emplace_back([this] {
          while (!over_.load(std::memory_order_relaxed)) {
            bench::mix::compute();
          }
        });
      }
    }
    ~computing() {
      over_ = true;
      for (std::thread& t : threads_) {
        t.join();
      }
    }

   private:
    std::atomic<bool> over_{false};
    std::vector<std::thread> threads_;
  };
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, {BENCH_MIX(with_asio)});
}
