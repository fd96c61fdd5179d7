#pragma once
/// `tcp_stream`, `tcp_listener`.

#include <weft/io/stream.hpp>
#include <weft/net/address.hpp>
#include <weft/net/listener.hpp>
#include <weft/task/value_task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <vector>

namespace weft::net {

namespace detail {
struct tcp_test;
}

/// How a silent peer is asked whether it lives.
struct tcp_keep_alive {
  std::chrono::seconds idle{60};      ///< Silence before the first question.
  std::chrono::seconds interval{10};  ///< Between questions.
  int probes = 6;                     ///< Unanswered questions until the connection is given up.
};

/// A TCP connection; reading and writing as `byte_stream` says. Small writes are sent at once
/// (TCP_NODELAY).
class tcp_stream : public byte_stream {
 public:
  /// Not connected: every operation throws `object_disposed`.
  tcp_stream() noexcept = default;

  /// Connects to the first address of the host that answers. Of a name's addresses the families
  /// take turns; each has a quarter of a second before the next one is tried beside it.
  /// **Throws** `std::system_error`: the last address's error, or that of resolving.
  /// **Source**: RFC 8305; .NET tries one after the other.
  [[nodiscard]] static value_task<tcp_stream> connect(endpoint remote, std::stop_token stop = {});

  /// `write_all` without a copy: the kernel sends from `from` itself, and the operation completes
  /// when it needs it no more, that is when the peer has acknowledged all.
  /// **Cancellation** (token, deadline, `close`, dropping the task): nothing is sent when the
  /// kernel has not begun; else the connection is reset, since only then does the kernel let go,
  /// and the stream's later operations throw.
  /// **Lifetime**: `from` must neither change nor go before the operation has completed.
  /// **Cost**: two answers of the kernel, and pages held; pays on a real network from some ten KiB
  /// on, and never over loopback, where the kernel copies after all. Less than
  /// `least_without_copy`, and where the kernel cannot (epoll, Linux before 6.0, locked memory
  /// exhausted): copied, as by `write_all`, and cancelled like it.
  [[nodiscard]] value_task<> write_zero_copy(const_buffer from, std::stop_token stop = {});

  static constexpr std::size_t least_without_copy = 16 * 1024;

  /// Sends the end of this direction; reading goes on.
  void shutdown_write();
  /// False: small writes are gathered (Nagle's algorithm).
  void set_no_delay(bool on);
  /// Whether the kernel asks a silent peer if it still lives; one that does not answer ends reads
  /// and writes with `std::system_error` (timed_out). **Throws** `std::invalid_argument` for times
  /// below a second.
  void set_keep_alive(bool on, tcp_keep_alive times = {});

  [[nodiscard]] endpoint local_endpoint() const;
  [[nodiscard]] endpoint remote_endpoint() const;

 private:
  template <class Stream>
  friend struct detail::stream_maker;
  explicit tcp_stream(weft::detail::stream_state* state) noexcept : byte_stream(state) {}

  class race;
  friend struct detail::tcp_test;
  [[nodiscard]] static value_task<tcp_stream> connect_to(net::address to, std::uint16_t port,
                                                         std::stop_token stop);
  [[nodiscard]] static value_task<tcp_stream> connect_any(std::vector<net::address> candidates,
                                                          endpoint name, std::stop_token stop);
};

struct tcp_listener_options {
  int backlog = 1024;       ///< Connections that the kernel keeps until they are accepted.
  bool reuse_port = false;  ///< Other listeners of this user may have the same port: the kernel
                            ///< deals connections out among them (SO_REUSEPORT).
  bool only_v6 = false;     ///< "::" does not take IPv4 connections.
};

/// Accepts TCP connections. Move-only; its end closes it.
class tcp_listener : public listener<tcp_stream> {
 public:
  tcp_listener() noexcept = default;

  /// Listens at an address of this machine ("localhost" is 127.0.0.1, an empty host all
  /// interfaces); port 0: a free one, see `local_endpoint`. Sets SO_REUSEADDR.
  /// **Throws** `std::system_error`; `std::invalid_argument` for a host that is no address.
  [[nodiscard]] static tcp_listener bind(endpoint local, int backlog = default_backlog);
  [[nodiscard]] static tcp_listener bind(endpoint local, tcp_listener_options options);

  [[nodiscard]] endpoint local_endpoint() const;

  /// Connections that the kernel keeps until they are accepted.
  static constexpr int default_backlog = 1024;

 private:
  using listener::listener;
};

}  // namespace weft::net
