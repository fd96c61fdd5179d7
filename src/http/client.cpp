/// The client: one coroutine per call.
///
/// A call goes through rounds (redirects) of attempts (a kept connection that turns out to be
/// closed). An attempt writes the request and reads the answer; only when both ended well, the
/// server wants to go on, and nothing more has come than the answer, the connection is kept.
/// Everything else drops it.
///
/// One deadline stands for the whole call and is the stream's deadline too; phases shorten it.

#include <weft/http/client.hpp>

#include <weft/base/lock.hpp>
#include <weft/net/tls_context.hpp>
#include <weft/task/lazy.hpp>
#include <weft/task/run.hpp>
#include <weft/task/thread_state.hpp>
#include <weft/time/delay.hpp>
#include <weft/trace/event.hpp>

#include "client_pool.hpp"
#include "request_access.hpp"
#include "serialize.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace weft::http {
namespace detail {

class client_core {
 public:
  explicit client_core(const client_options& o)
      : options(o),
        pool(o.max_connections_per_host, o.pooled_idle_timeout),
        tls_(o.tls != nullptr ? o.tls->core() : nullptr) {}

  /// What to trust; made at the first https. **Pre**: weft::tls is linked.
  [[nodiscard]] std::shared_ptr<net::detail::tls_core> tls() {
    const weft::detail::lock_guard held(mutex_);
    if (tls_ == nullptr) {
      tls_ = net::detail::default_tls_client();
    }
    return tls_;
  }

  const client_options options;
  client_pool pool;

 private:
  weft::detail::lock mutex_;
  std::shared_ptr<net::detail::tls_core> tls_;  // guarded by mutex_
};

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t inline_body =
    16 * 1024;  // bytes; larger ones are written from where they lie

time_point after(std::chrono::nanoseconds limit) {
  return limit == infinite ? time_point::max() : clock::now() + limit;
}

std::string shown(std::chrono::nanoseconds limit) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count()) +
         " ms";
}

bool is_secure(const url& to) noexcept {
  return to.scheme() == "https";
}

/// Where a connection goes, and how. Called once.
class opener {
 public:
  opener(const url& to, std::shared_ptr<net::detail::tls_core> tls)
      : host_(to.host()), port_(to.port()), tls_(std::move(tls)) {}

  task<transport> operator()(std::stop_token stop) const {
    auto connecting = net::tcp_stream::connect(net::endpoint(host_, port_), stop);
    net::tcp_stream tcp = co_await std::move(connecting);
    if (tls_ == nullptr) {
      co_return transport(std::move(tcp));
    }
    auto securing = net::detail::open_secure(std::move(tcp), tls_, host_,
                                             host_ + ':' + std::to_string(port_), stop);
    auto secure = co_await std::move(securing);
    co_return transport(std::move(secure));
  }

 private:
  const std::string host_;
  const std::uint16_t port_;
  const std::shared_ptr<net::detail::tls_core> tls_;
};

/// One request to one address.
class exchange {
 public:
  exchange(client_core& core, const request& r, const url& to, time_point deadline,
           std::stop_token stop)
      : core_(core),
        request_(r),
        to_(to),
        host_((is_secure(to) ? "https://" : "") + to.host() + ':' + std::to_string(to.port())),
        deadline_(deadline),
        stop_(std::move(stop)) {}

  lazy<response> run() {
    const client_pool::turn turn = co_await core_.pool.take_turn(host_, deadline_, stop_);
    auto kept = core_.pool.take(host_);
    if (kept != nullptr) {
      connection_ = std::move(kept);
      std::optional<response> answer = co_await attempt(is_idempotent(request_.method()));
      if (answer) {
        co_return *std::move(answer);
      }
    }
    connection_ = co_await connect();
    std::optional<response> answer = co_await attempt(false);
    co_return *std::move(answer);
  }

 private:
  lazy<std::unique_ptr<client_connection>> connect() {
    const parser_limits limits{core_.options.max_header_bytes, 256,
                               core_.options.max_response_bytes};
    auto limit = core_.options.connect_timeout;
    if (deadline_ != time_point::max()) {
      const std::chrono::nanoseconds left =
          std::max<std::chrono::nanoseconds>(deadline_ - clock::now(), std::chrono::nanoseconds(1));
      limit = limit == infinite ? left : std::min(limit, left);
    }
    opener open(to_, is_secure(to_) ? core_.tls() : nullptr);
    try {
      auto opened = with_timeout(std::move(open), limit, stop_);
      transport stream = co_await std::move(opened);
      co_return std::make_unique<client_connection>(std::move(stream), limits);
    } catch (const timeout_error&) {
      throw timeout_error("http: no connection to " + host_ + " within " + shown(limit));
    }
  }

