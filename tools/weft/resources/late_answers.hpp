#pragma once
/// A name server and serial devices whose answers are delayed, for the process of the resources.

#include <weft/net.hpp>
#include <weft/task.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace weft::tour {

/// Answers each question for a name with 127.0.0.1, `delay` later, all at the same time. Ends with
/// the process.
[[nodiscard]] task<> serve_names(net::udp_socket socket, std::chrono::milliseconds delay);

/// What `serve_names` is asked for a name: one datagram, RFC 1035.
[[nodiscard]] std::string name_question(const std::string& name);

/// A pseudo terminal with a device behind it that answers each line with "done", `delay` later. It
/// has a thread. **Returns** the path of its port. **Throws** `std::system_error`.
[[nodiscard]] std::string start_device(std::chrono::milliseconds delay);

}  // namespace weft::tour
