// byte_stream, on a pair of Unix sockets: what all streams have in common.

#include <weft/io/stream.hpp>

#include <weft/base/error.hpp>
#include <weft/net/unix.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"

#include <array>
#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace weft::net {
namespace {

using namespace std::chrono_literals;
using weft::detail::testing::on_backend;

class byte_stream_p : public on_backend {
 protected:
  std::pair<unix_stream, unix_stream> both = unix_stream_pair();
  unix_stream& a = both.first;
  unix_stream& b = both.second;

 private:
  // Members are made before SetUp has chosen the backend, so the pair is made there.
  static std::pair<unix_stream, unix_stream> unix_stream_pair() { return {}; }
  void SetUp() override {
    on_backend::SetUp();
    both = unix_stream::pair();
  }
  void TearDown() override {
    both = {};
    on_backend::TearDown();
  }
};

using byte_stream_reads = byte_stream_p;

TEST_P(byte_stream_reads, complete_at_once_when_there_is_something) {
  auto write = a.write_all("hello");
  EXPECT_TRUE(write.is_completed());
  std::move(write).result();
  std::array<char, 16> into{};
  auto read = b.read_some(into);
  EXPECT_TRUE(read.is_completed());
  EXPECT_EQ(std::move(read).result(), 5u);
  EXPECT_STREQ(into.data(), "hello");
}

TEST_P(byte_stream_reads, wait_for_what_comes_later) {
  std::array<char, 16> into{};
  auto read = b.read_some(into);
  EXPECT_FALSE(read.is_completed());
  a.write_all("hello").result();
  EXPECT_EQ(std::move(read).result(), 5u);
}

TEST_P(byte_stream_reads, give_zero_at_the_end_again_and_again) {
  std::array<char, 16> into{};
  auto waiting = b.read_some(into);
  a.close();
  EXPECT_EQ(std::move(waiting).result(), 0u);
  EXPECT_EQ(b.read_some(into).result(), 0u);
  EXPECT_EQ(b.read_some(into).result(), 0u);
}

TEST_P(byte_stream_reads, of_nothing_complete_with_nothing) {
  EXPECT_EQ(b.read_some(mutable_buffer(nullptr, 0)).result(), 0u);
  EXPECT_NO_THROW(b.read_exactly(mutable_buffer(nullptr, 0)).result());
}

TEST_P(byte_stream_reads, exactly_gather_what_comes_in_pieces) {
  std::array<char, 6> into{};
  auto read = b.read_exactly(into);
  for (const char* piece : {"ab", "c", "def"}) {
    EXPECT_FALSE(read.is_completed());
    a.write_all(piece).result();
  }
  std::move(read).result();
  EXPECT_EQ(std::string_view(into.data(), 6), "abcdef");
}

TEST_P(byte_stream_reads, exactly_say_how_much_was_missing_at_the_end) {
  std::array<char, 6> into{};
  auto read = b.read_exactly(into);
  a.write_all("ab").result();
  a.close();
  try {
    std::move(read).result();
    FAIL();
  } catch (const end_of_stream& e) {
    EXPECT_NE(std::string(e.what()).find("after 2 of 6 bytes"), std::string::npos) << e.what();
  }
}

TEST_P(byte_stream_reads, until_a_delimiter_keep_what_comes_behind_it) {
  a.write_all("one\r\ntwo\r\nthr").result();
  EXPECT_EQ(b.read_until("\r\n").result(), "one\r\n");
  EXPECT_EQ(b.read_until("\r\n").result(), "two\r\n");
  std::array<char, 2> two{};
  EXPECT_EQ(b.read_some(two).result(), 2u);
  EXPECT_EQ(std::string_view(two.data(), 2), "th");
  auto rest = b.read_until("\r\n");
  a.write_all("ee\r").result();
  a.write_all("\n").result();
  EXPECT_EQ(std::move(rest).result(), "ree\r\n");
}

TEST_P(byte_stream_reads, until_a_delimiter_end_with_the_stream) {
  a.write_all("rest").result();
  a.close();
  EXPECT_EQ(b.read_until("\n").result(), "rest");
  EXPECT_EQ(b.read_until("\n").result(), "");
}

TEST_P(byte_stream_reads, until_a_delimiter_stop_at_the_limit) {
  a.write_all(std::string(100, 'x')).result();
  EXPECT_THROW(b.read_until("\n", 100).result(), std::length_error);
  EXPECT_THROW((void)b.read_until(""), std::invalid_argument);
}

WEFT_FOR_BOTH_BACKENDS(byte_stream_reads);

using byte_stream_writes = byte_stream_p;

TEST_P(byte_stream_writes, wait_for_the_reader_and_arrive_whole) {
  std::string data(3 << 20, ' ');
  std::minstd_rand random(7);
  for (char& c : data) {
    c = static_cast<char>(random());
  }
  auto write = a.write_all(data);
  EXPECT_FALSE(write.is_completed());
  std::string got(data.size(), ' ');
  b.read_exactly(got).result();
  std::move(write).result();
  EXPECT_EQ(got, data);
}

TEST_P(byte_stream_writes, take_spans_too) {
  const std::vector<std::byte> data(1 << 20, std::byte{7});
  auto write = a.write_all(data);
  std::vector<std::byte> got(data.size());
  b.read_exactly(got).result();
  std::move(write).result();
  EXPECT_EQ(got, data);
}

TEST_P(byte_stream_writes, to_a_gone_peer_fail_without_a_signal) {
  b.close();
  try {
    a.write_all("x").result();
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::broken_pipe);
    EXPECT_NE(std::string(e.what()).find("unix_stream::write_all"), std::string::npos) << e.what();
  }
}

