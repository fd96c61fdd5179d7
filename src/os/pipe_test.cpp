#include <weft/os/pipe.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>
#include <weft/trace/session.hpp>

#include "support/driven_reactor.hpp"
#include "support/scratch.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weft::os {
namespace {

using namespace std::chrono_literals;
using weft::detail::testing::on_backend;
using weft::detail::testing::scratch;

// Stands before the tests on two backends, and so runs first: the pool has no thread yet.
TEST(default_runtime, completes_what_a_thread_outside_has_begun) {
  auto p = pipe::create();
  std::array<char, 4> into{};
  auto reading = p.reader.read_some(into);
  p.writer.write_all("x").result();
  while (!reading.is_completed()) {  // without a wait of weft's, which would help it along
    std::this_thread::yield();
  }
  EXPECT_EQ(std::move(reading).result(), 1u);
}

class pipes : public on_backend {
 protected:
  scratch dir;
};

TEST_P(pipes, carry_bytes_to_their_end) {
  auto p = pipe::create();
  auto reading = p.reader.read_until("\n");
  p.writer.write_all("hello\n").result();
  EXPECT_EQ(std::move(reading).result(), "hello\n");
  p.writer.close();
  EXPECT_EQ(p.reader.read_until("\n").result(), "");
}

TEST_P(pipes, tell_a_trace_of_operations_that_wait) {
  trace::session session;
  auto p = pipe::create();
  auto reading = p.reader.read_until("\n");
  p.writer.write_all("hello\n").result();
  EXPECT_EQ(std::move(reading).result(), "hello\n");
  const void* submitted = nullptr;
  bool completed = false;
  for (const trace::record& r : session.stop()) {
    if (r.kind == trace::event::operation_submitted && r.label == std::string_view("pipe")) {
      submitted = r.subject;
    } else if (r.kind == trace::event::operation_completed && r.subject == submitted) {
      completed = true;
    }
  }
  EXPECT_NE(submitted, nullptr);
  EXPECT_TRUE(completed);
}

TEST_P(pipes, carry_more_than_they_hold) {
  auto p = pipe::create();
  const std::string data(1 << 20, 'x');
  auto writing = p.writer.write_all(data);
  EXPECT_FALSE(writing.is_completed());
  std::string got(data.size(), ' ');
  p.reader.read_exactly(got).result();
  std::move(writing).result();
  EXPECT_EQ(got, data);
}

TEST_P(pipes, without_a_reader_break_without_a_signal) {
  auto p = pipe::create();
  auto pending = p.writer.write_all(std::string(1 << 20, 'x'));
  p.reader.close();
  EXPECT_THROW(std::move(pending).result(), std::system_error);
  try {
    p.writer.write_all("x").result();
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::broken_pipe);
  }
}

TEST_P(pipes, end_by_deadline_token_and_close) {
  auto p = pipe::create();
  std::array<char, 4> into{};
  std::stop_source source;
  auto cancelled = p.reader.read_some(into, source.get_token());
  source.request_stop();
  EXPECT_THROW(std::move(cancelled).result(), operation_canceled);
  p.reader.set_deadline(2ms);
  EXPECT_THROW(p.reader.read_some(into).result(), timeout_error);
  p.reader.set_deadline(infinite);
  auto closed = p.reader.read_some(into);
  p.reader.close();
  EXPECT_THROW(std::move(closed).result(), object_disposed);
}

TEST_P(pipes, with_names_wait_for_each_other) {
  const auto path = dir / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  auto opening = pipe_writer::open(path);
  EXPECT_FALSE(opening.is_completed());
  pipe_reader reader = pipe_reader::open(path).result();
  pipe_writer writer = std::move(opening).result();
  auto reading = reader.read_until("\n");
  writer.write_all("hello\n").result();
  EXPECT_EQ(std::move(reading).result(), "hello\n");
  writer.close();
  EXPECT_EQ(reader.read_until("\n").result(), "");
}

TEST_P(pipes, with_names_are_opened_before_there_is_a_writer) {
  const auto path = dir / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  pipe_reader reader = pipe_reader::open(path).result();
  std::array<char, 4> into{};
  auto reading = reader.read_some(into);
  EXPECT_FALSE(reading.is_completed());  // nobody has written yet, which is not the end
  pipe_writer writer = pipe_writer::open(path).result();
  writer.write_all("x").result();
  EXPECT_EQ(std::move(reading).result(), 1u);
}

TEST_P(pipes, opening_can_be_given_up_and_says_what_is_wrong) {
  const auto path = dir / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::stop_source source;
  auto opening = pipe_writer::open(path, source.get_token());
  source.request_stop();
  EXPECT_THROW(std::move(opening).result(), operation_canceled);
  EXPECT_THROW(pipe_reader::open(dir / "missing").result(), std::system_error);
  EXPECT_THROW(pipe_reader::open(dir.path()).result(), std::system_error);
}

WEFT_FOR_BOTH_BACKENDS(pipes);

}  // namespace
}  // namespace weft::os
