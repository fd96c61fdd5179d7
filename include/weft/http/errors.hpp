#pragma once
/// What goes wrong over HTTP.

#include <stdexcept>
#include <string>

namespace weft::http {

/// The answer of a server was not 2xx.
class http_error : public std::runtime_error {
 public:
  http_error(int status, const std::string& url, std::string body);
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] const std::string& body() const noexcept { return body_; }

 private:
  int status_;
  std::string body_;
};

/// The other side does not speak HTTP/1, closed in the middle of a message, or sent more than the
/// limits allow.
class protocol_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The request is not what the handler wants. Out of a handler it becomes an answer with that
/// status and message, which is sent to the client: do not put secrets in it.
class request_error : public std::runtime_error {
 public:
  request_error(int status, const std::string& message)
      : std::runtime_error(message), status_(status) {}
  [[nodiscard]] int status() const noexcept { return status_; }

 private:
  int status_;
};

}  // namespace weft::http
