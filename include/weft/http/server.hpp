#pragma once
/// `http::server`: answers HTTP/1.1 requests by routes.

#include <weft/http/detail/endpoint.hpp>
#include <weft/http/method.hpp>
#include <weft/http/request.hpp>
#include <weft/http/response.hpp>
#include <weft/task/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>
#include <utility>

namespace weft::net {
class tls_context;
}

namespace weft::http {

struct server_options {
  std::uint16_t port = 0;                     ///< 0: any free one, see `server::port`
  std::string_view address = "127.0.0.1";     ///< "0.0.0.0" or "::" for all; copied
  std::size_t max_header_bytes = 64 * 1024;   ///< start line and fields of a request: 431 beyond
  std::size_t max_headers = 128;              ///< 431 beyond
  std::uint64_t max_body_bytes = 30'000'000;  ///< 413 beyond; Kestrel's default
  std::size_t max_connections = 10'000;       ///< 503 beyond; 0: no limit
  std::chrono::nanoseconds header_timeout = std::chrono::seconds(30);  ///< for a whole head: 408
  std::chrono::nanoseconds body_timeout = std::chrono::seconds(60);    ///< for a whole body: 408
  std::chrono::nanoseconds write_timeout =
      std::chrono::seconds(60);  ///< for a write that does not get on
  std::chrono::nanoseconds idle_timeout =
      std::chrono::seconds(130);  ///< between requests; Kestrel's default
  std::chrono::nanoseconds drain_timeout =
      std::chrono::seconds(30);           ///< for requests in flight at stop
  const net::tls_context* tls = nullptr;  ///< https by this context, which is copied; null: http
};

namespace detail {
class server_core;
}

/// Listens on one port. Every connection is one coroutine on the default pool; a handler's code
/// runs there too, so it must not block. Requests with a malformed or oversized head or body are
/// answered with an error and the connection is closed. A handler's exception becomes an answer of
/// status 500 that says nothing about it, and is told to `on_error`; a `request_error` becomes its
/// status and message.
/// **Thread-safety**: routes are added before `start`, by one thread; the rest from any thread.
/// **Lifetime**: handlers live until the server is gone and the last connection has ended.
/// Destroying a running server closes its connections without waiting: `stop` first.
/// **Cost**: per request and in steady state the frames of its coroutines and what its handler
/// allocates.
/// **Source**: RFC 9110, RFC 9112; ASP.NET's Kestrel and minimal APIs.
class server {
 public:
  using error_handler = std::function<void(const request&, std::exception_ptr)>;

  explicit server(server_options options = {});
  server(server&&) noexcept;
  server& operator=(server&&) noexcept;
  ~server();

  /// Adds a route, `/users/{id:int}`: see `route`. `handler` is `(http::request&) ->
  /// task<http::response>`; it is kept, so a lambda coroutine may use its captures. The request
  /// lives until the response is sent.
  template <class F>
  server& get(std::string_view pattern, F handler) {
    return route(method::get, pattern, std::move(handler));
  }
  template <class F>
  server& post(std::string_view pattern, F handler) {
    return route(method::post, pattern, std::move(handler));
  }
  template <class F>
  server& put(std::string_view pattern, F handler) {
    return route(method::put, pattern, std::move(handler));
  }
  template <class F>
  server& del(std::string_view pattern, F handler) {
    return route(method::del, pattern, std::move(handler));
  }
  template <class F>
  server& patch(std::string_view pattern, F handler) {
    return route(method::patch, pattern, std::move(handler));
  }

  /// Segments are text, `{name}`, `{name:kind}` with kind int, long, bool, double, guid or string,
  /// or at the end
  /// `{*name}` for all that is left. Text beats parameters, typed ones beat others, the rest comes
  /// last. A path that no route has is answered 404, one without that method 405. HEAD is answered
  /// by what answers GET. Throws: std::invalid_argument for a bad pattern or one that is there
  /// already; invalid_operation after `start`.
  template <class F>
  server& route(method m, std::string_view pattern, F handler) {
    add(m, pattern, detail::make_endpoint(std::move(handler)));
    return *this;
  }

  /// Is told of exceptions out of handlers. Without one a line goes to stderr. Called on the pool;
  /// must not throw.
  server& on_error(error_handler handler);
  /// What `request::context` gives to handlers' arguments; not owned.
  server& set_context(void* context);

  /// Binds and begins to accept. Throws: std::system_error if the port cannot be had;
  /// invalid_operation the second time.
  [[nodiscard]] task<> start();
  /// The port that is listened on. Throws: invalid_operation before `start`.
  [[nodiscard]] std::uint16_t port() const;
  /// Stops accepting, closes idle connections, lets requests in flight end for `drain_timeout`,
  /// then aborts what is left. Silent if not running.
  [[nodiscard]] task<> stop();
  /// `start`, waits for `stop`, then stops. Ends normally.
  [[nodiscard]] task<> run(std::stop_token stop);
  /// How many connections are open.
  [[nodiscard]] std::size_t connections() const noexcept;

 private:
  void add(method m, std::string_view pattern, std::unique_ptr<detail::endpoint> target);

  std::shared_ptr<detail::server_core> core_;
};

}  // namespace weft::http
