#pragma once
/// `udp_socket`.

#include <weft/io/buffer.hpp>
#include <weft/io/stream.hpp>
#include <weft/net/address.hpp>
#include <weft/task/value_task.hpp>

#include <cstddef>
#include <stop_token>
#include <string>

namespace weft::net {

/// What `receive_from` gives.
class datagram {
 public:
  datagram(std::size_t size, endpoint from, bool truncated) noexcept
      : size_(size), from_(std::move(from)), truncated_(truncated) {}
  /// Bytes in the buffer.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const endpoint& from() const noexcept { return from_; }
  /// It was longer than the buffer; the rest is lost.
  [[nodiscard]] bool is_truncated() const noexcept { return truncated_; }

 private:
  std::size_t size_;
  endpoint from_;
  bool truncated_;
};

struct udp_socket_options {
  bool reuse_address = false;  ///< Others may have the same port: each multicast comes to all.
  bool reuse_port = false;     ///< The kernel deals datagrams out among them (SO_REUSEPORT).
};

/// A UDP socket. Move-only; its end closes it. Errors, completion, cancellation, deadline and
/// lifetimes as `byte_stream`.
class udp_socket : private byte_stream {
 public:
  udp_socket() noexcept = default;
  /// At an address of this machine; port 0: a free one.
  [[nodiscard]] static udp_socket bind(endpoint local, udp_socket_options options = {});

  /// Sends one datagram. **Pre**: `to` is an address; resolve names first. **Throws**
  /// `std::invalid_argument` otherwise.
  [[nodiscard]] value_task<> send_to(std::string data, endpoint to, std::stop_token stop = {});
  [[nodiscard]] value_task<> send_to(const_buffer data, endpoint to, std::stop_token stop = {});
  /// Receives one datagram.
  [[nodiscard]] value_task<datagram> receive_from(mutable_buffer into, std::stop_token stop = {});

  /// From now on datagrams go to this peer and come from no other; that nobody listens there comes
  /// out of the next operation (connection_refused). **Pre**, **Throws** as `send_to`.
  void connect(const endpoint& peer);
  /// To the peer. **Pre**: `connect`.
  [[nodiscard]] value_task<> send(std::string data, std::stop_token stop = {});
  [[nodiscard]] value_task<> send(const_buffer data, std::stop_token stop = {});

  /// Receives what is sent to a group, too. `by`: an address of the interface (IPv4); for IPv6 the
  /// group's scope says it; none: the system chooses.
  void join(const address& group, const address& by = address::any());
  void leave(const address& group, const address& by = address::any());
  /// Through which interface groups are sent to (IPv4), how many routers let it pass (1 unless
  /// said), whether this machine hears it (it does, unless said).
  void set_multicast(const address& by, int hops = 1, bool loop = true);
  void set_broadcast(bool on);

  [[nodiscard]] endpoint local_endpoint() const;
  using byte_stream::close;
  using byte_stream::is_open;
  using byte_stream::set_deadline;

 private:
  explicit udp_socket(weft::detail::stream_state* state) noexcept : byte_stream(state) {}
};

}  // namespace weft::net
