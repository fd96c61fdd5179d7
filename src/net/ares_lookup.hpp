#pragma once
/// One question to name servers. ares_lookup.cpp is the one file that names c-ares.

#include <weft/net/dns.hpp>
#include <weft/task/task.hpp>

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace weft::net::detail {

/// What came of it; nothing is thrown but for memory.
struct dns_answer {
  std::vector<address> found;
  int error = 0;  // as getaddrinfo numbers them; 0: `found` is not empty
  std::string reason;
  std::chrono::seconds lives{0};  // how long it may be kept, as it says itself
};

/// **Throws** `std::invalid_argument` for a list of servers that is none.
void check_servers(const dns_settings& settings);

/// Asks. Ends soon when `stop` asks, with an error.
[[nodiscard]] task<std::shared_ptr<const dns_answer>> look_up(
    std::shared_ptr<const dns_settings> settings, std::string host, std::stop_token stop);

}  // namespace weft::net::detail
