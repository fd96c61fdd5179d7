// P7 with two loops: coroutines that read and write.

#include <weft/net.hpp>
#include <weft/sched.hpp>
#include <weft/task.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

#include <array>
#include <future>
#include <thread>
#include <vector>

namespace {

using namespace bench::tcp;
using weft::task;
using weft::net::endpoint;
using weft::net::tcp_listener;
using weft::net::tcp_stream;
using buffer = std::array<char, message>;

task<> answer(tcp_stream stream, bool once) {
  buffer data;
  for (;;) {
    const std::size_t n = co_await stream.read_some({data.data(), data.size()});
    if (n == 0) {
      co_return;
    }
    co_await stream.write_all(weft::const_buffer(data.data(), n));
    if (once) {
      co_return;
    }
  }
}
task<> serve(tcp_listener& listener, long connections, bool once) {
  return weft::with_scope([&listener, connections, once](weft::task_scope& answering) -> task<> {
    for (long i = 0; i < connections; ++i) {
      tcp_stream stream = co_await listener.accept();
      static_cast<void>(answering.spawn(answer(std::move(stream), once)));
    }
  });
}

task<long> asks(endpoint at, long n) {
  tcp_stream stream = co_await tcp_stream::connect(at);
  const buffer question{};
  buffer data;
  long done = 0;
  for (; done < n; ++done) {
    co_await stream.write_all(weft::const_buffer(question.data(), question.size()));
    co_await stream.read_exactly({data.data(), data.size()});
  }
  co_return done;
}
task<long> connects(endpoint at, long n) {
  const buffer question{};
  buffer data;
  long done = 0;
  for (; done < n; ++done) {
    tcp_stream stream = co_await tcp_stream::connect(at);
    co_await stream.write_all(weft::const_buffer(question.data(), question.size()));
    while (co_await stream.read_some({data.data(), data.size()}) != 0) {
    }
  }
  co_return done;
}

template <class Client>
task<long> all(Client client, endpoint at, long n, int clients) {
  std::vector<task<long>> asking;
  for (int i = 0; i < clients; ++i) {
    asking.push_back(client(at, share(n, clients, i)));
  }
  long done = 0;
  for (task<long>& one : asking) {
    done += co_await one;
  }
  co_return done;
}

template <class Client>
long both(Client client, long n, int clients, long connections, bool once) {
  weft::single_thread_context server;
  weft::single_thread_context asking;
  std::promise<endpoint> where;
  std::thread serving([&] {
    server.run([&]() -> task<> {
      auto listener = tcp_listener::bind(endpoint("127.0.0.1", 0), backlog);
      where.set_value(listener.local_endpoint());
      co_await serve(listener, connections, once);
    });
  });
  const endpoint at = where.get_future().get();
  const long done = asking.run([&] { return all(client, at, n, clients); });
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
  return bench::run_weft(argc, argv,
                         {{"P7/pingpong", measured<pingpong, few>},
                          {"P7/pingpong1000", measured<pingpong, many>},
                          {"P7/churn", measured<churn, few>}});
}
