#include "resources/resources.hpp"

#include <weft/db/sqlite.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::tour {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::system_category(), what);
}

/// A descriptor that closes itself.
class descriptor {
 public:
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  [[nodiscard]] int get() const noexcept { return number_; }
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

std::string read_all(int from, const std::string& name) {
  std::string all;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t n = ::read(from, buffer.data(), buffer.size());
    if (n == 0) {
      return all;
    }
    if (n > 0) {
      all.append(buffer.data(), static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      fail("reading " + name);
    }
  }
}

std::string read_line(int from) {
  std::string line;
  for (char c = 0; ::read(from, &c, 1) == 1 && c != '\n';) {
    line += c;
  }
  return line;
}

/// This very program, with the signals that it may have blocked let through.
int spawn_self(std::string command, int its_stdin, int its_stdout) {
  std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  char* const argv[] = {self.data(), command.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, its_stdin, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, its_stdout, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t process = -1;
  const int error = ::posix_spawn(&process, self.c_str(), &actions, &attributes, argv, ::environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    throw std::system_error(error, std::system_category(), "starting the process of the resources");
  }
  return process;
}

}  // namespace

resources::resources() {
  int orders[2];
  int reports[2];
  if (::pipe2(orders, O_CLOEXEC) != 0 || ::pipe2(reports, O_CLOEXEC) != 0) {
    fail("no pipes to the process of the resources");
  }
  const descriptor its_stdin(orders[0]);
  descriptor our_end(orders[1]);
  descriptor its_stdout(reports[1]);
  const descriptor our_reports(reports[0]);

  process_ = spawn_self("tour-resources", its_stdin.get(), its_stdout.get());
  ::close(its_stdout.release());
  const std::string line = read_line(our_reports.get());
  if (line.empty()) {
    ::close(our_end.release());
    ::waitpid(process_, nullptr, 0);
    throw std::runtime_error("the process of the external resources did not come up");
  }
  book_ = json::parse<address_book>(line);
  keep_alive_ = our_end.release();
}

resources::~resources() {
  ::close(keep_alive_);
  ::waitpid(process_, nullptr, 0);
}

std::string resources::url(std::string_view path) const {
  return fmt::format("http://127.0.0.1:{}{}", book_.http_port, path);
}

std::string resources::picture(std::size_t user) const {
  return fmt::format("{}/picture{}", book_.folder, user);
}

task<db::database> resources::open_database() const {
  db::sqlite_options options;
  options.create_function("stored", [port = book_.http_port](std::int64_t id) {
    return blocking_get(port, fmt::format("/store/{}", id));
  });
  std::string path = "sqlite:" + book_.folder + "/users.db";
  auto opened = db::open(std::move(path), std::move(options));
  db::database users = co_await std::move(opened);
  auto made = users.execute(
      "CREATE TABLE IF NOT EXISTS users(id INTEGER PRIMARY KEY);"
      "INSERT OR IGNORE INTO users VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9)");
  co_await std::move(made);
  co_return users;
}

int blocking_connect(std::uint16_t port) {
  descriptor connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port);
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    fail(fmt::format("connecting to port {}", port));
  }
  return connection.release();
}

std::string blocking_get(std::uint16_t port, std::string_view path) {
  const descriptor connection(blocking_connect(port));
  const std::string request =
      fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
  if (::send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    fail("sending a request");
  }
  const std::string answer = read_all(connection.get(), "an answer");
  const std::size_t head = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 200 ") || head == std::string::npos) {
    throw std::runtime_error(fmt::format("{} was answered: {:.60}", path, answer));
  }
  return answer.substr(head + 4);
}

std::string blocking_read(const std::string& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    fail("opening " + path);
  }
  return read_all(file.get(), path);
}

}  // namespace weft::tour
