#include <weft/base/error.hpp>
#include <weft/parallel.hpp>
#include <weft/sched/single_thread_context.hpp>
#include <weft/task/run.hpp>
#include <weft/time/time_provider.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <latch>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;

// ---- concurrent_queue

TEST(concurrent_queue, gives_the_oldest_first) {
  weft::concurrent_queue<int> q;
  EXPECT_TRUE(q.empty());
  EXPECT_EQ(q.try_dequeue(), std::nullopt);
  EXPECT_EQ(q.try_peek(), std::nullopt);
  for (int i = 0; i != 200; ++i) {
    q.enqueue(i);
  }
  EXPECT_EQ(q.size(), 200U);
  EXPECT_EQ(q.try_peek(), 0);
  for (int i = 0; i != 130; ++i) {
    EXPECT_EQ(q.try_dequeue(), i);
  }
  std::vector<int> rest(70);
  std::iota(rest.begin(), rest.end(), 130);
  EXPECT_EQ(q.to_vector(), rest);
  q.clear();
  EXPECT_TRUE(q.empty());
  q.enqueue(5);
  EXPECT_EQ(q.try_dequeue(), 5);
  EXPECT_EQ(q.try_dequeue(), std::nullopt);
}

TEST(concurrent_queue, destroys_what_is_left) {
  auto item = std::make_shared<int>(1);
  {
    weft::concurrent_queue<std::shared_ptr<int>> q;
    for (int i = 0; i != 100; ++i) {
      q.enqueue(item);
    }
    static_cast<void>(q.try_dequeue());
    EXPECT_EQ(item.use_count(), 100);
  }
  EXPECT_EQ(item.use_count(), 1);
}

TEST(concurrent_queue, carries_what_only_moves) {
  weft::concurrent_queue<std::unique_ptr<int>> q;
  q.enqueue(std::make_unique<int>(3));
  EXPECT_EQ(**q.try_dequeue(), 3);
}

TEST(concurrent_queue, loses_nothing_between_threads_and_keeps_each_ones_order) {
  constexpr int each = 20'000;
  constexpr int producers = 3;
  weft::concurrent_queue<std::pair<int, int>> q;
  std::atomic<int> taken{0};
  std::array<std::vector<std::pair<int, int>>, 2> seen;
  {
    std::vector<std::jthread> threads;
    for (int p = 0; p != producers; ++p) {
      threads.emplace_back([&, p] {
        for (int i = 0; i != each; ++i) {
          q.enqueue({p, i});
        }
      });
    }
    for (auto& mine : seen) {
      threads.emplace_back([&] {
        while (taken.load() != producers * each) {
          if (const auto item = q.try_dequeue()) {
            mine.push_back(*item);
            ++taken;
          }
        }
      });
    }
  }
  EXPECT_EQ(seen[0].size() + seen[1].size(), static_cast<std::size_t>(producers * each));
  for (const auto& mine : seen) {
    std::array<int, producers> last;
    last.fill(-1);
    for (const auto& [p, i] : mine) {
      ASSERT_LT(last[static_cast<std::size_t>(p)], i);
      last[static_cast<std::size_t>(p)] = i;
    }
  }
}

// ---- blocking_collection

TEST(blocking_collection, refuses_a_bound_of_nothing) {
  EXPECT_THROW(weft::blocking_collection<int>(0), std::invalid_argument);
  EXPECT_EQ(weft::blocking_collection<int>(3).bound(), 3U);
  EXPECT_EQ(weft::blocking_collection<int>().bound(), std::nullopt);
}

TEST(blocking_collection, tries_without_waiting) {
  weft::blocking_collection<int> c(2);
  EXPECT_TRUE(c.try_add(1));
  EXPECT_TRUE(c.try_add(2));
  EXPECT_FALSE(c.try_add(3));
  EXPECT_FALSE(c.try_add(3, 1ms));
  EXPECT_EQ(c.size(), 2U);
  EXPECT_EQ(c.try_take(), 1);
  EXPECT_EQ(c.try_take(1ms), 2);
  EXPECT_EQ(c.try_take(), std::nullopt);
  EXPECT_EQ(c.try_take(1ms), std::nullopt);
  EXPECT_THROW(static_cast<void>(c.try_take(-5ms)), std::invalid_argument);
}

