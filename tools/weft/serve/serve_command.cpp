#include "serve/serve_command.hpp"

#include "resources/descriptors.hpp"
#include "serve/user_pages.hpp"

#include <csignal>
#include <cstdio>
#include <system_error>

#include <fmt/format.h>
#include <pthread.h>

namespace weft::serve {
namespace {

/// SIGINT and SIGTERM, kept from all threads that start from here on, and waited for by this one.
class stop_signals {
 public:
  stop_signals() noexcept {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGINT);
    ::sigaddset(&set_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;
  ~stop_signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  /// From the second one on they end the program at once, as if it had not handled them.
  void wait() noexcept {
    int number = 0;
    while (::sigwait(&set_, &number) != 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t set_;
  sigset_t before_;
};

void say_where(const serve_options& options, std::uint16_t port) {
  fmt::print("weft serve: http://{}:{}/\n", options.address, port);
  fmt::print("            Ctrl-C stops it\n");
  std::fflush(stdout);
}

}  // namespace

int run_serve(const serve_options& options) {
  stop_signals signals;
  tour::allow_all_descriptors();
  const tour::resources outside;
  user_pages pages;
  http::server server(http::server_options{.port = options.port, .address = options.address});
  block_on(user_pages::open(outside, pages));
  pages.add_routes(server);
  try {
    block_on(server.start());
  } catch (const std::system_error& error) {
    fmt::print(stderr, "weft serve: cannot listen on {}:{}: {}\n", options.address, options.port,
               error.code().message());
    if (error.code() == std::errc::address_in_use) {
      fmt::print(stderr,
                 "Another program has this port; give another one: weft serve --port 8081\n");
    }
    return 1;
  }
  say_where(options, server.port());
  signals.wait();
  fmt::print("weft serve: stopping\n");
  std::fflush(stdout);
  block_on(server.stop());
  return 0;
}

}  // namespace weft::serve
