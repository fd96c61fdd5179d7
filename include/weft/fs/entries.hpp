#pragma once
/// `read_lines`, `entries`: files and directories piece by piece.

#include <weft/task/async_generator.hpp>

#include <concepts>
#include <filesystem>
#include <stop_token>
#include <string>
#include <utility>

namespace weft::fs {

/// The lines of a file, without their ends (`\n`, `\r\n` or `\r`). A last line needs no end; pipes
/// and files of /proc are read too. Nothing is opened before the first `next()`.
/// **Throws** (out of `next()`) as `read_all_text`. **Cancellation**: whenever a piece is read.
/// **Cost**: holds one piece of 64 KiB and one line, however long that is.
/// **Source**: File.ReadLinesAsync; differs in opening late and in leaving a byte order mark in.
[[nodiscard]] async_generator<std::string> read_lines(std::filesystem::path path,
                                                      std::stop_token stop = {});

struct entries_options {
  /// Directories inside as well, each after its own entry. Links are not followed.
  bool recursive = false;
  /// Leaves out what must not be read instead of throwing.
  bool skip_inaccessible = false;
};

/// What is in a directory, in no order, without `.` and `..`; what is added or removed meanwhile
/// may be there or not.
/// **Throws** (out of `next()`) `std::system_error` with the path in its message.
/// **Completes on** a worker of the default pool, or at once: a blocking thread reads some entries
/// ahead. **Cancellation**: before each such piece.
/// **Source**: Directory.EnumerateFileSystemEntries.
[[nodiscard]] async_generator<std::filesystem::directory_entry> entries(
    std::filesystem::path directory, entries_options options = {}, std::stop_token stop = {});
[[nodiscard]] inline async_generator<std::filesystem::directory_entry> entries(
    std::filesystem::path directory, std::same_as<std::stop_token> auto stop) {
  return entries(std::move(directory), entries_options(), std::move(stop));
}

}  // namespace weft::fs
