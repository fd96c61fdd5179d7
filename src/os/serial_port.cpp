// The kernel's own termios2 instead of the C library's termios: it takes any speed, not only those
// of a list. Its header cannot stand beside <termios.h>, so this source names neither that nor what
// includes it.

#include <weft/os/serial_port.hpp>

#include <weft/io/open.hpp>
#include <weft/io/target.hpp>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include <asm/termbits.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace weft::os {

namespace {

using weft::detail::call_blocking;
using weft::detail::opened_file;
using weft::detail::target_of;
using weft::detail::target_ref;

constexpr const char* open_name = "weft::os::serial_port::open";

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(),
                          std::string("weft::os::serial_port") + what);
}

void check(const serial_options& o) {
  if (o.baud <= 0) {
    throw std::invalid_argument("weft::os::serial_port: the speed must be positive");
  }
  if (o.data_bits < 5 || o.data_bits > 8) {
    throw std::invalid_argument("weft::os::serial_port: data_bits must be 5 to 8");
  }
}

// A speed that has a name is given by it: programs that know only those read it then.
unsigned speed_of(int baud) {
  struct named {
    int baud;
    unsigned flag;
  };
  constexpr named all[] = {{1200, B1200},       {2400, B2400},       {4800, B4800},
                           {9600, B9600},       {19200, B19200},     {38400, B38400},
                           {57600, B57600},     {115200, B115200},   {230400, B230400},
                           {460800, B460800},   {500000, B500000},   {576000, B576000},
                           {921600, B921600},   {1000000, B1000000}, {1152000, B1152000},
                           {1500000, B1500000}, {2000000, B2000000}, {2500000, B2500000},
                           {3000000, B3000000}, {3500000, B3500000}, {4000000, B4000000}};
  for (const named& n : all) {
    if (n.baud == baud) {
      return n.flag;
    }
  }
  return BOTHER;
}

unsigned flags_of(const serial_options& o) {
  constexpr unsigned sizes[] = {CS5, CS6, CS7, CS8};
  unsigned flags = CREAD | CLOCAL | speed_of(o.baud) | sizes[o.data_bits - 5];
  flags |= o.stop_bits == stop_bits::two ? CSTOPB : 0;
  flags |= o.handshake == handshake::request_to_send ? CRTSCTS : 0;
  switch (o.parity) {
    case parity::none:
      return flags;
    case parity::even:
      return flags | PARENB;
    case parity::odd:
      return flags | PARENB | PARODD;
    case parity::space:
      return flags | PARENB | CMSPAR;
    case parity::mark:
      return flags | PARENB | PARODD | CMSPAR;
  }
  return flags;
}

// False with errno.
bool set(int fd, const serial_options& o) noexcept {
  termios2 t{};
  if (::ioctl(fd, TCGETS2, &t) != 0) {
    return false;
  }
  t.c_cflag = flags_of(o);
  t.c_iflag = o.parity == parity::none ? 0 : INPCK;
  t.c_iflag |= o.handshake == handshake::x_on_x_off ? IXON | IXOFF : 0;
  t.c_oflag = 0;
  t.c_lflag = 0;
  t.c_cc[VMIN] = 1;
  t.c_cc[VTIME] = 0;
  t.c_ispeed = t.c_ospeed = static_cast<speed_t>(o.baud);
  return ::ioctl(fd, TCSETS2, &t) == 0 && (!o.exclusive || ::ioctl(fd, TIOCEXCL) == 0);
}

}  // namespace

serial_port::serial_port() noexcept = default;
serial_port::serial_port(weft::detail::stream_state* state) noexcept : byte_stream(state) {}

value_task<serial_port> serial_port::open(std::filesystem::path device, serial_options options,
                                          std::stop_token stop) {
  check(options);
  auto opening = weft::detail::open_file(device.native(), O_RDWR, open_name, std::move(stop));
  opened_file f = co_await std::move(opening);
  if (!set(f.fd(), options) || ::ioctl(f.fd(), TCFLSH, TCIFLUSH) != 0) {
    throw std::system_error(errno, std::generic_category(),
                            std::string(open_name) + ": cannot set '" + device.string() + "'" +
                                (errno == ENOTTY ? ", which is no serial port" : ""));
  }
  co_return serial_port(weft::detail::make_stream(f.take(), weft::detail::stream_kind::other));
}

int serial_port::descriptor() const {
  return target_of(state()).fd();
}

void serial_port::set_options(const serial_options& options) {
  check(options);
  if (!set(descriptor(), options)) {
    fail("::set_options: the device refuses them");
  }
}

value_task<> serial_port::drain(std::stop_token stop) {
  auto& t = target_of(state());
  t.add_reference();
  auto wait = [held = target_ref<weft::detail::io_target>(&t)] {
    while (::ioctl(held->fd(), TCSBRK, 1) != 0) {
      if (errno != EINTR) {
        fail("::drain");
      }
    }
  };
  return call_blocking(std::move(wait), std::move(stop));
}

value_task<> serial_port::send_break(std::stop_token stop) {
  auto& t = target_of(state());
  t.add_reference();
  auto send = [held = target_ref<weft::detail::io_target>(&t)] {
    if (::ioctl(held->fd(), TCSBRK, 0) != 0) {
      fail("::send_break");
    }
  };
  return call_blocking(std::move(send), std::move(stop));
}

void serial_port::discard_in_buffer() {
  if (::ioctl(descriptor(), TCFLSH, TCIFLUSH) != 0) {
    fail("::discard_in_buffer");
  }
}

void serial_port::discard_out_buffer() {
  if (::ioctl(descriptor(), TCFLSH, TCOFLUSH) != 0) {
    fail("::discard_out_buffer");
  }
}

std::size_t serial_port::bytes_to_read() const {
  int n = 0;
  if (::ioctl(descriptor(), FIONREAD, &n) != 0) {
    fail("::bytes_to_read");
  }
  return static_cast<std::size_t>(n);
}

void serial_port::set_line(unsigned which, bool on) {
  if (::ioctl(descriptor(), on ? TIOCMBIS : TIOCMBIC, &which) != 0) {
    fail(": the device has no such line");
  }
}

bool serial_port::line(unsigned which) const {
  unsigned all = 0;
  if (::ioctl(descriptor(), TIOCMGET, &all) != 0) {
    fail(": the device has no such line");
  }
  return (all & which) != 0;
}

void serial_port::set_dtr(bool on) {
  set_line(TIOCM_DTR, on);
}
void serial_port::set_rts(bool on) {
  set_line(TIOCM_RTS, on);
}
bool serial_port::cts() const {
  return line(TIOCM_CTS);
}
bool serial_port::dsr() const {
  return line(TIOCM_DSR);
}
bool serial_port::carrier_detect() const {
  return line(TIOCM_CAR);
}

}  // namespace weft::os
