#pragma once
/// `address`, `endpoint`: where sockets are.

#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace weft::net {

/// An IPv4 or IPv6 address. A value; the default is 0.0.0.0.
class address {
 public:
  constexpr address() noexcept = default;
  [[nodiscard]] static address v4(std::array<std::uint8_t, 4> bytes) noexcept;
  /// `scope`: the interface of a link-local address.
  [[nodiscard]] static address v6(std::array<std::uint8_t, 16> bytes,
                                  std::uint32_t scope = 0) noexcept;
  [[nodiscard]] static address loopback() noexcept { return v4({127, 0, 0, 1}); }
  /// All interfaces, IPv4.
  [[nodiscard]] static address any() noexcept { return address(); }

  /// Reads "127.0.0.1", "::1", "fe80::1%eth0". **Returns** nothing for anything else, names
  /// included.
  [[nodiscard]] static std::optional<address> parse(std::string_view text);

  [[nodiscard]] bool is_v6() const noexcept { return is_v6_; }
  [[nodiscard]] bool is_loopback() const noexcept;
  /// Network order; IPv4 uses the first four.
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint32_t scope() const noexcept { return scope_; }
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const address&, const address&) = default;
  friend auto operator<=>(const address&, const address&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::uint32_t scope_ = 0;
  bool is_v6_ = false;
};

/// A host, by name or address, and a port. No aggregate on purpose: it may stand as a temporary in
/// a `co_await`.
class endpoint {
 public:
  endpoint() noexcept = default;
  /// **Throws** `std::out_of_range` for a port outside 0 … 65535.
  endpoint(std::string host, std::integral auto port)
      : host_(std::move(host)), port_(checked_port(port)), address_(net::address::parse(host_)) {}
  endpoint(const net::address& where, std::integral auto port)
      : host_(where.to_string()), port_(checked_port(port)), address_(where) {}

  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// The host if it is an address, nothing if it is a name.
  [[nodiscard]] const std::optional<net::address>& address() const noexcept { return address_; }
  /// "host:port", "[::1]:port".
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const endpoint&, const endpoint&) = default;

 private:
  [[nodiscard]] static std::uint16_t checked_port(std::integral auto port) {
    if (!std::in_range<std::uint16_t>(port)) {
      throw_bad_port(std::to_string(port));
    }
    return static_cast<std::uint16_t>(port);
  }
  [[noreturn]] static void throw_bad_port(const std::string& port);

  std::string host_;
  std::uint16_t port_ = 0;
  std::optional<net::address> address_;
};

}  // namespace weft::net
