#pragma once
/// Starting a child: the calls that block.

#include <weft/os/process.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace weft::os {

/// A descriptor, closed at its end.
class owned_fd {
 public:
  owned_fd() noexcept = default;
  explicit owned_fd(int fd) noexcept : fd_(fd) {}
  owned_fd(owned_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  owned_fd& operator=(owned_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~owned_fd();

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int take() noexcept { return std::exchange(fd_, -1); }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// A child that runs, and our ends of its streams. One that nobody takes is killed and collected.
class spawned {
 public:
  spawned() noexcept = default;
  spawned(spawned&& other) noexcept
      : pid(std::exchange(other.pid, -1)),
        pidfd(std::move(other.pidfd)),
        input(std::move(other.input)),
        output(std::move(other.output)),
        error(std::move(other.error)) {}
  spawned& operator=(spawned&&) = delete;
  ~spawned();

  int pid = -1;
  owned_fd pidfd;
  owned_fd input;
  owned_fd output;
  owned_fd error;
};

/// Blocks until the child has loaded its program. **Throws** as `process::start` says.
[[nodiscard]] spawned spawn(const process_start_info& info);

/// What was found out about a child.
struct collected {
  enum what : std::uint8_t { running, ended, lost };  // lost: somebody else collected it
  what state = running;
  exit_status status;
};

/// Collects it if it has ended; with `block` waits for that.
[[nodiscard]] collected collect(int pid, bool block) noexcept;

}  // namespace weft::os
