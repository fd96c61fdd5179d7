#pragma once
/// `byte_stream`: what connected sockets and pipes have in common.

#include <weft/base/time_span.hpp>
#include <weft/io/buffer.hpp>
#include <weft/task/value_task.hpp>
#include <weft/time/time_provider.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>

namespace weft {

namespace detail {

class io_target;
class stream_state;
enum class io_op : std::uint8_t;

/// What the system calls of a stream are, and its name in messages.
enum class stream_kind : std::uint8_t { tcp, unix_socket, pipe, other, udp, unix_datagram };

/// The state of a stream over a non-blocking descriptor, which it takes over (also when it throws).
/// `silent`: nothing can have come yet, so the first read need not be tried.
[[nodiscard]] stream_state* make_stream(int descriptor, stream_kind kind, bool silent = false);
[[nodiscard]] io_target& target_of(stream_state& state) noexcept;
/// The first read waits until somebody has opened the pipe for writing.
void await_writer(stream_state& state) noexcept;
/// Completes when `what`, `wait_readable` or `wait_writable`, is possible or an error can be
/// fetched.
[[nodiscard]] value_task<> wait_ready(stream_state& state, io_op what, std::stop_token stop);
[[nodiscard]] value_task<> wait_writable(stream_state& state, std::stop_token stop);
/// Writes all of a socket's data without copying it. **Pre**: the stream's reactor `lends`.
[[nodiscard]] value_task<> write_lent(stream_state& state, const_buffer from, std::stop_token stop);

}  // namespace detail

/// A read needed more bytes than came before the end of the stream. **Source**:
/// EndOfStreamException.
class end_of_stream : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  end_of_stream(const end_of_stream&) noexcept = default;
  ~end_of_stream() override;
};

/// An open stream of bytes. Move-only; its end closes it.
///
/// All operations: **Throws** `operation_canceled` when the token asks, `timeout_error` after the
/// deadline, `object_disposed` when it is closed (also while they are pending), `std::system_error`
/// for what the system reports.
/// **Completes on** the calling thread when it can be done at once, else a worker of the default
/// pool.
/// **Cancellation**: the stream stays usable. With a token nothing is lost but what a
/// `read_exactly` or `write_all` had moved already; a pending read that is dropped instead may take
/// data with it that arrive before the kernel lets go.
/// **Thread-safety**: one read and one write at a time may be pending, from any threads.
/// **Lifetime**: buffers must live until the operation has completed, also after cancelling; the
/// stream itself may be moved or destroyed meanwhile.
/// **Cost**: one system call when it can be done at once, and no allocation; pooled state else.
class byte_stream {
 public:
  byte_stream(byte_stream&& other) noexcept;
  byte_stream& operator=(byte_stream&& other) noexcept;
  ~byte_stream();

  /// False when default-constructed, moved from, or closed.
  [[nodiscard]] bool is_open() const noexcept { return state_ != nullptr; }

  /// Reads what is there, at least one byte. **Returns** how many; 0 at the end of the stream, or
  /// for an empty buffer.
  [[nodiscard]] value_task<std::size_t> read_some(mutable_buffer into, std::stop_token stop = {});

  /// Fills the buffer. **Throws** `end_of_stream` when the stream ends before.
  [[nodiscard]] value_task<> read_exactly(mutable_buffer into, std::stop_token stop = {});

  /// Reads up to and including `delimiter`; what was received beyond it is kept for the next read.
  /// **Returns** the bytes with the delimiter; without it, those before the end of the stream
  /// (none: it has ended).
  /// **Throws** `std::length_error` when `limit` bytes came without it; `std::invalid_argument` for
  /// an empty one.
  [[nodiscard]] value_task<std::string> read_until(std::string delimiter,
                                                   std::size_t limit = default_limit,
                                                   std::stop_token stop = {});
  [[nodiscard]] value_task<std::string> read_until(std::string delimiter, std::stop_token stop) {
    return read_until(std::move(delimiter), default_limit, std::move(stop));
  }
  [[nodiscard]] value_task<std::string> read_until(char delimiter, std::stop_token stop = {}) {
    return read_until(std::string(1, delimiter), default_limit, std::move(stop));
  }

  /// Writes what there is room for, at least one byte. **Returns** how many; 0 for an empty buffer.
  /// Unlike `write_all` it says how far it came, also when it is cancelled: by throwing, nothing
  /// was written.
  [[nodiscard]] value_task<std::size_t> write_some(const_buffer from, std::stop_token stop = {});

  /// Writes all of it.
  [[nodiscard]] value_task<> write_all(const_buffer from, std::stop_token stop = {});
  [[nodiscard]] value_task<> write_all(std::string data, std::stop_token stop = {});

  /// Writes all of several buffers, as if they were one. **Lifetime**: `parts` itself is copied.
  /// **Cost**: one system call for up to 1,024 of them; pipes copy them together.
  [[nodiscard]] value_task<> write_vectored(std::span<const const_buffer> parts,
                                            std::stop_token stop = {});

  /// From `when` on, pending and later operations end with `timeout_error`; setting it anew makes
  /// the stream usable again. `time_point::max()`: none.
  void set_deadline(time_point when);
  /// The same, from now. `infinite`: none. **Throws** `std::invalid_argument` when negative.
  void set_deadline(time_span from_now);

  /// Ends pending operations with `object_disposed`, then closes. Silent the second time.
  /// **Thread-safety**: not while another thread is starting an operation on this object.
  void close() noexcept;

  /// What `read_until` accepts at most when nothing is said.
  static constexpr std::size_t default_limit = 64 * 1024;

 protected:
  byte_stream() noexcept = default;
  explicit byte_stream(detail::stream_state* state) noexcept : state_(state) {}

  /// **Throws** `object_disposed` when there is none.
  [[nodiscard]] detail::stream_state& state() const;
  [[nodiscard]] detail::stream_state* state_or_null() const noexcept { return state_; }

 private:
  detail::stream_state* state_ = nullptr;
};

}  // namespace weft
