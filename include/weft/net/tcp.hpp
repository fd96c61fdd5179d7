#pragma once
/// `tcp_stream`, `tcp_listener`.

#include <weft/io/stream.hpp>
#include <weft/net/address.hpp>
#include <weft/net/listener.hpp>
#include <weft/task/value_task.hpp>

#include <stop_token>

namespace weft::net {

/// A TCP connection; reading and writing as `byte_stream` says. Small writes are sent at once
/// (TCP_NODELAY).
class tcp_stream : public byte_stream {
 public:
  /// Not connected: every operation throws `object_disposed`.
  tcp_stream() noexcept = default;

  /// Connects to the first address of the host that answers.
  /// **Throws** `std::system_error`: the last address's error, or that of resolving.
  [[nodiscard]] static value_task<tcp_stream> connect(endpoint remote, std::stop_token stop = {});

  /// Sends the end of this direction; reading goes on.
  void shutdown_write();
  /// False: small writes are gathered (Nagle's algorithm).
  void set_no_delay(bool on);

  [[nodiscard]] endpoint local_endpoint() const;
  [[nodiscard]] endpoint remote_endpoint() const;

 private:
  template <class Stream>
  friend struct detail::stream_maker;
  explicit tcp_stream(weft::detail::stream_state* state) noexcept : byte_stream(state) {}
};

/// Accepts TCP connections. Move-only; its end closes it.
class tcp_listener : public listener<tcp_stream> {
 public:
  tcp_listener() noexcept = default;

  /// Listens at an address of this machine ("localhost" is 127.0.0.1, an empty host all
  /// interfaces); port 0: a free one, see `local_endpoint`. Sets SO_REUSEADDR.
  /// **Throws** `std::system_error`; `std::invalid_argument` for a host that is no address.
  [[nodiscard]] static tcp_listener bind(endpoint local, int backlog = default_backlog);

  [[nodiscard]] endpoint local_endpoint() const;

  /// Connections that the kernel keeps until they are accepted.
  static constexpr int default_backlog = 1024;

 private:
  using listener::listener;
};

}  // namespace weft::net