TEST(blocking_collection, ends_when_adding_is_completed) {
  weft::blocking_collection<int> c;
  c.add(1);
  c.complete_adding();
  c.complete_adding();
  EXPECT_TRUE(c.is_adding_completed());
  EXPECT_FALSE(c.is_completed());
  EXPECT_THROW(c.add(2), weft::invalid_operation);
  EXPECT_THROW(c.try_add(2), weft::invalid_operation);
  EXPECT_EQ(c.take(), 1);
  EXPECT_TRUE(c.is_completed());
  EXPECT_THROW(static_cast<void>(c.take()), weft::invalid_operation);
  EXPECT_EQ(c.try_take(weft::infinite), std::nullopt);
}

TEST(blocking_collection, honours_a_token_before_items) {
  weft::blocking_collection<int> c;
  c.add(1);
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW(static_cast<void>(c.take(source.get_token())), weft::operation_canceled);
  EXPECT_THROW(c.add(2, source.get_token()), weft::operation_canceled);
  EXPECT_EQ(c.size(), 1U);
}

TEST(blocking_collection, wakes_who_waits_in_take) {
  weft::blocking_collection<int> c;
  std::latch ready(3);
  std::stop_source source;
  std::atomic<int> got{0};
  std::jthread taker([&] {
    ready.count_down();
    got = c.take();
  });
  std::jthread canceled([&] {
    ready.count_down();
    EXPECT_THROW(static_cast<void>(c.take(source.get_token())), weft::operation_canceled);
  });
  ready.arrive_and_wait();
  source.request_stop();
  canceled.join();
  c.add(7);
  taker.join();
  EXPECT_EQ(got, 7);
  std::jthread last([&] { EXPECT_THROW(static_cast<void>(c.take()), weft::invalid_operation); });
  c.complete_adding();
}

TEST(blocking_collection, wakes_who_waits_in_add) {
  weft::blocking_collection<int> c(1);
  c.add(1);
  std::jthread adder([&] { c.add(2); });
  EXPECT_EQ(c.take(), 1);
  EXPECT_EQ(c.take(), 2);
  adder.join();
  c.add(3);
  std::jthread refused([&] { EXPECT_THROW(c.add(4), weft::invalid_operation); });
  c.complete_adding();
  refused.join();
  EXPECT_EQ(c.take(), 3);
  EXPECT_TRUE(c.is_completed());
}

TEST(blocking_collection, is_consumed_to_its_end_by_several_threads) {
  constexpr int count = 30'000;
  weft::blocking_collection<int> c(16);
  std::atomic<std::int64_t> sum{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i != 3; ++i) {
      threads.emplace_back([&] {
        for (const int item : c.consuming_range()) {
          sum += item;
        }
      });
    }
    std::jthread other([&] {
      for (int i = 1; i <= count; i += 2) {
        c.add(i);
      }
    });
    for (int i = 2; i <= count; i += 2) {
      c.add(i);
    }
    other.join();
    c.complete_adding();
  }
  EXPECT_EQ(sum, std::int64_t{count} * (count + 1) / 2);
}

TEST(blocking_collection, gives_its_workers_place_away_while_it_waits) {
  // More takers than workers: without the announcement nobody would be left to add.
  weft::blocking_collection<int> c;
  std::vector<weft::task<int>> takers;
  for (int i = 0; i != 8; ++i) {
    takers.push_back(weft::run([&c] { return c.take(); }));
  }
  auto adder = weft::run([&c] {
    for (int i = 0; i != 8; ++i) {
      c.add(1);
    }
  });
  adder.wait();
  int sum = 0;
  for (auto& t : takers) {
    sum += t.result();
  }
  EXPECT_EQ(sum, 8);
}

// ---- progress

TEST(progress, reports_in_the_context_that_made_it) {
  weft::single_thread_context ui;
  std::vector<int> seen;
  const auto home = std::this_thread::get_id();
  ui.run([&] {
    auto p = std::make_shared<weft::progress<int>>([&](int i) {
      EXPECT_EQ(std::this_thread::get_id(), home);
      seen.push_back(i);
      if (i == 2) {
        ui.stop();
      }
    });
    auto work = weft::run([p] {
      for (int i = 0; i != 3; ++i) {
        p->report(i);
      }
    });
    std::move(work).detach();
  });
  ui.run();
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2}));
}

