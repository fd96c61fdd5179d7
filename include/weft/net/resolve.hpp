#pragma once
/// `resolve`: names to addresses.

#include <weft/net/address.hpp>
#include <weft/task/task.hpp>

#include <stop_token>
#include <string>
#include <system_error>
#include <vector>

namespace weft::net {

/// Errors of name resolution, as `getaddrinfo` numbers them.
[[nodiscard]] const std::error_category& resolve_category() noexcept;

/// The addresses of a host, in the system's order of preference; an address is its own.
/// **Throws** `std::system_error` of `resolve_category` when there are none.
/// **Completes on** a worker of the default pool; for an address, at once.
/// **Cancellation**: ends at once; the resolver's own call goes on unseen.
/// **Cost**: `getaddrinfo` on a blocking thread; in a program that links all of `weft::dns`, as
/// `dns_resolver` says.
[[nodiscard]] task<std::vector<address>> resolve(std::string host, std::stop_token stop = {});

namespace detail {

/// By `getaddrinfo`. **Pre**: `host` is neither empty nor an address, and holds no zero byte.
[[nodiscard]] task<std::vector<address>> resolve_by_system(std::string host, std::stop_token stop);

}  // namespace detail
}  // namespace weft::net
