#pragma once
/// What is fuzzed: functions that parse bytes from outside and check what must hold of any bytes.
///
/// `./dev fuzz NAME` lets libFuzzer look for bytes that break one; what it found once lies in
/// `corpus/NAME`, and every row of tests runs all of it (fuzz_test.cpp).

#include <span>
#include <string_view>

namespace fuzz {

struct target {
  const char* name;
  void (*run)(std::string_view bytes);
};

/// A message of HTTP, whole and in pieces, which must make no difference.
void http_request(std::string_view bytes);
void http_response(std::string_view bytes);
/// An address, and a second line that is resolved against it.
void http_url(std::string_view bytes);
/// A target of a request: routes, parameters, query.
void http_target(std::string_view bytes);
/// Lines `name: value` as fields, and lists of tokens in them.
void http_fields(std::string_view bytes);
/// The pattern of a route, as a program gives it, and a second line that is matched by it.
void http_pattern(std::string_view bytes);
/// JSON as several types, and back.
void json(std::string_view bytes);
/// Addresses of the network.
void net_address(std::string_view bytes);
/// A delimiter and a text, which three readers cut up at it, in pieces of any size.
void net_delimiters(std::string_view bytes);
/// Lines of a file, whose borders come anywhere, with two readers.
void fs_lines(std::string_view bytes);
/// The address of a database.
void sqlite_url(std::string_view bytes);
/// What the system says of groups and mounts, from which the limit on processors comes; the two
/// texts with a zero byte between.
void cpu_quota(std::string_view bytes);
/// A schedule of the test kit, as somebody pastes it into code or into WEFT_TESTKIT_REPLAY.
void testkit_schedule(std::string_view bytes);
/// What a compiler writes for `weft explain`.
void explain_ir(std::string_view bytes);

/// Those that this build has.
std::span<const target> targets();

/// Says what is wrong and stops.
void require(bool holds, const char* what);

}  // namespace fuzz
