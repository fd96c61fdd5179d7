#pragma once
/// `serial_port`: bytes over a line.

#include <weft/io/stream.hpp>

#include <cstdint>
#include <filesystem>
#include <stop_token>

namespace weft::os {

enum class parity : std::uint8_t { none, even, odd, mark, space };
enum class stop_bits : std::uint8_t { one, two };
/// What holds back a sender that is too fast. **Source**: System.IO.Ports.Handshake.
enum class handshake : std::uint8_t {
  none,
  request_to_send,  ///< by the lines RTS and CTS
  x_on_x_off        ///< by the bytes 17 and 19, which the data must not contain then
};

/// In this order.
struct serial_options {
  int baud = 9600;
  int data_bits = 8;
  os::parity parity = os::parity::none;
  os::stop_bits stop_bits = os::stop_bits::one;
  os::handshake handshake = os::handshake::none;
  /// Nobody else can open it meanwhile (save root).
  bool exclusive = true;
};

/// An open serial port, raw: what is sent arrives as it is. Reading, writing, deadlines,
/// cancellation and lifetimes as `byte_stream` says. The device keeps its settings when this goes.
/// **Source**: System.IO.Ports.SerialPort; bytes, not text, and no events: read instead.
class serial_port : public byte_stream {
 public:
  /// Not open.
  serial_port() noexcept;

  /// Opens the device, sets it, and forgets what it had received before. Any speed that it can
  /// make.
  /// **Throws** `std::invalid_argument` for options that no port has; `std::system_error` with the
  /// path in its message: no such device, busy, no serial port, or settings that it refuses.
  [[nodiscard]] static value_task<serial_port> open(std::filesystem::path device,
                                                    serial_options options = {},
                                                    std::stop_token stop = {});

  /// While it is open. What is on its way may come through spoilt: `drain` first.
  void set_options(const serial_options& options);
  /// Completes when all that was written has left.
  /// **Completes on** a worker; the wait is made on a blocking thread. **Cancellation**: until it
  /// has begun.
  [[nodiscard]] value_task<> drain(std::stop_token stop = {});
  /// What was received and not read, or written and not sent, is forgotten.
  void discard_in_buffer();
  void discard_out_buffer();
  /// In the system's buffer.
  [[nodiscard]] std::size_t bytes_to_read() const;

  /// The lines to the other side, and from it. **Throws** `std::system_error` where the device has
  /// none, as a pseudo terminal.
  void set_dtr(bool on);
  void set_rts(bool on);
  [[nodiscard]] bool cts() const;
  [[nodiscard]] bool dsr() const;
  [[nodiscard]] bool carrier_detect() const;
  /// Holds the line at 0 for a quarter of a second or more. As `drain`.
  [[nodiscard]] value_task<> send_break(std::stop_token stop = {});

 private:
  explicit serial_port(detail::stream_state* state) noexcept;
  [[nodiscard]] int descriptor() const;
  void set_line(unsigned line, bool on);
  [[nodiscard]] bool line(unsigned which) const;
};

}  // namespace weft::os
