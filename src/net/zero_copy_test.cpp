// Writing without a copy: when it completes, and what a cancellation does to the connection.

#include <weft/base/error.hpp>
#include <weft/net/tcp.hpp>
#include <weft/task.hpp>
#include <weft/time/delay.hpp>

#include "support/connected.hpp"
#include "support/driven_reactor.hpp"
#include "support/in_child.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weft::net {
namespace {

using namespace std::chrono_literals;
using weft::detail::io_backend;
using weft::detail::testing::connected;
using weft::detail::testing::is_refused_in_child;
using weft::detail::testing::on_backend;

const_buffer of(std::string_view text) {
  return {text.data(), text.size()};
}

constexpr std::size_t much = 32 << 20;  // more than the kernel keeps for two sockets

std::string pattern(std::size_t size) {
  std::string made(size, ' ');
  for (std::size_t i = 0; i < size; ++i) {
    made[i] = static_cast<char>('a' + i % 26 + i / 1000 % 3);
  }
  return made;
}

using zero_copy = on_backend;

TEST_P(zero_copy, sends_all_of_every_size) {
  auto [client, server] = connected();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, tcp_stream::least_without_copy - 1,
        tcp_stream::least_without_copy, tcp_stream::least_without_copy + 1, std::size_t{1} << 20}) {
    const std::string sent = pattern(size);
    std::string got(size, ' ');
    auto reading = server.read_exactly(got);
    client.write_zero_copy(of(sent)).result();
    std::move(reading).result();
    EXPECT_TRUE(got == sent) << size;
  }
  client.write_all("and then").result();
  std::array<char, 8> rest{};
  server.read_exactly(rest).result();
}

TEST_P(zero_copy, completes_when_the_kernel_has_let_go_of_the_buffer) {
  auto [client, server] = connected();
  const std::string expected = pattern(much);
  std::string lent = expected;
  std::string got(much, ' ');
  auto writing = client.write_zero_copy(of(lent));
  EXPECT_FALSE(writing.is_completed());  // nobody reads
  auto half = server.read_exactly(mutable_buffer(got.data(), much / 4));
  std::move(half).result();
  EXPECT_FALSE(writing.is_completed());
  auto rest = server.read_exactly(mutable_buffer(got.data() + much / 4, much - much / 4));
  std::move(writing).result();
  std::fill(lent.begin(), lent.end(), '-');  // ours again
  std::move(rest).result();
  EXPECT_TRUE(got == expected);
}

