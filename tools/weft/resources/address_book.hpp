#pragma once
/// What the process of the external resources tells the one that started it.

#include <weft/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::tour {

struct address_book {
  std::string folder;           ///< Of the named pipes and the database; goes with the process.
  std::uint16_t http_port = 0;  ///< The service, whose answers are delayed.
  std::uint16_t line_port = 0;  ///< A service that answers each line with a line, delayed.
  std::uint16_t name_port = 0;  ///< A name server that knows every name, delayed.
  std::vector<std::string> devices;   ///< Serial ports; what is there answers each line, delayed.
  std::uint16_t small_pool_port = 0;  ///< A synchronous server with as many threads as cores.
  std::uint16_t threads_port = 0;     ///< A synchronous server with a thread for each request.
};
WEFT_JSON(address_book, folder, http_port, line_port, name_port, devices, small_pool_port,
          threads_port)

/// How long a user, a picture and a feed take.
inline constexpr std::chrono::milliseconds source_delay{200};
/// How long a request to the synchronous servers takes, a name, a device, and one of T3, T4 and T9.
inline constexpr std::chrono::milliseconds request_delay{100};
/// Named pipes in the folder, one for each request that reads a picture at the same time: picture1
/// …
inline constexpr std::size_t picture_count = 4;
/// Serial devices.
inline constexpr std::size_t device_count = 4;

}  // namespace weft::tour