  /// Nothing when the connection was dead and `may_repeat`.
  lazy<std::optional<response>> attempt(bool may_repeat) {
    const char* phase = "sending the request";
    const char* const reading = "waiting for the answer";
    try {
      const std::exception_ptr unsent = co_await send();
      phase = reading;
      const bool answered = co_await receive();
      if (!answered) {
        auto dead = std::move(connection_);
        if (may_repeat) {
          co_return std::nullopt;
        }
        if (unsent != nullptr) {
          std::rethrow_exception(unsent);
        }
        throw protocol_error("http: " + host_ + " closed the connection without an answer");
      }
      response r = take_response();
      if (unsent == nullptr && connection_->parser.head().keep_alive && connection_->in.empty()) {
        core_.pool.keep(host_, std::move(connection_));
      }
      co_return std::optional<response>(std::move(r));
    } catch (const timeout_error&) {
      throw timeout_error("http: " + std::string(to_string(request_.method())) + " " +
                          request_.target() + ": the time-out passed while " + phase);
    }
  }

  /// Returns why it could not be written, if so: the server may have answered and closed before it
  /// read everything.
  lazy<std::exception_ptr> send() {
    client_connection& c = *connection_;
    c.stream.set_deadline(deadline_);
    c.out.clear();
    append_request_head(c.out, request_, to_);
    const bool inlined = request_.body().size() <= inline_body;
    if (inlined) {
      c.out += request_.body();
    }
    std::exception_ptr error;
    try {
      co_await c.stream.write_all(c.out, stop_);
      if (!inlined) {
        co_await c.stream.write_all(request_.body(), stop_);
      }
    } catch (const std::system_error&) {
      error = std::current_exception();
    }
    co_return error;
  }

  /// Reads one answer. False: the connection ended before its first byte.
  lazy<bool> receive() {
    client_connection& c = *connection_;
    if (core_.options.header_timeout != infinite) {
      c.stream.set_deadline(std::min(deadline_, after(core_.options.header_timeout)));
    }
    begin_message(c.parser);
    bool in_head = true;
    while (!parse(c)) {
      if (in_head && c.parser.current() == message_parser::state::body) {
        in_head = false;
        c.stream.set_deadline(deadline_);
      }
      std::size_t n = 0;
      try {
        n = co_await c.stream.read_some(c.in.room(), stop_);
      } catch (const std::system_error&) {
        if (c.parser.idle() && c.in.empty()) {
          co_return false;
        }
        throw;
      }
      if (n == 0) {
        if (c.parser.idle() && c.in.empty()) {
          co_return false;
        }
        c.parser.finish();
      }
      c.in.received(n);
    }
    co_return true;
  }

  void begin_message(message_parser& parser) {
    parser.reset();
    if (request_.method() == method::head) {
      parser.expect_no_body();
    }
  }

  /// Parses what is there; true when the answer is complete. Interim answers (1xx) are skipped.
  bool parse(client_connection& c) {
    for (;;) {
      const std::size_t taken = c.parser.feed(c.in.unread());
      c.in.consume(taken);
      switch (c.parser.current()) {
        case message_parser::state::failed:
          throw protocol_error("http: the answer of " + host_ +
                               " is refused: " + c.parser.error().text);
        case message_parser::state::complete:
          if (c.parser.head().status >= 200) {
            return true;
          }
          if (c.parser.head().status == 101) {
            throw protocol_error("http: " + host_ +
                                 " wants to switch protocols, and nobody asked it to");
          }
          begin_message(c.parser);
          break;
        case message_parser::state::head:
        case message_parser::state::body:
          if (taken == 0 || c.in.empty()) {
            return false;
          }
      }
    }
  }

  response take_response() {
    message_parser& parser = connection_->parser;
    response r(parser.head().status);
    std::swap(r.headers(), parser.head().headers);
    request_access::swap_body(r, parser.body());
    return r;
  }

  client_core& core_;
  const request& request_;
  const url& to_;
  const std::string host_;
  const time_point deadline_;
  const std::stop_token stop_;
  std::unique_ptr<client_connection> connection_;
};

