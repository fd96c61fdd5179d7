#include "serialize.hpp"

#include "text.hpp"

#include <initializer_list>

namespace weft::http::detail {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) noexcept {
  for (const std::string_view n : names) {
    if (equal_ignoring_case(name, n)) {
      return true;
    }
  }
  return false;
}

void append_fields(std::string& out, const headers& fields,
                   std::initializer_list<std::string_view> without) {
  for (const auto [name, value] : fields) {
    if (!is_one_of(name, without)) {
      out += name;
      out += ": ";
      out += value;
      out += "\r\n";
    }
  }
}

}  // namespace

void append_response_head(std::string& out, const response& r, const response_framing& framing) {
  out += "HTTP/1.1 ";
  out += std::to_string(r.status());
  out += ' ';
  out += reason(r.status());
  out += "\r\n";
  append_fields(out, r.headers(), {"Content-Length", "Transfer-Encoding", "Connection", "Date"});
  if (may_have_body(r.status())) {
    out += "Content-Length: ";
    out += std::to_string(r.body().size());
    out += "\r\n";
  }
  if (!framing.keep_alive) {
    out += "Connection: close\r\n";
  } else if (framing.version_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "Date: ";
  append_date(out, framing.now);
  out += "\r\n\r\n";
}

void append_request_head(std::string& out, const request& r, const url& to) {
  out += to_string(r.method());
  out += ' ';
  out += to.target();
  out += " HTTP/1.1\r\n";
  if (!r.headers().contains("Host")) {
    out += "Host: ";
    out += to.authority();
    out += "\r\n";
  }
  append_fields(out, r.headers(), {"Content-Length", "Transfer-Encoding"});
  const bool body_expected =
      r.method() == method::post || r.method() == method::put || r.method() == method::patch;
  if (body_expected || !r.body().empty()) {
    out += "Content-Length: ";
    out += std::to_string(r.body().size());
    out += "\r\n";
  }
  out += "\r\n";
}

}  // namespace weft::http::detail
