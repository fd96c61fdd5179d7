#include <weft/base/atomic.hpp>
#include <weft/base/error.hpp>
#include <weft/net/dns.hpp>
#include <weft/net/resolve.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"
#include "support/name_server.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <vector>

#include <netdb.h>

namespace weft::net {
namespace {

using namespace std::chrono_literals;
using testing::name_behaviour;
using testing::name_server;
using weft::detail::testing::on_backend;

std::vector<std::string> sorted(std::vector<address> found) {
  std::vector<std::string> texts;
  for (const address& one : found) {
    texts.push_back(one.to_string());
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}
using texts = std::vector<std::string>;

dns_options asks(const name_server& server) {
  // Long: what is not to be answered late is not, however slow the machine.
  return dns_options().server(server.where()).timeout(20s).tries(2);
}

int error_of(dns_resolver& r, const std::string& name) {
  try {
    r.resolve(name).result();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code().category(), resolve_category());
    EXPECT_NE(std::string(e.what()).find(name), std::string::npos) << e.what();
    return e.code().value();
  }
  return 0;
}

// Stands still until it is told.
class hand_clock final : public time_provider {
 public:
  time_point now() override {
    // order: relaxed; a number that orders nothing.
    return time_point(std::chrono::nanoseconds(ns_.load(std::memory_order_relaxed)));
  }
  std::unique_ptr<timer> create_timer(work, std::chrono::nanoseconds,
                                      std::chrono::nanoseconds) override {
    return nullptr;
  }
  void advance(std::chrono::nanoseconds by) {
    // order: relaxed; see now.
    ns_.fetch_add(by.count(), std::memory_order_relaxed);
  }

