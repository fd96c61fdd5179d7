#include <weft/net/listener.hpp>

#include <weft/base/error.hpp>
#include <weft/io/operation.hpp>
#include <weft/io/stream.hpp>
#include <weft/net/tcp.hpp>
#include <weft/net/unix.hpp>

#include "socket.hpp"

#include <concepts>

namespace weft::net {

namespace {

using weft::detail::frame_new;
using weft::detail::io_direction;
using weft::detail::io_op;
using weft::detail::io_operation;
using weft::detail::io_target;
using weft::detail::job_list;
using weft::detail::target_ref;

constexpr const char* what = "weft::net::listener::accept";

// The connection was lost before it was accepted, or the network hiccupped: the next one may be
// fine (accept(2)).
bool concerns_one_connection(int error) noexcept {
  switch (error) {
    case -ECONNABORTED:
    case -EPROTO:
    case -ENETDOWN:
    case -ENOPROTOOPT:
    case -EHOSTDOWN:
    case -ENONET:
    case -EHOSTUNREACH:
    case -EOPNOTSUPP:
    case -ENETUNREACH:
    case -EPERM:  // a firewall's rule
      return true;
    default:
      return false;
  }
}

template <class Stream>
class accept_operation final : public io_operation<Stream, accept_operation<Stream>> {
 public:
  explicit accept_operation(io_target& t) noexcept
      : io_operation<Stream, accept_operation>("accept", "socket", io_op::accept, t.owner()),
        held_(&t) {
    t.add_reference();
    this->target = &t;
  }

  void on_result(job_list& ready) noexcept {
    if (concerns_one_connection(this->result)) {
      this->resubmit();
      return;
    }
    this->end();
    if (this->result < 0) {
      this->fail_with(ready, this->result, what);
      return;
    }
    try {
      // A loop's ring tries the first read itself, together with what else it is asked for; by then
      // the peer may have sent.
      const bool by_ring = this->owner != &held_->owner() &&
                           this->owner->backend() == weft::detail::io_backend::uring;
      this->complete_into(ready, detail::stream_maker<Stream>::make(this->result, by_ring));
    } catch (...) {
      this->fail_into(ready, std::current_exception());
    }
  }

 private:
  target_ref<io_target> held_;
};

}  // namespace

template <class Stream>
Stream detail::stream_maker<Stream>::make(int descriptor, bool silent) {
  constexpr auto kind = std::same_as<Stream, tcp_stream> ? weft::detail::stream_kind::tcp
                                                         : weft::detail::stream_kind::unix_socket;
  return Stream(weft::detail::make_stream(descriptor, kind, silent));
}

template <class Stream>
listener<Stream>::listener(int descriptor) {
  detail::descriptor owned(descriptor);
  target_ = weft::detail::io_handle(new io_target(weft::detail::default_reactor(), descriptor));
  (void)owned.take();
}

template <class Stream>
io_target& listener<Stream>::target() const {
  if (!target_) {
    throw object_disposed("listener");
  }
  return *target_;
}

template <class Stream>
value_task<Stream> listener<Stream>::accept(std::stop_token stop) {
  io_target& t = target();
  if (stop.stop_requested()) {
    return weft::detail::failed_task<Stream>(
        weft::detail::io_failure(weft::detail::io_cancel::stop, -ECANCELED, what, stop));
  }
  while (t.take_ready(io_direction::in)) {
    const int fd = weft::detail::perform_now(t, io_op::accept, nullptr, 0);
    if (fd == -EAGAIN) {
      break;
    }
    t.mark_ready(io_direction::in);
    if (fd >= 0) {
      return value_task<Stream>(detail::stream_maker<Stream>::make(fd));
    }
    if (!concerns_one_connection(fd)) {
      return weft::detail::failed_task<Stream>(weft::detail::io_failure({}, fd, what, stop));
    }
  }
  using operation = accept_operation<Stream>;
  return operation::start(frame_new<operation>(t), std::move(stop));
}

template struct detail::stream_maker<tcp_stream>;
template struct detail::stream_maker<unix_stream>;
template class listener<tcp_stream>;
template class listener<unix_stream>;

}  // namespace weft::net
