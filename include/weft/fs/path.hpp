#pragma once
/// What is done with paths.

#include <weft/task/value_task.hpp>

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <utility>

namespace weft::fs {

/// When the target exists: throw, or replace it.
enum class copy_options : std::uint8_t { none, overwrite };

// All of these run on a blocking thread and complete on a worker of the default pool. **Throws**
// `operation_canceled` when the token asks before they begin; `std::system_error` with operation
// and path in its message.

/// False also when the path leads through something that is no directory.
[[nodiscard]] value_task<bool> exists(std::filesystem::path path, std::stop_token stop = {});
/// Removes a file or an empty directory. **Returns** false when there was none.
[[nodiscard]] value_task<bool> remove(std::filesystem::path path, std::stop_token stop = {});
/// Gives it another name, replacing a file of that name.
[[nodiscard]] value_task<> rename(std::filesystem::path from, std::filesystem::path to,
                                  std::stop_token stop = {});
/// The same, also from one file system to another: there a file is copied and then removed.
/// `copy_options::none`: throws when `to` exists. **Source**: File.Move.
[[nodiscard]] value_task<> move(std::filesystem::path from, std::filesystem::path to,
                                copy_options options = copy_options::none,
                                std::stop_token stop = {});
/// Removes a file, or a directory with all that is in it; links are not followed.
/// **Returns** how many files and directories it removed; 0 when there was none.
/// **Cancellation**: between two entries too; what was removed by then is gone.
/// **Source**: Directory.Delete(recursive: true).
[[nodiscard]] value_task<std::uint64_t> remove_all(std::filesystem::path path,
                                                   std::stop_token stop = {});
/// One directory, in one that exists. **Throws** when there is something of that name.
[[nodiscard]] value_task<> create_directory(std::filesystem::path path, std::stop_token stop = {});
/// With all that are missing above it. **Returns** false when it exists already.
[[nodiscard]] value_task<bool> create_directories(std::filesystem::path path,
                                                  std::stop_token stop = {});

/// Copies a file's content and permissions; `none`: throws when `to` exists.
/// **Cancellation**: between pieces too; what was written is removed then.
/// **Returns** the bytes copied. **Cost**: copy_file_range, which does not take the data through
/// memory where it can.
[[nodiscard]] value_task<std::uint64_t> copy(std::filesystem::path from, std::filesystem::path to,
                                             copy_options options = copy_options::none,
                                             std::stop_token stop = {});
[[nodiscard]] inline value_task<std::uint64_t> copy(std::filesystem::path from,
                                                    std::filesystem::path to,
                                                    std::stop_token stop) {
  return copy(std::move(from), std::move(to), copy_options::none, std::move(stop));
}

}  // namespace weft::fs
