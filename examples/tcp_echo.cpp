// A server that answers each line with the same line, and a client; a deadline ends slow peers.

#include <weft/net.hpp>
#include <weft/task.hpp>

#include <chrono>
#include <cstdio>
#include <string>

namespace {

using namespace std::chrono_literals;

weft::task<> answer(weft::net::tcp_stream peer) {
  while (true) {
    peer.set_deadline(5s);  // for the next line; a peer that is silent for longer is let go
    const std::string line = co_await peer.read_until("\n");
    if (line.empty()) {
      co_return;
    }
    co_await peer.write_all("you said: " + line);
  }
}

weft::task<> serve_one(weft::net::tcp_listener& listener) {
  co_await answer(co_await listener.accept());
}

weft::task<bool> ask(weft::net::endpoint server) {
  auto connection = co_await weft::net::tcp_stream::connect(server);
  bool right = true;
  for (const char* word : {"hello\n", "goodbye\n"}) {
    co_await connection.write_all(word);
    const std::string reply = co_await connection.read_until("\n");
    std::printf("%s", reply.c_str());
    right = right && reply == "you said: " + std::string(word);
  }
  co_return right;
}

}  // namespace

int main() {
  auto listener = weft::net::tcp_listener::bind({"127.0.0.1", 0});
  auto server = serve_one(listener);
  const bool right = weft::block_on(ask(listener.local_endpoint()));
  weft::block_on(server);
  return right ? 0 : 1;
}
