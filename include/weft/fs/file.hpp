#pragma once
/// `file`: an open file, read and written at positions.

#include <weft/fs/info.hpp>
#include <weft/io/buffer.hpp>
#include <weft/task/value_task.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace weft::fs {

struct file_access;

/// How to open a file; combine with `|`.
enum class open_mode : unsigned {
  read = 1,
  write = 2,
  create = 4,      ///< Makes it when it does not exist.
  truncate = 8,    ///< Empties it.
  append = 16,     ///< Each write goes to the end, whatever its position.
  exclusive = 32,  ///< With `create`: fails when it exists.
  direct = 64,     ///< Past the page cache: offsets, sizes and memory must be aligned, see
                   ///< `file::direct_alignment`.
  write_through =
      128  ///< A write completes when it is on the disk, with what is needed to read it.
};
[[nodiscard]] constexpr open_mode operator|(open_mode a, open_mode b) noexcept {
  return static_cast<open_mode>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
[[nodiscard]] constexpr bool has(open_mode set, open_mode one) noexcept {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

/// Exclusive needs a file opened for writing, shared one opened for reading.
enum class lock_mode : std::uint8_t { shared, exclusive };

/// A lock on a file, until its end. Move-only. Keeps the file open.
/// **Source**: FileStream.Lock, here of the whole file; an open file description lock of Linux.
class file_lock {
 public:
  /// None.
  file_lock() noexcept = default;
  file_lock(file_lock&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  file_lock& operator=(file_lock&& other) noexcept;
  ~file_lock() { unlock(); }

  [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }
  /// Silent the second time.
  void unlock() noexcept;

 private:
  friend class file;
  explicit file_lock(void* state) noexcept : state_(state) {}

  void* state_ = nullptr;  // file::state, counted
};

/// An open regular file (or block device). Move-only; its end closes it.
///
/// All operations: **Throws** `operation_canceled` when the token asks, `object_disposed` when it
/// is closed, `std::system_error` with operation and path in its message. **Completes on** the
/// calling thread when the data are in the page cache, else a worker of the default pool; no thread
/// of the pool blocks. **Cancellation**: only what has not begun is cancelled; a disk is not
/// interrupted. **Thread-safety**: any number of operations, from any threads.
/// **Lifetime**: buffers must live until the operation has completed; the file may be moved or
/// destroyed meanwhile.
class file {
 public:
  /// Not open.
  file() noexcept = default;
  file(file&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  file& operator=(file&& other) noexcept;
  ~file();

  /// **Throws** `std::invalid_argument` for a mode that neither reads nor writes;
  /// `std::system_error` for a directory or a pipe.
  [[nodiscard]] static value_task<file> open(std::filesystem::path path,
                                             open_mode mode = open_mode::read,
                                             std::stop_token stop = {});

  /// **Returns** how many bytes were read, at least one; 0 at and behind the end, or for an empty
  /// buffer.
  [[nodiscard]] value_task<std::size_t> read_at(std::uint64_t offset, mutable_buffer into,
                                                std::stop_token stop = {});
  /// Writes all of it. **Returns** its size.
  [[nodiscard]] value_task<std::size_t> write_at(std::uint64_t offset, const_buffer from,
                                                 std::stop_token stop = {});
  [[nodiscard]] value_task<std::size_t> write_at(std::uint64_t offset, std::string data,
                                                 std::stop_token stop = {});
  /// The same into and from several buffers, one behind the other, in one call of the system. The
  /// list itself is copied.
  [[nodiscard]] value_task<std::size_t> read_at(std::uint64_t offset,
                                                std::vector<mutable_buffer> into,
                                                std::stop_token stop = {});
  [[nodiscard]] value_task<std::size_t> write_at(std::uint64_t offset,
                                                 std::vector<const_buffer> from,
                                                 std::stop_token stop = {});

  /// In bytes, now.
  [[nodiscard]] value_task<std::uint64_t> size() const;
  /// Cuts it off, or extends it by zeros.
  [[nodiscard]] value_task<> set_length(std::uint64_t length, std::stop_token stop = {});
  /// What was written is on the disk, with all that is known of the file.
  [[nodiscard]] value_task<> sync(std::stop_token stop = {});
  /// The same, but of what is known only what reading it needs: not its times.
  [[nodiscard]] value_task<> sync_data(std::stop_token stop = {});
  [[nodiscard]] value_task<file_info> info() const;
  /// What offsets, sizes and addresses must be multiples of with `open_mode::direct`; 0 when the
  /// file system has no such thing, or does not say.
  [[nodiscard]] std::uint32_t direct_alignment() const;

  /// Waits until nobody else holds a lock against this one, through whatever open file, in this
  /// process or another: cooperation, the system stops nobody who does not ask. Locking a file
  /// object anew changes what it has.
  /// **Cancellation**: at any time. **Cost**: the system cannot be waited for here, it is asked
  /// again after 1 to 50 ms.
  [[nodiscard]] value_task<file_lock> lock(lock_mode mode = lock_mode::exclusive,
                                           std::stop_token stop = {});
  /// Empty when somebody else has it.
  [[nodiscard]] file_lock try_lock(lock_mode mode = lock_mode::exclusive);

  /// Closes when pending operations have ended. Silent the second time. Errors of late writes are
  /// `sync`'s to report.
  [[nodiscard]] value_task<> close();

  [[nodiscard]] bool is_open() const noexcept { return state_ != nullptr; }

  class state;

 private:
  friend struct file_access;
  explicit file(state* opened) noexcept : state_(opened) {}
  [[nodiscard]] static value_task<file> open_checked(std::filesystem::path path, int flags,
                                                     std::stop_token stop);
  [[nodiscard]] state& checked() const;
  void reset() noexcept;

  state* state_ = nullptr;
};

}  // namespace weft::fs
