// P9's ping-pong with weft: the echo is a task, the computing a parallel_for, both on the default
// pool.

#include <weft/net/tcp.hpp>
#include <weft/parallel.hpp>
#include <weft/task.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

#include <stop_token>

namespace {

struct with_weft {
  class echo {
   public:
    [[nodiscard]] std::uint16_t port() const { return listener_.local_endpoint().port(); }
    void wait() { done_.wait(); }

   private:
    weft::task<> serve() {
      auto peer = co_await listener_.accept();
      std::byte byte[1];
      std::size_t n = co_await peer.read_some(weft::mutable_buffer(byte, 1));
      while (n != 0) {
        co_await peer.write_all(weft::const_buffer(byte, 1));
        n = co_await peer.read_some(weft::mutable_buffer(byte, 1));
      }
    }
    weft::net::tcp_listener listener_ = weft::net::tcp_listener::bind({"127.0.0.1", 0});
    weft::task<> done_ = weft::run([this] { return serve(); });
  };

  class computing {
   public:
    explicit computing(int) {}
    ~computing() {
      stop_.request_stop();
      thread_.join();
    }

   private:
    std::stop_source stop_;
    std::thread thread_{[token = stop_.get_token()] {
      try {
        weft::parallel_for(0L, 1L << 40, [](long) { bench::mix::compute(); }, {.stop = token});
      } catch (const weft::operation_canceled&) {
      }
    }};
  };
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_weft(argc, argv, {BENCH_MIX(with_weft)});
}
