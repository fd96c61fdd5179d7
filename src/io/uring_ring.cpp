#include "uring_ring.hpp"

#include <cerrno>
#include <csignal>
#include <utility>

namespace weft::detail {

int uring_ring::open(unsigned entries, unsigned setup) noexcept {
  for (;; entries /= 4) {
    io_uring_params params{};
    params.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | setup;
    params.cq_entries = entries * completions_per_submission;
    const int error = -io_uring_queue_init_params(entries, &ring_, &params);
    if (error == 0) {
      open_ = true;
      always_ = 0;
      fd_ = ring_.ring_fd;
      return 0;
    }
    if (error != ENOMEM || entries / 4 < smallest) {
      return error;
    }
  }
}

void uring_ring::close() noexcept {
  if (std::exchange(open_, false)) {
    io_uring_queue_exit(&ring_);
  }
}

// Not liburing's calls: who closes the ring may be another thread than used it, with another ring
// at that number of its own table, and they would take that one out.
void uring_ring::register_with_thread() noexcept {
  io_uring_rsrc_update entry{};
  entry.offset = ~0U;
  entry.data = static_cast<std::uint64_t>(ring_.ring_fd);
  if (io_uring_register(static_cast<unsigned>(ring_.ring_fd), IORING_REGISTER_RING_FDS, &entry,
                        1) == 1) {
    fd_ = static_cast<int>(entry.offset);
    always_ |= IORING_ENTER_REGISTERED_RING;
  }
}

void uring_ring::unregister_from_thread() noexcept {
  if ((always_ & IORING_ENTER_REGISTERED_RING) != 0) {
    io_uring_rsrc_update entry{};
    entry.offset = static_cast<unsigned>(fd_);
    static_cast<void>(io_uring_register(static_cast<unsigned>(ring_.ring_fd),
                                        IORING_UNREGISTER_RING_FDS, &entry, 1));
    always_ &= ~IORING_ENTER_REGISTERED_RING;
    fd_ = ring_.ring_fd;
  }
}

int uring_ring::enter(unsigned submit, bool wait, std::int64_t timeout_ns) noexcept {
  __kernel_timespec limit{};
  io_uring_getevents_arg arg{};
  const bool limited = wait && timeout_ns >= 0;
  if (limited) {
    limit.tv_sec = timeout_ns / 1'000'000'000;
    limit.tv_nsec = timeout_ns % 1'000'000'000;
    arg.ts = reinterpret_cast<std::uint64_t>(&limit);
  }
  const unsigned flags =
      always_ | (wait ? IORING_ENTER_GETEVENTS : 0U) | (limited ? IORING_ENTER_EXT_ARG : 0U);
  return io_uring_enter2(static_cast<unsigned>(fd_), submit, wait ? 1 : 0, flags,
                         limited ? reinterpret_cast<sigset_t*>(&arg) : nullptr,
                         limited ? sizeof arg : _NSIG / 8);
}

}  // namespace weft::detail
