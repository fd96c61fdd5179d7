#include <weft/net/buffered_stream.hpp>

#include <weft/base/error.hpp>
#include <weft/net/tcp.hpp>
#include <weft/net/unix.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace weft::net {
namespace {

using weft::detail::testing::on_backend;

class buffered_streams : public on_backend {
 protected:
  void connect(std::size_t buffer_size) {
    auto [one, two] = unix_stream::pair();
    stream = buffered_stream<unix_stream>(std::move(one), buffer_size);
    peer = std::move(two);
  }
  std::string received(std::size_t count) {
    std::string into(count, ' ');
    peer.read_exactly(into).result();
    return into;
  }
  buffered_stream<unix_stream> stream;
  unix_stream peer;
};

TEST_P(buffered_streams, read_many_pieces_of_what_came_at_once) {
  connect(100);
  peer.write_all("abcdefg\nline\r\n\nlast").result();
  peer.shutdown_write();
  std::array<char, 3> three{};
  EXPECT_EQ(stream.read_some(three).result(), 3u);
  EXPECT_EQ(stream.bytes_to_read(), 16u);
  EXPECT_TRUE(stream.read_exactly(three).is_completed());
  EXPECT_EQ(std::string_view(three.data(), 3), "def");
  EXPECT_EQ(stream.read_until("\n").result(), "g\n");
  EXPECT_EQ(stream.read_line().result(), "line");
  EXPECT_EQ(stream.read_line().result(), "");
  EXPECT_EQ(stream.read_line().result(), "last");
  EXPECT_EQ(stream.read_line().result(), std::nullopt);
  EXPECT_EQ(stream.read_some(three).result(), 0u);
  EXPECT_THROW(stream.read_exactly(three).result(), end_of_stream);
}

TEST_P(buffered_streams, wait_for_what_is_not_there_and_grow_for_a_long_line) {
  connect(4);
  auto line = stream.read_until("\n", 1000);
  EXPECT_FALSE(line.is_completed());
  const std::string text = std::string(700, 'x') + "\n";
  peer.write_all(text).result();
  EXPECT_EQ(std::move(line).result(), text);
  std::string large(5000, ' ');
  auto reading = stream.read_exactly(large);
  peer.write_all(std::string(5000, 'y')).result();
  std::move(reading).result();
  EXPECT_EQ(large, std::string(5000, 'y'));
  peer.write_all(std::string(20, 'z')).result();
  EXPECT_THROW(static_cast<void>(stream.read_until("\n", 10).result()), std::length_error);
  std::string rest(20, ' ');
  stream.read_exactly(rest).result();
  EXPECT_EQ(rest, std::string(20, 'z'));
}

TEST_P(buffered_streams, send_what_was_written_when_full_flushed_or_closed) {
  connect(8);
  EXPECT_TRUE(stream.write_all("abc").is_completed());
  const std::array<char, 2> two{'d', 'e'};
  EXPECT_TRUE(stream.write_all(two).is_completed());
  EXPECT_EQ(stream.bytes_to_flush(), 5u);
  stream.flush().result();
  EXPECT_EQ(received(5), "abcde");
  stream.write_all("123456").result();
  stream.write_all("789").result();  // does not fit
  EXPECT_EQ(received(6), "123456");
  EXPECT_EQ(stream.bytes_to_flush(), 3u);
  stream.write_all(std::string(20, 'x')).result();
  EXPECT_EQ(received(23), "789" + std::string(20, 'x'));
  stream.write_all("end").result();
  stream.close().result();
  stream.close().result();
  EXPECT_EQ(received(3), "end");
  EXPECT_FALSE(stream.is_open());
  EXPECT_THROW(static_cast<void>(stream.flush()), object_disposed);
}

TEST_P(buffered_streams, lose_nothing_when_they_are_cancelled) {
  connect(1 << 16);
  std::stop_source source;
  std::array<char, 4> four{};
  auto reading = stream.read_exactly(four, source.get_token());
  peer.write_all("ab").result();
  source.request_stop();
  EXPECT_THROW(std::move(reading).result(), operation_canceled);
  peer.write_all("cd").result();
  stream.read_exactly(four).result();
  EXPECT_EQ(std::string_view(four.data(), 4), "abcd");

  // Until nothing more goes: then a flush waits, and is given up.
  std::stop_source enough;
  std::size_t written = 0;
  const std::string piece(1 << 16, 'x');
  while (true) {
    stream.write_all(piece).result();
    written += piece.size();
    auto flushing = stream.flush(enough.get_token());
    if (!flushing.is_completed()) {
      enough.request_stop();
      EXPECT_THROW(std::move(flushing).result(), operation_canceled);
      break;
    }
    std::move(flushing).result();
  }
  auto rest = stream.flush();
  EXPECT_EQ(received(written), std::string(written, 'x'));
  std::move(rest).result();
}

TEST_P(buffered_streams, have_the_deadline_of_what_they_stand_on) {
  connect(16);
  std::array<char, 4> four{};
  stream.stream().set_deadline(std::chrono::milliseconds(2));
  EXPECT_THROW(stream.read_exactly(four).result(), timeout_error);
  stream.stream().set_deadline(infinite);
  peer.write_all("late").result();
  stream.read_exactly(four).result();
}

// A stream that cannot say how far a write came.
struct blunt_stream {
  value_task<> write_all(const_buffer, std::stop_token) {
    if (fails) {
      throw std::runtime_error("cut");
    }
    return {};
  }
  void close() noexcept {}
  bool fails = true;
};

TEST(buffered_stream, says_when_nobody_knows_what_was_sent) {
  buffered_stream<blunt_stream> s(blunt_stream{}, 16);
  s.write_all("abc").result();
  EXPECT_THROW(s.flush().result(), std::runtime_error);
  s.stream().fails = false;
  EXPECT_THROW(static_cast<void>(s.flush()), invalid_operation);
  EXPECT_THROW(static_cast<void>(s.write_all("x")), invalid_operation);
  s.close().result();
  buffered_stream<unix_stream> none;
  std::array<char, 4> four{};
  EXPECT_THROW(static_cast<void>(none.read_some(four)), object_disposed);
}

WEFT_FOR_BOTH_BACKENDS(buffered_streams);

}  // namespace
}  // namespace weft::net
