#pragma once
/// `udp_socket`.

#include <weft/io/buffer.hpp>
#include <weft/io/target.hpp>
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

/// A UDP socket. Move-only; its end closes it. Errors, completion, cancellation and lifetimes as
/// `byte_stream`.
class udp_socket {
 public:
  udp_socket() noexcept = default;
  /// At an address of this machine; port 0: a free one.
  [[nodiscard]] static udp_socket bind(endpoint local);

  /// Sends one datagram. **Pre**: `to` is an address; resolve names first. **Throws**
  /// `std::invalid_argument` otherwise.
  [[nodiscard]] value_task<> send_to(std::string data, endpoint to, std::stop_token stop = {});
  [[nodiscard]] value_task<> send_to(const_buffer data, endpoint to, std::stop_token stop = {});
  /// Receives one datagram.
  [[nodiscard]] value_task<datagram> receive_from(mutable_buffer into, std::stop_token stop = {});

  [[nodiscard]] endpoint local_endpoint() const;
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(target_); }
  void close() noexcept { target_.reset(); }

 private:
  explicit udp_socket(int descriptor);
  [[nodiscard]] weft::detail::io_target& target() const;

  weft::detail::io_handle target_;
};

}  // namespace weft::net