TEST_P(zero_copy, may_be_pending_while_the_peer_writes) {
  auto [client, server] = connected();
  const std::string there = pattern(much);
  auto writing = client.write_zero_copy(of(there));
  server.write_zero_copy(of(std::string_view(there).substr(0, 100'000))).result();
  std::string back(100'000, ' ');
  client.read_exactly(back).result();
  EXPECT_TRUE(there.starts_with(back));
  std::string got(much, ' ');
  server.read_exactly(got).result();
  std::move(writing).result();
  EXPECT_TRUE(got == there);
}

// Reads until the end; whether it came by a reset.
bool ended_by_reset(tcp_stream& s) {
  std::string into(1 << 16, ' ');
  try {
    while (s.read_some(into).result() != 0) {
    }
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::connection_reset);
    return true;
  }
  return false;
}

TEST_P(zero_copy, that_is_cancelled_completes_though_the_peer_never_reads) {
  auto [client, server] = connected();
  const std::string lent(much, 'x');
  std::stop_source source;
  auto writing = client.write_zero_copy(of(lent), source.get_token());
  EXPECT_FALSE(writing.is_completed());
  // Some of it has been taken.
  std::array<char, 1> first{};
  server.read_exactly(first).result();
  source.request_stop();
  EXPECT_THROW(std::move(writing).result(), operation_canceled);
  if (GetParam() == io_backend::uring) {  // the connection was the price, and says so
    EXPECT_THROW(client.write_all("more").result(), std::system_error);
    EXPECT_TRUE(ended_by_reset(server));
  } else {
    client.close();
    EXPECT_FALSE(ended_by_reset(server));
  }
}

TEST_P(zero_copy, that_was_cancelled_before_sends_nothing_and_harms_nothing) {
  auto [client, server] = connected();
  const std::string lent(much, 'x');
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW(client.write_zero_copy(of(lent), source.get_token()).result(), operation_canceled);
  client.write_all("fine").result();
  std::array<char, 8> got{};
  EXPECT_EQ(server.read_some(got).result(), 4u);
}

TEST_P(zero_copy, ends_by_the_deadline_and_by_close) {
  const std::string lent(much, 'x');
  {
    auto [client, server] = connected();
    client.set_deadline(5ms);
    EXPECT_THROW(client.write_zero_copy(of(lent)).result(), timeout_error);
    EXPECT_THROW(client.write_zero_copy(of(lent)).result(), timeout_error);
  }
  {
    auto [client, server] = connected();
    auto writing = client.write_zero_copy(of(lent));
    EXPECT_FALSE(writing.is_completed());
    client.close();
    EXPECT_THROW(std::move(writing).result(), object_disposed);
  }
  {
    auto [client, server] = connected();
    {
      auto dropped = client.write_zero_copy(of(lent));
      EXPECT_FALSE(dropped.is_completed());
    }
    client.close();
    static_cast<void>(ended_by_reset(server));
  }
}

TEST_P(zero_copy, is_cancelled_at_every_point) {
  const std::string lent = pattern(1 << 20);
  for (std::size_t point = 0; point < 60; ++point) {
    auto [client, server] = connected();
    std::stop_source source;
    auto writing = client.write_zero_copy(of(lent), source.get_token());
    std::string got(lent.size(), ' ');
    std::size_t had = 0;
    try {
      while (had < lent.size() && had < point * (lent.size() / 50)) {
        had += server.read_some(mutable_buffer(got.data() + had, got.size() - had)).result();
      }
    } catch (const std::system_error&) {
    }
    source.request_stop();
    bool sent = false;
    try {
      std::move(writing).result();
      sent = true;
    } catch (const operation_canceled&) {
    }
    if (sent) {  // then all of it arrives, and the connection lives
      server.read_exactly(mutable_buffer(got.data() + had, got.size() - had)).result();
      EXPECT_TRUE(got == lent);
      client.write_all("x").result();
    }
  }
}

TEST_P(zero_copy, ends_when_the_peer_resets_the_connection) {
  auto [client, server] = connected();
  const std::string lent(much, 'x');
  auto writing = client.write_zero_copy(of(lent));
  std::array<char, 1> first{};
  server.read_exactly(first).result();
  server.close();  // with bytes unread
  EXPECT_THROW(std::move(writing).result(), std::system_error);
}

TEST_P(zero_copy, is_refused_in_a_forked_child_and_goes_on_in_its_parent) {
  auto [client, server] = connected();
  const std::string lent = pattern(much);
  auto writing = client.write_zero_copy(of(lent));
  const bool refused = is_refused_in_child([&] {
    auto more = server.write_zero_copy(of(lent));
    std::move(more).result();
  });
  if (GetParam() == io_backend::uring) {
    EXPECT_TRUE(refused);
  }
  std::string got(much, ' ');
  server.read_exactly(got).result();
  std::move(writing).result();
  EXPECT_TRUE(got == lent);
}

WEFT_FOR_BOTH_BACKENDS(zero_copy);

// Without the right to lock memory beyond the limit, and a limit that is enough for a ring and not
// for `much`, while it lives.
class with_little_locked_memory {
 public:
  with_little_locked_memory() {
    ::syscall(SYS_capget, &header_, before_.data());
    auto fewer = before_;
    fewer[0].effective &= ~(1U << CAP_IPC_LOCK);
    ::syscall(SYS_capset, &header_, fewer.data());
    ::getrlimit(RLIMIT_MEMLOCK, &limit_);
    rlimit little = limit_;
    little.rlim_cur = std::min<rlim_t>(8 << 20, limit_.rlim_max);
    ::setrlimit(RLIMIT_MEMLOCK, &little);
  }
  with_little_locked_memory(const with_little_locked_memory&) = delete;
  with_little_locked_memory& operator=(const with_little_locked_memory&) = delete;
  ~with_little_locked_memory() {
    ::setrlimit(RLIMIT_MEMLOCK, &limit_);
    ::syscall(SYS_capset, &header_, before_.data());
  }

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> before_{};
  rlimit limit_{};
};

TEST(zero_copy_fallback, copies_when_too_little_memory_may_be_locked) {
  const with_little_locked_memory little;
  using weft::detail::testing::driven_reactor;
  std::unique_ptr<driven_reactor> made;
  try {
    made = std::make_unique<driven_reactor>(io_backend::uring);
  } catch (const std::system_error& e) {
    GTEST_SKIP() << e.what();  // an older kernel counts the ring itself
  }
  static weft::detail::reactor* here = nullptr;
  here = &**made;
  const auto before =
      weft::detail::set_reactor_provider([]() -> weft::detail::reactor& { return *here; });
  {
    auto [client, server] = connected();
    const std::string lent = pattern(much);
    auto writing = client.write_zero_copy(of(lent));
    std::string got(much, ' ');
    server.read_exactly(got).result();
    std::move(writing).result();
    EXPECT_TRUE(got == lent);
  }
  weft::detail::set_reactor_provider(before);
}

}  // namespace
}  // namespace weft::net
