#pragma once
/// For tests: a file system that is soon full.

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::detail::testing {

/// A tmpfs of 64 KiB. It is mounted by a child in a mount namespace of its own (and a user
/// namespace, where this process may not mount), and lives as long as this holds its root open:
/// nothing is left behind, however the test ends.
class small_disk {
 public:
  static constexpr std::size_t size = 64 * 1024;

  small_disk() {
    int ready[2];
    int done[2];
    if (::pipe2(ready, O_CLOEXEC) != 0 || ::pipe2(done, O_CLOEXEC) != 0) {
      return;
    }
    const uid_t uid = ::getuid();
    const gid_t gid = ::getgid();
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(done[1]);
      const char yes = mount_here(uid, gid) ? 1 : 0;
      (void)!::write(ready[1], &yes, 1);
      char end = 0;
      (void)!::read(done[0], &end, 1);
      ::_exit(0);
    }
    ::close(ready[1]);
    char mounted = 0;
    if (child > 0 && ::read(ready[0], &mounted, 1) == 1 && mounted == 1) {
      const std::string there = "/proc/" + std::to_string(child) + "/cwd";
      root_ = ::open(there.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    ::close(ready[0]);
    ::close(done[0]);
    ::close(done[1]);
    ::waitpid(child, nullptr, 0);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  ~small_disk() {
    if (root_ >= 0) {
      ::close(root_);
    }
  }

  /// False where this process may neither mount nor make a user namespace.
  [[nodiscard]] explicit operator bool() const noexcept { return root_ >= 0; }
  [[nodiscard]] std::filesystem::path path() const {
    return "/proc/self/fd/" + std::to_string(root_);
  }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path() / name;
  }

 private:
  // In a child of a process with threads: system calls only.
  static bool mount_here(uid_t uid, gid_t gid) noexcept {
    if (::unshare(CLONE_NEWNS) != 0) {
      if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || !put("/proc/self/setgroups", "deny") ||
          !put_map("/proc/self/uid_map", uid) || !put_map("/proc/self/gid_map", gid)) {
        return false;
      }
    }
    return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("none", "/tmp", "tmpfs", 0, "size=64k") == 0 && ::chdir("/tmp") == 0;
  }
  static bool put(const char* path, std::string_view text) noexcept {
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
    const bool done =
        fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0) {
      ::close(fd);
    }
    return done;
  }
  static bool put_map(const char* path, unsigned id) noexcept {
    char text[32];
    const int n = ::snprintf(text, sizeof text, "0 %u 1", id);
    return put(path, std::string_view(text, static_cast<std::size_t>(n)));
  }

  int root_ = -1;
};

}  // namespace weft::detail::testing
