#pragma once
/// `http::url`: an absolute address, taken apart.

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::http {

/// Where a request goes. Made by parsing only, so what stands in it is well-formed.
class url {
 public:
  /// Pre: `text` is an absolute `http` or `https` address.
  /// Throws: std::invalid_argument that says what is wrong with it.
  /// Source: RFC 3986.
  explicit url(std::string_view text);

  [[nodiscard]] const std::string& scheme() const noexcept { return scheme_; }  ///< lower case
  /// For the resolver: lower case, an IPv6 address without its brackets.
  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  [[nodiscard]] std::uint16_t port() const noexcept {
    return port_;
  }  ///< that of the scheme if none is given
  /// Path and query, as they stand in a request line; at least `/`. The fragment is not sent and
  /// not kept.
  [[nodiscard]] const std::string& target() const noexcept { return target_; }
  /// For the Host header: the port only if it is not the scheme's own, IPv6 addresses in brackets.
  [[nodiscard]] std::string authority() const;

  /// The address that `reference` (a Location header) means when it stands in this one's answer.
  /// Throws: std::invalid_argument.
  [[nodiscard]] url resolve(std::string_view reference) const;

 private:
  std::string scheme_;
  std::string host_;
  std::uint16_t port_ = 0;
  std::string target_;
};

}  // namespace weft::http
