#pragma once
/// `file_stream`: a file read and written one piece after the other, through a buffer.

#include <weft/fs/file.hpp>
#include <weft/io/stream.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace weft::fs {

/// A file with a position, which reading and writing move on. Move-only.
///
/// All operations: **Throws** `operation_canceled`, `object_disposed` when it is closed,
/// `invalid_operation` while another one is pending, `std::system_error` with operation and path.
/// **Completes on** the calling thread when the buffer is enough, else as `file` does.
/// **Cancellation**: the stream stays usable; what was read for a piece that was not given out is
/// kept, what was not written yet stays in the buffer.
/// **Thread-safety**: one operation at a time. **Lifetime**: buffers must live until the operation
/// has completed; the stream may be moved or destroyed meanwhile.
/// **Source**: FileStream with StreamReader's ReadLine; positions are bytes.
class file_stream {
 public:
  static constexpr std::size_t default_buffer = 64 * 1024;

  /// Not open.
  file_stream() noexcept;
  /// Over a file that is open; begins at its start.
  explicit file_stream(file over, std::size_t buffer_size = default_buffer);
  file_stream(file_stream&&) noexcept;
  file_stream& operator=(file_stream&&) noexcept;
  /// Writes what is in the buffer, blocking, and forgets errors: `close` or `flush` tells of them.
  ~file_stream();

  /// With `open_mode::append`, writes go to the end.
  [[nodiscard]] static task<file_stream> open(std::filesystem::path path,
                                              open_mode mode = open_mode::read,
                                              std::stop_token stop = {});

  [[nodiscard]] bool is_open() const noexcept { return state_ != nullptr; }

  /// **Returns** how many bytes were read, at least one; 0 at the end, or for an empty buffer.
  [[nodiscard]] value_task<std::size_t> read_some(mutable_buffer into, std::stop_token stop = {});
  /// Fills the buffer. **Throws** `end_of_stream` when the file ends before.
  [[nodiscard]] value_task<> read_exactly(mutable_buffer into, std::stop_token stop = {});
  /// A line without its end (`\n` or `\r\n`); nothing at the end. The last line needs no end.
  /// **Throws** `std::length_error` when it is longer than `limit`.
  [[nodiscard]] value_task<std::optional<std::string>> read_line(std::stop_token stop = {},
                                                                 std::size_t limit = std::size_t{1}
                                                                                     << 30);
  /// The rest.
  [[nodiscard]] value_task<std::string> read_to_end(std::stop_token stop = {});

  /// Writes all of it, into the buffer as long as there is room.
  [[nodiscard]] value_task<> write_all(const_buffer from, std::stop_token stop = {});
  [[nodiscard]] value_task<> write_all(std::string data, std::stop_token stop = {});
  /// What was written has reached the system: others see it.
  [[nodiscard]] value_task<> flush(std::stop_token stop = {});
  /// The same, and it is on the disk. **Source**: Flush(flushToDisk: true).
  [[nodiscard]] value_task<> sync(std::stop_token stop = {});

  /// In bytes from the start.
  [[nodiscard]] std::uint64_t position() const;
  /// Goes to a position, which may lie behind the end. Flushes.
  [[nodiscard]] value_task<> seek(std::uint64_t position, std::stop_token stop = {});
  /// With what is in the buffer.
  [[nodiscard]] value_task<std::uint64_t> size() const;
  /// Flushes, then cuts it off or extends it by zeros. The position stays.
  [[nodiscard]] value_task<> set_length(std::uint64_t length, std::stop_token stop = {});
  /// Flushes and closes. Silent the second time.
  [[nodiscard]] value_task<> close(std::stop_token stop = {});

  class state;

 private:
  [[nodiscard]] std::shared_ptr<state> begin() const;

  std::shared_ptr<state> state_;  // shared with what is pending
};

}  // namespace weft::fs
