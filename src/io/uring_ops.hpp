#pragma once
/// What a request is in an entry of io_uring's submission queue: of both kinds of reactors.

#include "io_core.hpp"
#include "uring_ring.hpp"

#include <algorithm>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

namespace weft::detail {

inline constexpr std::size_t largest_transfer = std::size_t{1} << 30;  // results are int
inline constexpr std::uint64_t wake_data = 0;
inline constexpr std::uint64_t cancel_tag = 1;

inline unsigned capped(std::size_t n) noexcept {
  return static_cast<unsigned>(std::min(n, largest_transfer));
}

// Polled, and then done by the plain call: what the ring would not wait for, because it honours the
// descriptor's O_NONBLOCK.
inline bool polls(const io_request& r) noexcept {
  return r.op == io_op::read_stream || r.op == io_op::write_stream ||
         r.op == io_op::wait_readable || r.op == io_op::wait_writable ||
         (r.by_hand && is_stream(r.op));
}

// The kernel reads a path and a msghdr from where they lie; all else is in the SQE.
inline void fill_uring(io_uring_sqe* sqe, io_request& r) noexcept {
  const int fd = r.target != nullptr ? r.target->fd() : AT_FDCWD;
  sqe->user_data = reinterpret_cast<std::uint64_t>(&r);
  if (polls(r)) {
    io_uring_prep_poll_add(sqe, fd, direction_of(r.op) == io_direction::in ? POLLIN : POLLOUT);
    return;
  }
  switch (r.op) {
    case io_op::receive:
      io_uring_prep_recv(sqe, fd, r.buffer, capped(r.length), 0);
      break;
    case io_op::send:
      io_uring_prep_send(sqe, fd, r.buffer, capped(r.length), MSG_NOSIGNAL);
      break;
    case io_op::receive_message:
      io_uring_prep_recvmsg(sqe, fd, static_cast<msghdr*>(r.buffer), MSG_CMSG_CLOEXEC);
      break;
    case io_op::send_message:
      io_uring_prep_sendmsg(sqe, fd, static_cast<const msghdr*>(r.buffer), MSG_NOSIGNAL);
      break;
    case io_op::send_zero_copy:
      io_uring_prep_send_zc(sqe, fd, r.buffer, capped(r.length), MSG_NOSIGNAL | MSG_WAITALL, 0);
      break;
    case io_op::accept:
      io_uring_prep_accept(sqe, fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      break;
    case io_op::read_at:
      io_uring_prep_read(sqe, fd, r.buffer, capped(r.length), r.offset);
      break;
    case io_op::write_at:
      io_uring_prep_write(sqe, fd, r.buffer, capped(r.length), r.offset);
      break;
    case io_op::read_vector_at:
      io_uring_prep_readv(sqe, fd, static_cast<const iovec*>(r.buffer), capped(r.length), r.offset);
      break;
    case io_op::write_vector_at:
      io_uring_prep_writev(sqe, fd, static_cast<const iovec*>(r.buffer), capped(r.length),
                           r.offset);
      break;
    case io_op::sync:
      io_uring_prep_fsync(sqe, fd, r.length == 0 ? 0 : IORING_FSYNC_DATASYNC);
      break;
    case io_op::open:
      io_uring_prep_openat(sqe, fd, static_cast<const char*>(r.buffer), static_cast<int>(r.length),
                           static_cast<mode_t>(r.offset));
      break;
    default:
      io_uring_prep_nop(sqe);  // never comes here
      break;
  }
}

// Asks the kernel to cancel `r`, whose answer is to come all the same. False: no room.
[[nodiscard]] inline bool prepare_cancel(uring_ring& ring, io_request& r) noexcept {
  io_uring_sqe* const sqe = ring.next_sqe();
  if (sqe == nullptr) {
    return false;
  }
  io_uring_prep_cancel64(sqe, reinterpret_cast<std::uint64_t>(&r), 0);
  sqe->user_data = reinterpret_cast<std::uint64_t>(&r) | cancel_tag;
  ring.publish();
  return true;
}

// Whether a plain call is likely to succeed next. A guess too low costs nothing: the ring tries
// first as well.
inline bool leaves_more(const io_uring_cqe& cqe, const io_request& r) noexcept {
  switch (r.op) {
    case io_op::receive:
    case io_op::accept:  // Linux 6.10; before, the ring is asked for each one
      return (cqe.flags & IORING_CQE_F_SOCK_NONEMPTY) != 0;
    case io_op::send:
      return static_cast<std::size_t>(cqe.res) == r.length;
    default:
      return !transfers_bytes(r.op);
  }
}

}  // namespace weft::detail
