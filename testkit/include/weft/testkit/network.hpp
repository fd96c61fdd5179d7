#pragma once
/// `network`: connections inside a simulation, with latency, short reads, errors and resets.

#include <weft/io/buffer.hpp>
#include <weft/io/stream.hpp>
#include <weft/net/address.hpp>
#include <weft/task/value_task.hpp>
#include <weft/time/time_provider.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

namespace weft::testkit {

/// What `net::tcp_stream`, `net::unix_stream` and `simulated_stream` have in common: code that
/// takes any of them can be simulated.
template <class S>
concept connection =
    requires(S& s, mutable_buffer into, const_buffer from, std::string text, std::size_t limit,
             std::stop_token stop, time_point when, std::chrono::nanoseconds from_now) {
      { s.read_some(into, stop) } -> std::same_as<value_task<std::size_t>>;
      { s.read_exactly(into, stop) } -> std::same_as<value_task<>>;
      { s.read_until(text, limit, stop) } -> std::same_as<value_task<std::string>>;
      { s.write_all(from, stop) } -> std::same_as<value_task<>>;
      { s.write_all(text, stop) } -> std::same_as<value_task<>>;
      s.set_deadline(when);
      s.set_deadline(from_now);
      s.shutdown_write();
      s.close();
      { s.is_open() } -> std::convertible_to<bool>;
    };

/// Probabilities are for the random strategies; the others try both. Each fault that a schedule
/// makes is a preemption of it: shrinking keeps those that matter.
struct network_options {
  /// What is sent arrives after one of: the shortest, the middle, the longest. Order is kept within
  /// a direction of a connection, and nowhere else.
  std::chrono::nanoseconds shortest_latency = std::chrono::microseconds(100);
  std::chrono::nanoseconds longest_latency = std::chrono::milliseconds(50);
  /// One read in so many gives half of what is there; one write in so many arrives in two pieces.
  /// 0: none, here and below.
  std::uint32_t short_reads = 4;
  /// One write in so many resets the connection instead.
  std::uint32_t resets = 0;
  /// One connect in so many is refused.
  std::uint32_t refusals = 0;
  /// Bytes on the way or unread in one direction, beyond which a writer waits.
  std::size_t capacity = std::size_t{64} * 1024;
};

namespace detail {
struct wire;
struct wire_end;
struct network_state;
struct listener_state;
}  // namespace detail

/// One end of a simulated connection; as `byte_stream` and `net::tcp_stream` say. Differs: dropping
/// an operation that is pending does not withdraw it (cancel it by its token).
/// **Thread-safety**: none; a simulation has one thread.
class simulated_stream {
 public:
  /// Not connected: every operation throws `object_disposed`.
  simulated_stream() noexcept = default;
  simulated_stream(simulated_stream&& other) noexcept = default;
  simulated_stream& operator=(simulated_stream&& other) noexcept;
  ~simulated_stream();

  [[nodiscard]] bool is_open() const noexcept { return end_ != nullptr; }
  [[nodiscard]] value_task<std::size_t> read_some(mutable_buffer into, std::stop_token stop = {});
  [[nodiscard]] value_task<> read_exactly(mutable_buffer into, std::stop_token stop = {});
  [[nodiscard]] value_task<std::string> read_until(std::string delimiter,
                                                   std::size_t limit = byte_stream::default_limit,
                                                   std::stop_token stop = {});
  [[nodiscard]] value_task<> write_all(const_buffer from, std::stop_token stop = {});
  [[nodiscard]] value_task<> write_all(std::string data, std::stop_token stop = {});
  void shutdown_write();
  void set_deadline(time_point when);
  void set_deadline(std::chrono::nanoseconds from_now);
  void close() noexcept;
  /// Breaks the connection now: both ends get `connection_reset`.
  void reset() noexcept;

 private:
  friend struct detail::network_state;
  explicit simulated_stream(std::shared_ptr<detail::wire_end> end) noexcept;
  [[nodiscard]] detail::wire_end& end() const;

  std::shared_ptr<detail::wire_end> end_;
};

/// Accepts simulated connections. Move-only; its end closes it.
class simulated_listener {
 public:
  simulated_listener() noexcept = default;
  simulated_listener(simulated_listener&& other) noexcept = default;
  simulated_listener& operator=(simulated_listener&& other) noexcept;
  ~simulated_listener();

  /// **Throws** as `net::listener::accept`.
  [[nodiscard]] value_task<simulated_stream> accept(std::stop_token stop = {});
  [[nodiscard]] bool is_open() const noexcept { return state_ != nullptr; }
  void close() noexcept;

 private:
  friend class network;
  explicit simulated_listener(std::shared_ptr<detail::listener_state> state) noexcept;
  std::shared_ptr<detail::listener_state> state_;
};

/// A network of its own: hosts are the names that somebody listens at. Make it in the body.
/// **Throws**, all members: `invalid_operation` outside simulations.
class network {
 public:
  explicit network(network_options how = {});
  network(const network&) = delete;
  network& operator=(const network&) = delete;
  ~network();  ///< Heals it: connections outlive it.

  /// Two ends that are connected.
  [[nodiscard]] std::pair<simulated_stream, simulated_stream> make_pair();
  /// **Throws** `std::system_error` (address_in_use) when somebody listens there already.
  [[nodiscard]] simulated_listener listen(net::endpoint at);
  /// **Throws** `std::system_error`: connection_refused when nobody listens there, or by a fault.
  [[nodiscard]] value_task<simulated_stream> connect(net::endpoint to, std::stop_token stop = {});

  /// From now on nothing arrives, until `heal`; what was sent waits.
  void cut();
  void heal();

 private:
  std::shared_ptr<detail::network_state> state_;
};

}  // namespace weft::testkit
