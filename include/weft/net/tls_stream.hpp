#pragma once
/// `tls_stream`: a stream that is encrypted and knows who its peer is. In `weft::tls`.

#include <weft/io/buffer.hpp>
#include <weft/io/stream.hpp>
#include <weft/net/address.hpp>
#include <weft/net/tls_context.hpp>
#include <weft/task/value_task.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

namespace weft::net {

namespace detail {
class tls_state;
}

/// TLS over a connected stream. Move-only. Reading and writing as `byte_stream` says; moreover:
///
/// **Throws** `tls_error`: `truncated` when the connection ends without the peer's saying that it
/// is complete (`shutdown_write`, `close`); what the peer refuses late, such as our certificate,
/// comes out of the first read.
/// **Completes on**: no continuation of its own needs the caller's context.
/// **Cancellation**: the stream stays usable; a `write_all` that was cancelled has sent part of its
/// data, or will with the next write.
/// **Lifetime**: an operation that is dropped goes on, and needs its buffer; end it by its token or
/// by `close`.
/// **Cost**: a pooled frame an operation, at most one system call for each 64 KiB.
/// **Source**: SslStream. Differs: an end without close_notify throws.
class tls_stream {
 public:
  /// Not connected: every operation throws `object_disposed`.
  tls_stream() noexcept;
  tls_stream(tls_stream&& other) noexcept;
  tls_stream& operator=(tls_stream&& other) noexcept;
  /// Cuts the connection: the peer sees that it is incomplete. `close` ends it properly.
  ~tls_stream();

  /// Connects by TCP and shakes hands; the host's certificate must name `remote.host()`.
  /// **Throws** as `tcp_stream::connect`; `tls_error`; `timeout_error` when the handshake takes too
  /// long.
  [[nodiscard]] static value_task<tls_stream> connect(endpoint remote, tls_context context,
                                                      std::stop_token stop = {});
  /// Shakes hands as the client, over a stream that is connected already. `host`: the name, or
  /// address, that the server's certificate must have, and that is asked for (SNI).
  [[nodiscard]] static value_task<tls_stream> client(byte_stream over, std::string host,
                                                     tls_context context,
                                                     std::stop_token stop = {});
  /// Shakes hands as the server. It takes as long as the client likes, up to the limit: not in the
  /// loop that accepts.
  [[nodiscard]] static value_task<tls_stream> server(byte_stream over, tls_context context,
                                                     std::stop_token stop = {});

  [[nodiscard]] bool is_open() const noexcept { return state_ != nullptr; }

  /// As in `byte_stream`.
  [[nodiscard]] value_task<std::size_t> read_some(mutable_buffer into, std::stop_token stop = {});
  [[nodiscard]] value_task<> read_exactly(mutable_buffer into, std::stop_token stop = {});
  [[nodiscard]] value_task<std::string> read_until(std::string delimiter,
                                                   std::size_t limit = byte_stream::default_limit,
                                                   std::stop_token stop = {});
  [[nodiscard]] value_task<std::string> read_until(std::string delimiter, std::stop_token stop) {
    return read_until(std::move(delimiter), byte_stream::default_limit, std::move(stop));
  }
  [[nodiscard]] value_task<std::string> read_until(char delimiter, std::stop_token stop = {}) {
    return read_until(std::string(1, delimiter), byte_stream::default_limit, std::move(stop));
  }
  [[nodiscard]] value_task<> write_all(const_buffer from, std::stop_token stop = {});
  [[nodiscard]] value_task<> write_all(std::string data, std::stop_token stop = {});

  /// Tells the peer that no more will come (close_notify); reading goes on.
  [[nodiscard]] value_task<> shutdown_write(std::stop_token stop = {});

  void set_deadline(time_point when);
  void set_deadline(time_span from_now);

  /// Tells the peer, if that can be done at once, then ends pending operations with
  /// `object_disposed`, and closes. Silent the second time.
  /// **Thread-safety**: not while another thread is starting an operation on this object.
  void close() noexcept;

  [[nodiscard]] tls_version version() const;
  /// As "TLS_AES_256_GCM_SHA384".
  [[nodiscard]] std::string cipher() const;
  /// What ALPN agreed on; empty: nothing.
  [[nodiscard]] std::string application_protocol() const;
  /// The host that the client asked for (SNI); empty: none.
  [[nodiscard]] std::string server_name() const;
  /// This connection resumed a session of an earlier one.
  [[nodiscard]] bool is_resumed() const;
  /// The peer's certificate, PEM; empty: it has shown none.
  [[nodiscard]] std::string peer_certificate() const;
  /// Whom it names, as "CN=example.com".
  [[nodiscard]] std::string peer_subject() const;

 private:
  explicit tls_stream(std::shared_ptr<detail::tls_state> state) noexcept;
  friend struct tls_opener;
  [[nodiscard]] static value_task<tls_stream> opened(std::shared_ptr<detail::tls_state> state,
                                                     std::stop_token stop);
  [[nodiscard]] static value_task<tls_stream> opened(byte_stream over,
                                                     std::shared_ptr<detail::tls_core> core,
                                                     std::string host, std::string session,
                                                     std::stop_token stop);
  [[nodiscard]] detail::tls_state& state() const;

  std::shared_ptr<detail::tls_state> state_;
};

}  // namespace weft::net
