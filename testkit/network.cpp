/// A connection is two wires, one a direction. What is written is in flight until a courier, a task
/// that lives while there is anything, has waited for its arrival; a reader looks at what has
/// arrived, and waits for an event otherwise. Every wait is one of weft's own, so what is blocked
/// here is named in reports like everything else.

#include <weft/testkit/network.hpp>

#include <weft/base/error.hpp>
#include <weft/sync/async_event.hpp>
#include <weft/testkit/simulation.hpp>
#include <weft/time/delay.hpp>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace weft::testkit {
namespace detail {

/// Shared by all connections.
struct network_state : std::enable_shared_from_this<network_state> {
  explicit network_state(network_options o) : how(o) {}

  [[nodiscard]] std::chrono::nanoseconds latency() const {
    const auto span = how.longest_latency - how.shortest_latency;
    return how.shortest_latency + span * (span.count() == 0 ? 0 : choose(3)) / 2;
  }
  [[nodiscard]] std::pair<simulated_stream, simulated_stream> connect();
  [[nodiscard]] static simulated_stream make_stream(std::shared_ptr<wire_end> end) {
    return simulated_stream(std::move(end));
  }

  const network_options how;
  manual_reset_event whole{true};
  std::map<std::string, std::weak_ptr<listener_state>> listeners;
};

/// One direction.
struct wire {
  struct piece {
    std::string bytes;
    time_point due;
  };
  std::shared_ptr<network_state> network;
  std::deque<piece> in_flight;
  std::size_t bytes_in_flight = 0;
  std::string arrived;
  bool has_courier = false;
  bool is_ended = false;    // by its writer: after what is in flight
  bool is_drained = false;  // the end has arrived
  bool is_reset = false;
  bool has_no_reader = false;
  time_point last_due{};
  auto_reset_event readable{false};
  auto_reset_event writable{false};

