#pragma once
/// Temporary files and directories, gone at their end.

#include <weft/fs/file.hpp>

#include <filesystem>
#include <stop_token>
#include <string>
#include <utility>

namespace weft::fs {

/// A new file that nobody else has, open for reading and writing, for this user only. Move-only;
/// removed at its end, by a call that may block for a moment.
/// **Source**: Path.GetTempFileName, which leaves the file to the caller.
class temporary_file {
 public:
  /// None.
  temporary_file() noexcept = default;
  temporary_file(temporary_file&& other) noexcept;
  temporary_file& operator=(temporary_file&& other) noexcept;
  ~temporary_file();

  /// In `directory`, or where the system has such files. **Throws** `std::system_error`.
  [[nodiscard]] static value_task<temporary_file> create(std::filesystem::path directory = {},
                                                         std::stop_token stop = {});

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] fs::file& file() noexcept { return file_; }
  /// It gets that name, replacing a file that has it, and stays. In the same file system.
  [[nodiscard]] value_task<> keep_as(std::filesystem::path path, std::stop_token stop = {});

 private:
  temporary_file(std::filesystem::path path, fs::file f) noexcept
      : path_(std::move(path)), file_(std::move(f)) {}
  void remove() noexcept;

  std::filesystem::path path_;
  fs::file file_;
};

/// A new directory, for this user only. Move-only; removed at its end with all that is in it, by
/// calls that may block: `co_await remove()` before, where there is much.
/// **Source**: Directory.CreateTempSubdirectory, which leaves it to the caller.
class temporary_directory {
 public:
  /// None.
  temporary_directory() noexcept = default;
  temporary_directory(temporary_directory&& other) noexcept
      : path_(std::exchange(other.path_, {})) {}
  temporary_directory& operator=(temporary_directory&& other) noexcept;
  ~temporary_directory();

  [[nodiscard]] static value_task<temporary_directory> create(std::filesystem::path parent = {},
                                                              std::stop_token stop = {});

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const {
    return path_ / name;
  }
  [[nodiscard]] value_task<> remove(std::stop_token stop = {});

 private:
  explicit temporary_directory(std::filesystem::path path) noexcept : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace weft::fs
