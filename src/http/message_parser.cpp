/// Bytes to messages: the one file that names llhttp.
///
/// llhttp 8.1, as Debian ships it, takes a lone CR for the end of a header (CVE-2023-30589) and a
/// header that begins with a space for a header (CVE-2024-27982); both let a request be smuggled
/// past a proxy that reads it otherwise. So a head is gathered first and its lines are checked
/// here: only CR LF ends a line, no control characters, no line begins with a blank (obs-fold).
/// Only then llhttp reads it. What the head says about the body's length is checked once more here
/// (RFC 9112 6): one Content-Length, or Transfer-Encoding: chunked, or neither, never both. The
/// body goes through llhttp as it arrives, up to its last chunk: trailers, where it takes a lone LF
/// and folded lines, are checked as a head is, and dropped. Each message begins with a fresh llhttp
/// state, so that nothing of one message can colour the next.

#include "message_parser.hpp"

#include "text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <llhttp.h>

namespace weft::http::detail {

/// llhttp and its callbacks, which gather into the parser's head.
struct message_parser::engine {
  explicit engine(message_parser& parser) : owner(parser) {
    llhttp_settings_init(&settings);
    settings.on_url = [](llhttp_t* p, const char* at, std::size_t n) {
      self(p).head_.target.append(at, n);
      return 0;
    };
    settings.on_header_field = [](llhttp_t* p, const char* at, std::size_t n) {
      return on_name(p, {at, n});
    };
    settings.on_header_value = [](llhttp_t* p, const char* at, std::size_t n) {
      return on_value(p, {at, n});
    };
    settings.on_header_value_complete = [](llhttp_t* p) { return on_field(p); };
    settings.on_chunk_header = [](llhttp_t* p) { return on_chunk(p); };
    settings.on_headers_complete = [](llhttp_t* p) { return on_headers(p); };
    settings.on_body = [](llhttp_t* p, const char* at, std::size_t n) {
      return on_body(p, {at, n});
    };
    settings.on_message_complete = [](llhttp_t* p) {
      self(p).state_ = state::complete;
      return static_cast<int>(HPE_PAUSED);
    };
    restart();
  }

  void restart() {
    llhttp_init(&http, owner.kind_ == kind::request ? HTTP_REQUEST : HTTP_RESPONSE, &settings);
    http.data = this;
    name.clear();
    value.clear();
  }

  static message_parser& self(llhttp_t* p) { return static_cast<engine*>(p->data)->owner; }

  static int on_name(llhttp_t* p, std::string_view part) {
    static_cast<engine*>(p->data)->name += part;
    return 0;
  }

  static int on_value(llhttp_t* p, std::string_view part) {
    static_cast<engine*>(p->data)->value += part;
    return 0;
  }

  static int on_field(llhttp_t* p) {
    auto& e = *static_cast<engine*>(p->data);
    if (!is_token(e.name) || !is_field_value(e.value)) {
      llhttp_set_error_reason(p, "a header's name or value holds what may not stand there");
      return HPE_USER;
    }
    e.owner.head_.headers.add(e.name, e.value);
    e.name.clear();
    e.value.clear();
    return 0;
  }

  static int on_headers(llhttp_t* p) {
    auto& e = *static_cast<engine*>(p->data);
    message_head& head = e.owner.head_;
    head.version_minor = p->http_minor;
    head.status = p->status_code;
    if (e.owner.kind_ == kind::request) {
      head.method = method_of(p->method);
      head.method_name = llhttp_method_name(static_cast<llhttp_method_t>(p->method));
    }
    if (!e.owner.check_head()) {
      return HPE_USER;
    }
    e.owner.state_ = state::body;
    return e.owner.no_body_ ? 1 : 0;
  }

  static int on_chunk(llhttp_t* p) {
    message_parser& owner = self(p);
    if (p->content_length == 0) {
      owner.begin_trailers();
      return HPE_PAUSED;
    }
    return owner.check_room(p->content_length) ? 0 : static_cast<int>(HPE_USER);
  }

  static int on_body(llhttp_t* p, std::string_view part) {
    message_parser& owner = self(p);
    if (!owner.check_room(part.size())) {
      return HPE_USER;
    }
    owner.body_ += part;
    return 0;
  }