  void wake() {
    readable.set();
    writable.set();
  }
};

struct wire_end {
  std::shared_ptr<wire> in;
  std::shared_ptr<wire> out;
  bool is_closed = false;
  time_point deadline = time_point::max();
};

struct listener_state {
  std::string name;
  std::shared_ptr<network_state> network;
  std::deque<simulated_stream> waiting;
  auto_reset_event changed{false};
  bool is_closed = false;
};

namespace {

[[noreturn]] void fail_with(std::errc code, const char* what) {
  throw std::system_error(std::make_error_code(code), std::string("weft: testkit: ") + what);
}
[[noreturn]] void fail_closed() {
  throw object_disposed("the simulated stream");
}

void check_end(const wire_end& e, const wire& w) {
  if (e.is_closed) {
    fail_closed();
  }
  if (w.is_reset) {
    fail_with(std::errc::connection_reset, "the simulated connection was reset");
  }
  if (system_time().now() >= e.deadline) {
    throw timeout_error("weft: testkit: the deadline of a simulated stream has passed");
  }
}

/// Brings what is in flight to where it can be read, and then the end.
task<> carry(std::shared_ptr<wire> w) {
  for (;;) {
    co_await w->network->whole.wait();
    if (w->in_flight.empty() || w->is_reset) {
      break;
    }
    const auto left = w->in_flight.front().due - system_time().now();
    if (left > std::chrono::nanoseconds::zero()) {
      co_await delay(left);
      continue;  // the network may have been cut meanwhile
    }
    w->arrived += w->in_flight.front().bytes;
    w->bytes_in_flight -= w->in_flight.front().bytes.size();
    w->in_flight.pop_front();
    w->readable.set();
  }
  w->has_courier = false;
  if (w->is_ended && w->in_flight.empty()) {
    w->is_drained = true;
  }
  w->wake();
}

void send(const std::shared_ptr<wire>& w) {
  if (!w->has_courier) {
    w->has_courier = true;
    carry(w).detach();
  }
}

void put_in_flight(const std::shared_ptr<wire>& w, std::string bytes) {
  const time_point due = std::max(w->last_due, system_time().now() + w->network->latency());
  w->last_due = due;
  w->bytes_in_flight += bytes.size();
  w->in_flight.push_back({std::move(bytes), due});
  send(w);
}

void end_wire(const std::shared_ptr<wire>& w) {
  if (!w->is_ended && !w->is_reset) {
    w->is_ended = true;
    put_in_flight(w, {});  // the end takes as long as anything else
  }
}

void reset_both(wire_end& e) {
  for (wire* w : {e.in.get(), e.out.get()}) {
    w->is_reset = true;
    w->wake();
  }
}

void close_end(wire_end& e) {
  if (e.is_closed) {
    return;
  }
  e.is_closed = true;
  e.in->has_no_reader = true;
  end_wire(e.out);
  e.in->wake();
  e.out->wake();
}

/// Until the event, or the deadline.
task<> wake_at_deadline(std::shared_ptr<wire_end> e, std::chrono::nanoseconds left) {
  co_await delay(left);
  e->in->readable.set();
  e->out->writable.set();
}

using end_pointer = std::shared_ptr<wire_end>;

value_task<std::size_t> read_some(end_pointer e, mutable_buffer into, std::stop_token stop) {
  wire& w = *e->in;
  throw_if_stopped(stop);
  for (;;) {
    check_end(*e, w);
    if (into.size() == 0) {
      co_return std::size_t{0};
    }
    if (!w.arrived.empty()) {
      std::size_t n = std::min(into.size(), w.arrived.size());
      if (n > 1 && chance(w.network->how.short_reads)) {
        n = (n + 1) / 2;
      }
      std::memcpy(into.data(), w.arrived.data(), n);
      w.arrived.erase(0, n);
      w.writable.set();
      co_return n;
    }
    if (w.is_drained) {
      co_return std::size_t{0};
    }
    co_await w.readable.wait(stop);
  }
}

value_task<> read_exactly(end_pointer e, mutable_buffer into, std::stop_token stop) {
  std::size_t had = 0;
  while (had < into.size()) {
    const mutable_buffer rest(static_cast<char*>(into.data()) + had, into.size() - had);
    const std::size_t n = co_await read_some(e, rest, stop);
    if (n == 0) {
      throw end_of_stream("weft: testkit: the simulated stream ended after " + std::to_string(had) +
                          " of " + std::to_string(into.size()) + " bytes");
    }
    had += n;
  }
}

value_task<std::string> read_until(end_pointer e, std::string delimiter, std::size_t limit,
                                   std::stop_token stop) {
  if (delimiter.empty()) {
    throw std::invalid_argument("weft: testkit: read_until needs a delimiter");
  }
  wire& w = *e->in;
  throw_if_stopped(stop);
  for (;;) {
    check_end(*e, w);
    const std::size_t at = w.arrived.find(delimiter);
    std::size_t size = at == std::string::npos ? 0 : at + delimiter.size();
    if ((size == 0 && w.arrived.size() >= limit) || size > limit) {
      throw std::length_error("weft: testkit: no delimiter within " + std::to_string(limit) +
                              " bytes");
    }
    if (size == 0 && w.is_drained) {
      size = w.arrived.size();
    }
    if (size != 0 || w.is_drained) {
      std::string text = w.arrived.substr(0, size);
      w.arrived.erase(0, size);
      w.writable.set();
      co_return text;
    }
    co_await w.readable.wait(stop);
  }
}

value_task<> write_all(end_pointer e, std::string data, std::stop_token stop) {
  const std::shared_ptr<wire> w = e->out;
  throw_if_stopped(stop);
  for (std::string_view rest = data;;) {
    check_end(*e, *w);
    if (w->is_ended || w->has_no_reader) {
      fail_with(std::errc::broken_pipe, "writing to a simulated connection that is closed");
    }
    if (rest.empty()) {
      co_return;
    }
    const std::size_t used = w->bytes_in_flight + w->arrived.size();
    if (used >= w->network->how.capacity) {
      co_await w->writable.wait(stop);
      continue;
    }
    if (chance(w->network->how.resets)) {
      reset_both(*e);
      continue;
    }
    std::size_t n = std::min(rest.size(), w->network->how.capacity - used);
    if (n > 1 && chance(w->network->how.short_reads)) {
      n = (n + 1) / 2;
    }
    put_in_flight(w, std::string(rest.substr(0, n)));
    rest.remove_prefix(n);
    if (rest.empty()) {
      co_return;
    }
  }
}

value_task<simulated_stream> accept(std::shared_ptr<listener_state> s, std::stop_token stop) {
  throw_if_stopped(stop);
  for (;;) {
    if (s->is_closed) {
      s->changed.set();  // for the next one that waits
      throw object_disposed("the simulated listener");
    }
    if (!s->waiting.empty()) {
      simulated_stream next = std::move(s->waiting.front());
      s->waiting.pop_front();
      if (!s->waiting.empty()) {
        s->changed.set();
      }
      co_return next;
    }
    co_await s->changed.wait(stop);
  }
}

value_task<simulated_stream> connect_to(std::shared_ptr<network_state> n, std::string name,
                                        std::stop_token stop) {
  co_await delay(n->latency(), stop);
  co_await n->whole.wait(stop);
  const auto known = n->listeners.find(name);
  const std::shared_ptr<listener_state> listener =
      known != n->listeners.end() ? known->second.lock() : nullptr;
  if (listener == nullptr || listener->is_closed || chance(n->how.refusals)) {
    throw std::system_error(std::make_error_code(std::errc::connection_refused),
                            "weft: testkit: connect to " + name);
  }
  auto [mine, theirs] = n->connect();
  listener->waiting.push_back(std::move(theirs));
  listener->changed.set();
  co_await delay(n->latency(), stop);
  co_return std::move(mine);
}

}  // namespace

std::pair<simulated_stream, simulated_stream> network_state::connect() {
  auto there = std::make_shared<wire>();
  auto back = std::make_shared<wire>();
  there->network = back->network = shared_from_this();
  auto first = std::make_shared<wire_end>();
  auto second = std::make_shared<wire_end>();
  first->in = second->out = there;
  first->out = second->in = back;
  return {make_stream(std::move(first)), make_stream(std::move(second))};
}

}  // namespace detail

