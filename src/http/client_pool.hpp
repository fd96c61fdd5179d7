#pragma once
/// `client_pool`: connections that are kept for the next request to the same host.

#include <weft/base/lock.hpp>
#include <weft/net.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/lazy.hpp>
#include <weft/time/time_provider.hpp>

#include "message_parser.hpp"
#include "transport.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weft::http::detail {

/// A connection with what belongs to it.
struct client_connection {
  client_connection(transport s, const parser_limits& limits)
      : stream(std::move(s)), parser(message_parser::kind::response, limits) {}
  transport stream;
  message_parser parser;
  receive_buffer in;
  std::string out;
  time_point last_used{};
};

/// Per host and port a stack of idle connections (the one used last is the likeliest to live) and,
/// with a limit, a queue of requests that wait for their turn.
/// **Thread-safety**: all members.
class client_pool {
 public:
  /// The right to one connection to a host; gives it back at its end.
  class turn {
   public:
    turn() noexcept = default;
    turn(client_pool* pool, std::string host) noexcept : pool_(pool), host_(std::move(host)) {}
    turn(turn&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), host_(std::move(other.host_)) {}
    turn& operator=(turn&& other) noexcept {
      std::swap(pool_, other.pool_);
      host_.swap(other.host_);
      return *this;
    }
    ~turn() {
      if (pool_ != nullptr) {
        pool_->give_back_turn(host_);
      }
    }

   private:
    client_pool* pool_ = nullptr;
    std::string host_;
  };

  client_pool(std::size_t max_per_host, std::chrono::nanoseconds idle_timeout) noexcept
      : max_per_host_(max_per_host), idle_timeout_(idle_timeout) {}

  /// Waits for a turn; ends at once without a limit. Throws: timeout_error, operation_canceled.
  [[nodiscard]] lazy<turn> take_turn(const std::string& host, time_point deadline,
                                     std::stop_token stop);
  /// A kept connection, or null.
  [[nodiscard]] std::unique_ptr<client_connection> take(const std::string& host);
  void keep(const std::string& host, std::unique_ptr<client_connection> connection);
  [[nodiscard]] std::size_t idle() const noexcept;

 private:
  using waiter = task_completion_source<>;
  struct host_state {
    std::vector<std::unique_ptr<client_connection>> idle;
    std::size_t turns = 0;
    std::deque<std::shared_ptr<waiter>> waiting;
  };
  using connections = std::vector<std::unique_ptr<client_connection>>;

  void give_back_turn(const std::string& host) noexcept;
  [[nodiscard]] bool withdraw(const std::string& host, const std::shared_ptr<waiter>& who) noexcept;
  void take_expired(host_state& host, connections& into);

  const std::size_t max_per_host_;
  const std::chrono::nanoseconds idle_timeout_;
  mutable weft::detail::lock mutex_{121};
  std::map<std::string, host_state> hosts_;  // guarded by mutex_
};

}  // namespace weft::http::detail
