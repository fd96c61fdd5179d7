#include <weft/net/tcp.hpp>

#include <weft/io/target.hpp>
#include <weft/net/resolve.hpp>
#include <weft/task/lazy.hpp>
#include <weft/task/when_any.hpp>
#include <weft/time/delay.hpp>

#include "socket.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <netinet/tcp.h>

namespace weft::net {

namespace {

constexpr const char* connecting = "weft::net::tcp_stream::connect";
constexpr std::chrono::milliseconds attempt_delay{250};  // RFC 8305, section 5

int error_of(int fd) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void set_option(int fd, int level, int name, int value, const char* what) {
  if (::setsockopt(fd, level, name, &value, sizeof value) != 0) {
    detail::throw_system(errno, std::string(what) + ": cannot set an option of the socket");
  }
}

}  // namespace

// One address.
value_task<tcp_stream> tcp_stream::connect_to(net::address to, std::uint16_t port,
                                              std::stop_token stop) {
  auto socket = detail::open_socket(to.is_v6() ? AF_INET6 : AF_INET, SOCK_STREAM, connecting);
  set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1, connecting);
  const auto where = detail::to_system(to, port);
  const int fd = socket.get();
  int error = ::connect(fd, &where.any, where.size) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {  // over loopback it is there by now: asked again, the kernel says so
    const int now = ::connect(fd, &where.any, where.size) == 0 ? 0 : errno;
    error = now == EALREADY || now == EINTR ? EINPROGRESS : now;
  }
  tcp_stream stream = detail::stream_maker<tcp_stream>::make(socket.take(), true);
  if (error == EINPROGRESS || error == EINTR) {
    auto waiting = weft::detail::wait_writable(stream.state(), stop);
    co_await std::move(waiting);
    error = error_of(fd);
  }
  if (error != 0) {
    detail::throw_system(
        error, std::string(connecting) + ": cannot connect to " + endpoint(to, port).to_string());
  }
  co_return stream;
}

// Several addresses, one started after another; the first that answers wins (RFC 8305).
class tcp_stream::race {
 public:
  race(std::vector<net::address> candidates, std::uint16_t port)
      : candidates_(std::move(candidates)), port_(port) {}

  // Not connected: all have failed, the last one with `error`.
  lazy<tcp_stream> run(std::stop_token stop) {
    {
      const std::stop_callback on_stop(stop, [this] { losers_.request_stop(); });
      while (!won_.is_open() && !losers_.stop_requested() &&
             (next_ < candidates_.size() || !running_.empty())) {
        co_await step();
      }
    }
    losers_.request_stop();
    for (task<>& one : running_) {
      co_await one.configure_await(configure_await_options::suppress_throwing);
    }
    throw_if_stopped(stop);
    co_return std::move(won_);
  }

  int error = 0;

 private:
  struct attempt {
    tcp_stream stream;
    int error = 0;
  };

  // Starts the next one, and waits until one has ended or it is time for another.
  lazy<> step() {
    if (next_ < candidates_.size()) {
      attempts_.emplace_back(std::make_unique<attempt>());
      running_.push_back(try_one(*attempts_.back(), candidates_[next_++]));
    }
    std::stop_source enough;
    running_.push_back(
        delay(next_ < candidates_.size() ? attempt_delay : infinite, enough.get_token()));
    auto first = when_any(running_);
    const std::size_t ended = co_await std::move(first).configure_await(false);
    enough.request_stop();
    co_await running_.back().configure_await(configure_await_options::suppress_throwing);
    running_.pop_back();
    if (ended < running_.size()) {
      auto& it = *attempts_[ended];
      co_await running_[ended].configure_await(configure_await_options::suppress_throwing);
      won_ = std::move(it.stream);
      error = it.error != 0 ? it.error : error;
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(ended));
      attempts_.erase(attempts_.begin() + static_cast<std::ptrdiff_t>(ended));
    }
  }

  task<> try_one(attempt& into, net::address to) {
    try {
      auto one = connect_to(to, port_, losers_.get_token());
      into.stream = co_await std::move(one);
    } catch (const std::system_error& e) {
      into.error = e.code().value();
    }
  }

  const std::vector<net::address> candidates_;
  const std::uint16_t port_;
  std::size_t next_ = 0;
  tcp_stream won_;
  std::vector<task<>> running_;
  std::vector<std::unique_ptr<attempt>> attempts_;  // of the running ones, in their order
  std::stop_source losers_;
};

