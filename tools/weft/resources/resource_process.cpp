#include "resources/resource_process.hpp"

#include <weft/http.hpp>
#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "resources/address_book.hpp"
#include "resources/descriptors.hpp"
#include "resources/late_answers.hpp"
#include "resources/line_service.hpp"
#include "resources/plain_server.hpp"
#include "resources/steady_load.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weft::tour {
namespace {

/// The folder of the pipes and the database, which goes with it.
class folder {
 public:
  folder() : path_((std::filesystem::temp_directory_path() / "weft-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) {
      throw std::system_error(errno, std::system_category(),
                              "no folder for the resources: " + path_);
    }
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() { remove(); }

  void remove() noexcept {
    const std::lock_guard hold(lock_);
    gone_ = true;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Puts a new pipe at `to`, in place of what is there. False: there is no folder any more.
  [[nodiscard]] bool put_pipe(const std::string& to) {
    const std::lock_guard hold(lock_);
    const std::string made = to + ".next";
    return !gone_ && ::mkfifo(made.c_str(), 0600) == 0 && ::rename(made.c_str(), to.c_str()) == 0;
  }

 private:
  std::string path_;
  std::mutex lock_;
  bool gone_ = false;
};

/// Whoever opens the pipe for reading gets its picture late. Each reader gets a pipe of its own: a
/// new one stands at the path before the old one is closed, so that nobody opens one that is about
/// to be.
void fill_pipe_late(folder& in, const std::string& path, std::size_t number) {
  for (;;) {
    const int writer = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);  // waits for a reader
    if (writer < 0) {
      return;
    }
    std::this_thread::sleep_for(source_delay);
    const bool goes_on = in.put_pipe(path);
    const std::string picture = fmt::format("picture of user {}", number);
    [[maybe_unused]] const auto taken =  // or the reader has left
        ::write(writer, picture.data(), picture.size());
    ::close(writer);
    if (!goes_on) {
      return;
    }
  }
}

std::vector<double> measurements(int service) {
  std::vector<double> values(4'000);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<double>((i * 7919 + static_cast<std::size_t>(service)) % 10'007) / 16;
  }
  return values;
}

void add_routes(http::server& server) {
  server.get("/feed/{id:int}", [](http::request& r) -> task<http::response> {
    co_await delay(source_delay);
    co_return http::ok(fmt::format("feed of user {}", r.param<int>("id")));
  });
  server.get("/store/{id:int}", [](http::request& r) -> task<http::response> {
    co_await delay(source_delay);
    co_return http::ok(fmt::format("user {}", r.param<int>("id")));
  });
  server.get("/wait/{id:int}", [](http::request&) -> task<http::response> {
    co_await delay(request_delay);
    co_return http::ok("done");
  });
  server.get("/measurements/{id:int}", [](http::request& r) -> task<http::response> {
    co_await delay(request_delay);
    co_return http::ok(measurements(r.param<int>("id")));
  });
  server.get("/load/{port:int}/{connections:int}/{requests:int}/{*path}",
             [](http::request& r) -> task<http::response> {
               auto asking = times_under({.port = static_cast<std::uint16_t>(r.param<int>("port")),
                                          .path = "/" + r.param<std::string>("path"),
                                          .connections = r.param<std::size_t>("connections"),
                                          .requests = r.param<std::size_t>("requests")});
               co_return http::ok(co_await std::move(asking));
             });
  server.get("/workers", [](http::request&) -> task<http::response> {
    co_return http::ok(fmt::format("{}", thread_pool::default_pool().stats().max_running));
  });
}

void wait_for_the_end_of_stdin() {
  char byte = 0;
  for (ssize_t n = 1; n > 0 || (n < 0 && errno == EINTR);) {
    n = ::read(STDIN_FILENO, &byte, 1);
  }
}

}  // namespace

int run_resources() {
  // Ctrl-C goes to all of the terminal's programs; this one ends with the other.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  allow_all_descriptors();

  folder shared;
  address_book book;
  book.folder = shared.path();
  for (std::size_t i = 1; i <= picture_count; ++i) {
    const std::string path = fmt::format("{}/picture{}", book.folder, i);
    if (!shared.put_pipe(path)) {
      throw std::system_error(errno, std::system_category(), "no named pipe: " + path);
    }
    std::thread(fill_pipe_late, std::ref(shared), path, i).detach();
  }
  http::server server{http::server_options{.port = 0}};
  add_routes(server);
  block_on(server.start());
  book.http_port = server.port();
  auto lines = net::tcp_listener::bind(net::endpoint("127.0.0.1", 0));
  book.line_port = lines.local_endpoint().port();
  serve_lines(std::move(lines), request_delay).detach();
  auto names = net::udp_socket::bind(net::endpoint("127.0.0.1", 0));
  book.name_port = names.local_endpoint().port();
  serve_names(std::move(names), request_delay).detach();
  try {
    for (std::size_t i = 0; i < device_count; ++i) {
      book.devices.push_back(start_device(request_delay));
    }
  } catch (const std::system_error& error) {  // the claim that needs them says so itself
    fmt::print(stderr, "weft tour: {}\n", error.what());
  }
  const auto cores = static_cast<std::size_t>(thread_pool::default_pool().size());
  book.small_pool_port = start_plain_server(plain_threads::fixed, cores, request_delay);
  book.threads_port = start_plain_server(plain_threads::per_request, 0, request_delay);

  fmt::print("{}\n", json::to_string(book));
  std::fflush(stdout);
  wait_for_the_end_of_stdin();
  shared.remove();
  // Threads still wait in accept and open: the process ends under them.
  std::_Exit(0);
}

}  // namespace weft::tour
