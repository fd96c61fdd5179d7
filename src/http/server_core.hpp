#pragma once
/// What a server and its connections share.

#include <weft/base/atomic.hpp>
#include <weft/base/lock.hpp>
#include <weft/http/server.hpp>
#include <weft/net.hpp>
#include <weft/net/tls_context.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/lazy.hpp>

#include "message_parser.hpp"
#include "router.hpp"
#include "transport.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace weft::http::detail {

/// **Lifetime**: shared by the server, the accept loop and every connection.
class server_core : public std::enable_shared_from_this<server_core> {
 public:
  /// A connection's place in the list of them.
  struct member {
    std::stop_source idle;  ///< Ends the wait for the next request, nothing else.
    member* next = nullptr;
    member* previous = nullptr;
  };

  explicit server_core(const server_options& o)
      : options(o), address(o.address), tls(o.tls != nullptr ? o.tls->core() : nullptr) {}

  /// Binds, and accepts until `stop`.
  void start();
  task<> stop();
  /// Of a server that is destroyed: closes everything, waits for nothing.
  void abandon() noexcept;

  /// False when the server is draining: the connection is not to begin.
  [[nodiscard]] bool enter(member& m);
  void leave(member& m) noexcept;

  [[nodiscard]] bool is_draining() const noexcept;
  [[nodiscard]] std::size_t connections() const noexcept;
  void report(const request& r, std::exception_ptr error) const noexcept;
  [[nodiscard]] parser_limits limits() const noexcept {
    return {options.max_header_bytes, options.max_headers, options.max_body_bytes};
  }

  // Constant once started.
  const server_options options;
  const std::string address;
  const std::shared_ptr<net::detail::tls_core> tls;  ///< null: in the clear
  router routes;
  std::vector<std::unique_ptr<endpoint>> endpoints;
  server::error_handler on_error;
  void* context = nullptr;
  std::uint16_t port = 0;
  bool started = false;

  std::stop_source hard_stop;  ///< Ends everything that connections wait for.

 private:
  static constexpr std::size_t max_rejecting =
      64;  // connections being told that the server is full; more are cut

  static task<> accept_loop(std::shared_ptr<server_core> self);
  lazy<bool> accept_one();
  void welcome(net::tcp_stream stream);
  static task<> turn_away(std::shared_ptr<server_core> self, net::tcp_stream stream);
  bool begin_drain();
  lazy<bool> drained_within(std::chrono::nanoseconds limit);

  std::optional<net::tcp_listener> listener_;  // the accept loop's
  std::chrono::nanoseconds backoff_{0};        // the accept loop's
  std::stop_source accept_stop_;
  task_completion_source<> accept_ended_{{.run_continuations_asynchronously = true}};
  task_completion_source<> drained_{{.run_continuations_asynchronously = true}};
  task_completion_source<> stopped_{{.run_continuations_asynchronously = true}};

  weft::detail::atomic<bool> draining_{false};
  weft::detail::atomic<std::size_t> rejecting_{0};

  mutable weft::detail::lock mutex_{120};
  member* first_ = nullptr;  // guarded by mutex_
  std::size_t count_ = 0;    // guarded by mutex_
};

/// Serves one connection to its end. Never throws.
task<> serve(std::shared_ptr<server_core> core, net::tcp_stream stream);
/// Sends `r` and closes, patiently: see `server_connection::linger`.
lazy<> answer_and_close(transport& stream, response r, std::stop_token stop);

}  // namespace weft::http::detail
