#pragma once
/// The state behind a `byte_stream`: target, deadline, and what `read_until` received too much.

#include <weft/io/operation.hpp>
#include <weft/io/target.hpp>
#include <weft/time/timer_wheel.hpp>

#include <cstdint>
#include <string>

namespace weft::detail {

/// What the operations of a kind of stream are called, in the kernel and in messages.
struct stream_traits {
  const char* name;   ///< "tcp_stream"
  const char* label;  ///< of trace events: "socket", "pipe"
  io_op read;
  io_op write;
  bool short_is_all;  ///< See io_target; for epoll, which says only once that there is something.
};

inline constexpr stream_traits tcp_traits{"weft::net::tcp_stream", "socket", io_op::receive,
                                          io_op::send, true};
inline constexpr stream_traits unix_traits{"weft::net::unix_stream", "socket", io_op::receive,
                                           io_op::send, false};
inline constexpr stream_traits pipe_traits{"weft::os::pipe", "pipe", io_op::read_stream,
                                           io_op::write_stream, true};
inline constexpr stream_traits other_traits{"weft::any_fd", "descriptor", io_op::read_stream,
                                            io_op::write_stream, false};
inline constexpr stream_traits udp_traits{"weft::net::udp_socket", "socket", io_op::receive,
                                          io_op::send, false};
inline constexpr stream_traits unix_datagram_traits{"weft::net::unix_datagram", "socket",
                                                    io_op::receive, io_op::send, false};

class stream_state final : public io_target {
 public:
  stream_state(reactor& owner, int descriptor, const stream_traits& what) noexcept
      : io_target(owner, descriptor, owner.backend() == io_backend::uring || what.short_is_all),
        kind(what) {}

  /// Also takes the deadline back.
  void close() noexcept;

  static constexpr std::int64_t never = timer_wheel::never;

  /// **Thread-safety**: not with itself or with `close`.
  void set_deadline(std::int64_t due_ns);

  const stream_traits& kind;

  // Belongs to the one reader.
  std::string received;  // from `taken` on: not yet read
  std::size_t taken = 0;
  bool await_writer =
      false;  // a named pipe that nobody has opened for writing yet: its end is no end

 private:
  struct deadline : timer_node {
    stream_state* owner;  // counted
  };
  static void on_deadline(timer_node* node, job_list& ready) noexcept;
  [[nodiscard]] deadline* disarm() noexcept;  // pre: locked
  void arm(deadline* node) noexcept;          // pre: locked

  // Guarded by deadline_mutex_. A node that fires without being ours frees itself.
  lock deadline_mutex_;
  deadline* armed_ = nullptr;
  std::int64_t armed_ns_ = never;  // when it fires; it arms itself anew when due_ns_ is later
  std::int64_t due_ns_ = never;
};

/// A request for the operation that one end of the stream needs; counted reference included.
template <class T, class Derived>
class stream_operation : public io_operation<T, Derived> {
 public:
  stream_operation(const char* name, stream_state& s, io_op what) noexcept
      : io_operation<T, Derived>(name, s.kind.label, what, s.owner()), state_(&s) {
    s.add_reference();
    this->target = &s;
  }

 protected:
  [[nodiscard]] stream_state& state() const noexcept { return *state_; }

 private:
  target_ref<stream_state> state_;
};

}  // namespace weft::detail
