#pragma once
/// Messages with an address or descriptors, sent and received: what udp_socket and the Unix sockets
/// share.

#include <weft/io/operation.hpp>

#include "io/stream_state.hpp"
#include "socket.hpp"

#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include <sys/uio.h>

namespace weft::net::detail {

/// One message as the system wants it: data, the peer's address, descriptors.
struct message {
  message() noexcept {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
  }
  message(const message&) = delete;
  message& operator=(const message&) = delete;

  void set_data(const void* data, std::size_t size) noexcept {
    part = {const_cast<void*>(data), size};
  }
  void set_peer(const socket_address& to) noexcept {
    peer = to;
    header.msg_name = &peer.any;
    header.msg_namelen = to.size;
  }
  void want_peer() noexcept { set_peer(socket_address()); }
  /// `fd` stays the caller's.
  void attach(int fd) noexcept {
    want_descriptors();
    header.msg_controllen = CMSG_SPACE(sizeof(int));
    cmsghdr* const c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(c), &fd, sizeof fd);
  }
  void want_descriptors() noexcept {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
  }
  /// The descriptor that came, or -1.
  [[nodiscard]] int take_descriptor() noexcept {
    cmsghdr* const c = CMSG_FIRSTHDR(&header);
    int fd = -1;
    if (c != nullptr && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len >= CMSG_LEN(sizeof(int))) {
      std::memcpy(&fd, CMSG_DATA(c), sizeof fd);
    }
    return fd;
  }
  [[nodiscard]] bool is_truncated() const noexcept { return (header.msg_flags & MSG_TRUNC) != 0; }

  socket_address peer;
  iovec part{};
  msghdr header{};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};  // one: the kernel keeps no more
};

/// What is kept while it waits.
template <class T, class Finish>
class message_operation final
    : public weft::detail::stream_operation<T, message_operation<T, Finish>> {
 public:
  message_operation(weft::detail::stream_state& s, weft::detail::io_op what, const char* name,
                    Finish finish, std::string data) noexcept
      : weft::detail::stream_operation<T, message_operation>(name, s, what),
        owned(std::move(data)),
        name_(name),
        finish_(std::move(finish)) {
    this->buffer = &sent.header;
  }

  void on_result(weft::detail::job_list& ready) noexcept {
    this->end();
    if (this->result < 0) {
      this->fail_with(ready, this->result, name_);
      return;
    }
    try {
      if constexpr (std::is_void_v<T>) {
        this->complete_into(ready);
      } else {
        this->complete_into(ready, finish_(sent, this->result));
      }
    } catch (...) {
      this->fail_into(ready, std::current_exception());
    }
  }

  message sent;
  std::string owned;

 private:
  const char* const name_;
  const Finish finish_;
};

/// Sends or receives one message, now if possible. `prepare(message&, owned)` fills it in, for both
/// places where it may stand; `finish(message&, n)` makes the result of it.
template <class T, class Prepare, class Finish>
value_task<T> exchange(weft::detail::stream_state& s, weft::detail::io_op what, const char* name,
                       std::string owned, std::stop_token stop, Prepare prepare, Finish finish) {
  using weft::detail::io_cancel;
  using weft::detail::io_failure;
  if (stop.stop_requested() || s.expired()) {
    const auto why = stop.stop_requested() ? io_cancel::stop : io_cancel::deadline;
    return weft::detail::failed_task<T>(io_failure(why, -ECANCELED, name, stop));
  }
  const auto direction = weft::detail::direction_of(what);
  if (s.take_ready(direction)) {
    message m;
    prepare(m, owned);
    const int n = weft::detail::perform_now(s, what, &m.header, 0);
    if (n != -EAGAIN) {
      s.mark_ready(direction);
      if (n < 0) {
        return weft::detail::failed_task<T>(io_failure({}, n, name, stop));
      }
      if constexpr (std::is_void_v<T>) {
        return value_task<>();
      } else {
        try {
          return value_task<T>(finish(m, n));
        } catch (...) {
          return weft::detail::failed_task<T>(std::current_exception());
        }
      }
    }
  }
  using operation = message_operation<T, Finish>;
  auto* const made =
      weft::detail::frame_new<operation>(s, what, name, std::move(finish), std::move(owned));
  prepare(made->sent, made->owned);
  return operation::start(made, std::move(stop));
}

struct nothing {};

}  // namespace weft::net::detail
