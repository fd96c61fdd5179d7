#include <weft/fs/file_stream.hpp>

#include <weft/base/error.hpp>
#include <weft/fs.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"
#include "support/faults.hpp"
#include "support/scratch.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>

namespace weft::fs {
namespace {

using weft::detail::testing::on_backend;
using weft::detail::testing::scratch;
using weft::detail::testing::spin;

constexpr auto all_modes = open_mode::read | open_mode::write | open_mode::create;

class file_streams : public on_backend {
 protected:
  file_stream with(const std::string& text, std::size_t buffer = file_stream::default_buffer) {
    write_all_text(dir / "data", text).wait();
    return file_stream(file::open(dir / "data", all_modes).result(), buffer);
  }
  std::string content() { return read_all_text(dir / "data").result(); }
  scratch dir;
};

TEST_P(file_streams, read_line_by_line) {
  for (const std::size_t buffer : {1u, 17u, 64u * 1024u}) {
    auto s = with("one\ntwo\r\n\nlast " + std::string(100, 'x'), buffer);
    EXPECT_EQ(s.read_line().result(), "one");
    EXPECT_EQ(s.position(), 4u);
    EXPECT_EQ(s.read_line().result(), "two");
    EXPECT_EQ(s.read_line().result(), "");
    EXPECT_EQ(s.read_line().result(), "last " + std::string(100, 'x'));
    EXPECT_EQ(s.read_line().result(), std::nullopt);
    EXPECT_EQ(s.read_line().result(), std::nullopt);
  }
}

TEST_P(file_streams, refuse_a_line_that_is_too_long_and_keep_it) {
  auto s = with(std::string(100, 'x') + "\nnext\n", 16);
  EXPECT_THROW(s.read_line({}, 99).result(), std::length_error);
  EXPECT_EQ(s.position(), 0u);
  EXPECT_EQ(s.read_line({}, 100).result(), std::string(100, 'x'));
  EXPECT_EQ(s.read_line().result(), "next");
}

TEST_P(file_streams, read_bytes_and_the_rest) {
  auto s = with("0123456789" + std::string(1000, 'x'), 16);
  std::string four(4, ' ');
  s.read_exactly(four).result();
  EXPECT_EQ(four, "0123");
  std::string some(3, ' ');
  EXPECT_EQ(s.read_some(some).result(), 3u);
  EXPECT_EQ(some, "456");
  EXPECT_EQ(s.read_to_end().result(), "789" + std::string(1000, 'x'));
  EXPECT_EQ(s.read_some(some).result(), 0u);
  EXPECT_THROW(s.read_exactly(some).result(), end_of_stream);
}

TEST_P(file_streams, write_when_the_buffer_is_full_flushed_or_closed) {
  auto s = with("", 16);
  s.write_all("0123456789").result();
  EXPECT_EQ(content(), "");
  EXPECT_EQ(s.size().result(), 10u);
  s.write_all("abcdefghij").result();  // no room for both
  EXPECT_EQ(content(), "0123456789");
  s.flush().result();
  EXPECT_EQ(content(), "0123456789abcdefghij");
  s.write_all(std::string(100, 'x')).result();  // past the buffer
  EXPECT_EQ(content().size(), 120u);
  s.write_all("end").result();
  s.close().result();
  s.close().result();
  EXPECT_EQ(content().substr(120), "end");
  EXPECT_THROW(static_cast<void>(s.read_line()), object_disposed);
  {
    with("").write_all("by the destructor").result();
  }
  EXPECT_EQ(content(), "by the destructor");
}

TEST_P(file_streams, do_the_same_as_a_string) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::string model;
  std::size_t at = 0;
  auto s = with("", 32);
  for (int i = 0; i < 400; ++i) {
    const std::size_t n = random() % 50;
    switch (random() % 4) {
      case 0: {
        std::string got(n, ' ');
        got.resize(s.read_some(got).result());
        EXPECT_EQ(got, model.substr(std::min(at, model.size()), got.size()));
        EXPECT_TRUE(!got.empty() || n == 0 || at >= model.size());
        at += got.size();
        break;
      }
      case 1: {
        const std::string text(n, static_cast<char>('a' + random() % 26));
        s.write_all(text).result();
        if (!text.empty()) {
          model.resize(std::max(model.size(), at + n), '\0');
          model.replace(at, n, text);
          at += n;
        }
        break;
      }
      case 2:
        at = random() % (model.size() + 10);
        s.seek(at).result();
        break;
      default:
        if (random() % 8 == 0) {
          model.resize(n, '\0');
          s.set_length(n).result();
        } else {
          s.flush().result();
        }
    }
    ASSERT_EQ(s.position(), at);
    ASSERT_EQ(s.size().result(), model.size());
  }
  s.sync().result();
  EXPECT_EQ(content(), model);
}

TEST_P(file_streams, append) {
  write_all_text(dir / "data", "old\n").wait();
  auto s = file_stream::open(dir / "data", open_mode::append).result();
  s.write_all("new\n").result();
  s.close().result();
  EXPECT_EQ(content(), "old\nnew\n");
}

TEST_P(file_streams, are_usable_after_a_cancellation) {
  std::stop_source asked;
  asked.request_stop();
  auto s = with("one\ntwo\n", 16);
  EXPECT_THROW(s.read_line(asked.get_token()).result(), operation_canceled);
  EXPECT_EQ(s.read_line().result(), "one");
  s.seek(0).result();
  s.write_all("ONE").result();
  EXPECT_THROW(s.flush(asked.get_token()).result(), operation_canceled);
  EXPECT_THROW(s.write_all("x", asked.get_token()).result(), operation_canceled);
  s.flush().result();
  EXPECT_EQ(content(), "ONE\ntwo\n");
}

TEST_P(file_streams, cancelled_at_any_point_lose_nothing) {
  const std::string line(3000, 'x');
  for (unsigned i = 0; i < 60; ++i) {
    auto s = with(line + "\n" + line + "\n", 1024);
    std::stop_source source;
    auto reading = s.read_line(source.get_token());
    spin(i * 64);
    source.request_stop();
    try {
      EXPECT_EQ(std::move(reading).result(), line);
    } catch (const operation_canceled&) {
      EXPECT_EQ(s.position(), 0u);
      EXPECT_EQ(s.read_line().result(), line);
    }
    std::stop_source again;
    s.write_all(std::string(500, 'a')).result();
    auto flushing = s.flush(again.get_token());
    again.request_stop();
    try {
      std::move(flushing).result();
    } catch (const operation_canceled&) {
    }
    s.close().result();
    EXPECT_EQ(content().substr(3001, 501), std::string(500, 'a') + 'x');
  }
}

TEST_P(file_streams, take_one_operation_at_a_time_and_outlive_their_handle) {
  auto s = std::make_unique<file_stream>(with(std::string(100'000, 'x')));
  auto pending = s->read_to_end();
  try {
    EXPECT_EQ(s->read_line().result(), std::nullopt);  // it has ended by now
    EXPECT_TRUE(pending.is_completed());
  } catch (const invalid_operation&) {
  }
  s.reset();
  EXPECT_EQ(std::move(pending).result().size(), 100'000u);
}

WEFT_FOR_BOTH_BACKENDS(file_streams);

}  // namespace
}  // namespace weft::fs