bool is_redirect(int status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// Makes `r` what is sent to `next` (RFC 9110 15.4; the Fetch standard for 301 and 302).
void follow(request& r, int status, const url& from, const url& next) {
  const bool becomes_get = (status == 303 && r.method() != method::head) ||
                           ((status == 301 || status == 302) && r.method() == method::post);
  std::string target = next.scheme() + "://" + next.authority() + next.target();
  request_access::redirect(r, becomes_get ? method::get : r.method(), std::move(target));
  if (becomes_get) {
    r.headers().remove("Content-Type");
  }
  if (from.authority() != next.authority() || from.scheme() != next.scheme()) {
    r.headers().remove("Authorization");
    r.headers().remove("Cookie");
  }
  r.headers().remove("Host");
}

/// Marks how long the other side took, for whoever draws it.
class traced {
 public:
  traced() noexcept {
    if (trace::enabled()) {
      trace::emit(trace::event::operation_submitted, this, {}, "http");
    }
  }
  traced(const traced&) = delete;
  traced& operator=(const traced&) = delete;
  ~traced() {
    if (trace::enabled()) {
      trace::emit(trace::event::operation_completed, this, {}, "http");
    }
  }
};

enum class wanted : std::uint8_t { any, success };

task<response> call(std::shared_ptr<client_core> core, request r, wanted status,
                    std::stop_token stop) {
  const traced mark;
  throw_if_stopped(stop);
  const time_point deadline = after(core->options.timeout);
  url to(r.target());
  for (int redirects = 0;; ++redirects) {
    if (is_secure(to) && &net::detail::open_secure == nullptr) {
      throw std::invalid_argument("http: " + r.target() +
                                  " needs weft::tls: link all of it with this program");
    }
    exchange round(*core, r, to, deadline, stop);
    response answer = co_await round.run();
    const auto location = answer.headers().get("Location");
    const bool follows =
        is_redirect(answer.status()) && location && core->options.max_redirects != 0;
    // Never out of TLS into the clear: the answer is the caller's, as in .NET.
    if (!follows || (is_secure(to) && !is_secure(to.resolve(*location)))) {
      if (status == wanted::success && !answer.is_success()) {
        throw http_error(answer.status(), r.target(), answer.body());
      }
      co_return answer;
    }
    if (redirects == core->options.max_redirects) {
      throw protocol_error("http: more than " + std::to_string(redirects) +
                           " redirects, the last one to " + std::string(*location));
    }
    url next = to.resolve(*location);
    follow(r, answer.status(), to, next);
    to = std::move(next);
  }
}

task<std::string> call_for_text(std::shared_ptr<client_core> core, request r,
                                std::stop_token stop) {
  auto pending = call(std::move(core), std::move(r), wanted::success, std::move(stop));
  response answer = co_await std::move(pending);
  co_return co_await std::move(answer).text();
}

/// Starts `f` here, or on the pool when this thread has a context or scheduler to which
/// continuations would return: a client must go on while its caller's loop is blocked.
template <class F>
auto start_unbound(F f) -> decltype(f()) {
  if (weft::detail::this_thread().is_plain()) {
    return f();
  }
  return weft::run(std::move(f));
}

}  // namespace
}  // namespace detail

client::client(client_options options) : core_(std::make_shared<detail::client_core>(options)) {
  for (const auto limit : {options.timeout, options.connect_timeout, options.header_timeout}) {
    if (limit <= std::chrono::nanoseconds::zero() && limit != infinite) {
      throw std::invalid_argument(
          "http: client_options: time-outs are positive, or weft::infinite");
    }
  }
}
client::client(client&&) noexcept = default;
client& client::operator=(client&&) noexcept = default;
client::~client() = default;

task<response> client::send(request r, std::stop_token stop) {
  return detail::start_unbound([core = core_, r = std::move(r), stop = std::move(stop)]() mutable {
    return detail::call(std::move(core), std::move(r), detail::wanted::any, std::move(stop));
  });
}

task<response> client::get(std::string url, std::stop_token stop) {
  return send(request(method::get, std::move(url)), std::move(stop));
}

task<std::string> client::get_string(std::string url, std::stop_token stop) {
  return detail::start_unbound(
      [core = core_, url = std::move(url), stop = std::move(stop)]() mutable {
        return detail::call_for_text(std::move(core), request(method::get, std::move(url)),
                                     std::move(stop));
      });
}

std::size_t client::idle_connections() const noexcept {
  return core_->pool.idle();
}

}  // namespace weft::http