  static http::method method_of(std::uint8_t m) noexcept {
    switch (m) {
      case HTTP_GET:
        return method::get;
      case HTTP_HEAD:
        return method::head;
      case HTTP_POST:
        return method::post;
      case HTTP_PUT:
        return method::put;
      case HTTP_DELETE:
        return method::del;
      case HTTP_PATCH:
        return method::patch;
      case HTTP_OPTIONS:
        return method::options;
      case HTTP_TRACE:
        return method::trace;
      case HTTP_CONNECT:
        return method::connect;
      default:
        return method::other;
    }
  }

  /// Runs llhttp and returns how many bytes it took; an error of its own fails the message.
  std::size_t execute(std::string_view data) {
    const llhttp_errno_t error = llhttp_execute(&http, data.data(), data.size());
    if (error == HPE_OK) {
      return data.size();
    }
    if (owner.state_ == state::failed) {
      return 0;
    }
    const bool stopped = owner.state_ == state::complete || owner.in_trailers_;
    if (!stopped) {
      owner.fail(error == HPE_INVALID_METHOD ? 501 : 400,
                 std::string("this is not HTTP/1.1: ") + llhttp_get_error_reason(&http));
      return 0;
    }
    const char* at = llhttp_get_error_pos(&http);
    return at == nullptr ? data.size() : static_cast<std::size_t>(at - data.data());
  }

  message_parser& owner;
  llhttp_settings_t settings{};
  llhttp_t http{};
  std::string name;
  std::string value;
};

message_parser::message_parser(kind what, const parser_limits& limits)
    : kind_(what), limits_(limits), engine_(std::make_unique<engine>(*this)) {}

message_parser::~message_parser() = default;

void message_parser::reset() {
  state_ = state::head;
  no_body_ = in_trailers_ = false;
  scanned_ = line_start_ = lines_ = framing_ = 0;
  head_.target.clear();
  head_.headers.clear();
  head_.content_length.reset();
  head_.chunked = head_.expects_continue = head_.has_body = false;
  body_.clear();
  engine_->restart();
}

void message_parser::fail(int status, std::string text) {
  if (state_ != state::failed) {
    state_ = state::failed;
    error_ = {status, std::move(text)};
  }
}

std::size_t message_parser::feed(std::string_view data) {
  switch (state_) {
    case state::head:
      return feed_head(data);
    case state::body:
      return feed_body(data);
    case state::complete:
    case state::failed:
      break;
  }
  return 0;
}

std::size_t message_parser::feed_head(std::string_view data) {
  // Empty lines before a request are skipped (RFC 9112 2.2), one at a time, so that they need no
  // limit of their own.
  if (scanned_ == 0 && data.substr(0, 2) == "\r\n" && kind_ == kind::request) {
    return 2;
  }
  const std::size_t size = scan_lines(data);
  if (size == 0 || !check_start_line(data.substr(0, data.find('\r')))) {
    return 0;
  }
  const std::size_t taken = engine_->execute(data.substr(0, size));
  if (state_ == state::head) {
    fail(400, "this is not HTTP/1.1: the head ends too early");
  }
  return state_ == state::failed ? 0 : std::max(taken, size);
}

/// `GET /path HTTP/1.1` or `HTTP/1.1 200 OK`, with one space between; llhttp also takes several,
/// and RTSP.
bool message_parser::check_start_line(std::string_view line) {
  std::string_view version = line.substr(0, line.find(' '));
  if (kind_ == kind::request) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == last || line.find(' ', first + 1) != last) {
      fail(400, "the first line is not: method, space, target, space, HTTP/1.1");
      return false;
    }
    version = line.substr(last + 1);
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    fail(version.substr(0, 5) == "HTTP/" ? 505 : 400, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    return false;
  }
  return true;
}

void message_parser::begin_trailers() noexcept {
  in_trailers_ = true;
  scanned_ = line_start_ = lines_ = 0;
}

bool message_parser::check_room(std::uint64_t more) {
  if (more > limits_.max_body_bytes - body_.size()) {
    fail(413, "the body is longer than the " + std::to_string(limits_.max_body_bytes) +
                  " bytes that are allowed");
    return false;
  }
  return true;
}

