#include <weft/net/udp.hpp>

#include <weft/base/error.hpp>
#include <weft/io/operation.hpp>

#include "socket.hpp"

#include <stdexcept>

#include <sys/uio.h>

namespace weft::net {

namespace {

using weft::detail::failed_task;
using weft::detail::frame_new;
using weft::detail::io_direction;
using weft::detail::io_failure;
using weft::detail::io_op;
using weft::detail::io_operation;
using weft::detail::io_target;
using weft::detail::job_list;
using weft::detail::target_ref;

// One datagram with its address, as the system wants them.
struct message {
  message(const void* data, std::size_t size) noexcept : part{const_cast<void*>(data), size} {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_name = &peer.any;
    header.msg_namelen = peer.size;
  }
  message(const void* data, std::size_t size, const detail::socket_address& to) noexcept
      : message(data, size) {
    peer = to;
    header.msg_namelen = to.size;
  }
  message(const message&) = delete;
  message& operator=(const message&) = delete;

  [[nodiscard]] datagram received(int n) const {
    return datagram(static_cast<std::size_t>(n), detail::endpoint_from(peer),
                    (header.msg_flags & MSG_TRUNC) != 0);
  }

  detail::socket_address peer;
  iovec part;
  msghdr header{};
};

template <class T, class Derived>
class datagram_operation : public io_operation<T, Derived> {
 public:
  datagram_operation(const char* name, io_op what, io_target& t, const void* data,
                     std::size_t size) noexcept
      : io_operation<T, Derived>(name, "socket", what, t.owner()), message_(data, size), held_(&t) {
    t.add_reference();
    this->target = &t;
    this->buffer = &message_.header;
  }

 protected:
  message message_;

 private:
  target_ref<io_target> held_;
};

class receive_operation final : public datagram_operation<datagram, receive_operation> {
 public:
  static constexpr const char* name = "weft::net::udp_socket::receive_from";

  receive_operation(io_target& t, void* into, std::size_t size) noexcept
      : datagram_operation("receive_from", io_op::receive_message, t, into, size) {}

  void on_result(job_list& ready) noexcept {
    end();
    if (result < 0) {
      fail_with(ready, result, name);
    } else {
      complete_into(ready, message_.received(result));
    }
  }
};

class send_operation final : public datagram_operation<void, send_operation> {
 public:
  static constexpr const char* name = "weft::net::udp_socket::send_to";

  send_operation(io_target& t, const void* data, std::size_t size, std::string owned,
                 const detail::socket_address& to) noexcept
      : datagram_operation("send_to", io_op::send_message, t, data, size),
        owned_(std::move(owned)) {
    message_.peer = to;
    message_.header.msg_namelen = to.size;
    if (data == nullptr) {
      message_.part = {owned_.data(), owned_.size()};
    }
  }

  void on_result(job_list& ready) noexcept {
    end();
    if (result < 0) {
      fail_with(ready, result, name);
    } else {
      complete_into(ready);
    }
  }

 private:
  std::string owned_;
};

// Sends now if possible. `data` null: what `owned` holds, which moves into the operation otherwise.
value_task<> send(io_target& t, const void* data, std::size_t size, std::string owned,
                  const endpoint& to, std::stop_token stop) {
  if (!to.address()) {
    throw std::invalid_argument("weft::net::udp_socket::send_to: '" + to.host() +
                                "' is no address; use weft::net::resolve first");
  }
  if (stop.stop_requested()) {
    return failed_task<void>(
        io_failure(weft::detail::io_cancel::stop, -ECANCELED, send_operation::name, stop));
  }
  const auto peer = detail::to_system(*to.address(), to.port());
  const bool keeps = data == nullptr;
  if (t.take_ready(io_direction::out)) {
    message m(keeps ? owned.data() : data, keeps ? owned.size() : size, peer);
    const int n = weft::detail::perform_now(t, io_op::send_message, &m.header, 0);
    if (n != -EAGAIN) {
      t.mark_ready(io_direction::out);
      return n >= 0 ? value_task<>()
                    : failed_task<void>(io_failure({}, n, send_operation::name, stop));
    }
  }
  return send_operation::start(frame_new<send_operation>(t, data, size, std::move(owned), peer),
                               std::move(stop));
}

}  // namespace

udp_socket::udp_socket(int descriptor) {
  detail::descriptor owned(descriptor);
  target_ = weft::detail::io_handle(new io_target(weft::detail::default_reactor(), descriptor));
  (void)owned.take();
}

udp_socket udp_socket::bind(endpoint local) {
  const std::string what = "weft::net::udp_socket::bind";
  const address host = detail::local_address(local, what.c_str());
  auto socket = detail::open_socket(host.is_v6() ? AF_INET6 : AF_INET, SOCK_DGRAM, what);
  const auto where = detail::to_system(host, local.port());
  if (::bind(socket.get(), &where.any, where.size) != 0) {
    detail::throw_system(errno, what + ": cannot use " + local.to_string());
  }
  return udp_socket(socket.take());
}

io_target& udp_socket::target() const {
  if (!target_) {
    throw object_disposed("udp_socket");
  }
  return *target_;
}

value_task<> udp_socket::send_to(std::string data, endpoint to, std::stop_token stop) {
  return send(target(), nullptr, 0, std::move(data), to, std::move(stop));
}

value_task<> udp_socket::send_to(const_buffer data, endpoint to, std::stop_token stop) {
  const void* const from = data.data() != nullptr ? data.data() : "";
  return send(target(), from, data.size(), {}, to, std::move(stop));
}

value_task<datagram> udp_socket::receive_from(mutable_buffer into, std::stop_token stop) {
  io_target& t = target();
  if (stop.stop_requested()) {
    return failed_task<datagram>(
        io_failure(weft::detail::io_cancel::stop, -ECANCELED, receive_operation::name, stop));
  }
  if (t.take_ready(io_direction::in)) {
    message m(into.data(), into.size());
    const int n = weft::detail::perform_now(t, io_op::receive_message, &m.header, 0);
    if (n != -EAGAIN) {
      t.mark_ready(io_direction::in);
      return n >= 0 ? value_task<datagram>(m.received(n))
                    : failed_task<datagram>(io_failure({}, n, receive_operation::name, stop));
    }
  }
  return receive_operation::start(frame_new<receive_operation>(t, into.data(), into.size()),
                                  std::move(stop));
}

endpoint udp_socket::local_endpoint() const {
  return detail::local_endpoint_of(target().fd());
}

}  // namespace weft::net
