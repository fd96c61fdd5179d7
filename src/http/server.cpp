/// The server but for its connections: listening, counting them, stopping.
///
/// One loop accepts. When descriptors run out (EMFILE and its like) it backs off, from 5 ms to 500
/// ms, and goes on: whoever waits in the backlog is served when a connection has ended. Above
/// `max_connections` a connection is told so (503) by a coroutine of its own, as long as there are
/// not too many of these.
///
/// Stopping: the accept loop ends and closes the listener; every connection's idle token is
/// requested, which ends waits for a next request and nothing else; connections in the middle of
/// one close after their answer. When the last one leaves, or after the drain time-out and
/// `hard_stop`, `stop` is done.

#include <weft/http/server.hpp>

#include <weft/task/run.hpp>
#include <weft/task/when_any.hpp>
#include <weft/time/delay.hpp>

#include "server_core.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace weft::http::detail {

using weft::detail::lock_guard;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::nanoseconds first_backoff = 5ms;
constexpr std::chrono::nanoseconds last_backoff = 500ms;
constexpr std::chrono::nanoseconds abort_grace = 5s;  // for handlers to end after hard_stop

std::string text_of(const std::exception_ptr& error) noexcept {
  try {
    return weft::detail::message_of(error);
  } catch (...) {
    return "an exception";
  }
}

/// It closed while it waited in the backlog.
bool peer_gave_up(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::system_error& e) {
    return e.code() == std::errc::connection_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

void server_core::start() {
  if (started) {
    throw invalid_operation(
        "weft: this http::server was started before; make a new one to start again");
  }
  listener_.emplace(net::tcp_listener::bind({address, options.port}));
  port = listener_->local_endpoint().port();
  started = true;
  // Through `run`: whatever context or scheduler this thread has is not the server's.
  auto loop = run([self = shared_from_this()] { return accept_loop(self); });
  std::move(loop).detach();
}

task<> server_core::accept_loop(std::shared_ptr<server_core> self) {
  // Named, not awaited in a condition: g++ 12 keeps the temporaries of a co_await in a condition on
  // the stack when the coroutine has no local variable.
  for (bool more = true; more;) {
    auto next = self->accept_one();
    more = co_await next;
  }
  self->listener_.reset();
  self->accept_ended_.set_result();
}

/// False at the end.
lazy<bool> server_core::accept_one() {
  std::exception_ptr error;
  try {
    auto pending = listener_->accept(accept_stop_.get_token());
    welcome(co_await std::move(pending));
    backoff_ = 0ns;
  } catch (...) {
    error = std::current_exception();
  }
  if (error == nullptr || peer_gave_up(error)) {
    co_return true;
  }
  if (is_draining()) {
    co_return false;
  }
  if (backoff_ == 0ns) {
    std::fprintf(stderr, "weft: http::server on port %d cannot accept for now: %s\n", int{port},
                 text_of(error).c_str());
  }
  backoff_ = std::clamp(backoff_ * 2, first_backoff, last_backoff);
  auto pause = delay(backoff_, accept_stop_.get_token());
  co_await pause.configure_await(configure_await_options::suppress_throwing);
  co_return !is_draining();
}

void server_core::welcome(net::tcp_stream stream) {
  if (options.max_connections == 0 || connections() < options.max_connections) {
    serve(shared_from_this(), std::move(stream)).detach();
    return;
  }
  // A secure connection is cut: shaking hands is what there are too many for.
  // order: relaxed; a count that is off by one does no harm.
  if (tls == nullptr && rejecting_.load(std::memory_order_relaxed) < max_rejecting) {
    turn_away(shared_from_this(), std::move(stream)).detach();
  }
}

task<> server_core::turn_away(std::shared_ptr<server_core> self, net::tcp_stream stream) {
  // order: relaxed; see welcome.
  self->rejecting_.fetch_add(1, std::memory_order_relaxed);
  try {
    response full =
        problem(503, {}, "the server has as many connections as it takes; try again later");
    full.headers().set("Retry-After", "1");
    transport plain(std::move(stream));
    auto said = answer_and_close(plain, std::move(full), self->hard_stop.get_token());
    co_await std::move(said);
  } catch (...) {
    // Whoever is turned away and does not listen is gone all the same.
  }
  // order: relaxed; see welcome.
  self->rejecting_.fetch_sub(1, std::memory_order_relaxed);
}

bool server_core::enter(member& m) {
  const lock_guard held(mutex_);
  if (is_draining()) {
    return false;
  }
  m.next = first_;
  if (first_ != nullptr) {
    first_->previous = &m;
  }
  first_ = &m;
  ++count_;
  return true;
}

void server_core::leave(member& m) noexcept {
  bool last = false;
  {
    const lock_guard held(mutex_);
    (m.previous != nullptr ? m.previous->next : first_) = m.next;
    if (m.next != nullptr) {
      m.next->previous = m.previous;
    }
    last = --count_ == 0 && is_draining();
  }
  if (last) {
    drained_.try_set_result();
  }
}

bool server_core::is_draining() const noexcept {
  // order: relaxed; written under mutex_. Who must not miss it holds the lock, others see it at
  // their next request.
  return draining_.load(std::memory_order_relaxed);
}

std::size_t server_core::connections() const noexcept {
  const lock_guard held(mutex_);
  return count_;
}

/// False if that was done before.
bool server_core::begin_drain() {
  std::vector<std::stop_source> idle;
  bool empty = false;
  {
    const lock_guard held(mutex_);
    // order: relaxed; under mutex_, see is_draining.
    if (draining_.exchange(true, std::memory_order_relaxed)) {
      return false;
    }
    empty = count_ == 0;
    idle.reserve(count_);
    for (member* m = first_; m != nullptr; m = m->next) {
      idle.push_back(m->idle);
    }
  }
  accept_stop_.request_stop();
  for (std::stop_source& source : idle) {
    source.request_stop();
  }
  if (empty) {
    drained_.try_set_result();
  }
  return true;
}

lazy<bool> server_core::drained_within(std::chrono::nanoseconds limit) {
  auto done = drained_.task();
  std::stop_source enough;
  auto timer = delay(limit, enough.get_token());
  auto first = when_any(done, timer);
  const bool in_time = co_await std::move(first).configure_await(false) == 0;
  enough.request_stop();
  co_return in_time;
}

task<> server_core::stop() {
  const auto self = shared_from_this();
  if (!begin_drain()) {
    auto other = stopped_.task();
    co_await other.configure_await(false);
    co_return;
  }
  auto accepted = accept_ended_.task();
  co_await accepted.configure_await(false);
  const bool in_time = co_await drained_within(options.drain_timeout);
  if (!in_time) {
    hard_stop.request_stop();
    co_await drained_within(abort_grace);
  }
  stopped_.set_result();
}

void server_core::abandon() noexcept {
  try {
    begin_drain();
    hard_stop.request_stop();
  } catch (...) {
    // Out of memory: connections end by their time-outs.
  }
}

void server_core::report(const request& r, std::exception_ptr error) const noexcept {
  try {
    if (on_error) {
      on_error(r, error);
      return;
    }
  } catch (...) {
    error = std::current_exception();
  }
  std::fprintf(stderr, "weft: the handler of %.*s %.200s failed: %s\n",
               static_cast<int>(to_string(r.method()).size()), to_string(r.method()).data(),
               r.target().c_str(), text_of(error).c_str());
}

}  // namespace weft::http::detail