/// Goes on checking lines of a head or of trailers. Returns their size when the empty line behind
/// them is there, else 0.
std::size_t message_parser::scan_lines(std::string_view data) {
  const std::size_t end = std::min(data.size(), limits_.max_header_bytes);
  while (scanned_ < end) {
    const auto c = static_cast<unsigned char>(data[scanned_]);
    if (scanned_ == line_start_ && (c == ' ' || c == '\t')) {
      fail(400, "a line of the head begins with a blank (folded headers are not taken)");
      return 0;
    }
    if (c == '\r') {
      if (scanned_ + 1 == end) {
        break;  // the LF is still to come
      }
      if (data[scanned_ + 1] != '\n') {
        fail(400, "a CR without LF in the head");
        return 0;
      }
      const bool empty = scanned_ == line_start_;
      scanned_ += 2;
      line_start_ = scanned_;
      if (empty) {
        return scanned_;
      }
      if (++lines_ > limits_.max_headers + 1) {
        fail(431, "more than " + std::to_string(limits_.max_headers) + " header fields");
        return 0;
      }
      continue;
    }
    if ((c < 0x20 && c != '\t') || c == 0x7f) {
      fail(400, c == '\n' ? "an LF without CR in the head" : "a control character in the head");
      return 0;
    }
    ++scanned_;
  }
  if (data.size() >= limits_.max_header_bytes) {
    fail(431, "the head is longer than the " + std::to_string(limits_.max_header_bytes) +
                  " bytes that are allowed");
  }
  return 0;
}

bool message_parser::check_head() {
  if (!check_lengths()) {
    return false;
  }
  const http::headers& fields = head_.headers;
  head_.has_body = head_.chunked || head_.content_length.value_or(0) != 0;
  head_.keep_alive = head_.version_minor == 1 ? !fields.has_token("Connection", "close")
                                              : fields.has_token("Connection", "keep-alive");
  if (kind_ == kind::response) {
    no_body_ = no_body_ || head_.status < 200 || head_.status == 204 || head_.status == 304;
    const bool until_close = !no_body_ && !head_.chunked && !head_.content_length;
    head_.has_body = !no_body_ && (head_.has_body || until_close);
    head_.keep_alive = head_.keep_alive && !until_close;
    return check_room(no_body_ ? 0 : head_.content_length.value_or(0));
  }
  if (!check_room(head_.content_length.value_or(0))) {
    return false;
  }
  if (head_.method == method::connect) {
    fail(501, "CONNECT is not served here");
    return false;
  }
  const std::size_t hosts = fields.count("Host");
  if (hosts > 1 || (hosts == 0 && head_.version_minor == 1)) {
    fail(400, hosts == 0 ? "the Host header is missing" : "more than one Host header");
    return false;
  }
  if (const auto expect = fields.get("Expect"); expect && head_.version_minor == 1) {
    if (!equal_ignoring_case(*expect, "100-continue")) {
      fail(417, "the only expectation that is met here is 100-continue");
      return false;
    }
    head_.expects_continue = head_.has_body;
  }
  return true;
}

bool message_parser::check_lengths() {
  const http::headers& fields = head_.headers;
  const std::size_t lengths = fields.count("Content-Length");
  const std::size_t encodings = fields.count("Transfer-Encoding");
  if (lengths > 1 || encodings > 1 || (lengths == 1 && encodings == 1)) {
    fail(400, "more than one length for the body");
    return false;
  }
  if (encodings == 1) {
    if (!equal_ignoring_case(*fields.get("Transfer-Encoding"), "chunked")) {
      fail(501, "the only transfer encoding that is read here is chunked");
      return false;
    }
    if (head_.version_minor == 0) {
      fail(400, "HTTP/1.0 has no transfer encodings");
      return false;
    }
    head_.chunked = true;
  }
  if (lengths == 1) {
    const std::string_view text = *fields.get("Content-Length");
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
      fail(400, "the Content-Length is not a number");
      return false;
    }
    head_.content_length = value;
  }
  return true;
}

std::size_t message_parser::feed_body(std::string_view data) {
  if (in_trailers_) {
    const std::size_t size = scan_lines(data);
    if (size != 0) {
      state_ = state::complete;
    }
    return size;
  }
  const std::size_t before = body_.size();
  const std::size_t taken = engine_->execute(data);
  // Chunk extensions and trailers carry nothing that is kept: a peer must not be able to send them
  // for ever.
  framing_ += taken - std::min(taken, body_.size() - before);
  const std::size_t honest = limits_.max_header_bytes + body_.size();
  if (state_ == state::body && framing_ > honest) {
    fail(400, "more chunk framing than content");
  }
  return state_ == state::failed ? 0 : taken;
}

void message_parser::finish() {
  if (state_ == state::body && kind_ == kind::response &&
      llhttp_finish(&engine_->http) == HPE_PAUSED) {
    return;  // on_message_complete has set the state
  }
  if (state_ == state::head || state_ == state::body) {
    fail(400, state_ == state::head ? "the connection was closed before the end of the head"
                                    : "the connection was closed in the middle of the body");
  }
}

}  // namespace weft::http::detail