TEST_P(byte_stream_writes, pending_when_the_peer_goes_fail) {
  auto write = a.write_all(std::string(8 << 20, 'x'));
  b.close();
  EXPECT_THROW(std::move(write).result(), std::system_error);
}

WEFT_FOR_BOTH_BACKENDS(byte_stream_writes);

using byte_stream_cancellation = byte_stream_p;

TEST_P(byte_stream_cancellation, ends_a_pending_read_and_leaves_the_stream_usable) {
  std::stop_source source;
  std::array<char, 16> into{};
  auto read = b.read_some(into, source.get_token());
  source.request_stop();
  try {
    std::move(read).result();
    FAIL();
  } catch (const operation_canceled& e) {
    EXPECT_EQ(e.token(), source.get_token());
  }
  a.write_all("x").result();
  EXPECT_EQ(b.read_some(into).result(), 1u);
}

TEST_P(byte_stream_cancellation, beats_data_that_are_there) {
  std::stop_source source;
  source.request_stop();
  a.write_all("x").result();
  std::array<char, 16> into{};
  EXPECT_THROW(b.read_some(into, source.get_token()).result(), operation_canceled);
  EXPECT_THROW(b.write_all("x", source.get_token()).result(), operation_canceled);
  EXPECT_THROW(b.read_until("x", 10, source.get_token()).result(), operation_canceled);
  EXPECT_EQ(b.read_some(into).result(), 1u);
}

TEST_P(byte_stream_cancellation, races_with_completion_and_loses_no_byte) {
  constexpr int rounds = 2'000;
  int sent = 0;
  int received = 0;
  std::array<char, rounds + 1> into{};
  for (int i = 0; i < rounds; ++i) {
    std::stop_source source;
    auto read = b.read_some(into, source.get_token());
    std::thread sender([&] { a.write_all("x").result(); });
    ++sent;
    source.request_stop();
    try {
      received += static_cast<int>(std::move(read).result());
    } catch (const operation_canceled&) {
    }
    sender.join();
  }
  a.close();
  while (const auto n = b.read_some(into).result()) {
    received += static_cast<int>(n);
  }
  EXPECT_EQ(received, sent);
}

TEST_P(byte_stream_cancellation, by_dropping_asks_the_kernel_and_frees_the_state) {
  std::array<char, 16> into{};
  for (int i = 0; i < 100; ++i) {
    auto read = b.read_some(into);
    EXPECT_FALSE(read.is_completed());
  }
  a.close();
  EXPECT_EQ(b.read_some(into).result(), 0u);
}

