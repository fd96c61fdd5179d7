#include <weft/net/unix.hpp>

#include <weft/io/target.hpp>

#include "message.hpp"
#include "socket.hpp"

#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace weft::net {

namespace {

detail::socket_address to_system(const std::string& path, const char* what) {
  detail::socket_address s;
  if (path.empty() || path.size() >= sizeof s.local.sun_path ||
      path.find('\0') != std::string::npos) {
    throw std::invalid_argument(std::string(what) + ": a path must have 1 to " +
                                std::to_string(sizeof s.local.sun_path - 1) +
                                " bytes, none of them zero");
  }
  s.local = sockaddr_un{};
  s.local.sun_family = AF_UNIX;
  std::memcpy(s.local.sun_path, path.data(), path.size());
  s.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  if (path[0] == '@') {
    s.local.sun_path[0] = '\0';
    --s.size;  // no terminator: each byte of an abstract name counts
  }
  return s;
}

}  // namespace

value_task<unix_stream> unix_stream::connect(std::string path, std::stop_token stop) {
  const char* const what = "weft::net::unix_stream::connect";
  throw_if_stopped(stop);
  const auto where = to_system(path, what);
  auto socket = detail::open_socket(AF_UNIX, SOCK_STREAM, what);
  // Never waits, unlike TCP: it connects or says at once why not (EAGAIN: the listener's queue is
  // full).
  if (::connect(socket.get(), &where.any, where.size) != 0) {
    detail::throw_system(errno, std::string(what) + ": cannot connect to '" + path + "'");
  }
  return value_task<unix_stream>(detail::stream_maker<unix_stream>::make(socket.take()));
}

std::pair<unix_stream, unix_stream> unix_stream::pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
    detail::throw_system(errno, "weft::net::unix_stream::pair");
  }
  detail::descriptor second(fds[1]);
  unix_stream one = detail::stream_maker<unix_stream>::make(fds[0]);
  return {std::move(one), detail::stream_maker<unix_stream>::make(second.take())};
}

void unix_stream::shutdown_write() {
  if (::shutdown(weft::detail::target_of(state()).fd(), SHUT_WR) != 0) {
    detail::throw_system(errno, "weft::net::unix_stream::shutdown_write");
  }
}

value_task<> unix_stream::send_descriptor(int descriptor, std::stop_token stop) {
  return detail::exchange<void>(
      state(), weft::detail::io_op::send_message, "weft::net::unix_stream::send_descriptor",
      std::string(1, '\0'), std::move(stop),
      [descriptor](detail::message& m, const std::string& kept) {
        m.set_data(kept.data(), kept.size());
        m.attach(descriptor);
      },
      detail::nothing());
}

value_task<owned_descriptor> unix_stream::receive_descriptor(std::stop_token stop) {
  constexpr const char* what = "weft::net::unix_stream::receive_descriptor";
  return detail::exchange<owned_descriptor>(
      state(), weft::detail::io_op::receive_message, what, std::string(1, '\0'), std::move(stop),
      [](detail::message& m, std::string& kept) {
        m.set_data(kept.data(), kept.size());
        m.want_descriptors();
      },
      [](detail::message& m, int n) {
        if (n == 0) {
          throw end_of_stream(std::string(what) + ": the stream ended");
        }
        owned_descriptor got(m.take_descriptor());
        if (got.get() < 0) {
          detail::throw_system(EBADMSG, std::string(what) + ": a byte came without a descriptor");
        }
        return got;
      });
}

owned_descriptor& owned_descriptor::operator=(owned_descriptor&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

owned_descriptor::~owned_descriptor() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

namespace {

value_task<> send_datagram(weft::detail::stream_state& s, std::string data,
                           const detail::socket_address* to, std::stop_token stop) {
  const bool addressed = to != nullptr;
  return detail::exchange<void>(
      s, weft::detail::io_op::send_message, "weft::net::unix_datagram::send", std::move(data),
      std::move(stop),
      [addressed, peer = addressed ? *to : detail::socket_address()](detail::message& m,
                                                                     const std::string& kept) {
        m.set_data(kept.data(), kept.size());
        if (addressed) {
          m.set_peer(peer);
        }
      },
      detail::nothing());
}

weft::detail::stream_state* make_datagram(int fd) {
  return weft::detail::make_stream(fd, weft::detail::stream_kind::unix_datagram);
}

}  // namespace

unix_datagram unix_datagram::bind(const std::string& path) {
  const char* const what = "weft::net::unix_datagram::bind";
  auto socket = detail::open_socket(AF_UNIX, SOCK_DGRAM, what);
  if (!path.empty()) {
    const auto where = to_system(path, what);
    if (::bind(socket.get(), &where.any, where.size) != 0) {
      detail::throw_system(errno, std::string(what) + ": cannot use '" + path + "'");
    }
  }
  return unix_datagram(make_datagram(socket.take()));
}

std::pair<unix_datagram, unix_datagram> unix_datagram::pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
    detail::throw_system(errno, "weft::net::unix_datagram::pair");
  }
  detail::descriptor second(fds[1]);
  unix_datagram one(make_datagram(fds[0]));
  return {std::move(one), unix_datagram(make_datagram(second.take()))};
}

void unix_datagram::connect(const std::string& path) {
  const char* const what = "weft::net::unix_datagram::connect";
  const auto where = to_system(path, what);
  if (::connect(weft::detail::target_of(state()).fd(), &where.any, where.size) != 0) {
    detail::throw_system(errno, std::string(what) + ": '" + path + "'");
  }
}

value_task<> unix_datagram::send(std::string data, std::stop_token stop) {
  return send_datagram(state(), std::move(data), nullptr, std::move(stop));
}

value_task<> unix_datagram::send_to(std::string data, const std::string& path,
                                    std::stop_token stop) {
  const auto to = to_system(path, "weft::net::unix_datagram::send_to");
  return send_datagram(state(), std::move(data), &to, std::move(stop));
}

value_task<std::size_t> unix_datagram::receive(mutable_buffer into, std::stop_token stop) {
  constexpr const char* what = "weft::net::unix_datagram::receive";
  return detail::exchange<std::size_t>(
      state(), weft::detail::io_op::receive_message, what, {}, std::move(stop),
      [into](detail::message& m, const std::string&) { m.set_data(into.data(), into.size()); },
      [](detail::message& m, int n) {
        if (m.is_truncated()) {
          detail::throw_system(EMSGSIZE, std::string(what) + ": the buffer is too small for it");
        }
        return static_cast<std::size_t>(n);
      });
}

unix_listener unix_listener::bind(const std::string& path, int backlog) {
  const char* const what = "weft::net::unix_listener::bind";
  const auto where = to_system(path, what);
  auto socket = detail::open_socket(AF_UNIX, SOCK_STREAM, what);
  if (::bind(socket.get(), &where.any, where.size) != 0 || ::listen(socket.get(), backlog) != 0) {
    detail::throw_system(errno, std::string(what) + ": cannot listen at '" + path + "'");
  }
  return unix_listener(socket.take());
}

}  // namespace weft::net
