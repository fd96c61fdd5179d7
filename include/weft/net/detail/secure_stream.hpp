#pragma once
/// `secure_stream`: TLS as http sees it, which does without `weft::tls` where that is not linked.
/// Internal to weft.

#include <weft/io/buffer.hpp>
#include <weft/io/stream.hpp>
#include <weft/net/tls_context.hpp>
#include <weft/task/value_task.hpp>
#include <weft/time/time_provider.hpp>

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

namespace weft::net::detail {

/// Operations as those of `tls_stream`, but that an end without close_notify is a
/// `std::system_error` (connection_reset).
class secure_stream {
 public:
  virtual ~secure_stream() = default;
  [[nodiscard]] virtual value_task<std::size_t> read_some(mutable_buffer into,
                                                          std::stop_token stop) = 0;
  [[nodiscard]] virtual value_task<> write_all(const_buffer from, std::stop_token stop) = 0;
  [[nodiscard]] virtual value_task<> shutdown_write(std::stop_token stop) = 0;
  virtual void set_deadline(time_point when) = 0;
  /// Ends it properly; its destruction cuts it.
  virtual void close() noexcept = 0;
};

// Both are null where weft::tls is not linked. Weak references rather than a table that the library
// fills when the program starts, as db's to its databases.

/// Shakes hands as `core` says: as client or as server. `session`: what sessions are kept under.
[[gnu::weak]] value_task<std::unique_ptr<secure_stream>> open_secure(byte_stream over,
                                                                     std::shared_ptr<tls_core> core,
                                                                     std::string host,
                                                                     std::string session,
                                                                     std::stop_token stop);
/// What a client trusts when nothing is said: the system's authorities. **Cost**: reads files.
[[gnu::weak]] std::shared_ptr<tls_core> default_tls_client();

}  // namespace weft::net::detail