TEST_P(byte_stream_cancellation, by_close_says_disposed) {
  std::array<char, 16> into{};
  auto read = b.read_some(into);
  b.close();
  EXPECT_THROW(std::move(read).result(), object_disposed);
  EXPECT_THROW((void)b.read_some(into), object_disposed);
  b.close();
}

TEST_P(byte_stream_cancellation, by_destruction_says_disposed) {
  std::array<char, 16> into{};
  auto read = b.read_some(into);
  b = unix_stream();
  EXPECT_THROW(std::move(read).result(), object_disposed);
}

TEST_P(byte_stream_cancellation, does_not_mind_a_move_of_the_stream) {
  std::array<char, 16> into{};
  auto read = b.read_some(into);
  unix_stream moved = std::move(b);
  a.write_all("x").result();
  EXPECT_EQ(std::move(read).result(), 1u);
}

WEFT_FOR_BOTH_BACKENDS(byte_stream_cancellation);

using byte_stream_deadline = byte_stream_p;

TEST_P(byte_stream_deadline, ends_pending_reads_and_later_ones) {
  std::array<char, 16> into{};
  auto read = b.read_some(into);
  const auto start = std::chrono::steady_clock::now();
  b.set_deadline(5ms);
  EXPECT_THROW(std::move(read).result(), timeout_error);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 5ms);
  EXPECT_THROW(b.read_some(into).result(), timeout_error);
  EXPECT_THROW(b.write_all("x").result(), timeout_error);
  EXPECT_THROW(b.read_until("x").result(), timeout_error);
}

TEST_P(byte_stream_deadline, set_anew_makes_the_stream_usable) {
  std::array<char, 16> into{};
  b.set_deadline(0ms);
  EXPECT_THROW(b.read_some(into).result(), timeout_error);
  b.set_deadline(infinite);
  a.write_all("x").result();
  EXPECT_EQ(b.read_some(into).result(), 1u);
}

TEST_P(byte_stream_deadline, can_come_nearer_and_move_on) {
  std::array<char, 16> into{};
  b.set_deadline(1h);
  b.set_deadline(2h);
  b.set_deadline(1min);
  b.set_deadline(std::chrono::steady_clock::now() + 2ms);
  EXPECT_THROW(b.read_some(into).result(), timeout_error);
  for (int i = 0; i < 10; ++i) {  // moved on before it passes, again and again
    b.set_deadline(50ms);
    a.write_all("x").result();
    EXPECT_EQ(b.read_some(into).result(), 1u);
  }
  b.set_deadline(time_point::max());
}

TEST_P(byte_stream_deadline, moved_on_past_the_first_timer_still_comes) {
  std::array<char, 16> into{};
  const auto start = std::chrono::steady_clock::now();
  b.set_deadline(3ms);
  b.set_deadline(10ms);
  EXPECT_THROW(b.read_some(into).result(), timeout_error);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 10ms);
}

TEST_P(byte_stream_deadline, does_not_outlive_the_stream) {
  b.set_deadline(1h);
  b.close();
  std::array<char, 16> into{};
  EXPECT_EQ(a.read_some(into).result(), 0u);  // really closed, though the timer was armed
  EXPECT_THROW(b.set_deadline(1s), object_disposed);
  EXPECT_THROW(a.set_deadline(-5s), std::invalid_argument);
}

TEST_P(byte_stream_deadline, races_with_close) {
  for (int i = 0; i < 200; ++i) {
    auto [one, other] = unix_stream::pair();
    one.set_deadline(std::chrono::microseconds(i * 5));
    std::array<char, 4> into{};
    auto read = one.read_some(into);
    if (i % 2 == 0) {
      one.close();
    }
    try {
      std::move(read).result();
      ADD_FAILURE();
    } catch (const timeout_error&) {
    } catch (const object_disposed&) {
    }
  }
}

WEFT_FOR_BOTH_BACKENDS(byte_stream_deadline);

}  // namespace
}  // namespace weft::net
