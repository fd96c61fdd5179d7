#pragma once
/// `weft serve`: the demo service.

#include <cstdint>
#include <string>

namespace weft::serve {

struct serve_options {
  std::uint16_t port = 8080;  ///< 0: any free one.
  std::string address = "127.0.0.1";
};

/// Serves until SIGINT or SIGTERM, then ends the requests that run and returns 0; 1 when the port
/// cannot be had.
/// **Pre**: no other thread runs yet, so that the signals come to this one.
[[nodiscard]] int run_serve(const serve_options& options);

}  // namespace weft::serve
