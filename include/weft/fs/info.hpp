#pragma once
/// `file_info`: what the system knows of a file; links, times, permissions.

#include <weft/task/value_task.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>

namespace weft::fs {

using file_time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

/// **Source**: FileInfo, and stat(2).
struct file_info {
  std::filesystem::file_type type = std::filesystem::file_type::none;
  std::uint64_t size = 0;  ///< In bytes.
  std::filesystem::perms permissions = std::filesystem::perms::none;
  file_time last_write_time;
  file_time last_access_time;
  file_time creation_time;  ///< The epoch where the file system does not keep it.
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::uint64_t links = 0;   ///< How many names it has.
  std::uint64_t device = 0;  ///< With `inode`: which file it is.
  std::uint64_t inode = 0;

  [[nodiscard]] bool is_regular_file() const noexcept {
    return type == std::filesystem::file_type::regular;
  }
  [[nodiscard]] bool is_directory() const noexcept {
    return type == std::filesystem::file_type::directory;
  }
  [[nodiscard]] bool is_symbolic_link() const noexcept {
    return type == std::filesystem::file_type::symlink;
  }
};

enum class links : std::uint8_t { follow, do_not_follow };

// All of these run on a blocking thread and complete on a worker of the default pool. **Throws**
// `operation_canceled` when the token asks before they begin; `std::system_error` with operation
// and path in its message.

[[nodiscard]] value_task<file_info> info(std::filesystem::path path, links of = links::follow,
                                         std::stop_token stop = {});
/// Nothing when there is none.
[[nodiscard]] value_task<std::optional<file_info>> try_info(std::filesystem::path path,
                                                            links of = links::follow,
                                                            std::stop_token stop = {});

[[nodiscard]] value_task<> set_permissions(std::filesystem::path path,
                                           std::filesystem::perms permissions,
                                           std::stop_token stop = {});
[[nodiscard]] value_task<> set_last_write_time(std::filesystem::path path, file_time time,
                                               std::stop_token stop = {});

/// `target` may be relative (to where the link stands) and need not exist.
/// **Source**: File.CreateSymbolicLink.
[[nodiscard]] value_task<> create_symbolic_link(std::filesystem::path link,
                                                std::filesystem::path target,
                                                std::stop_token stop = {});
/// Another name for the same file.
[[nodiscard]] value_task<> create_hard_link(std::filesystem::path link,
                                            std::filesystem::path target,
                                            std::stop_token stop = {});
/// What a link says, unresolved. **Throws** when it is no link.
[[nodiscard]] value_task<std::filesystem::path> read_symbolic_link(std::filesystem::path link,
                                                                   std::stop_token stop = {});
/// The absolute path without links, `.` and `..`.
[[nodiscard]] value_task<std::filesystem::path> canonical(std::filesystem::path path,
                                                          std::stop_token stop = {});

}  // namespace weft::fs
