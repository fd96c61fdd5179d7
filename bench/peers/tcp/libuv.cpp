// P7 with libuv: a loop a side, callbacks.

#include "../program.hpp"
#include "workload.hpp"

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include <uv.h>

namespace {

using namespace bench::tcp;
using buffer = std::array<char, message>;

void sure(int result) {
  if (result < 0) {
    throw std::runtime_error(uv_strerror(result));
  }
}

sockaddr_in loopback(int port) {
  sockaddr_in at{};
  sure(uv_ip4_addr("127.0.0.1", port, &at));
  return at;
}

// Sends at once what the socket takes, as all of a message is here.
void send(uv_tcp_t* to, char* data, std::size_t size) {
  uv_buf_t part = uv_buf_init(data, static_cast<unsigned>(size));
  sure(uv_try_write(reinterpret_cast<uv_stream_t*>(to), &part, 1));
}

struct server {
  uv_loop_t loop;
  uv_tcp_t listener;
  long left;
  bool once;
  int port = 0;

  struct connection {
    uv_tcp_t socket;
    server* owner;
    buffer data;
  };

  server(long connections, bool closes) : left(connections), once(closes) {
    sure(uv_loop_init(&loop));
    sure(uv_tcp_init(&loop, &listener));
    listener.data = this;
    const sockaddr_in any = loopback(0);
    sure(uv_tcp_bind(&listener, reinterpret_cast<const sockaddr*>(&any), 0));
    sure(uv_listen(reinterpret_cast<uv_stream_t*>(&listener), backlog, &server::accept));
    sockaddr_in at{};
    int size = sizeof at;
    sure(uv_tcp_getsockname(&listener, reinterpret_cast<sockaddr*>(&at), &size));
    port = ntohs(at.sin_port);
  }

  static void accept(uv_stream_t* from, int) {
    auto* const self = static_cast<server*>(from->data);
    auto* const made = new connection;
    made->owner = self;
    made->socket.data = made;
    sure(uv_tcp_init(&self->loop, &made->socket));
    sure(uv_accept(from, reinterpret_cast<uv_stream_t*>(&made->socket)));
    uv_tcp_nodelay(&made->socket, 1);
    sure(uv_read_start(
        reinterpret_cast<uv_stream_t*>(&made->socket),
        [](uv_handle_t* h, std::size_t, uv_buf_t* into) {
          auto& data = static_cast<connection*>(h->data)->data;
          *into = uv_buf_init(data.data(), data.size());
        },
        [](uv_stream_t* s, ssize_t n, const uv_buf_t*) {
          auto* const c = static_cast<connection*>(s->data);
          if (n > 0) {
            send(&c->socket, c->data.data(), static_cast<std::size_t>(n));
          }
          if (n < 0 || c->owner->once) {
            uv_close(reinterpret_cast<uv_handle_t*>(s), [](uv_handle_t* h) {
              auto* const closed = static_cast<connection*>(h->data);
              if (--closed->owner->left == 0) {
                uv_close(reinterpret_cast<uv_handle_t*>(&closed->owner->listener), nullptr);
              }
              delete closed;
            });
          }
        }));
  }
};

struct client {
  uv_loop_t* loop;
  uv_tcp_t socket;
  uv_connect_t connecting;
  sockaddr_in at;
  long left;
  long* done;
  bool once;
  buffer data;
  std::size_t got = 0;

  void connect() {
    sure(uv_tcp_init(loop, &socket));
    socket.data = this;
    uv_tcp_nodelay(&socket, 1);
    sure(uv_tcp_connect(&connecting, &socket, reinterpret_cast<const sockaddr*>(&at),
                        [](uv_connect_t* c, int status) {
                          sure(status);
                          static_cast<client*>(c->handle->data)->begin();
                        }));
  }
  void begin() {
    send(&socket, data.data(), message);
    sure(uv_read_start(
        reinterpret_cast<uv_stream_t*>(&socket),
        [](uv_handle_t* h, std::size_t, uv_buf_t* into) {
          auto& data = static_cast<client*>(h->data)->data;
          *into = uv_buf_init(data.data(), data.size());
        },
        [](uv_stream_t* s, ssize_t n, const uv_buf_t*) {
          static_cast<client*>(s->data)->came(n);
        }));
  }
  void came(ssize_t n) {
    if (n == 0) {
      return;  // nothing more for now
    }
    if (n > 0 && once) {
      return;
    }
    if (n > 0 && (got += static_cast<std::size_t>(n)) < message) {
      return;
    }
    got = 0;
    ++*done;
    if (--left > 0 && !once) {
      send(&socket, data.data(), message);
      return;
    }
    uv_close(reinterpret_cast<uv_handle_t*>(&socket), [](uv_handle_t* h) {
      auto* const self = static_cast<client*>(h->data);
      if (self->left > 0) {
        self->connect();
      }
    });
  }
};

long both(long n, int clients, long connections, bool once) {
  server serving(connections, once);
  std::thread thread([&] { uv_run(&serving.loop, UV_RUN_DEFAULT); });
  uv_loop_t loop;
  sure(uv_loop_init(&loop));
  std::vector<std::unique_ptr<client>> asking;
  long done = 0;
  for (int i = 0; i < clients; ++i) {
    asking.push_back(std::make_unique<client>());
    client& c = *asking.back();
    c.loop = &loop;
    c.at = loopback(serving.port);
    c.left = share(n, clients, i);
    c.done = &done;
    c.once = once;
    c.connect();
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  thread.join();
  uv_loop_close(&loop);
  uv_loop_close(&serving.loop);
  return done;
}

long pingpong(long n, int clients) {
  return both(n, clients, clients, false);
}
long churn(long n, int clients) {
  return both(n, clients, n, true);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv,
                    {{"P7/pingpong", measured<pingpong, few>},
                     {"P7/pingpong1000", measured<pingpong, many>},
                     {"P7/churn", measured<churn, few>}},
                    uv_version_string());
}
