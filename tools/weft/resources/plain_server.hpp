#pragma once
/// A synchronous HTTP server, to compare with: blocking sockets, a blocked thread for each request.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace weft::tour {

/// How a synchronous server uses threads.
enum class plain_threads : std::uint8_t {
  fixed,        ///< A fixed number, each with one request at a time.
  per_request,  ///< A new one for each.
};

/// Starts a server that answers every request after `delay`, and runs until the process ends.
/// **Returns** its port on loopback. **Throws** `std::system_error`.
[[nodiscard]] std::uint16_t start_plain_server(plain_threads kind, std::size_t threads,
                                               std::chrono::milliseconds delay);

}  // namespace weft::tour
