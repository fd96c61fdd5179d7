/// Requests and responses.

#include <weft/http/request.hpp>
#include <weft/http/response.hpp>

#include "text.hpp"

#include <stdexcept>

namespace weft::http {
namespace {

/// Where the path begins in `/path`, `http://host/path`, `*`.
std::size_t path_start(std::string_view target) noexcept {
  if (target.empty() || target[0] == '/' || target[0] == '*') {
    return 0;
  }
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) {
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
