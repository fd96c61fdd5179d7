/// One connection of the server: one coroutine that reads a request, runs its handler, writes the
/// answer, again and again. Buffers, parser and request are the connection's and are used again, so
/// that a request allocates nothing of its own here.
///
/// Answers gather in `out_` and are written when there is nothing more to parse, when a handler
/// does not answer at once, or when they grow large: pipelined requests share a write, and nobody
/// waits for somebody else's handler.
///
/// Where bytes of the client are left unread, after an error above all, the connection lingers: it
/// closes its sending half and reads on for a moment. Closing at once would make the kernel send a
/// reset, and the client would lose the answer that tells what was wrong.

#include <weft/task/lazy.hpp>
#include <weft/task/run.hpp>

#include "request_access.hpp"
#include "serialize.hpp"
#include "server_core.hpp"
#include "transport.hpp"

#include <chrono>
#include <system_error>
#include <utility>

namespace weft::http::detail {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds linger_time = 2s;
constexpr std::size_t flush_size = 64 * 1024;   // bytes of answers that are gathered at most
constexpr std::size_t inline_body = 16 * 1024;  // larger bodies are written from where they lie

std::int64_t unix_time() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

lazy<> linger(transport& stream, receive_buffer& in, std::stop_token stop) {
  stream.set_deadline(linger_time);
  auto ending = stream.shutdown_write(stop);
  co_await std::move(ending);
  for (std::size_t n = 1; n != 0;) {
    in.consume(in.unread().size());
    n = co_await stream.read_some(in.room(), stop);
  }
}

class server_connection {
 public:
  server_connection(std::shared_ptr<server_core> core, transport stream)
      : core_(std::move(core)),
        stream_(std::move(stream)),
        parser_(message_parser::kind::request, core_->limits()) {}

  /// Serves one request. False: the connection has ended.
  lazy<bool> next() {
    const progress read = co_await read_request();
    switch (read) {
      case progress::done:
        break;
      case progress::ended:
        co_return false;
      case progress::refused:
        co_await refuse(parser_.error().status, parser_.error().text);
        co_return false;
      case progress::timed_out:
        co_await refuse(408, "the request did not arrive in time");
        co_return false;
    }
    co_return co_await answer();
  }

  /// Shakes hands, where there is TLS.
  lazy<> secure(net::tcp_stream stream) {
    auto opening = net::detail::open_secure(std::move(stream), core_->tls, {}, {},
                                            membership.idle.get_token());
    stream_ = transport(co_await std::move(opening));
  }

  void close() noexcept { stream_.close(); }

  server_core::member membership;

 private:
  enum class progress : std::uint8_t { done, ended, refused, timed_out };
  enum class phase : std::uint8_t { idle, head, body };

  lazy<progress> read_request() {
    parser_.reset();
    phase at = phase::idle;
    for (;;) {
      while (!in_.empty() && parse_some()) {
      }
      if (parser_.current() == message_parser::state::failed) {
        co_return progress::refused;
      }
      if (parser_.current() == message_parser::state::complete) {
        co_return progress::done;
      }
      if (parser_.current() == message_parser::state::body && at != phase::body) {
        at = phase::body;
        invite_body();
        co_await flush();
        stream_.set_deadline(core_->options.body_timeout);
      } else if (at == phase::idle && !in_.empty()) {
        at = phase::head;
        co_await flush();
        stream_.set_deadline(core_->options.header_timeout);
      } else {
        co_await flush();
      }
      const progress more = co_await receive(at);
      if (more != progress::done) {
        co_return more;
      }
    }
  }

  /// True if something was taken.
  bool parse_some() {
    const std::size_t taken = parser_.feed(in_.unread());
    in_.consume(taken);
    return taken != 0;
  }

  void invite_body() {
    if (parser_.head().expects_continue && in_.empty()) {
      out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    }
  }

  /// Reads what comes. Idle connections wait for the first byte with a token and a time-out of
  /// their own.
  lazy<progress> receive(phase at) {
    if (at == phase::idle) {
      if (core_->is_draining()) {
        co_return progress::ended;
      }
      stream_.set_deadline(first_ ? core_->options.header_timeout : core_->options.idle_timeout);
    }
    const std::stop_source& source = at == phase::idle ? membership.idle : core_->hard_stop;
    std::size_t n = 0;
    try {
      n = co_await stream_.read_some(in_.room(), source.get_token());
    } catch (const timeout_error&) {
      co_return at == phase::idle ? progress::ended : progress::timed_out;
    }
    if (n == 0) {
      parser_.finish();
      co_return at == phase::idle ? progress::ended : progress::refused;
    }
    in_.received(n);
    first_ = false;
    co_return progress::done;
  }

