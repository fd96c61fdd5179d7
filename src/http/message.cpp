/// Methods, status codes, requests and responses.

#include <weft/http/method.hpp>
#include <weft/http/request.hpp>
#include <weft/http/response.hpp>

#include "text.hpp"

#include <stdexcept>

namespace weft::http {

std::string_view to_string(method m) noexcept {
  switch (m) {
    case method::get:
      return "GET";
    case method::head:
      return "HEAD";
    case method::post:
      return "POST";
    case method::put:
      return "PUT";
    case method::del:
      return "DELETE";
    case method::patch:
      return "PATCH";
    case method::options:
      return "OPTIONS";
    case method::trace:
      return "TRACE";
    case method::connect:
      return "CONNECT";
    case method::other:
      break;
  }
  return {};
}

bool is_idempotent(method m) noexcept {
  return m != method::post && m != method::patch && m != method::connect && m != method::other;
}

namespace {

struct named_status {
  int code;
  std::string_view name;
};

constexpr named_status statuses[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {511, "Network Authentication Required"},
};

}  // namespace

std::string_view reason(int status) noexcept {
  for (const named_status& s : statuses) {
    if (s.code == status) {
      return s.name;
    }
  }
  return {};
}

namespace {

/// Where the path begins in `/path`, `http://host/path`, `*`.
std::size_t path_start(std::string_view target) noexcept {
  if (target.empty() || target[0] == '/' || target[0] == '*') {
    return 0;
  }
  const std::size_t scheme = target.find("://");
  // A "://" in the query is none.
  if (scheme == std::string_view::npos || target.find_first_of("/?#") != scheme + 1) {
    return target.size();
  }
  const std::size_t slash = target.find_first_of("/?#", scheme + 3);
  return slash == std::string_view::npos ? target.size() : slash;
}

std::string shown(std::string_view text) {
  std::string safe(text.substr(0, 60));
  for (char& c : safe) {
    c = static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e ? '?' : c;
  }
  return text.size() > 60 ? safe + "…" : safe;
}

}  // namespace

http_error::http_error(int status, const std::string& url, std::string body)
    : std::runtime_error("http: " + url + " answered " + std::to_string(status) + " " +
                         std::string(reason(status)) +
                         (body.empty() ? std::string() : ": " + shown(body))),
      status_(status),
      body_(std::move(body)) {}

request::request() = default;
request::request(http::method m, std::string url) : method_(m), target_(std::move(url)) {}
request::request(http::method m, std::string url, std::string body, std::string_view content_type)
    : method_(m), target_(std::move(url)) {
  set_body(std::move(body), content_type);
}
request::request(request&&) noexcept = default;
request& request::operator=(request&&) noexcept = default;
request::~request() = default;

std::string_view request::path() const noexcept {
  const std::string_view whole(target_);
  const std::string_view rest = whole.substr(path_start(whole));
  const std::string_view path = rest.substr(0, rest.find_first_of("?#"));
  return path.empty() ? std::string_view("/") : path;
}

std::string_view request::query_string() const noexcept {
  const std::string_view whole = std::string_view(target_).substr(0, target_.find('#'));
  const std::size_t mark = whole.find('?');
  return mark == std::string_view::npos ? std::string_view() : whole.substr(mark + 1);
}

void request::set_body(std::string body, std::string_view content_type) {
  body_ = std::move(body);
  headers_.set("Content-Type", content_type);
}

std::string_view request::param_text(std::string_view name) const {
  for (const auto& [key, value] : params_) {
    if (key == name) {
      return value;
    }
  }
  throw std::out_of_range("http: the route has no parameter {" + std::string(name) + "}");
}

std::optional<std::string> request::query_text(std::string_view name) const {
  std::string_view rest = query_string();
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const std::size_t equals = pair.find('=');
    if (detail::percent_decode(pair.substr(0, equals), true) != name) {
      continue;
    }
    const std::string_view raw =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    auto value = detail::percent_decode(raw, true);
    if (!value) {
      refuse_parameter("query", name, raw);
    }
    return value;
  }
  return std::nullopt;
}

void request::refuse_parameter(std::string_view where, std::string_view name,
                               std::string_view text) {
  throw request_error(400, "the " + std::string(where) + "'s parameter '" + shown(name) +
                               "' cannot be '" + shown(text) + "'");
}

value_task<std::string> request::text() const {
  return value_task<std::string>(body_);
}

namespace {

int checked_status(int status) {
  if (status < 200 || status > 599) {
    throw std::invalid_argument("http: a response's status is from 200 to 599, not " +
                                std::to_string(status));
  }
  return status;
}

}  // namespace

response::response() : status_(200) {}
response::response(int status) : status_(checked_status(status)) {}
response::response(int status, std::string body, std::string_view content_type)
    : status_(checked_status(status)) {
  set_body(std::move(body), content_type);
}
response::response(response&&) noexcept = default;
response& response::operator=(response&&) noexcept = default;
response::~response() = default;

void response::set_status(int status) {
  status_ = checked_status(status);
}

void response::set_body(std::string body, std::string_view content_type) {
  body_ = std::move(body);
  headers_.set("Content-Type", content_type);
}

value_task<std::string> response::text() const& {
  return value_task<std::string>(body_);
}
value_task<std::string> response::text() && {
  return value_task<std::string>(std::move(body_));
}

response ok() {
  return response(200);
}
response ok(std::string text) {
  return response(200, std::move(text), "text/plain; charset=utf-8");
}
response no_content() {
  return response(204);
}

response redirect(std::string_view location, int status) {
  response r(status);
  r.headers().set("Location", location);
  return r;
}

response problem(int status, std::string_view title, std::string_view detail) {
  std::string body = "{\"title\":";
  weft::json::append(body, title.empty() ? reason(status) : title);
  body += ",\"status\":" + std::to_string(status);
  if (!detail.empty()) {
    body += ",\"detail\":";
    weft::json::append(body, detail);
  }
  body += '}';
  return response(status, std::move(body), "application/problem+json");
}

response not_found(std::string_view detail) {
  return problem(404, {}, detail);
}
response bad_request(std::string_view detail) {
  return problem(400, {}, detail);
}

}  // namespace weft::http
