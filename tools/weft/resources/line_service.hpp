#pragma once

#include <weft/net.hpp>
#include <weft/task.hpp>

#include <chrono>

namespace weft::tour {

/// Answers each line with a line, `delay` later; a connection at a time each in a coroutine. Ends
/// with the process.
[[nodiscard]] task<> serve_lines(net::tcp_listener listener, std::chrono::milliseconds delay);

}  // namespace weft::tour