TEST(progress, reports_on_the_pool_without_a_context) {
  std::latch all(3);
  std::atomic<int> sum{0};
  {
    weft::progress<int> p([&](const int& i) {
      sum += i;
      all.count_down();
    });
    for (int i = 1; i != 4; ++i) {
      p.report(i);
    }
  }  // what is on its way still arrives
  all.wait();
  EXPECT_EQ(sum, 6);
}

// ---- progress_bar

TEST(progress_bar, fits_into_any_window) {
  for (int columns = 0; columns != 130; ++columns) {
    for (const std::uint64_t done : {0U, 1U, 50U, 99U, 100U, 250U}) {
      const auto line = weft::detail::progress_line("images", done, 100, 61'000'000'000, columns);
      EXPECT_LE(line.size(), static_cast<std::size_t>(std::max(columns, 1))) << line;
    }
  }
  EXPECT_EQ(weft::detail::progress_line("images", 50, 100, 61'000'000'000, 40),
            "images [#######       ] 50 % 50/100 1:01");
  EXPECT_EQ(weft::detail::progress_line("images", 50, 100, 0, 12), "images 50 %");
  EXPECT_EQ(weft::detail::progress_line("images", 50, 100, 0, 4), "50 %");
  EXPECT_EQ(weft::detail::progress_line("x", 0, 0, 0, 8), "x 100 %");
}

TEST(progress_bar, cuts_between_characters) {
  const auto line = weft::detail::progress_line("ÄÖÜäöü", 1, 2, 0, 8);
  EXPECT_EQ(line, "ÄÖÜ 50 %");
}

TEST(progress_bar, stays_on_one_line_of_a_narrow_window) {
  int terminal = -1;
  int window = -1;
  const winsize size{.ws_row = 24, .ws_col = 20, .ws_xpixel = 0, .ws_ypixel = 0};
  ASSERT_EQ(::openpty(&terminal, &window, nullptr, nullptr, &size), 0);
  {
    weft::progress_bar bar("a label that does not fit", 1'000, window);
    weft::parallel_for(0, 1'000, [&](int) { bar.advance(); });
  }
  std::string all;
  while (all.find('\n') == std::string::npos) {  // the destructor has written it
    std::array<char, 256> text{};
    const auto n = ::read(terminal, text.data(), text.size());
    ASSERT_GT(n, 0);
    all.append(text.data(), static_cast<std::size_t>(n));
  }
  ::close(window);
  ::close(terminal);
  constexpr std::string_view redraw = "\r\033[K";
  EXPECT_TRUE(all.starts_with(redraw)) << all;
  EXPECT_NE(all.find("100 %"), std::string::npos) << all;
  EXPECT_EQ(all.find('\n'), all.size() - 1);
  while (!all.empty()) {
    ASSERT_TRUE(all.starts_with(redraw)) << all;
    all.erase(0, redraw.size());
    const std::size_t end = std::min(all.find(redraw), all.size());
    const std::string line = all.substr(0, all.find_first_of("\r\n"));
    EXPECT_LT(line.size(), std::size_t{size.ws_col}) << line;
    all.erase(0, end);
  }
}

TEST(progress_bar, writes_whole_lines_to_a_pipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  {
    weft::progress_bar bar("work", 1'000, ends[1]);
    weft::parallel_for(0, 1'000, [&](int) { bar.advance(); });
    EXPECT_EQ(bar.done(), 1'000U);
  }
  ::close(ends[1]);
  std::array<char, 4'096> text{};
  const auto n = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  const std::string all(text.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  EXPECT_EQ(all.find('\r'), std::string::npos);
  EXPECT_EQ(all.find('\033'), std::string::npos);
  EXPECT_NE(all.find("100 % 1000/1000"), std::string::npos) << all;
  EXPECT_EQ(all.back(), '\n');
  EXPECT_LE(std::ranges::count(all, '\n'), 12);
}

}  // namespace