  lazy<> flush() {
    if (!out_.empty()) {
      stream_.set_deadline(core_->options.write_timeout);
      co_await stream_.write_all(out_, core_->hard_stop.get_token());
      out_.clear();
    }
  }

  /// Answers an error and closes.
  lazy<> refuse(int status, std::string text) {
    response r = problem(status, {}, text);
    append_response_head(out_, r, {.keep_alive = false, .version_1_0 = false, .now = unix_time()});
    out_ += r.body();
    co_await flush();
    co_await linger(stream_, in_, core_->hard_stop.get_token());
  }

  lazy<bool> answer() {
    message_head& head = parser_.head();
    const bool keep = head.keep_alive && !core_->is_draining();
    const bool version_1_0 = head.version_minor == 0;
    request_access::set_head(request_, head.method, head.target, head.headers);
    request_access::swap_body(request_, parser_.body());
    request_access::set_context(request_, core_->context);
    response r = co_await respond();
    request_.attach(nullptr);
    const bool still_keep = keep && !core_->is_draining();
    append_response_head(out_, r, {still_keep, version_1_0, unix_time()});
    if (may_have_body(r.status()) && request_.method() != method::head) {
      if (r.body().size() <= inline_body) {
        out_ += r.body();
      } else {
        co_await flush();
        stream_.set_deadline(core_->options.write_timeout);
        co_await stream_.write_all(r.body(), core_->hard_stop.get_token());
      }
    }
    if (!still_keep || out_.size() > flush_size) {
      co_await flush();
    }
    if (!still_keep && !in_.empty()) {
      co_await linger(stream_, in_, core_->hard_stop.get_token());
    }
    co_return still_keep;
  }

  /// What the route answers, or what there is to say instead.
  lazy<response> respond() {
    router::result found = core_->routes.match(request_.method(), request_.path(),
                                               request_access::params(request_), routing_);
    switch (found.what) {
      case router::outcome::found:
        break;
      case router::outcome::bad_path:
        co_return bad_request("the path is not well-formed");
      case router::outcome::not_found:
        co_return not_found();
      case router::outcome::method_not_allowed: {
        response r = problem(405, {}, "this path takes " + found.allow);
        r.headers().set("Allow", found.allow);
        co_return r;
      }
    }
    co_return co_await call(*static_cast<endpoint*>(found.target));
  }

  lazy<response> call(endpoint& target) {
    std::exception_ptr broken;
    try {
      task<response> pending = target.invoke(request_);
      if (!pending.is_completed()) {
        // Whatever happens here, the handler is waited for: it uses the request.
        try {
          co_await flush();
        } catch (...) {
          broken = std::current_exception();
        }
      }
      response r = co_await std::move(pending);
      if (broken != nullptr) {
        std::rethrow_exception(broken);
      }
      co_return r;
    } catch (const request_error& e) {
      co_return problem(e.status(), {}, e.what());
    } catch (...) {
      if (broken != nullptr) {
        throw;
      }
      core_->report(request_, std::current_exception());
    }
    co_return problem(500);
  }

  const std::shared_ptr<server_core> core_;
  transport stream_;
  message_parser parser_;
  receive_buffer in_;
  std::string out_;
  request request_;
  router::scratch routing_;
  bool first_ = true;  // nothing has been received yet
};

}  // namespace

task<> serve(std::shared_ptr<server_core> core, net::tcp_stream stream) {
  const bool secure = core->tls != nullptr;
  server_connection connection(core, secure ? transport() : transport(std::move(stream)));
  if (!core->enter(connection.membership)) {
    co_return;
  }
  try {
    co_await yield();  // leave the accepting coroutine, and spread over the workers
    if (secure) {
      co_await connection.secure(std::move(stream));
    }
    for (bool more = true; more;) {
      auto next = connection.next();
      more = co_await next;
    }
    connection.close();
  } catch (...) {
    // The peer went away, was too slow to read, or the server was stopped: there is nobody to tell.
  }
  core->leave(connection.membership);
}

lazy<> answer_and_close(transport& stream, response r, std::stop_token stop) {
  std::string out;
  append_response_head(out, r, {.keep_alive = false, .version_1_0 = false, .now = unix_time()});
  out += r.body();
  stream.set_deadline(linger_time);
  co_await stream.write_all(out, stop);
  receive_buffer in;
  co_await linger(stream, in, stop);
}

}  // namespace weft::http::detail
