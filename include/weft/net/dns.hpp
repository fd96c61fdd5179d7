#pragma once
/// `dns_resolver`: names to addresses without a thread, with a cache. In `weft::dns`.

#include <weft/net/address.hpp>
#include <weft/task/task.hpp>
#include <weft/time/time_provider.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace weft::net {

namespace detail {

class dns_core;

struct dns_settings {
  std::vector<std::string> servers;
  std::chrono::milliseconds timeout{2000};
  int tries = 3;
  std::size_t cache_size = 1024;
  std::chrono::seconds longest{3600};
  std::chrono::seconds negative{5};
  time_provider* clock = nullptr;
};

}  // namespace detail

/// Each member gives the object back, to be chained. No aggregate on purpose: it may stand as a
/// temporary in a `co_await`.
class dns_options {
 public:
  dns_options() = default;

  /// Asked instead of those of /etc/resolv.conf, whose search list and /etc/hosts then do not count
  /// either: "192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53".
  dns_options& server(std::string where) {
    settings_.servers.push_back(std::move(where));
    return *this;
  }
  /// How long a server has for the first try; each round of all servers doubles it. 2 s.
  dns_options& timeout(std::chrono::milliseconds limit) {
    settings_.timeout = limit;
    return *this;
  }
  /// How often each server is asked. 3.
  dns_options& tries(int count) {
    settings_.tries = count;
    return *this;
  }
  /// Names that are kept; 0: none. 1,024.
  dns_options& cache_size(std::size_t names) {
    settings_.cache_size = names;
    return *this;
  }
  /// An answer is kept as long as it says, at most this. 1 h.
  dns_options& longest_cached(std::chrono::seconds limit) {
    settings_.longest = limit;
    return *this;
  }
  /// How long it is kept that there is no such name; 0: not at all. 5 s.
  dns_options& negative_cached(std::chrono::seconds limit) {
    settings_.negative = limit;
    return *this;
  }
  /// Whose time the cache goes by; it must outlive the resolver.
  dns_options& clock(time_provider& provider) {
    settings_.clock = &provider;
    return *this;
  }

  [[nodiscard]] const detail::dns_settings& settings() const noexcept { return settings_; }

 private:
  detail::dns_settings settings_;
};

/// Asks name servers over UDP, and over TCP where an answer is too long for that. Questions for the
/// same name at the same time are asked once.
/// A program that links all of `weft::dns` resolves by one of these wherever it would by
/// `net::resolve`.
/// **Thread-safety**: all members. **Lifetime**: questions on their way end when it is destroyed.
/// **Source**: RFC 1035, RFC 6724 (order); .NET has none of its own.
class dns_resolver {
 public:
  /// **Throws** `std::invalid_argument` for options that make no sense.
  explicit dns_resolver(const dns_options& options = {});
  dns_resolver(dns_resolver&&) noexcept;
  dns_resolver& operator=(dns_resolver&&) noexcept;
  ~dns_resolver();

  /// The addresses of a host, best first; an address is its own.
  /// **Throws** `std::system_error` of `resolve_category`: EAI_NONAME when there is no such name,
  /// or none of its addresses; EAI_AGAIN when the servers did not answer, or not with sense.
  /// **Completes on** the calling thread when the answer is kept, else a worker of the default
  /// pool.
  /// **Cancellation**: ends at once; the question goes on for others and for the cache.
  /// **Cost**: kept: a look into a hash table. Else a socket and a datagram for each family.
  [[nodiscard]] task<std::vector<address>> resolve(std::string host, std::stop_token stop = {});

  /// Forgets what is kept.
  void clear();
  /// How many names are kept.
  [[nodiscard]] std::size_t cached() const;

 private:
  std::shared_ptr<detail::dns_core> core_;
};

namespace detail {

/// What `net::resolve` uses where weft::dns is linked; null elsewhere, as the weak references of
/// db.
[[gnu::weak]] task<std::vector<address>> resolve_by_dns(std::string host, std::stop_token stop);

}  // namespace detail
}  // namespace weft::net
