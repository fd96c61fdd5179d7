#include <weft/os/terminal.hpp>

#include <weft/base/error.hpp>
#include <weft/os/serial_port.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"
#include "support/scratch.hpp"

#include <array>
#include <chrono>
#include <fstream>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace weft::os {
namespace {

using weft::detail::testing::on_backend;
using weft::detail::testing::scratch;

// A pseudo terminal: the other end of the line.
class pseudo_terminal {
 public:
  pseudo_terminal() {
    const winsize size{40, 100, 0, 0};
    char name[128];
    EXPECT_EQ(::openpty(&master, &slave, name, nullptr, &size), 0);
    path = name;
  }
  pseudo_terminal(const pseudo_terminal&) = delete;
  pseudo_terminal& operator=(const pseudo_terminal&) = delete;
  ~pseudo_terminal() {
    hang_up();
    ::close(slave);
  }
  void hang_up() { ::close(std::exchange(master, -1)); }
  void send(std::string_view text) const {
    EXPECT_EQ(::write(master, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] std::string receive(std::size_t size) const {
    std::string text(size, ' ');
    for (std::size_t had = 0; had < size;) {
      const ssize_t n = ::read(master, text.data() + had, size - had);
      if (n <= 0) {
        break;
      }
      had += static_cast<std::size_t>(n);
    }
    return text;
  }
  [[nodiscard]] termios settings() const {
    termios t{};
    ::tcgetattr(slave, &t);
    return t;
  }

  int master = -1;
  int slave = -1;
  std::string path;
};

class terminals : public on_backend {
 protected:
  pseudo_terminal line;
  scratch dir;
};

TEST_P(terminals, have_a_size_and_others_have_not) {
  EXPECT_TRUE(is_terminal(line.slave));
  const auto size = size_of_terminal(line.slave);
  ASSERT_TRUE(size);
  EXPECT_EQ(size->columns, 100);
  EXPECT_EQ(size->rows, 40);
  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  EXPECT_FALSE(is_terminal(pipe_ends[0]));
  EXPECT_FALSE(size_of_terminal(pipe_ends[0]));
  EXPECT_THROW(raw_mode{pipe_ends[0]}, std::system_error);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
  EXPECT_FALSE(is_terminal(-1));
  EXPECT_THROW(raw_mode{-1}, std::system_error);
}

TEST_P(terminals, are_raw_for_as_long_as_said) {
  const auto before = line.settings();
  ASSERT_NE(before.c_lflag & ICANON, 0u);
  {
    raw_mode raw(line.slave);
    EXPECT_EQ(line.settings().c_lflag & (ICANON | ECHO | ISIG), 0u);
    const raw_mode moved = std::move(raw);
    EXPECT_EQ(line.settings().c_lflag & ICANON, 0u);
  }
  EXPECT_EQ(line.settings().c_lflag, before.c_lflag);
  EXPECT_EQ(line.settings().c_oflag, before.c_oflag);
  raw_mode early(line.slave);
  early.restore();
  EXPECT_EQ(line.settings().c_lflag, before.c_lflag);
  early.restore();
}

TEST_P(terminals, are_read_by_lines_and_raw_by_keys) {
  standard_input in = standard_input::open(line.slave);
  EXPECT_EQ(::fcntl(line.slave, F_GETFL) & O_NONBLOCK, 0);  // others share that one
  auto reading = in.read_until("\n");
  line.send("hel");
  EXPECT_FALSE(reading.is_completed());
  line.send("lo\n");
  EXPECT_EQ(std::move(reading).result(), "hello\n");
  const raw_mode raw(line.slave);
  std::array<char, 8> key{};
  auto pressed = in.read_some(key);
  EXPECT_FALSE(pressed.is_completed());
  line.send("\x03");
  EXPECT_EQ(std::move(pressed).result(), 1u);
  EXPECT_EQ(key[0], '\x03');
}

TEST_P(terminals, give_line_after_line_of_what_came_at_once) {
  standard_input in = standard_input::open(line.slave);
  in.set_deadline(std::chrono::minutes(1));  // of a reading that is never told
  for (int i = 0; i < 20; ++i) {
    auto reading = in.read_until("\n");
    line.send("a\nbc\ndef\n");
    EXPECT_EQ(std::move(reading).result(), "a\n");
    EXPECT_EQ(in.read_until("\n").result(), "bc\n");
    EXPECT_EQ(in.read_until("\n").result(), "def\n");
  }
}

TEST_P(terminals, are_written) {
  const raw_mode raw(line.slave);
  standard_output out = standard_output::open(line.slave);
  out.write_all("hello\n").result();
  EXPECT_EQ(line.receive(6), "hello\n");
}

TEST_P(terminals, reading_can_be_given_up_and_ends_when_they_hang_up) {
  const raw_mode raw(line.slave);
  standard_input in = standard_input::open(line.slave);
  std::stop_source source;
  std::array<char, 8> key{};
  auto pressed = in.read_some(key, source.get_token());
  source.request_stop();
  EXPECT_THROW(std::move(pressed).result(), operation_canceled);
  auto last = in.read_some(key);
  line.hang_up();
  // The kernel says EIO, or that it has ended.
  try {
    EXPECT_EQ(std::move(last).result(), 0u);
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::io_error);
  }
}

TEST_P(terminals, standard_input_may_be_a_file_that_was_read_before) {
  std::ofstream(dir / "text") << "one\ntwo\n";
  const int fd = ::open((dir / "text").c_str(), O_RDONLY | O_CLOEXEC);
  std::array<char, 4> first{};
  ASSERT_EQ(::read(fd, first.data(), first.size()), 4);
  standard_input in = standard_input::open(fd);
  EXPECT_EQ(in.read_until("\n").result(), "two\n");
  EXPECT_EQ(in.read_until("\n").result(), "");
  ::close(fd);
  EXPECT_THROW(static_cast<void>(standard_input::open(-1)), std::system_error);
}

TEST_P(terminals, standard_input_may_be_a_pipe) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  standard_input in = standard_input::open(ends[0]);
  EXPECT_EQ(::fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
  auto reading = in.read_until("\n");
  ASSERT_EQ(::write(ends[1], "x\n", 2), 2);
  EXPECT_EQ(std::move(reading).result(), "x\n");
  ::close(ends[1]);
  EXPECT_EQ(in.read_until("\n").result(), "");
  ::close(ends[0]);
}

WEFT_FOR_BOTH_BACKENDS(terminals);

class serial_ports : public terminals {};

TEST_P(serial_ports, carry_every_byte_as_it_is) {
  serial_port port = serial_port::open(line.path, {.baud = 115200}).result();
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all.push_back(static_cast<char>(i));
  }
  port.write_all(all).result();
  EXPECT_EQ(line.receive(all.size()), all);
  line.send(all);
  std::string got(all.size(), ' ');
  port.read_exactly(got).result();
  EXPECT_EQ(got, all);
}

TEST_P(serial_ports, have_the_settings_that_they_were_given) {
  serial_port port =
      serial_port::open(line.path, {.baud = 115200, .stop_bits = stop_bits::two}).result();
  EXPECT_EQ(line.settings().c_cflag & CBAUD, static_cast<tcflag_t>(B115200));
  EXPECT_NE(line.settings().c_cflag & CSTOPB, 0u);
  EXPECT_EQ(line.settings().c_lflag & (ICANON | ECHO), 0u);
  port.set_options({.baud = 12345, .handshake = handshake::x_on_x_off});  // no speed of the list
  EXPECT_NE(line.settings().c_iflag & IXOFF, 0u);
  EXPECT_EQ(line.settings().c_cflag & CSTOPB, 0u);
}

TEST_P(serial_ports, forget_what_is_discarded) {
  serial_port port = serial_port::open(line.path).result();
  line.send("old");
  while (port.bytes_to_read() < 3) {
  }
  port.discard_in_buffer();
  port.discard_out_buffer();
  EXPECT_EQ(port.bytes_to_read(), 0u);
  line.send("new");
  std::string got(3, ' ');
  port.read_exactly(got).result();
  EXPECT_EQ(got, "new");
  port.drain().result();
}

TEST_P(serial_ports, can_be_given_up_and_have_deadlines) {
  using namespace std::chrono_literals;
  serial_port port = serial_port::open(line.path).result();
  std::array<char, 4> into{};
  std::stop_source source;
  auto reading = port.read_some(into, source.get_token());
  source.request_stop();
  EXPECT_THROW(std::move(reading).result(), operation_canceled);
  port.set_deadline(2ms);
  EXPECT_THROW(port.read_some(into).result(), timeout_error);
  port.set_deadline(infinite);
  line.send("x");
  EXPECT_EQ(port.read_some(into).result(), 1u);
  port.close();
  EXPECT_THROW(static_cast<void>(port.bytes_to_read()), object_disposed);
  EXPECT_THROW(static_cast<void>(port.drain()), object_disposed);
}

TEST_P(serial_ports, refuse_what_cannot_be) {
  EXPECT_THROW(serial_port::open(line.path, {.baud = 0}).result(), std::invalid_argument);
  EXPECT_THROW(serial_port::open(line.path, {.data_bits = 9}).result(), std::invalid_argument);
  EXPECT_THROW(serial_port::open("/dev/weft-no-such-device").result(), std::system_error);
  try {
    serial_port::open("/dev/null").result();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::system_error& e) {
    EXPECT_NE(std::string(e.what()).find("'/dev/null', which is no serial port"), std::string::npos)
        << e.what();
  }
  serial_port port = serial_port::open(line.path).result();
  EXPECT_THROW(port.set_dtr(true), std::system_error);  // a pseudo terminal has no lines
  EXPECT_THROW(static_cast<void>(port.cts()), std::system_error);
}

WEFT_FOR_BOTH_BACKENDS(serial_ports);

}  // namespace
}  // namespace weft::os
