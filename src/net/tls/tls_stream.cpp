// A TLS connection: the engine's bytes, moved by coroutines over a stream.
//
// The engine is used under a lock, a record's worth of cipher at a time; nothing is awaited under
// it. One reader and one writer run beside each other:
//
//   read_turn    who decrypts and awaits the stream's bytes; a read that was dropped still holds it
//   write_turn   who encrypts and sends. `sending` belongs to its holder: what is left of it after
//                a cancelled write goes out first with the next one, so records are never cut
//
// Reading may make output (alerts, answers to key updates). The reader sends it if the turn is
// free; else the holder, who looks again after giving the turn back. It never waits for the turn:
// two peers whose writes wait for each other's reads would wait for ever.
//
// Coroutines here run without the caller's context and scheduler, as .NET's libraries do.

#include <weft/net/tls_stream.hpp>

#include <weft/base/error.hpp>
#include <weft/base/lock.hpp>
#include <weft/io/target.hpp>
#include <weft/net/tcp.hpp>
#include <weft/sync/async_mutex.hpp>
#include <weft/task/lazy.hpp>
#include <weft/task/thread_state.hpp>
#include <weft/time/delay.hpp>

#include "tls_engine.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace weft::net {

using weft::detail::lock_guard;

namespace detail {
namespace {

// While it lives this thread has neither context nor scheduler: what a coroutine that begins here
// captures.
class without_context {
 public:
  without_context() noexcept
      : context_(std::exchange(weft::detail::this_thread().context, nullptr)),
        scheduler_(std::exchange(weft::detail::this_thread().scheduler, nullptr)) {}
  without_context(const without_context&) = delete;
  without_context& operator=(const without_context&) = delete;
  ~without_context() {
    weft::detail::this_thread().context = context_;
    weft::detail::this_thread().scheduler = scheduler_;
  }

 private:
  synchronization_context* const context_;
  task_scheduler* const scheduler_;
};

class transport : public byte_stream {
 public:
  explicit transport(byte_stream&& over) noexcept : byte_stream(std::move(over)) {}
  /// Ends what is pending; the descriptor is closed with the object. Unlike `close` it may be
  /// called while other threads use it.
  void cut() noexcept { weft::detail::target_of(*state_or_null()).close(); }
  /// What can be sent without waiting.
  std::size_t send_now(std::string_view bytes) noexcept {
    const int n = weft::detail::perform_now(weft::detail::target_of(*state_or_null()),
                                            weft::detail::io_op::send,
                                            const_cast<char*>(bytes.data()), bytes.size());
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
};

}  // namespace

class tls_state {
 public:
  tls_state(byte_stream&& over, const std::shared_ptr<tls_core>& core, std::string host,
            std::string session)
      : stream_(std::move(over)), engine_(core, std::move(host), std::move(session)) {}

  [[nodiscard]] lazy<> handshake(std::stop_token stop);
  [[nodiscard]] lazy<std::size_t> read(void* into, std::size_t size, std::stop_token stop);
  [[nodiscard]] lazy<> write(const void* from, std::size_t size, std::stop_token stop);
  [[nodiscard]] lazy<> say_end(std::stop_token stop);
  void close(bool properly) noexcept;

  template <class F>
  [[nodiscard]] auto ask(F question) {
    const lock_guard held(mutex_);
    return question(engine_);
  }
  [[nodiscard]] byte_stream& stream() noexcept { return stream_; }

  async_mutex read_turn;
  // Belongs to who holds read_turn: from `taken` on, what read_until received too much.
  std::string received;
  std::size_t taken = 0;

 private:
  [[nodiscard]] lazy<> send(std::stop_token stop);
  [[nodiscard]] lazy<> send_if_free(std::stop_token stop);
  [[nodiscard]] lazy<> send_alert(std::stop_token stop);
  [[nodiscard]] lazy<> receive(std::stop_token stop);
  [[nodiscard]] bool has_output() {
    return ask([](tls_engine& e) { return e.has_output(); });
  }

  transport stream_;
  async_mutex write_turn_;
  // Belongs to who holds write_turn_: from `sent_` on, on its way.
  std::string sending_;
  std::size_t sent_ = 0;

