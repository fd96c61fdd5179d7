#pragma once
/// `file_system_watcher`: what changes in a directory, as it happens.

#include <weft/task/async_generator.hpp>
#include <weft/task/value_task.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <utility>

namespace weft::fs {

enum class change_kind : std::uint8_t {
  created,
  deleted,
  changed,  ///< Its content, its length, or what is known of it.
  renamed,  ///< Within what is watched; what comes from or goes to elsewhere is created or deleted.
  overflow  ///< Changes came faster than they were taken, and some are lost: look for yourself.
};

/// **Source**: FileSystemEventArgs, RenamedEventArgs, InternalBufferOverflowException.
class file_change {
 public:
  file_change() = default;
  file_change(change_kind kind, std::filesystem::path path, std::filesystem::path old_path = {})
      : kind_(kind), path_(std::move(path)), old_path_(std::move(old_path)) {}

  [[nodiscard]] change_kind kind() const noexcept { return kind_; }
  /// The directory as it was given, and the name below it.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Of what was renamed.
  [[nodiscard]] const std::filesystem::path& old_path() const noexcept { return old_path_; }

 private:
  change_kind kind_ = change_kind::changed;
  std::filesystem::path path_;
  std::filesystem::path old_path_;
};

struct watch_options {
  /// The directories below as well, those that come later too. A directory that comes with content
  /// reports that content as created.
  bool include_subdirectories = false;
};

/// Watches a directory from `open` to its end. Move-only.
/// **Thread-safety**: one `next` at a time. **Cost**: one descriptor; with subdirectories one watch
/// of the system's limited number for each.
/// **Source**: FileSystemWatcher; changes are awaited, and wait in the system meanwhile.
class file_system_watcher {
 public:
  /// Watches nothing.
  file_system_watcher() noexcept;
  file_system_watcher(file_system_watcher&&) noexcept;
  file_system_watcher& operator=(file_system_watcher&&) noexcept;
  ~file_system_watcher();

  /// When it completes, everything that changes from then on is reported.
  /// **Throws** `std::system_error`: no such directory, no watch or descriptor left.
  /// **Completes on** a worker; the calls are made on a blocking thread.
  [[nodiscard]] static value_task<file_system_watcher> open(std::filesystem::path directory,
                                                            watch_options options = {},
                                                            std::stop_token stop = {});

  /// The next change. **Throws** `operation_canceled`, which loses none; `object_disposed` when
  /// nothing is watched, also because the directory itself has been removed.
  [[nodiscard]] value_task<file_change> next(std::stop_token stop = {});

  class state;

 private:
  explicit file_system_watcher(std::shared_ptr<state> s) noexcept;

  std::shared_ptr<state> state_;
};

/// The changes in a directory, one after another, for ever. Nothing is watched before the first
/// `next()`: use `file_system_watcher` to look at the directory in between.
/// **Throws** (out of `next()`) as that does.
[[nodiscard]] async_generator<file_change> watch(std::filesystem::path directory,
                                                 watch_options options = {},
                                                 std::stop_token stop = {});

}  // namespace weft::fs