 private:
  weft::detail::atomic<std::int64_t> ns_{1'000'000'000};
};

using dns = on_backend;

TEST_P(dns, finds_both_families) {
  name_server server({{"both.test", {.v4 = {"127.0.0.5", "127.0.0.6"}, .v6 = {"::1"}}},
                      {"four.test", {.v4 = {"127.0.0.7"}}}});
  dns_resolver r(asks(server));
  EXPECT_EQ(sorted(r.resolve("both.test").result()), (texts{"127.0.0.5", "127.0.0.6", "::1"}));
  EXPECT_EQ(sorted(r.resolve("four.test").result()), texts{"127.0.0.7"});
  EXPECT_EQ(sorted(r.resolve("192.0.2.9").result()), texts{"192.0.2.9"});
}

TEST_P(dns, says_why_there_is_no_answer) {
  name_server server({{"broken.test", {.code = 2}},
                      {"empty.test", {}},
                      {"garbage.test", {.garbage = true}},
                      {"silent.test", {.ignored = -1}}});
  dns_resolver r(asks(server));
  EXPECT_EQ(error_of(r, "missing.test"), EAI_NONAME);
  EXPECT_EQ(error_of(r, "empty.test"), EAI_NONAME);
  EXPECT_EQ(error_of(r, "broken.test"), EAI_AGAIN);
  EXPECT_EQ(error_of(r, "garbage.test"), EAI_AGAIN);
  dns_resolver hasty(dns_options().server(server.where()).timeout(5ms).tries(2));
  EXPECT_EQ(error_of(hasty, "silent.test"), EAI_AGAIN);
  server.wait_until_asked("silent.test", 2);
  EXPECT_THROW((void)r.resolve(""), std::invalid_argument);
  EXPECT_EQ(error_of(r, std::string(300, 'x') + ".test"), EAI_NONAME);
}

TEST_P(dns, asks_over_tcp_when_an_answer_is_cut) {
  name_behaviour large{.cut = true};
  for (int i = 1; i <= 60; ++i) {
    large.v4.push_back("127.0.1." + std::to_string(i));
  }
  name_server server({{"large.test", large}});
  dns_resolver r(asks(server));
  EXPECT_EQ(r.resolve("large.test").result().size(), 60u);
  EXPECT_GE(server.asked_over_tcp(), 1);
}

TEST_P(dns, asks_again_when_an_answer_is_late) {
  name_server server({{"late.test", {.v4 = {"127.0.0.8"}, .ignored = 1}}});
  dns_resolver r(dns_options().server(server.where()).timeout(20ms).tries(12));
  EXPECT_EQ(sorted(r.resolve("late.test").result()), texts{"127.0.0.8"});
  EXPECT_GE(server.asked("late.test"), 2);
}

TEST_P(dns, follows_aliases) {
  name_server server(
      {{"www.test", {.v4 = {"127.0.0.9"}, .aliases = {{"web.test", 30}, {"host.test", 20}}}}});
  dns_resolver r(asks(server));
  EXPECT_EQ(sorted(r.resolve("www.test").result()), texts{"127.0.0.9"});
}

WEFT_FOR_BOTH_BACKENDS(dns);

using dns_cache = on_backend;

TEST_P(dns_cache, keeps_an_answer_as_long_as_it_says) {
  name_server server(
      {{"kept.test", {.v4 = {"127.0.0.5"}, .lives = 60}},
       {"alias.test", {.v4 = {"127.0.0.6"}, .aliases = {{"kept.test", 30}}, .lives = 60}},
       {"never.test", {.v4 = {"127.0.0.7"}, .lives = 0}},
       {"long.test", {.v4 = {"127.0.0.8"}, .lives = 1'000'000}}});
  hand_clock clock;
  dns_resolver r(asks(server).clock(clock).longest_cached(100s));
  const auto asked_after = [&](const std::string& name, std::chrono::seconds later) {
    clock.advance(later);
    (void)r.resolve(name).result();
    return server.asked(name);
  };
  EXPECT_EQ(asked_after("kept.test", 0s), 1);
  EXPECT_EQ(asked_after("KEPT.test", 0s), 0);  // the same name: nobody was asked
  EXPECT_EQ(asked_after("kept.test", 59s), 1);
  EXPECT_TRUE(r.resolve("kept.test").is_completed());
  EXPECT_EQ(asked_after("kept.test", 1s), 2);
  EXPECT_EQ(asked_after("alias.test", 0s), 1);
  EXPECT_EQ(asked_after("alias.test", 29s), 1);
  EXPECT_EQ(asked_after("alias.test", 1s), 2);
  EXPECT_EQ(asked_after("never.test", 0s), 1);
  EXPECT_EQ(asked_after("never.test", 0s), 2);
  EXPECT_EQ(asked_after("long.test", 0s), 1);
  EXPECT_EQ(asked_after("long.test", 99s), 1);
  EXPECT_EQ(asked_after("long.test", 1s), 2);
  r.clear();
  EXPECT_EQ(r.cached(), 0u);
  EXPECT_EQ(asked_after("long.test", 0s), 3);
}

TEST_P(dns_cache, keeps_that_there_is_no_such_name_and_no_failure) {
  name_server server({{"broken.test", {.code = 2}}});
  hand_clock clock;
  dns_resolver r(asks(server).clock(clock).negative_cached(5s));
  EXPECT_EQ(error_of(r, "missing.test"), EAI_NONAME);
  server.set("missing.test", {.v4 = {"127.0.0.5"}});
  EXPECT_EQ(error_of(r, "missing.test"), EAI_NONAME);
  clock.advance(5s);
  EXPECT_EQ(sorted(r.resolve("missing.test").result()), texts{"127.0.0.5"});
  EXPECT_EQ(error_of(r, "broken.test"), EAI_AGAIN);
  server.set("broken.test", {.v4 = {"127.0.0.6"}});
  EXPECT_EQ(sorted(r.resolve("broken.test").result()), texts{"127.0.0.6"});
}

TEST_P(dns_cache, has_a_limit_and_drops_what_ends_first) {
  name_server server({{"a.test", {.v4 = {"127.0.0.5"}, .lives = 50}},
                      {"b.test", {.v4 = {"127.0.0.5"}, .lives = 40}},
                      {"c.test", {.v4 = {"127.0.0.5"}, .lives = 60}}});
  dns_resolver r(asks(server).cache_size(2));
  for (const char* name : {"a.test", "b.test", "c.test", "a.test", "b.test"}) {
    (void)r.resolve(name).result();
    EXPECT_LE(r.cached(), 2u);
  }
  EXPECT_EQ(server.asked("a.test"), 1);
  EXPECT_EQ(server.asked("b.test"), 2);
  dns_resolver none(asks(server).cache_size(0));
  (void)none.resolve("a.test").result();
  EXPECT_EQ(none.cached(), 0u);
}

TEST_P(dns_cache, asks_once_for_all_who_wait) {
  name_server server({{"once.test", {.v4 = {"127.0.0.5"}}}});
  dns_resolver r(asks(server));
  std::vector<task<std::vector<address>>> all;
  for (int i = 0; i < 50; ++i) {
    all.push_back(r.resolve("once.test"));
  }
  for (auto& one : all) {
    EXPECT_EQ(one.result().size(), 1u);
  }
  EXPECT_EQ(server.asked("once.test"), 1);
}

WEFT_FOR_BOTH_BACKENDS(dns_cache);

using dns_cancellation = on_backend;

TEST_P(dns_cancellation, lets_one_go_and_asks_on_for_others) {
  name_server server({{"slow.test", {.v4 = {"127.0.0.5"}, .ignored = 1}}});
  dns_resolver r(dns_options().server(server.where()).timeout(30ms).tries(12));
  std::stop_source source;
  auto mine = r.resolve("slow.test", source.get_token());
  auto other = r.resolve("slow.test");
  server.wait_until_asked("slow.test", 1);
  source.request_stop();
  EXPECT_THROW(mine.result(), operation_canceled);
  EXPECT_EQ(other.result().size(), 1u);
  EXPECT_THROW((void)r.resolve("slow.test", source.get_token()), operation_canceled);
}

TEST_P(dns_cancellation, comes_with_the_end_of_the_resolver) {
  name_server server({{"silent.test", {.ignored = -1}}});
  task<std::vector<address>> waiting;
  {
    dns_resolver r(asks(server));
    waiting = r.resolve("silent.test");
    server.wait_until_asked("silent.test", 1);
  }
  EXPECT_THROW(waiting.result(), std::system_error);
  EXPECT_THROW(dns_resolver(dns_options().server("no address")), std::invalid_argument);
  EXPECT_THROW(dns_resolver(dns_options().tries(0)), std::invalid_argument);
}

TEST_P(dns_cancellation, at_any_moment_leaves_nothing_behind) {
  name_server server({{"some.test", {.v4 = {"127.0.0.5"}, .lives = 0}}});
  for (int i = 0; i < 60; ++i) {
    dns_resolver r(asks(server));
    std::stop_source source;
    auto one = r.resolve("some.test", source.get_token());
    for (int turns = 0; turns < i * 20; ++turns) {
      std::this_thread::yield();
    }
    source.request_stop();
    try {
      EXPECT_EQ(one.result().size(), 1u);
    } catch (const operation_canceled&) {
    }
  }
}

WEFT_FOR_BOTH_BACKENDS(dns_cancellation);

}  // namespace
}  // namespace weft::net
