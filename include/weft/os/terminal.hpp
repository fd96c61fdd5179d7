#pragma once
/// The terminal, and the standard streams as streams.

#include <weft/io/stream.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

namespace weft::os {

/// In characters.
struct terminal_size {
  int columns;
  int rows;
};

/// The descriptors that a program begins with.
inline constexpr int standard_input_descriptor = 0;
inline constexpr int standard_output_descriptor = 1;
inline constexpr int standard_error_descriptor = 2;

/// False for files, pipes and what is no descriptor. **Source**: Console.IsInputRedirected and kin,
/// the other way round.
[[nodiscard]] bool is_terminal(int descriptor) noexcept;
/// Nothing when it is no terminal, or one that does not know. SIGWINCH tells that it has changed.
/// **Source**: Console.WindowWidth and WindowHeight.
[[nodiscard]] std::optional<terminal_size> size_of_terminal(
    int descriptor = standard_output_descriptor) noexcept;

/// As long as it lives, a terminal gives each key as it is typed, without echo, line editing, or
/// signals by Ctrl-C, and takes what is written as it is. Restores what was set before at its end;
/// who ends the program otherwise restores it with `restore`. Move-only.
/// **Source**: Console.ReadKey's mode; cfmakeraw.
class raw_mode {
 public:
  /// **Throws** `std::system_error` when the descriptor is no terminal.
  explicit raw_mode(int descriptor = standard_input_descriptor);
  raw_mode(raw_mode&&) noexcept;
  raw_mode& operator=(raw_mode&&) noexcept;
  ~raw_mode();

  /// Before the end. Silent the second time.
  void restore() noexcept;

 private:
  struct settings;
  std::unique_ptr<settings> before_;
};

/// What this program is given to read. Terminals and pipes are opened anew, so that nobody else who
/// has them (a shell, a child) finds them non-blocking; where that is impossible, as for a socket,
/// they are not.
class standard_input : public byte_stream {
 public:
  /// **Throws** `std::system_error`.
  [[nodiscard]] static standard_input open(int descriptor = standard_input_descriptor);

 private:
  explicit standard_input(detail::stream_state* state) noexcept : byte_stream(state) {}
};

/// Where this program writes; the same for `standard_error_descriptor`.
class standard_output : private byte_stream {
 public:
  /// **Throws** `std::system_error`.
  [[nodiscard]] static standard_output open(int descriptor = standard_output_descriptor);

  using byte_stream::close;
  using byte_stream::is_open;
  using byte_stream::set_deadline;
  using byte_stream::write_all;

 private:
  explicit standard_output(detail::stream_state* state) noexcept : byte_stream(state) {}
};

}  // namespace weft::os
