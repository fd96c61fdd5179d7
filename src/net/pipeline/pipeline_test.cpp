#include <weft/net/pipeline.hpp>

#include <weft/base/error.hpp>
#include <weft/io/stream.hpp>
#include <weft/net/tcp.hpp>
#include <weft/net/unix.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace weft::net {
namespace {

using weft::detail::testing::on_backend;

std::string text_of(const byte_sequence& bytes) {
  std::string joined;
  for (const std::string_view piece : bytes) {
    EXPECT_FALSE(piece.empty());
    joined += piece;
  }
  EXPECT_EQ(joined, bytes.to_string());
  return joined;
}

// What a read gives, all of it consumed.
std::string next(pipeline_reader& r) {
  const read_result got = r.read().result();
  std::string text = text_of(got.buffer);
  r.advance_to(got.buffer.size());
  return text;
}

TEST(pipeline, gives_the_reader_what_was_flushed_and_no_more) {
  pipeline p;
  const mutable_buffer room = p.writer.get_memory(10);
  EXPECT_GE(room.size(), 10u);
  std::copy_n("hello", 5, static_cast<char*>(room.data()));
  p.writer.advance(5);
  EXPECT_EQ(p.writer.unflushed_bytes(), 5u);
  EXPECT_FALSE(p.reader.try_read());
  EXPECT_FALSE(p.writer.flush().result().is_completed);
  EXPECT_EQ(p.writer.unflushed_bytes(), 0u);
  EXPECT_EQ(next(p.reader), "hello");
  EXPECT_FALSE(p.reader.try_read());
}

TEST(pipeline, wakes_a_reader_that_waits) {
  pipeline p;
  auto reading = p.reader.read();
  EXPECT_FALSE(reading.is_completed());
  p.writer.write("x").result();
  const read_result got = std::move(reading).result();
  EXPECT_EQ(text_of(got.buffer), "x");
  p.reader.advance_to(1);
}

TEST(pipeline, keeps_what_was_not_consumed_and_waits_when_all_was_examined) {
  pipeline p;
  p.writer.write("abc").result();
  EXPECT_EQ(p.reader.read().result().buffer.size(), 3u);
  p.reader.advance_to(1);  // the rest was not looked at: it comes at once
  EXPECT_EQ(p.reader.read().result().buffer.to_string(), "bc");
  p.reader.advance_to(0, 2);
  auto reading = p.reader.read();
  EXPECT_FALSE(reading.is_completed());
  p.writer.write("d").result();
  EXPECT_EQ(std::move(reading).result().buffer.to_string(), "bcd");
  p.reader.advance_to(3);
}

// Checked against .NET 10: pauses at the threshold, goes on below the other one.
TEST(pipeline, holds_a_writer_back_until_its_reader_has_caught_up) {
  pipeline p({.pause_writer_threshold = 10, .resume_writer_threshold = 5});
  EXPECT_TRUE(p.writer.write("123456789").is_completed());
  auto tenth = p.writer.write("0");
  EXPECT_FALSE(tenth.is_completed());
  EXPECT_EQ(p.reader.read().result().buffer.size(), 10u);
  p.reader.advance_to(5);
  EXPECT_FALSE(tenth.is_completed());
  EXPECT_EQ(p.reader.read().result().buffer.size(), 5u);
  p.reader.advance_to(1);
  EXPECT_FALSE(std::move(tenth).result().is_completed);
}

TEST(pipeline, does_not_hold_back_a_writer_whose_reader_needs_more) {
  pipeline p({.pause_writer_threshold = 10, .resume_writer_threshold = 5});
  auto all = p.reader.read_at_least(15);
  EXPECT_FALSE(p.writer.write("1234567890").result().is_completed);
  auto second = p.writer.write("1234567890");
  EXPECT_EQ(std::move(all).result().buffer.size(), 20u);
  p.reader.advance_to(0, 20);  // examined: nobody has it before him any more
  EXPECT_FALSE(std::move(second).result().is_completed);
  EXPECT_TRUE(p.writer.write("12345").is_completed());
  pipeline without_limit({.pause_writer_threshold = 0});
  EXPECT_TRUE(without_limit.writer.write(std::string(1 << 20, 'x')).is_completed());
}

TEST(pipeline, ends_with_what_was_written_or_with_the_error) {
  pipeline p;
  static_cast<void>(p.writer.get_memory());
  p.writer.advance(2);
  p.writer.complete();  // flushes
  p.writer.complete();
  const read_result last = p.reader.read().result();
  EXPECT_TRUE(last.is_completed);
  EXPECT_EQ(last.buffer.size(), 2u);
  p.reader.advance_to(2);
  EXPECT_TRUE(p.reader.read().result().is_completed);
  p.reader.advance_to(0);
  EXPECT_THROW(static_cast<void>(p.writer.write("x")), invalid_operation);

  pipeline broken;
  broken.writer.write("abc").result();
  broken.writer.complete(std::make_exception_ptr(std::runtime_error("cut")));
  EXPECT_THROW(static_cast<void>(broken.reader.read().result()), std::runtime_error);

  pipeline dropped;
  auto reading = dropped.reader.read();
  {
    const pipeline_writer gone = std::move(dropped.writer);
  }
  EXPECT_THROW(static_cast<void>(std::move(reading).result()), invalid_operation);
}

TEST(pipeline, tells_the_writer_that_nobody_reads) {
  pipeline p({.pause_writer_threshold = 2, .resume_writer_threshold = 1});
  auto waiting = p.writer.write("abc");
  EXPECT_FALSE(waiting.is_completed());
  p.reader.complete();
  p.reader.complete();
  EXPECT_TRUE(std::move(waiting).result().is_completed);
  for (int i = 0; i < 100; ++i) {  // and keeps nothing of it
    EXPECT_TRUE(p.writer.write(std::string(10'000, 'x')).result().is_completed);
  }
  EXPECT_THROW(static_cast<void>(p.reader.read()), invalid_operation);
  pipeline failed;
  failed.reader.complete(std::make_exception_ptr(std::runtime_error("parser")));
  EXPECT_THROW(static_cast<void>(failed.writer.write("x").result()), std::runtime_error);
}

TEST(pipeline, ends_waits_by_token_and_stays_usable) {
  pipeline p({.pause_writer_threshold = 4, .resume_writer_threshold = 2});
  std::stop_source source;
  auto reading = p.reader.read_at_least(3, source.get_token());
  p.writer.write("ab").result();
  source.request_stop();
  EXPECT_THROW(static_cast<void>(std::move(reading).result()), operation_canceled);
  EXPECT_THROW(static_cast<void>(p.reader.read(source.get_token()).result()), operation_canceled);
  EXPECT_EQ(p.reader.read().result().buffer.to_string(), "ab");  // though it was looked at
  p.reader.advance_to(0, 0);
  std::stop_source other;
  auto writing = p.writer.write("cd", other.get_token());
  EXPECT_FALSE(writing.is_completed());
  other.request_stop();
  EXPECT_THROW(static_cast<void>(std::move(writing).result()), operation_canceled);
  EXPECT_EQ(next(p.reader), "abcd");
}

TEST(pipeline, ends_waits_on_request) {
  pipeline p({.pause_writer_threshold = 2, .resume_writer_threshold = 1});
  p.reader.cancel_pending_read();
  EXPECT_TRUE(p.reader.read().result().is_canceled);
  p.reader.advance_to(0);
  auto reading = p.reader.read();
  EXPECT_FALSE(reading.is_completed());
  p.reader.cancel_pending_read();
  EXPECT_TRUE(std::move(reading).result().is_canceled);
  p.reader.advance_to(0);
  auto flushing = p.writer.write("abc");
  EXPECT_FALSE(flushing.is_completed());
  p.writer.cancel_pending_flush();
  EXPECT_TRUE(std::move(flushing).result().is_canceled);
  EXPECT_EQ(next(p.reader), "abc");
}

TEST(pipeline, refuses_what_makes_no_sense) {
  EXPECT_THROW(pipeline({.pause_writer_threshold = 5, .resume_writer_threshold = 10}),
               std::invalid_argument);
  pipeline p;
  EXPECT_THROW(p.reader.advance_to(0), invalid_operation);
  EXPECT_THROW(p.writer.advance(1), std::invalid_argument);
  const mutable_buffer room = p.writer.get_memory();
  EXPECT_THROW(p.writer.advance(room.size() + 1), std::invalid_argument);
  p.writer.advance(0);
  auto pending = p.reader.read();
  EXPECT_THROW(static_cast<void>(p.reader.read()), invalid_operation);
  p.writer.write("abc").result();
  EXPECT_EQ(std::move(pending).result().buffer.size(), 3u);
  EXPECT_THROW(static_cast<void>(p.reader.read()), invalid_operation);
  EXPECT_THROW(p.reader.advance_to(4), std::invalid_argument);
  EXPECT_THROW(p.reader.advance_to(2, 1), std::invalid_argument);
  p.reader.advance_to(3);
  EXPECT_THROW(static_cast<void>(p.reader.read_until("")), std::invalid_argument);
  pipeline_reader none;
  EXPECT_THROW(static_cast<void>(none.read()), invalid_operation);
}

TEST(pipeline, finds_delimiters_wherever_pieces_end) {
  pipeline p({.minimum_segment_size = 3});
  p.writer.write("one\r\ntwo\r\r\n\nrest").result();
  EXPECT_EQ(p.reader.read_until("\r\n").result(), "one\r\n");
  EXPECT_EQ(p.reader.read_until("\r\n").result(), "two\r\r\n");
  EXPECT_THROW(static_cast<void>(p.reader.read_until("\r\n", 3).result()), std::length_error);
  auto late = p.reader.read_until("\r\n");
  EXPECT_FALSE(late.is_completed());
  p.writer.write("\r").result();
  p.writer.write("\nend").result();
  EXPECT_EQ(std::move(late).result(), "\nrest\r\n");
  p.writer.complete();
  EXPECT_EQ(p.reader.read_until("\r\n").result(), "end");
  EXPECT_EQ(p.reader.read_until("\r\n").result(), "");
}

TEST(pipeline, takes_a_character_for_a_delimiter_and_a_token_behind_any) {
  pipeline p;
  std::stop_source source;
  p.writer.write("one,two;").result();
  EXPECT_EQ(p.reader.read_until(',').result(), "one,");
  EXPECT_EQ(p.reader.read_until(";", source.get_token()).result(), "two;");
  auto late = p.reader.read_until(',', source.get_token());
  EXPECT_FALSE(late.is_completed());
  source.request_stop();
  EXPECT_THROW(static_cast<void>(std::move(late).result()), operation_canceled);
  p.writer.write("three,").result();
  EXPECT_EQ(p.reader.read_until(',').result(), "three,") << "nothing is lost";
}

TEST(pipeline, reads_exact_sizes_and_loses_nothing_when_they_do_not_come) {
  pipeline p({.minimum_segment_size = 2});
  std::array<char, 5> into{};
  auto reading = p.reader.read_exactly(into);
  p.writer.write("abc").result();
  EXPECT_FALSE(reading.is_completed());
  p.writer.write("defg").result();
  std::move(reading).result();
  EXPECT_EQ(std::string_view(into.data(), into.size()), "abcde");
  p.writer.complete();
  EXPECT_THROW(p.reader.read_exactly(into).result(), end_of_stream);
  EXPECT_EQ(p.reader.read().result().buffer.to_string(), "fg");
  p.reader.advance_to(2);
  p.reader.read_exactly({nullptr, 0}).result();
}

TEST(pipeline, sequences_are_searched_and_copied_in_parts) {
  pipeline p({.minimum_segment_size = 3});
  p.writer.write("aabaabaac").result();
  const read_result got = p.reader.read().result();
  EXPECT_FALSE(got.buffer.is_contiguous());
  EXPECT_EQ(got.buffer.front().substr(0, 3), "aab");
  EXPECT_EQ(got.buffer.find("aabaac"), 3u);
  EXPECT_EQ(got.buffer.find("aab", 1), 3u);
  EXPECT_EQ(got.buffer.find("aad"), byte_sequence::npos);
  EXPECT_EQ(got.buffer.find("", 9), 9u);
  EXPECT_EQ(got.buffer.find("a", 100), byte_sequence::npos);
  EXPECT_EQ(got.buffer.to_string(2, 4), "baab");
  EXPECT_EQ(got.buffer.to_string(20), "");
  std::array<char, 4> part{};
  EXPECT_EQ(got.buffer.copy_to(part, 7), 2u);
  EXPECT_EQ(std::string_view(part.data(), 2), "ac");
  p.reader.advance_to(9);
  EXPECT_EQ(byte_sequence().begin(), byte_sequence().end());
}

task<> write_numbers(pipeline_writer& to, std::size_t count, std::minstd_rand& random) {
  for (std::size_t at = 0; at < count;) {
    const std::size_t n = std::min<std::size_t>(random() % 300 + 1, count - at);
    const mutable_buffer room = to.get_memory(n);
    for (std::size_t i = 0; i < n; ++i, ++at) {
      static_cast<char*>(room.data())[i] = static_cast<char>(at % 251);
    }
    to.advance(n);
    auto flushing = to.flush();
    static_cast<void>(co_await std::move(flushing));
  }
  to.complete();
}

task<std::size_t> check_numbers(pipeline_reader& from, std::minstd_rand& random) {
  std::size_t at = 0;
  while (true) {
    auto reading = from.read();
    const read_result got = co_await std::move(reading);
    std::size_t position = at;
    for (const std::string_view piece : got.buffer) {
      for (const char c : piece) {
        if (c != static_cast<char>(position++ % 251)) {
          throw std::runtime_error("a byte is wrong");
        }
      }
    }
    const std::size_t consumed = got.is_completed
                                     ? got.buffer.size()
                                     : std::min<std::size_t>(random() % 500, got.buffer.size());
    at += consumed;
    from.advance_to(consumed, got.is_completed ? consumed : got.buffer.size());
    if (got.is_completed) {
      co_return at;
    }
  }
}

TEST(pipeline, carries_everything_between_two_threads) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand of_writer(seed);
  std::minstd_rand of_reader(seed + 1);
  constexpr std::size_t count = 1'000'000;
  pipeline p({.pause_writer_threshold = 2000,
              .resume_writer_threshold = 1000,
              .minimum_segment_size = 256});
  auto writing = run([&] { return write_numbers(p.writer, count, of_writer); });
  auto reading = run([&] { return check_numbers(p.reader, of_reader); });
  EXPECT_EQ(reading.result(), count);
  writing.result();
}

using pipeline_of_streams = on_backend;

TEST_P(pipeline_of_streams, carries_a_stream_into_another_and_holds_its_sender_back) {
  auto [sender, from] = unix_stream::pair();
  auto [to, receiver] = unix_stream::pair();
  pipeline p;
  auto filling = copy_to(from, p.writer);
  const std::string data(4 << 20, 'x');
  auto sending = sender.write_all(data);
  EXPECT_FALSE(sending.is_completed());  // nobody reads the pipeline yet
  auto emptying = copy_to(p.reader, to);
  std::string got(data.size(), ' ');
  receiver.read_exactly(got).result();
  std::move(sending).result();
  EXPECT_TRUE(got == data);
  sender.shutdown_write();
  filling.result();
  p.writer.complete();
  emptying.result();
}

TEST_P(pipeline_of_streams, keeps_what_could_not_be_written) {
  auto [to, receiver] = unix_stream::pair();
  receiver.close();
  pipeline p;
  p.writer.write("abc").result();
  EXPECT_THROW(copy_to(p.reader, to).result(), std::system_error);
  p.writer.write("def").result();
  EXPECT_EQ(next(p.reader), "def");
  std::stop_source source;
  auto [from, silent] = unix_stream::pair();
  auto filling = copy_to(from, p.writer, source.get_token());
  source.request_stop();
  EXPECT_THROW(filling.result(), operation_canceled);
  silent.write_all("later").result();
  std::array<char, 5> into{};
  from.read_exactly(into).result();
}

WEFT_FOR_BOTH_BACKENDS(pipeline_of_streams);

}  // namespace
}  // namespace weft::net
