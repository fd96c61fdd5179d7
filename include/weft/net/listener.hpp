#pragma once
/// `listener`: what listeners of all kinds of streams have in common.

#include <weft/io/target.hpp>
#include <weft/task/value_task.hpp>

#include <stop_token>

namespace weft::net {

namespace detail {

/// Makes a stream of an accepted or connected descriptor, which it takes over. `silent`: the peer
/// has hardly had the time to send anything.
template <class Stream>
struct stream_maker {
  [[nodiscard]] static Stream make(int descriptor, bool silent = false);
};

}  // namespace detail

template <class Stream>
class listener {
 public:
  /// The next connection.
  /// **Throws** `operation_canceled`; `object_disposed` when it is closed, also meanwhile;
  /// `std::system_error` for what the system reports, such as too many open files: the listener
  /// stays usable and the connection waits.
  /// **Cancellation**: by the token nothing is lost; one that is dropped may take a connection with
  /// it, which is closed.
  /// **Completes on** the calling thread when one waits already, else a worker of the default pool.
  /// **Thread-safety**: any number may be pending, from any threads.
  [[nodiscard]] value_task<Stream> accept(std::stop_token stop = {});

  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(target_); }

  /// Ends pending accepts with `object_disposed`, then closes. Silent the second time.
  /// **Thread-safety**: not while another thread is starting an accept on this object.
  void close() noexcept { target_.reset(); }

 protected:
  listener() noexcept = default;
  explicit listener(int descriptor);

  /// **Throws** `object_disposed` when closed.
  [[nodiscard]] weft::detail::io_target& target() const;

 private:
  weft::detail::io_handle target_;
};

}  // namespace weft::net