  weft::detail::lock mutex_;
  tls_engine engine_;  // guarded by mutex_
};

// Pre: write_turn_ is held. Sends all that there is.
lazy<> tls_state::send(std::stop_token stop) {
  while (true) {
    if (sent_ == sending_.size()) {
      sent_ = 0;
      sending_.clear();
      ask([this](tls_engine& e) { e.take_output(sending_); });
      if (sending_.empty()) {
        std::string().swap(sending_);  // an idle connection keeps no buffer
        co_return;
      }
    }
    auto writing =
        stream_.write_some(const_buffer(sending_.data() + sent_, sending_.size() - sent_), stop);
    const std::size_t n = co_await std::move(writing);
    sent_ += n;
  }
}

lazy<> tls_state::send_if_free(std::stop_token stop) {
  while (has_output()) {
    auto turn = write_turn_.try_lock();
    if (!turn) {
      break;
    }
    co_await send(stop);
  }
}

// After a failure: the peer is told why, if it listens.
lazy<> tls_state::send_alert(std::stop_token stop) {
  try {
    co_await send_if_free(stop);
  } catch (...) {
    // The failure that is being told matters more than that it could not be told.
  }
}

lazy<> tls_state::receive(std::stop_token stop) {
  const std::span<char> room = ask([](tls_engine& e) { return e.room(); });
  auto reading = stream_.read_some(mutable_buffer(room.data(), room.size()), stop);
  const std::size_t n = co_await std::move(reading);
  ask([n](tls_engine& e) {
    if (n == 0) {
      e.input_ended();
    } else {
      e.received(n);
    }
  });
}

lazy<> tls_state::handshake(std::stop_token stop) {
  while (true) {
    std::exception_ptr failure;
    auto result = tls_engine::outcome::done;
    try {
      result = ask([](tls_engine& e) { return e.handshake(); });
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure != nullptr) {
      co_await send_alert(stop);
      std::rethrow_exception(failure);
    }
    co_await send_if_free(stop);
    if (result == tls_engine::outcome::done) {
      co_return;
    }
    co_await receive(stop);
  }
}

// Pre: read_turn is held, `size` is not 0.
lazy<std::size_t> tls_state::read(void* into, std::size_t size, std::stop_token stop) {
  throw_if_stopped(stop);
  while (true) {
    std::exception_ptr failure;
    tls_engine::progress got{};
    try {
      got = ask([=](tls_engine& e) { return e.decrypt(into, size); });
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure != nullptr) {
      co_await send_alert(stop);
      std::rethrow_exception(failure);
    }
    if (has_output()) {
      co_await send_if_free(stop);
    }
    if (got.what != tls_engine::outcome::wants_input) {
      co_return got.size;
    }
    co_await receive(stop);
  }
}

lazy<> tls_state::write(const void* from, std::size_t size, std::stop_token stop) {
  {
    auto locking = write_turn_.lock(stop);
    const async_mutex::guard turn = co_await std::move(locking);
    co_await send(stop);
    const char* at = static_cast<const char*>(from);
    const char* const end = at + size;
    while (at != end) {
      at += ask([=](tls_engine& e) { return e.encrypt(at, static_cast<std::size_t>(end - at)); });
      co_await send(stop);
    }
  }
  co_await send_if_free(stop);
}

lazy<> tls_state::say_end(std::stop_token stop) {
  ask([](tls_engine& e) { e.close_notify(); });
  co_await write(nullptr, 0, stop);
}

void tls_state::close(bool properly) noexcept {
  if (properly) {
    try {
      if (const auto turn = write_turn_.try_lock(); turn && sent_ == sending_.size()) {
        std::string last;
        ask([&last](tls_engine& e) {
          e.close_notify();
          e.take_output(last);
        });
        (void)stream_.send_now(last);
      }
    } catch (...) {
      // Out of memory: the peer sees an end that is not announced.
    }
  }
  stream_.cut();
}

namespace {

using state_ptr = std::shared_ptr<tls_state>;

// Bytes of read_until that nobody has read yet.
std::size_t take_received(tls_state& s, void* into, std::size_t size) {
  const std::size_t n = std::min(size, s.received.size() - s.taken);
  if (n != 0) {
    std::memcpy(into, s.received.data() + s.taken, n);
    s.taken += n;
    if (s.taken == s.received.size()) {
      std::string().swap(s.received);
      s.taken = 0;
    }
  }
  return n;
}

value_task<std::size_t> read_some(state_ptr s, mutable_buffer into, std::stop_token stop) {
  auto locking = s->read_turn.lock(stop);
  const async_mutex::guard turn = co_await std::move(locking);
  std::size_t n = take_received(*s, into.data(), into.size());
  if (n == 0 && into.size() != 0) {
    n = co_await s->read(into.data(), into.size(), stop);
  }
  co_return n;
}

value_task<> read_exactly(state_ptr s, mutable_buffer into, std::stop_token stop) {
  auto locking = s->read_turn.lock(stop);
  const async_mutex::guard turn = co_await std::move(locking);
  auto* const data = static_cast<char*>(into.data());
  std::size_t had = take_received(*s, data, into.size());
  while (had < into.size()) {
    const std::size_t n = co_await s->read(data + had, into.size() - had, stop);
    if (n == 0) {
      throw end_of_stream("weft::net::tls_stream::read_exactly: the stream ended after " +
                          std::to_string(had) + " of " + std::to_string(into.size()) + " bytes");
    }
    had += n;
  }
}

std::string take_front(tls_state& s, std::size_t size) {
  std::string front(size, '\0');
  (void)take_received(s, front.data(), size);
  return front;
}

constexpr std::size_t chunk = 4096;  // bytes that are read at a time when looking for a delimiter

value_task<std::string> read_until(state_ptr s, std::string delimiter, std::size_t limit,
                                   std::stop_token stop) {
  auto locking = s->read_turn.lock(stop);
  const async_mutex::guard turn = co_await std::move(locking);
  std::size_t searched = 0;  // of what is kept: no delimiter begins before
  while (true) {
    const std::string_view kept = std::string_view(s->received).substr(s->taken);
    const std::size_t at = kept.find(delimiter, searched);
    if (at != std::string_view::npos && at + delimiter.size() <= limit) {
      co_return take_front(*s, at + delimiter.size());
    }
    if (kept.size() >= limit) {
      throw std::length_error("weft::net::tls_stream::read_until: no delimiter within " +
                              std::to_string(limit) + " bytes");
    }
    searched = kept.size() < delimiter.size() ? 0 : kept.size() - delimiter.size() + 1;
    std::string more(chunk, '\0');
    const std::size_t n = co_await s->read(more.data(), more.size(), stop);
    if (n == 0) {
      break;
    }
    s->received.erase(0, std::exchange(s->taken, 0));
    s->received.append(more, 0, n);
  }
  co_return take_front(*s, s->received.size() - s->taken);
}

value_task<> write_view(state_ptr s, const_buffer from, std::stop_token stop) {
  co_await s->write(from.data(), from.size(), stop);
}

value_task<> write_text(state_ptr s, std::string data, std::stop_token stop) {
  co_await s->write(data.data(), data.size(), stop);
}

value_task<> say_end(state_ptr s, std::stop_token stop) {
  co_await s->say_end(stop);
}

task<> shake(state_ptr s, std::stop_token stop) {
  co_await s->handshake(stop);
}

}  // namespace
}  // namespace detail

// --- tls_stream ---

tls_stream::tls_stream() noexcept = default;
tls_stream::tls_stream(std::shared_ptr<detail::tls_state> state) noexcept
    : state_(std::move(state)) {}
tls_stream::tls_stream(tls_stream&& other) noexcept = default;

tls_stream& tls_stream::operator=(tls_stream&& other) noexcept {
  if (this != &other) {
    if (state_ != nullptr) {
      state_->close(false);
    }
    state_ = std::move(other.state_);
  }
  return *this;
}

tls_stream::~tls_stream() {
  if (state_ != nullptr) {
    state_->close(false);
  }
}

void tls_stream::close() noexcept {
  if (const auto closed = std::exchange(state_, nullptr)) {
    closed->close(true);
  }
}

detail::tls_state& tls_stream::state() const {
  if (state_ == nullptr) {
    throw object_disposed("tls_stream");
  }
  return *state_;
}

value_task<tls_stream> tls_stream::opened(std::shared_ptr<detail::tls_state> state,
                                          std::stop_token stop) {
  const auto limit = state->ask([](detail::tls_engine& e) { return e.handshake_timeout(); });
  tls_stream made(state);  // closes it when the handshake fails
  bool late = false;
  try {
    if (limit == infinite) {
      auto shaking = detail::shake(state, stop);
      co_await std::move(shaking);
    } else {
      auto work = [state](std::stop_token st) { return detail::shake(state, std::move(st)); };
      auto shaking = with_timeout(std::move(work), limit, stop);
      co_await std::move(shaking);
    }
  } catch (const timeout_error&) {
    late = true;
  }
  if (late) {
    const std::string host = state->ask([](detail::tls_engine& e) { return e.host(); });
    throw timeout_error("tls: the handshake with " +
                        (host.empty() ? "the peer" : "'" + host + "'") +
                        " did not end in time; does it speak TLS?");
  }
  co_return std::move(made);
}

namespace {

std::shared_ptr<detail::tls_state> make_state(byte_stream&& over, const tls_context& context,
                                              detail::tls_core::role role, std::string host,
                                              std::string session) {
  if (context.core()->kind != role) {
    throw std::invalid_argument(
        "tls: a client needs a context of tls_context::client, a server one of "
        "tls_context::server");
  }
  if (!over.is_open()) {
    throw object_disposed("stream");
  }
  return std::make_shared<detail::tls_state>(std::move(over), context.core(), std::move(host),
                                             std::move(session));
}

}  // namespace

namespace detail {

// The connecting half of `connect`, without the caller's context.
static value_task<std::shared_ptr<tls_state>> connected(endpoint remote, tls_context context,
                                                        std::stop_token stop) {
  auto connecting = tcp_stream::connect(remote, stop);
  tcp_stream over = co_await std::move(connecting);
  co_return make_state(std::move(over), context, tls_core::role::client, remote.host(),
                       remote.to_string());
}

}  // namespace detail

value_task<tls_stream> tls_stream::connect(endpoint remote, tls_context context,
                                           std::stop_token stop) {
  const detail::without_context here;
  struct whole {
    static value_task<tls_stream> run(endpoint to, tls_context c, std::stop_token st) {
      auto connecting = detail::connected(std::move(to), std::move(c), st);
      auto state = co_await std::move(connecting);
      auto opening = opened(std::move(state), st);
      co_return co_await std::move(opening);
    }
  };
  return whole::run(std::move(remote), std::move(context), std::move(stop));
}

value_task<tls_stream> tls_stream::client(byte_stream over, std::string host, tls_context context,
                                          std::stop_token stop) {
  const detail::without_context here;
  return opened(make_state(std::move(over), context, detail::tls_core::role::client, host, host),
                std::move(stop));
}

value_task<tls_stream> tls_stream::server(byte_stream over, tls_context context,
                                          std::stop_token stop) {
  const detail::without_context here;
  return opened(make_state(std::move(over), context, detail::tls_core::role::server, {}, {}),
                std::move(stop));
}

value_task<tls_stream> tls_stream::opened(byte_stream over, std::shared_ptr<detail::tls_core> core,
                                          std::string host, std::string session,
                                          std::stop_token stop) {
  const detail::without_context here;
  return opened(std::make_shared<detail::tls_state>(std::move(over), core, std::move(host),
                                                    std::move(session)),
                std::move(stop));
}

value_task<std::size_t> tls_stream::read_some(mutable_buffer into, std::stop_token stop) {
  (void)state();
  const detail::without_context here;
  return detail::read_some(state_, into, std::move(stop));
}

value_task<> tls_stream::read_exactly(mutable_buffer into, std::stop_token stop) {
  (void)state();
  const detail::without_context here;
  return detail::read_exactly(state_, into, std::move(stop));
}

value_task<std::string> tls_stream::read_until(std::string delimiter, std::size_t limit,
                                               std::stop_token stop) {
  (void)state();
  if (delimiter.empty()) {
    throw std::invalid_argument("weft::net::tls_stream::read_until: the delimiter is empty");
  }
  const detail::without_context here;
  return detail::read_until(state_, std::move(delimiter), limit, std::move(stop));
}

value_task<> tls_stream::write_all(const_buffer from, std::stop_token stop) {
  (void)state();
  const detail::without_context here;
  return detail::write_view(state_, from, std::move(stop));
}

value_task<> tls_stream::write_all(std::string data, std::stop_token stop) {
  (void)state();
  const detail::without_context here;
  return detail::write_text(state_, std::move(data), std::move(stop));
}

value_task<> tls_stream::shutdown_write(std::stop_token stop) {
  (void)state();
  const detail::without_context here;
  return detail::say_end(state_, std::move(stop));
}

void tls_stream::set_deadline(time_point when) {
  state().stream().set_deadline(when);
}
void tls_stream::set_deadline(time_span from_now) {
  state().stream().set_deadline(from_now);
}

tls_version tls_stream::version() const {
  return state().ask([](detail::tls_engine& e) { return e.version(); });
}
std::string tls_stream::cipher() const {
  return state().ask([](detail::tls_engine& e) { return e.cipher(); });
}
std::string tls_stream::application_protocol() const {
  return state().ask([](detail::tls_engine& e) { return e.application_protocol(); });
}
std::string tls_stream::server_name() const {
  return state().ask([](detail::tls_engine& e) { return e.server_name(); });
}
bool tls_stream::is_resumed() const {
  return state().ask([](detail::tls_engine& e) { return e.is_resumed(); });
}
std::string tls_stream::peer_certificate() const {
  return state().ask([](detail::tls_engine& e) { return e.peer_certificate(); });
}
std::string tls_stream::peer_subject() const {
  return state().ask([](detail::tls_engine& e) { return e.peer_subject(); });
}

}  // namespace weft::net
