#pragma once
/// `http::client`: asks HTTP/1.1 servers, over connections that it keeps.

#include <weft/http/errors.hpp>
#include <weft/http/request.hpp>
#include <weft/http/response.hpp>
#include <weft/json/read.hpp>
#include <weft/json/write.hpp>
#include <weft/task/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

namespace weft::net {
class tls_context;
}

namespace weft::http {

/// Time-outs may be `weft::infinite`.
struct client_options {
  std::chrono::nanoseconds timeout =
      std::chrono::seconds(100);  ///< for all of it, redirects too; .NET's default
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(15);  ///< name and connection
  std::chrono::nanoseconds header_timeout =
      std::chrono::nanoseconds(-1);  ///< from the request's end to the head's
  std::chrono::nanoseconds pooled_idle_timeout =
      std::chrono::seconds(60);              ///< how long a connection is kept unused
  std::size_t max_connections_per_host = 0;  ///< 0: no limit; else who comes later waits
  std::size_t max_header_bytes = 64 * 1024;
  std::uint64_t max_response_bytes = 256 * 1024 * 1024;
  int max_redirects = 10;                 ///< 0: redirects are answers like others
  const net::tls_context* tls = nullptr;  ///< for https; null: trusts what the system does. Copied
};

namespace detail {
class client_core;
}

/// Made once and used for many calls: it keeps connections open and uses them again.
/// An answer comes with its whole body. A request that is idempotent and meets a kept connection
/// that the server has closed meanwhile is sent once more over a new one.
/// https needs `weft::tls` in the program. A redirect from https to http is not followed.
/// **Throws** (out of the tasks): std::invalid_argument for a URL that is none, or https without
/// `weft::tls`; std::system_error when there is no connection, net::tls_error when it is refused,
/// timeout_error, operation_canceled, protocol_error.
/// **Completes on** a worker of the default pool, or inline; never needs the caller's context.
/// **Cancellation**: the connection in use is closed.
/// **Thread-safety**: all members. **Lifetime**: calls in flight may outlive the client.
/// **Source**: RFC 9110, RFC 9112; .NET's HttpClient.
class client {
 public:
  explicit client(client_options options = {});
  client(client&&) noexcept;
  client& operator=(client&&) noexcept;
  ~client();

  /// The answer, whatever its status.
  [[nodiscard]] task<response> send(request r, std::stop_token stop = {});
  [[nodiscard]] task<response> get(std::string url, std::stop_token stop = {});
  /// The body. Throws: http_error if the status is not 2xx.
  [[nodiscard]] task<std::string> get_string(std::string url, std::stop_token stop = {});
  /// The body, read as a `T` (a WEFT_JSON type, …). Throws: http_error; json::parse_error.
  template <class T>
  [[nodiscard]] task<T> get_json(std::string url, std::stop_token stop = {}) {
    return read_json<T>(get_string(std::move(url), std::move(stop)));
  }
  /// Posts `value` as JSON. Throws: json::write_error at the call.
  template <class T>
  [[nodiscard]] task<response> post_json(std::string url, const T& value,
                                         std::stop_token stop = {}) {
    return send(
        request(method::post, std::move(url), weft::json::to_string(value), "application/json"),
        std::move(stop));
  }

  /// How many connections are kept unused.
  [[nodiscard]] std::size_t idle_connections() const noexcept;

 private:
  template <class T>
  static task<T> read_json(task<std::string> text) {
    const std::string body = co_await std::move(text).configure_await(false);
    co_return weft::json::parse<T>(body);
  }

  std::shared_ptr<detail::client_core> core_;
};

}  // namespace weft::http
