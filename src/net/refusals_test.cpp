// What datagrams, local sockets and pipelines refuse, and what they say then.

#include <weft/base/error.hpp>
#include <weft/net/buffered_stream.hpp>
#include <weft/net/pipeline.hpp>
#include <weft/net/udp.hpp>
#include <weft/net/unix.hpp>
#include <weft/task.hpp>

#include "support/tasks.hpp"

#include <array>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

namespace weft::net {
namespace {

using testing::thrown_by;

TEST(udp_socket, refuses_an_address_that_is_not_this_machines) {
  const auto thrown = thrown_by([] { static_cast<void>(udp_socket::bind({"192.0.2.1", 0})); });
  EXPECT_NE(thrown.find("udp_socket::bind: cannot use 192.0.2.1:0"), std::string::npos) << thrown;
}

TEST(udp_socket, sends_what_a_buffer_points_to) {
  auto a = udp_socket::bind({"127.0.0.1", 0});
  auto b = udp_socket::bind({"127.0.0.1", 0});
  const std::string_view text = "kept by the caller";
  a.send_to(const_buffer(text.data(), text.size()), b.local_endpoint()).result();
  std::array<char, 32> into{};
  const datagram whole = b.receive_from(into).result();
  EXPECT_EQ(std::string_view(into.data(), whole.size()), text);
  a.connect(b.local_endpoint());
  a.send(const_buffer(nullptr, 0)).result();  // an empty datagram is one
  EXPECT_EQ(b.receive_from(into).result().size(), 0u);
}

TEST(unix_listener, names_the_path_where_it_cannot_listen) {
  const std::string nowhere = "/nonexistent-folder-of-weft/socket";
  const auto thrown = thrown_by([&] { static_cast<void>(unix_listener::bind(nowhere)); });
  EXPECT_NE(thrown.find("cannot listen at '" + nowhere + "'"), std::string::npos) << thrown;
}

TEST(pipeline_writer, refuses_a_flush_while_another_is_pending) {
  pipeline p({.pause_writer_threshold = 4, .resume_writer_threshold = 2});
  auto pending = p.writer.write("more than four");
  EXPECT_FALSE(pending.is_completed());
  EXPECT_THROW(static_cast<void>(p.writer.flush().result()), invalid_operation);
  const read_result got = p.reader.read().result();
  p.reader.advance_to(got.buffer.size());
  EXPECT_FALSE(std::move(pending).result().is_completed);
}

TEST(pipeline_writer, flushes_nothing_for_a_token_that_was_asked_to_stop) {
  pipeline p;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(static_cast<void>(p.writer.flush(stop.get_token()).result()), operation_canceled);
}

TEST(pipeline_writer, that_was_moved_from_says_so) {
  pipeline p;
  const pipeline_writer taken = std::move(p.writer);
  const auto thrown = thrown_by([&] {
    static_cast<void>(p.writer.flush().result());  // NOLINT(bugprone-use-after-move)
  });
  EXPECT_NE(thrown.find("it is empty (moved from?)"), std::string::npos) << thrown;
}

TEST(pipeline_reader, read_until_and_read_exactly_end_canceled_when_their_wait_is) {
  pipeline p;
  auto line = p.reader.read_until("\n");
  EXPECT_FALSE(line.is_completed());
  p.reader.cancel_pending_read();
  EXPECT_THROW(static_cast<void>(std::move(line).result()), operation_canceled);
  std::array<char, 4> into{};
  auto four = p.reader.read_exactly(into);
  EXPECT_FALSE(four.is_completed());
  p.reader.cancel_pending_read();
  EXPECT_THROW(std::move(four).result(), operation_canceled);
}

TEST(buffered_stream, refuses_a_delimiter_of_nothing) {
  auto [a, b] = unix_stream::pair();
  buffered_stream buffered(std::move(a));
  const auto thrown = thrown_by([&] { static_cast<void>(buffered.read_until("").result()); });
  EXPECT_NE(thrown.find("the delimiter is empty"), std::string::npos) << thrown;
}

}  // namespace
}  // namespace weft::net