namespace weft::http {

server::server(server_options options) {
  if (options.max_header_bytes < 256 ||
      options.header_timeout <= std::chrono::nanoseconds::zero() ||
      options.body_timeout <= std::chrono::nanoseconds::zero() ||
      options.write_timeout <= std::chrono::nanoseconds::zero() ||
      options.idle_timeout <= std::chrono::nanoseconds::zero() ||
      options.drain_timeout < std::chrono::nanoseconds::zero()) {
    throw std::invalid_argument(
        "http: server_options: time-outs must be positive and max_header_bytes at least 256");
  }
  if (options.tls != nullptr && &net::detail::open_secure == nullptr) {
    throw std::invalid_argument("http: server_options::tls needs all of weft::tls in this program");
  }
  core_ = std::make_shared<detail::server_core>(options);
}

server::server(server&&) noexcept = default;

server& server::operator=(server&& other) noexcept {
  std::swap(core_, other.core_);
  return *this;
}

server::~server() {
  if (core_ != nullptr && core_->started) {
    core_->abandon();
  }
}

void server::add(method m, std::string_view pattern, std::unique_ptr<detail::endpoint> target) {
  if (core_->started) {
    throw invalid_operation("weft: routes are added before the http::server is started");
  }
  core_->routes.add(m, pattern, target.get());
  core_->endpoints.push_back(std::move(target));
}

server& server::on_error(error_handler handler) {
  core_->on_error = std::move(handler);
  return *this;
}

server& server::set_context(void* context) {
  core_->context = context;
  return *this;
}

task<> server::start() {
  core_->start();
  co_return;
}

std::uint16_t server::port() const {
  if (!core_->started) {
    throw invalid_operation("weft: an http::server has a port only after start()");
  }
  return core_->port;
}

task<> server::stop() {
  if (!core_->started) {
    return completed_task();
  }
  return core_->stop();
}

namespace {

task<> run_until(std::shared_ptr<detail::server_core> core, std::stop_token stop) {
  core->start();
  task_completion_source<> requested{{.run_continuations_asynchronously = true}};
  auto done = requested.task();
  {
    const std::stop_callback on_stop(stop, [&requested] { requested.try_set_result(); });
    co_await done.configure_await(false);
  }
  auto stopped = core->stop();
  co_await stopped.configure_await(false);
}

}  // namespace

task<> server::run(std::stop_token stop) {
  return run_until(core_, std::move(stop));
}

std::size_t server::connections() const noexcept {
  return core_->connections();
}

}  // namespace weft::http
