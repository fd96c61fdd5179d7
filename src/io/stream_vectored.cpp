// Writing several buffers as one.

#include <weft/base/error.hpp>
#include <weft/io/stream.hpp>

#include "stream_state.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <limits.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace weft {

namespace detail {
namespace {

constexpr const char* vectored = "write_vectored";

// What is left of the buffers, as the system wants it.
class gathered {
 public:
  explicit gathered(std::span<const const_buffer> from) {
    parts_.reserve(from.size());
    for (const const_buffer& one : from) {
      if (one.size() != 0) {
        parts_.push_back({const_cast<void*>(one.data()), one.size()});
      }
    }
  }

  [[nodiscard]] bool done() const noexcept { return first_ == parts_.size(); }
  /// Valid until the next call of a member.
  [[nodiscard]] msghdr* header() noexcept {
    header_ = msghdr{};
    header_.msg_iov = parts_.data() + first_;
    header_.msg_iovlen = std::min<std::size_t>(parts_.size() - first_, IOV_MAX);
    return &header_;
  }
  void advance(std::size_t n) noexcept {
    while (first_ < parts_.size() && n >= parts_[first_].iov_len) {
      n -= parts_[first_++].iov_len;
    }
    if (n != 0) {
      iovec& part = parts_[first_];
      part = {static_cast<char*>(part.iov_base) + n, part.iov_len - n};
    }
  }

 private:
  std::vector<iovec> parts_;
  std::size_t first_ = 0;
  msghdr header_{};
};

class vectored_operation final : public stream_operation<void, vectored_operation> {
 public:
  vectored_operation(stream_state& s, gathered rest) noexcept
      : stream_operation(vectored, s, io_op::send_message), rest_(std::move(rest)) {
    buffer = rest_.header();
  }

  void on_result(job_list& ready) noexcept {
    if (result >= 0) {
      rest_.advance(static_cast<std::size_t>(result));
      if (!rest_.done()) {
        buffer = rest_.header();
        resubmit();
        return;
      }
    }
    end();
    if (result < 0) {
      fail_with(ready, result, std::string(state().kind.name) + "::" + vectored);
    } else {
      complete_into(ready);
    }
  }

 private:
  gathered rest_;
};

}  // namespace
}  // namespace detail

value_task<> byte_stream::write_vectored(std::span<const const_buffer> parts,
                                         std::stop_token stop) {
  detail::stream_state& s = state();
  if (s.kind.write != detail::io_op::send) {  // a pipe: nothing waits for several buffers there
    std::string joined;
    for (const const_buffer& one : parts) {
      joined.append(static_cast<const char*>(one.data()), one.size());
    }
    return write_all(std::move(joined), std::move(stop));
  }
  const std::string name = std::string(s.kind.name) + "::" + detail::vectored;
  if (stop.stop_requested() || s.expired()) {
    const auto why = stop.stop_requested() ? detail::io_cancel::stop : detail::io_cancel::deadline;
    return detail::failed_task<void>(detail::io_failure(why, -ECANCELED, name, stop));
  }
  detail::gathered rest(parts);
  while (!rest.done() && s.take_ready(detail::io_direction::out)) {
    const int n = detail::perform_now(s, detail::io_op::send_message, rest.header(), 0);
    if (n == -EAGAIN) {
      break;
    }
    s.mark_ready(detail::io_direction::out);
    if (n < 0) {
      return detail::failed_task<void>(detail::io_failure({}, n, name, stop));
    }
    rest.advance(static_cast<std::size_t>(n));
  }
  if (rest.done()) {
    return value_task<>();
  }
  using operation = detail::vectored_operation;
  return operation::start(detail::frame_new<operation>(s, std::move(rest)), std::move(stop));
}

}  // namespace weft
