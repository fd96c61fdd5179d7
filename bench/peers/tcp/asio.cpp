// P7 with Boost.Asio: an io_context a side, coroutines.

#include "../program.hpp"
#include "workload.hpp"

#include <array>
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace {

using namespace bench::tcp;
namespace io = boost::asio;
using executor = io::io_context::executor_type;
template <class T = void>
using awaitable = io::awaitable<T, executor>;
using token = io::use_awaitable_t<executor>;
using socket_type = io::basic_stream_socket<io::ip::tcp, executor>;
using acceptor_type = io::basic_socket_acceptor<io::ip::tcp, executor>;
using endpoint = io::ip::tcp::endpoint;
using buffer = std::array<char, message>;

awaitable<> answer(socket_type socket, bool once) {
  buffer data;
  for (;;) {
    boost::system::error_code ended;
    const std::size_t n =
        co_await socket.async_read_some(io::buffer(data), io::redirect_error(token(), ended));
    if (ended) {
      co_return;
    }
    co_await io::async_write(socket, io::buffer(data, n), token());
    if (once) {
      co_return;
    }
  }
}
awaitable<> serve(acceptor_type& acceptor, long connections, bool once) {
  for (long i = 0; i < connections; ++i) {
    socket_type socket = co_await acceptor.async_accept(token());
    socket.set_option(io::ip::tcp::no_delay(true));
    io::co_spawn(acceptor.get_executor(), answer(std::move(socket), once), io::detached);
  }
}

awaitable<> asks(executor where, endpoint at, long n, long& done) {
  socket_type socket(where);
  co_await socket.async_connect(at, token());
  socket.set_option(io::ip::tcp::no_delay(true));
  const buffer question{};
  buffer data;
  for (; n > 0; --n, ++done) {
    co_await io::async_write(socket, io::buffer(question), token());
    co_await io::async_read(socket, io::buffer(data), token());
  }
}
awaitable<> connects(executor where, endpoint at, long n, long& done) {
  const buffer question{};
  buffer data;
  for (; n > 0; --n, ++done) {
    socket_type socket(where);
    co_await socket.async_connect(at, token());
    socket.set_option(io::ip::tcp::no_delay(true));
    co_await io::async_write(socket, io::buffer(question), token());
    boost::system::error_code ended;
    while (!ended) {
      co_await socket.async_read_some(io::buffer(data), io::redirect_error(token(), ended));
    }
  }
}

template <class Client>
long both(Client client, long n, int clients, long connections, bool once) {
  io::io_context server(1);
  io::io_context asking(1);
  acceptor_type acceptor(server.get_executor(), endpoint(io::ip::address_v4::loopback(), 0));
  acceptor.listen(backlog);
  io::co_spawn(server, serve(acceptor, connections, once), io::detached);
  std::thread serving([&] { server.run(); });
  long done = 0;
  for (int i = 0; i < clients; ++i) {
    io::co_spawn(
        asking,
        client(asking.get_executor(), acceptor.local_endpoint(), share(n, clients, i), done),
        io::detached);
  }
  asking.run();
  serving.join();
  return done;
}

long pingpong(long n, int clients) {
  return both(asks, n, clients, clients, false);
}
long churn(long n, int clients) {
  return both(connects, n, clients, n, true);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv,
                    {{"P7/pingpong", measured<pingpong, few>},
                     {"P7/pingpong1000", measured<pingpong, many>},
                     {"P7/churn", measured<churn, few>}});
}
