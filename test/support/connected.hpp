#pragma once
/// For tests: two ends of a TCP connection.

#include <weft/net/tcp.hpp>
#include <weft/task.hpp>

namespace weft::detail::testing {

struct ends {
  net::tcp_stream client;
  net::tcp_stream server;
};

/// Made by a coroutine, for a loop; in place of blocking it.
inline task<ends> connecting() {
  auto listener = net::tcp_listener::bind({"127.0.0.1", 0});
  ends made;
  auto client = net::tcp_stream::connect(listener.local_endpoint());
  made.client = co_await std::move(client);
  auto server = listener.accept();
  made.server = co_await std::move(server);
  co_return made;
}

inline ends connected() {
  auto listener = net::tcp_listener::bind({"127.0.0.1", 0});
  ends made;
  made.client = net::tcp_stream::connect(listener.local_endpoint()).result();
  made.server = listener.accept().result();
  return made;
}

}  // namespace weft::detail::testing