// ---- simulated_stream

simulated_stream::simulated_stream(std::shared_ptr<detail::wire_end> end) noexcept
    : end_(std::move(end)) {}

simulated_stream& simulated_stream::operator=(simulated_stream&& other) noexcept {
  if (this != &other) {
    close();
    end_ = std::move(other.end_);
  }
  return *this;
}

simulated_stream::~simulated_stream() {
  close();
}

detail::wire_end& simulated_stream::end() const {
  if (end_ == nullptr) {
    detail::fail_closed();
  }
  return *end_;
}

value_task<std::size_t> simulated_stream::read_some(mutable_buffer into, std::stop_token stop) {
  static_cast<void>(end());
  return detail::read_some(end_, into, std::move(stop));
}
value_task<> simulated_stream::read_exactly(mutable_buffer into, std::stop_token stop) {
  static_cast<void>(end());
  return detail::read_exactly(end_, into, std::move(stop));
}
value_task<std::string> simulated_stream::read_until(std::string delimiter, std::size_t limit,
                                                     std::stop_token stop) {
  static_cast<void>(end());
  return detail::read_until(end_, std::move(delimiter), limit, std::move(stop));
}
value_task<> simulated_stream::write_all(const_buffer from, std::stop_token stop) {
  static_cast<void>(end());
  return detail::write_all(end_, std::string(static_cast<const char*>(from.data()), from.size()),
                           std::move(stop));
}
value_task<> simulated_stream::write_all(std::string data, std::stop_token stop) {
  static_cast<void>(end());
  return detail::write_all(end_, std::move(data), std::move(stop));
}

void simulated_stream::shutdown_write() {
  detail::end_wire(end().out);
}

void simulated_stream::set_deadline(time_point when) {
  end().deadline = when;
  if (when != time_point::max()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::nanoseconds>(when - system_time().now());
    detail::wake_at_deadline(end_, std::max(left, std::chrono::nanoseconds(1))).detach();
  }
}

void simulated_stream::set_deadline(std::chrono::nanoseconds from_now) {
  if (from_now < std::chrono::nanoseconds::zero() && from_now != infinite) {
    throw std::invalid_argument("weft: testkit: a deadline in the past; weft::infinite is none");
  }
  const time_point now = system_time().now();
  const bool never = from_now == infinite || from_now > time_point::max() - now;
  set_deadline(never ? time_point::max() : now + from_now);
}

void simulated_stream::close() noexcept {
  if (end_ != nullptr) {
    if (in_simulation()) {
      detail::close_end(*end_);  // else the run is over, and nobody waits any more
    }
    end_.reset();
  }
}

void simulated_stream::reset() noexcept {
  if (end_ != nullptr) {
    detail::reset_both(*end_);
  }
}

// ---- simulated_listener

simulated_listener::simulated_listener(std::shared_ptr<detail::listener_state> state) noexcept
    : state_(std::move(state)) {}

simulated_listener& simulated_listener::operator=(simulated_listener&& other) noexcept {
  if (this != &other) {
    close();
    state_ = std::move(other.state_);
  }
  return *this;
}

simulated_listener::~simulated_listener() {
  close();
}

value_task<simulated_stream> simulated_listener::accept(std::stop_token stop) {
  if (state_ == nullptr) {
    throw object_disposed("the simulated listener");
  }
  return detail::accept(state_, std::move(stop));
}

void simulated_listener::close() noexcept {
  if (state_ != nullptr) {
    state_->is_closed = true;
    if (in_simulation()) {
      state_->network->listeners.erase(state_->name);
      state_->waiting.clear();
      state_->changed.set();
    }
    state_.reset();
  }
}

// ---- network

network::network(network_options how) {
  if (!in_simulation()) {
    throw invalid_operation("weft: testkit: a simulated network outside a simulation");
  }
  if (how.shortest_latency < std::chrono::nanoseconds::zero() ||
      how.longest_latency < how.shortest_latency || how.capacity == 0) {
    throw std::invalid_argument(
        "weft: testkit: a network needs 0 <= shortest_latency <= longest_latency, and a capacity");
  }
  state_ = std::make_shared<detail::network_state>(how);
}

network::~network() {
  if (in_simulation()) {
    heal();
  }
}

std::pair<simulated_stream, simulated_stream> network::make_pair() {
  return state_->connect();
}

simulated_listener network::listen(net::endpoint at) {
  std::string name = at.to_string();
  auto& place = state_->listeners[name];
  if (place.lock() != nullptr) {
    throw std::system_error(std::make_error_code(std::errc::address_in_use),
                            "weft: testkit: listen at " + name);
  }
  auto made = std::make_shared<detail::listener_state>();
  made->name = std::move(name);
  made->network = state_;
  place = made;
  return simulated_listener(std::move(made));
}

value_task<simulated_stream> network::connect(net::endpoint to, std::stop_token stop) {
  return detail::connect_to(state_, to.to_string(), std::move(stop));
}

void network::cut() {
  state_->whole.reset();
}
void network::heal() {
  state_->whole.set();
}

}  // namespace weft::testkit
