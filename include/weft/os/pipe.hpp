#pragma once
/// `pipe`: bytes between processes, or within one.

#include <weft/io/stream.hpp>

#include <filesystem>
#include <stop_token>
#include <utility>

namespace weft::os {

/// The end that is read; reading, deadlines and lifetimes as `byte_stream` says.
class pipe_reader : private byte_stream {
 public:
  pipe_reader() noexcept = default;

  /// Opens a named pipe. Does not wait for a writer; the first read does.
  /// **Throws** `std::system_error`, also when it is no pipe.
  [[nodiscard]] static value_task<pipe_reader> open(std::filesystem::path path,
                                                    std::stop_token stop = {});

  using byte_stream::close;
  using byte_stream::default_limit;
  using byte_stream::is_open;
  using byte_stream::read_exactly;
  using byte_stream::read_some;
  using byte_stream::read_until;
  using byte_stream::set_deadline;

 private:
  friend struct pipe;
  friend struct pipe_access;
  explicit pipe_reader(weft::detail::stream_state* state) noexcept : byte_stream(state) {}
};

/// The end that is written. Closing it is the end of the stream for the reader.
/// A write after the reader has gone throws `std::system_error` (broken pipe) and raises no signal.
class pipe_writer : private byte_stream {
 public:
  pipe_writer() noexcept = default;

  /// Opens a named pipe; completes when somebody has it open for reading.
  /// **Throws** `operation_canceled`; `std::system_error`, also when it is no pipe.
  [[nodiscard]] static value_task<pipe_writer> open(std::filesystem::path path,
                                                    std::stop_token stop = {});

  using byte_stream::close;
  using byte_stream::is_open;
  using byte_stream::set_deadline;
  using byte_stream::write_all;

 private:
  friend struct pipe;
  friend struct pipe_access;
  explicit pipe_writer(weft::detail::stream_state* state) noexcept : byte_stream(state) {}
};

/// Both ends of a new pipe, close-on-exec.
struct pipe {
  pipe(pipe_reader r, pipe_writer w) noexcept : reader(std::move(r)), writer(std::move(w)) {}
  /// **Throws** `std::system_error`.
  [[nodiscard]] static pipe create();
  /// Makes a named pipe, for this user only. **Throws** `std::system_error`, also when there is
  /// something of that name.
  static void create_named(const std::filesystem::path& path);

  pipe_reader reader;
  pipe_writer writer;
};

}  // namespace weft::os
