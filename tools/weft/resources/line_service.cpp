#include "resources/line_service.hpp"

#include <weft/time.hpp>

#include <exception>
#include <utility>

namespace weft::tour {
namespace {

task<> serve(net::tcp_stream peer, std::chrono::milliseconds wait) {
  for (;;) {
    const std::string line = co_await peer.read_until("\n");
    if (line.empty()) {
      co_return;
    }
    co_await delay(wait);
    auto answering = peer.write_all(std::string("done\n"));
    co_await std::move(answering);
  }
}

}  // namespace

task<> serve_lines(net::tcp_listener listener, std::chrono::milliseconds delay) {
  for (;;) {
    net::tcp_stream peer = co_await listener.accept();
    // A peer that goes away in the middle is no concern of the others.
    serve(std::move(peer), delay).detach([](std::exception_ptr) {});
  }
}

}  // namespace weft::tour