std::vector<net::address> detail::interleaved(const std::vector<net::address>& found) {
  std::vector<net::address> ordered;
  auto same = found.begin();
  auto other = found.begin();
  const auto of_family = [&](auto at, bool v6) {
    return std::find_if(at, found.end(), [v6](const net::address& a) { return a.is_v6() == v6; });
  };
  while (ordered.size() < found.size()) {
    for (auto* const at : {&same, &other}) {
      *at = of_family(*at, found.front().is_v6() == (at == &same));
      if (*at != found.end()) {
        ordered.push_back(*(*at)++);
      }
    }
  }
  return ordered;
}

value_task<tcp_stream> tcp_stream::connect_any(std::vector<net::address> candidates, endpoint name,
                                               std::stop_token stop) {
  race all(detail::interleaved(candidates), name.port());
  tcp_stream won = co_await all.run(stop);
  if (won.is_open()) {
    co_return won;
  }
  std::string tried;
  for (const net::address& one : candidates) {
    tried += (tried.empty() ? "" : ", ") + one.to_string();
  }
  detail::throw_system(all.error, std::string(connecting) + ": cannot connect to " +
                                      name.to_string() + " (" + tried + ")");
}

value_task<tcp_stream> tcp_stream::connect(endpoint remote, std::stop_token stop) {
  throw_if_stopped(stop);
  if (remote.address()) {
    auto only = connect_to(*remote.address(), remote.port(), std::move(stop));
    co_return co_await std::move(only);
  }
  auto resolving = resolve(remote.host(), stop);
  std::vector<net::address> candidates = co_await std::move(resolving);
  auto first = connect_any(std::move(candidates), std::move(remote), std::move(stop));
  co_return co_await std::move(first);
}

value_task<> tcp_stream::write_zero_copy(const_buffer from, std::stop_token stop) {
  if (from.size() < least_without_copy || !weft::detail::target_of(state()).owner().lends()) {
    return write_all(from, std::move(stop));
  }
  return weft::detail::write_lent(state(), from, std::move(stop));
}

void tcp_stream::shutdown_write() {
  if (::shutdown(weft::detail::target_of(state()).fd(), SHUT_WR) != 0) {
    detail::throw_system(errno, "weft::net::tcp_stream::shutdown_write");
  }
}

void tcp_stream::set_keep_alive(bool on, tcp_keep_alive times) {
  constexpr const char* what = "weft::net::tcp_stream::set_keep_alive";
  const int fd = weft::detail::target_of(state()).fd();
  if (times.idle.count() < 1 || times.interval.count() < 1 || times.probes < 1) {
    throw std::invalid_argument(std::string(what) +
                                ": times are at least a second, and probes at least one");
  }
  if (on) {
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(times.idle.count()), what);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(times.interval.count()), what);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, times.probes, what);
  }
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, on ? 1 : 0, what);
}

void tcp_stream::set_no_delay(bool on) {
  set_option(weft::detail::target_of(state()).fd(), IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0,
             "weft::net::tcp_stream::set_no_delay");
}

endpoint tcp_stream::local_endpoint() const {
  return detail::local_endpoint_of(weft::detail::target_of(state()).fd());
}

endpoint tcp_stream::remote_endpoint() const {
  return detail::remote_endpoint_of(weft::detail::target_of(state()).fd());
}

tcp_listener tcp_listener::bind(endpoint local, int backlog) {
  return bind(std::move(local), tcp_listener_options{.backlog = backlog});
}

tcp_listener tcp_listener::bind(endpoint local, tcp_listener_options options) {
  const std::string what = "weft::net::tcp_listener::bind";
  const net::address host = detail::local_address(local, what.c_str());
  auto socket = detail::open_socket(host.is_v6() ? AF_INET6 : AF_INET, SOCK_STREAM, what);
  const int fd = socket.get();
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, what.c_str());
  if (options.reuse_port) {
    set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1, what.c_str());
  }
  if (host.is_v6() && options.only_v6) {
    set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, what.c_str());
  }
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1, what.c_str());  // inherited by what is accepted
  const auto where = detail::to_system(host, local.port());
  if (::bind(fd, &where.any, where.size) != 0 || ::listen(fd, options.backlog) != 0) {
    detail::throw_system(errno, what + ": cannot listen at " + local.to_string());
  }
  return tcp_listener(socket.take());
}

endpoint tcp_listener::local_endpoint() const {
  return detail::local_endpoint_of(target().fd());
}

}  // namespace weft::net
