#pragma once
/// `unix_stream`, `unix_listener`: stream sockets that are named by a path.

#include <weft/io/stream.hpp>
#include <weft/net/listener.hpp>
#include <weft/task/value_task.hpp>

#include <stop_token>
#include <string>
#include <utility>

namespace weft::net {

/// A connection on this machine; reading and writing as `byte_stream` says.
class unix_stream : public byte_stream {
 public:
  unix_stream() noexcept = default;

  /// Connects to a listener's path; a leading '@' names one outside the file system (Linux's
  /// abstract names).
  /// **Throws** `std::system_error`; `std::invalid_argument` when the path is too long.
  [[nodiscard]] static value_task<unix_stream> connect(std::string path, std::stop_token stop = {});
  /// Two that are connected with each other.
  [[nodiscard]] static std::pair<unix_stream, unix_stream> pair();

  void shutdown_write();

 private:
  template <class Stream>
  friend struct detail::stream_maker;
  explicit unix_stream(weft::detail::stream_state* state) noexcept : byte_stream(state) {}
};

class unix_listener : public listener<unix_stream> {
 public:
  unix_listener() noexcept = default;

  /// Listens at a path, which must not exist yet; it is not removed at the end.
  /// **Throws** as `unix_stream::connect`.
  [[nodiscard]] static unix_listener bind(const std::string& path, int backlog = 1024);

 private:
  using listener::listener;
};

}  // namespace weft::net
