#include <weft/http/headers.hpp>
#include <weft/http/request.hpp>
#include <weft/http/url.hpp>

#include "fuzz/targets.hpp"
#include "http/message_parser.hpp"
#include "http/request_access.hpp"
#include "http/router.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

namespace fuzz {
namespace {

namespace http = weft::http;
using http::detail::message_parser;
using http::detail::parser_limits;

constexpr parser_limits small{.max_header_bytes = 2048, .max_headers = 16, .max_body_bytes = 512};

struct outcome {
  message_parser::state state = message_parser::state::head;
  int status = 0;
  std::string why;
  std::string body;
  std::size_t taken = 0;
  std::string target;
  std::size_t fields = 0;
  bool keep_alive = false;

  bool operator==(const outcome&) const = default;
};

/// Feeds `bytes` as a connection would: in pieces of `step`, what was not taken again with more
/// behind it.
outcome parse(message_parser::kind kind, std::string_view bytes, std::size_t step, bool no_body) {
  message_parser parser(kind, small);
  if (no_body) {
    parser.expect_no_body();
  }
  outcome out;
  std::string pending;
  const auto goes_on = [&] { return parser.current() <= message_parser::state::body; };
  for (std::size_t i = 0; i < bytes.size() && goes_on(); i += step) {
    pending += bytes.substr(i, step);
    for (std::size_t taken = 1; taken != 0 && goes_on() && !pending.empty();) {
      taken = parser.feed(pending);
      require(taken <= pending.size(), "more was taken than there was");
      pending.erase(0, taken);
      out.taken += taken;
    }
  }
  if (goes_on()) {
    parser.finish();
  }
  out.state = parser.current();
  if (out.state == message_parser::state::failed) {
    out.status = parser.error().status;
    out.why = parser.error().text;
    require(!out.why.empty(), "an error says nothing");
    out.taken = 0;  // how far it came is nobody's concern
    return out;
  }
  out.body = parser.body();
  require(out.body.size() <= small.max_body_bytes, "the body is larger than its limit");
  out.target = parser.head().target;
  out.fields = parser.head().headers.size();
  out.keep_alive = parser.head().keep_alive;
  for (const auto& field : parser.head().headers) {
    require(http::detail::is_token(field.name), "a field's name is no token");
    require(http::detail::is_field_value(field.value), "a field's value holds what it must not");
  }
  return out;
}

void in_pieces(message_parser::kind kind, std::string_view bytes, bool no_body) {
  const outcome whole = parse(kind, bytes, bytes.size() + 1, no_body);
  const std::size_t step = bytes.empty() ? 1 : bytes.size() % 7 + 1;
  require(whole == parse(kind, bytes, 1, no_body), "byte by byte it is something else");
  require(whole == parse(kind, bytes, step, no_body), "in pieces it is something else");
}

}  // namespace

void http_request(std::string_view bytes) {
  in_pieces(message_parser::kind::request, bytes, false);
}

void http_response(std::string_view bytes) {
  in_pieces(message_parser::kind::response, bytes, false);
  in_pieces(message_parser::kind::response, bytes, true);
}

void http_url(std::string_view bytes) {
  const std::size_t line = std::min(bytes.find('\n'), bytes.size());
  try {
    const http::url parsed(bytes.substr(0, line));
    const http::url again(parsed.scheme() + "://" + parsed.authority() + parsed.target());
    require(again.host() == parsed.host() && again.port() == parsed.port() &&
                again.target() == parsed.target(),
            "written and read again it is another address");
    require(parsed.target().starts_with('/'), "a target must begin with /");
    require(std::none_of(parsed.target().begin(), parsed.target().end(),
                         [](char c) { return c <= ' ' || c == 0x7f; }),
            "a target must not split a request line");
    if (line < bytes.size()) {
      const http::url there = parsed.resolve(bytes.substr(line + 1));
      require(there.target().starts_with('/'), "a resolved target must begin with /");
    }
  } catch (const std::invalid_argument&) {
  }
}

void http_target(std::string_view bytes) {
  http::detail::router routes;
  int targets[6] = {};
  const char* patterns[] = {"/",
                            "/users/{id:int}",
                            "/users/{id}/x",
                            "/files/{*path}",
                            "/n/{v:double}",
                            "/{a:guid}/{b:bool}"};
  for (int i = 0; i < 6; ++i) {
    routes.add(http::method::get, patterns[i], &targets[i]);
  }
  const std::size_t query = std::min(bytes.find('?'), bytes.size());
  http::detail::route_params params;
  const auto found = routes.match(http::method::get, bytes.substr(0, query), params);
  require((found.what == http::detail::router::outcome::found) == (found.target != nullptr),
          "found means that there is a target");

  http::request asked;
  std::string target(bytes);
  http::headers none;
  http::detail::request_access::set_head(asked, http::method::get, target, none);
  require(asked.path().size() + asked.query_string().size() <= bytes.size() + 1,
          "more than it was");
  for (const char* name : {"a", "id", ""}) {
    try {
      static_cast<void>(asked.query(name));
      static_cast<void>(asked.query<int>(name));
      static_cast<void>(asked.query<double>(name));
    } catch (const http::request_error&) {
    }
  }
  for (const bool plus : {false, true}) {
    const std::optional<std::string> decoded = http::detail::percent_decode(bytes, plus);
    require(!decoded || decoded->size() <= bytes.size(), "decoding makes nothing longer");
  }
}

void http_pattern(std::string_view bytes) {
  const std::size_t line = std::min(bytes.find('\n'), bytes.size());
  const std::string_view path = bytes.substr(std::min(line + 1, bytes.size()));
  http::detail::router routes;
  int target = 0;
  try {
    routes.add(http::method::get, bytes.substr(0, line), &target);
  } catch (const std::invalid_argument& e) {
    require(e.what()[0] != 0, "an error says nothing");
    return;
  }
  http::detail::route_params params;
  const auto found = routes.match(http::method::get, path, params);
  require(found.target == nullptr || found.target == &target, "a route that nobody has made");
  try {
    routes.add(http::method::get, bytes.substr(0, line), &target);
    require(false, "the same route twice");
  } catch (const std::invalid_argument&) {
  }
}

void http_fields(std::string_view bytes) {
  http::headers fields;
  std::size_t added = 0;
  while (!bytes.empty() && added < 64) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(std::min(colon + 1, line.size()));
    try {
      if (line.size() % 5 == 4) {
        fields.set(name, value);
      } else {
        fields.add(name, value);
      }
      ++added;
      require(fields.contains(name), "what was added is not there");
    } catch (const std::invalid_argument&) {
      require(!http::detail::is_token(name) || !http::detail::is_field_value(value),
              "a good field was refused");
    }
    static_cast<void>(fields.has_token(name, value));
    static_cast<void>(fields.has_token("connection", "close"));
    if (line.size() % 7 == 6) {
      const std::size_t before = fields.size();
      require(before - fields.remove(name) == fields.size(), "removed more or less than it said");
    }
  }
}

}  // namespace fuzz
