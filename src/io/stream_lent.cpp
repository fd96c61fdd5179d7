// Writing without a copy: the kernel reads the caller's memory until the peer has acknowledged it.

#include <weft/base/error.hpp>
#include <weft/io/stream.hpp>

#include "stream_state.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace weft::detail {
namespace {

constexpr const char* lending = "write_zero_copy";
constexpr std::size_t largest = std::size_t{1} << 30;  // results are int

// What the kernel answers when it cannot lend, now (no room in the locked memory, an interruption)
// or ever; nothing was sent.
bool must_copy(int result) noexcept {
  switch (result) {
    case -ENOMEM:
    case -ENOBUFS:
    case -EINVAL:
    case -EOPNOTSUPP:
    case -EAGAIN:
    case -EINTR:
    case -ECANCELED:
      return true;
    default:
      return false;
  }
}

class lent_operation final : public stream_operation<void, lent_operation> {
 public:
  lent_operation(stream_state& s, const_buffer from) noexcept
      : stream_operation(lending, s, io_op::send_zero_copy), left_(from.size()) {
    buffer = const_cast<void*>(from.data());
    length = std::min(left_, largest);
  }

  void on_result(job_list& ready) noexcept {
    // order: relaxed; the reactor has finished with the request.
    const bool unwanted = reason.load(std::memory_order_relaxed) != io_cancel::none;
    if (cut) {  // whatever was sent, the peer may not have got it
      result = -ECANCELED;
    } else if (!unwanted && op == io_op::send_zero_copy && must_copy(result)) {
      op = io_op::send;
      resubmit();
      return;
    } else if (result >= 0 && static_cast<std::size_t>(result) < left_) {
      advance(static_cast<std::size_t>(result));
      resubmit();
      return;
    }
    end();
    if (result < 0) {
      fail_with(ready, result, std::string(state().kind.name) + "::" + lending);
    } else {
      complete_into(ready);
    }
  }

 private:
  void advance(std::size_t n) noexcept {
    buffer = static_cast<char*>(buffer) + n;
    left_ -= n;
    length = std::min(left_, largest);
  }

  std::size_t left_;
};

}  // namespace

value_task<> write_lent(stream_state& s, const_buffer from, std::stop_token stop) {
  if (stop.stop_requested() || s.expired()) {
    const auto why = stop.stop_requested() ? io_cancel::stop : io_cancel::deadline;
    return failed_task<void>(
        io_failure(why, -ECANCELED, std::string(s.kind.name) + "::" + lending, stop));
  }
  return lent_operation::start(frame_new<lent_operation>(s, from), std::move(stop));
}

}  // namespace weft::detail
