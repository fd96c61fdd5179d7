#include <weft/task/async_generator.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/malloc_count.hpp"
#include "support/tasks.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using testing::counted;
using testing::manual_context;
using testing::message;
using testing::thrown_by;
using testing::unobserved_count;

async_generator<int> count_to(int n) {
  for (int i = 1; i <= n; ++i) {
    co_yield i;
  }
}
async_generator<int> after(task<>& gate, int value) {
  co_await gate;
  co_yield value;
}
template <class T>
task<std::vector<T>> all_of(async_generator<T> g) {
  std::vector<T> values;
  while (auto* x = co_await g.next()) {
    values.push_back(std::move(*x));
  }
  co_return values;
}

TEST(async_generator, gives_what_its_body_yields_and_then_null) {
  EXPECT_EQ(all_of(count_to(3)).result(), (std::vector<int>{1, 2, 3}));
  auto g = count_to(1);
  EXPECT_NE(g.next().result(), nullptr);
  EXPECT_EQ(g.next().result(), nullptr);
  EXPECT_EQ(g.next().result(), nullptr);
}

TEST(async_generator, starts_its_body_at_the_first_next) {
  bool begun = false;
  auto body = [&]() -> async_generator<int> {
    begun = true;
    co_yield 1;
  };
  auto g = body();
  EXPECT_FALSE(begun);
  auto next = g.next();
  EXPECT_TRUE(begun);  // at the call, not at the await
  EXPECT_TRUE(next.is_completed());
  EXPECT_EQ(*std::move(next).result(), 1);
}

TEST(async_generator, waits_inside_its_body) {
  task_completion_source<> source;
  auto gate = source.task();
  auto g = after(gate, 7);
  auto next = g.next();
  EXPECT_FALSE(next.is_completed());
  source.set_result();
  EXPECT_TRUE(next.is_completed());
  EXPECT_EQ(*std::move(next).result(), 7);
}

TEST(async_generator, resumes_its_consumer_where_the_body_went_on) {
  task_completion_source<> source;
  auto gate = source.task();
  auto values = all_of(after(gate, 7));
  EXPECT_FALSE(values.is_completed());
  source.set_result();
  EXPECT_TRUE(values.is_completed());  // inline, in one chain
  EXPECT_EQ(values.result(), std::vector<int>{7});
}

TEST(async_generator, yields_a_million_values_with_bounded_stack) {
  auto sum = [](async_generator<int> g) -> task<long> {
    long total = 0;
    while (auto* x = co_await g.next()) {
      total += *x;
    }
    co_return total;
  };
  EXPECT_EQ(sum(count_to(1'000'000)).result(), 500'000'500'000);
}

TEST(async_generator, waits_a_hundred_thousand_times_with_bounded_stack) {
  std::vector<task_completion_source<>> sources(1);
  auto body = [&]() -> async_generator<int> {
    for (int i = 0; i < 100'000; ++i) {
      auto gate = sources[0].task();
      co_await gate;
      co_yield i;
    }
  };
  auto values = all_of(body());
  for (int i = 0; i < 100'000; ++i) {
    auto now = std::move(sources[0]);
    sources[0] = task_completion_source<>();
    now.set_result();
  }
  EXPECT_EQ(values.result().size(), 100'000u);
}

TEST(async_generator, nests) {
  auto doubled = [](async_generator<int> from) -> async_generator<int> {
    while (auto* x = co_await from.next()) {
      co_yield 2 * *x;
    }
  };
  EXPECT_EQ(all_of(doubled(doubled(count_to(3)))).result(), (std::vector<int>{4, 8, 12}));
}

TEST(async_generator, throws_out_of_next_what_its_body_threw_and_has_ended_then) {
  auto body = []() -> async_generator<int> {
    co_yield 1;
    throw std::runtime_error("spoilt");
  };
  auto g = body();
  EXPECT_EQ(*g.next().result(), 1);
  auto failing = g.next();
  EXPECT_EQ(thrown_by([&] { static_cast<void>(std::move(failing).result()); }), "spoilt");
  EXPECT_EQ(g.next().result(), nullptr);
}

TEST(async_generator, throws_out_of_next_after_waiting_too) {
  task_completion_source<> source;
  auto gate = source.task();
  auto values = all_of(after(gate, 1));
  source.set_exception(std::runtime_error("no"));
  EXPECT_TRUE(values.is_faulted());
  EXPECT_EQ(message(values.exception()), "no");
}

TEST(async_generator, ends_canceled_when_its_body_lets_operation_canceled_escape) {
  auto body = []() -> async_generator<int> {
    throw operation_canceled();
    co_yield 1;
  };
  auto g = body();
  auto next = g.next().as_task();
  EXPECT_TRUE(next.is_canceled());
}

TEST(async_generator, reports_an_exception_that_nobody_took) {
  const unobserved_count unobserved;
  {
    auto body = []() -> async_generator<int> {
      throw std::runtime_error("lost");
      co_yield 1;
    };
    auto g = body();
    static_cast<void>(g.next());
  }
  EXPECT_EQ(unobserved.count(), 1);
  EXPECT_EQ(unobserved.last(), "lost");
}

// ------------------------------------------------------------------------------------------ values

TEST(async_generator, gives_the_very_temporary_that_is_yielded) {
  counted::start_counting();
  auto body = []() -> async_generator<counted> { co_yield counted(3); };
  auto g = body();
  EXPECT_EQ(g.next().result()->value, 3);
  EXPECT_EQ(counted::copies + counted::moves, 0);
}

TEST(async_generator, copies_a_variable_so_that_the_consumer_may_move_from_it) {
  auto body = []() -> async_generator<std::string> {
    std::string text = "a string that is too long for its own object";
    co_yield text;
    co_yield text;
  };
  auto g = body();
  const std::string taken = std::move(*g.next().result());
  EXPECT_EQ(*g.next().result(), taken);
}

TEST(async_generator, of_references_gives_the_very_object) {
  int variable = 1;
  auto body = [&]() -> async_generator<int&> {
    co_yield variable;
    co_yield variable;
  };
  auto g = body();
  *g.next().result() = 5;
  EXPECT_EQ(variable, 5);
  EXPECT_EQ(g.next().result(), &variable);
}

TEST(async_generator, of_const_values_does_not_copy) {
  counted::start_counting();
  auto body = []() -> async_generator<const counted> {
    const counted one(1);
    co_yield one;
    co_yield counted(2);
  };
  auto g = body();
  EXPECT_EQ(g.next().result()->value, 1);
  EXPECT_EQ(g.next().result()->value, 2);
  EXPECT_EQ(counted::copies + counted::moves, 0);
}

TEST(async_generator, converts_what_is_yielded) {
  auto body = []() -> async_generator<std::string> { co_yield "text"; };
  EXPECT_EQ(all_of(body()).result(), std::vector<std::string>{"text"});
}

TEST(async_generator, takes_values_that_can_only_be_moved) {
  auto body = []() -> async_generator<std::unique_ptr<int>> {
    co_yield std::make_unique<int>(1);
    auto two = std::make_unique<int>(2);
    co_yield std::move(two);
  };
  auto values = all_of(body());
  EXPECT_EQ(*values.result().at(0), 1);
  EXPECT_EQ(*values.result().at(1), 2);
}

TEST(async_generator, allocates_nothing_in_the_steady_state) {
  auto consume = [](async_generator<int> g) -> task<> {
    while (co_await g.next() != nullptr) {
    }
    co_return;
  };
  std::vector<task_completion_source<>> sources;
  for (int i = 0; i < 1000; ++i) {
    sources.emplace_back();
  }
  auto waiting = [&]() -> async_generator<int> {
    for (auto& s : sources) {
      auto gate = s.task();
      co_await gate;
      co_yield 1;
    }
  };
  consume(count_to(10)).wait();
  auto consumer = consume(waiting());
  sources[0].set_result();
  const testing::malloc_count mallocs;
  for (std::size_t i = 1; i < sources.size(); ++i) {
    sources[i].set_result();
  }
  EXPECT_EQ(mallocs.count(), 0u);
  EXPECT_TRUE(consumer.is_completed());
  const testing::malloc_count again;
  consume(count_to(1000)).wait();
  EXPECT_EQ(again.count(), 0u);
}

// ------------------------------------------------------------------------------------------ tokens

async_generator<bool> sees(int, std::stop_token stop = {}) {
  for (;;) {
    co_yield stop.stop_requested();
  }
}

TEST(async_generator, gives_its_body_the_token_of_with_cancellation) {
  std::stop_source source;
  auto g = sees(1).with_cancellation(source.get_token());
  EXPECT_FALSE(*g.next().result());
  source.request_stop();
  EXPECT_TRUE(*g.next().result());
}

TEST(async_generator, leaves_its_body_the_token_of_the_call) {
  std::stop_source source;
  auto g = sees(1, source.get_token());
  EXPECT_FALSE(*g.next().result());
  source.request_stop();
  EXPECT_TRUE(*g.next().result());
}

TEST(async_generator, links_all_tokens_that_it_is_given) {
  for (int which = 0; which < 3; ++which) {
    std::stop_source sources[3];
    auto g = sees(1, sources[0].get_token());
    g.with_cancellation(sources[1].get_token()).with_cancellation(sources[2].get_token());
    EXPECT_FALSE(*g.next().result());
    sources[which].request_stop();
    EXPECT_TRUE(*g.next().result()) << which;
  }
}

TEST(async_generator, takes_a_token_that_cannot_be_requested_as_none) {
  std::stop_source source;
  auto g = sees(1, source.get_token()).with_cancellation({});
  source.request_stop();
  EXPECT_TRUE(*g.next().result());
}

TEST(async_generator, ignores_with_cancellation_when_its_body_takes_no_token) {
  std::stop_source source;
  source.request_stop();
  auto g = count_to(1).with_cancellation(source.get_token());
  EXPECT_EQ(*g.next().result(), 1);
}

TEST(async_generator, gives_a_token_to_a_lambda_with_captures) {
  std::stop_source source;
  source.request_stop();
  int five = 5;
  auto body = [five](std::stop_token stop) -> async_generator<int> {
    co_yield stop.stop_requested() ? five : 0;
  };
  auto g = body({}).with_cancellation(source.get_token());
  EXPECT_EQ(*g.next().result(), 5);
}

// ---------------------------------------------------------------------------------------- endings

TEST(async_generator, runs_destructors_when_it_is_destroyed_half_way) {
  const int before = counted::alive;
  {
    auto body = []() -> async_generator<int> {
      const counted local;
      co_yield 1;
      co_yield 2;
    };
    auto g = body();
    static_cast<void>(*g.next().result());
    EXPECT_EQ(counted::alive, before + 1);
  }
  EXPECT_EQ(counted::alive, before);
}

TEST(async_generator, frees_its_arguments_when_it_never_started) {
  const int before = counted::alive;
  {
    auto body = [](counted c) -> async_generator<int> { co_yield c.value; };
    auto g = body(counted(1));
    EXPECT_EQ(counted::alive, before + 1);
  }
  EXPECT_EQ(counted::alive, before);
}

TEST(async_generator, destroyed_while_it_waits_goes_on_to_its_next_yield) {
  const int before = counted::alive;
  task_completion_source<> source;
  auto gate = source.task();
  bool came_back = false;
  bool went_on = false;
  task<int*> next;
  {
    auto body = [](task<>& until, bool& back, bool& on) -> async_generator<int> {
      const counted local;
      co_await until;
      back = true;
      co_yield 1;
      on = true;
    };
    auto g = body(gate, came_back, went_on);
    next = g.next().as_task();
  }
  EXPECT_TRUE(next.is_canceled());
  EXPECT_EQ(counted::alive, before + 1);
  source.set_result();
  EXPECT_TRUE(came_back);
  EXPECT_FALSE(went_on);
  EXPECT_EQ(counted::alive, before);
}

TEST(async_generator, destroyed_while_it_waits_reports_an_exception_that_comes_later) {
  const unobserved_count unobserved;
  task_completion_source<> source;
  auto gate = source.task();
  {
    auto g = after(gate, 1);
    static_cast<void>(g.next());
  }
  EXPECT_EQ(unobserved.count(), 0);
  source.set_exception(std::runtime_error("late"));
  EXPECT_EQ(unobserved.count(), 1);
  EXPECT_EQ(unobserved.last(), "late");
}

TEST(async_generator, goes_on_when_a_next_is_dropped) {
  task_completion_source<> source;
  auto gate = source.task();
  auto g = after(gate, 1);
  static_cast<void>(g.next());
  source.set_result();
  EXPECT_EQ(g.next().result(), nullptr);  // the value went to the one that was dropped
}

TEST(async_generator, moves) {
  auto g = count_to(2);
  static_cast<void>(g.next().result());
  async_generator<int> other(std::move(g));
  EXPECT_FALSE(g.valid());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(*other.next().result(), 2);
  other = count_to(1);
  EXPECT_EQ(*other.next().result(), 1);
}

// ----------------------------------------------------------------------------------------- misuse

TEST(async_generator, empty_says_so) {
  async_generator<int> none;
  EXPECT_EQ(thrown_by([&] { static_cast<void>(none.next()); }),
            "weft: this async_generator handle is empty (default-constructed or moved from)");
}

TEST(async_generator, refuses_a_second_next_before_the_first_has_completed) {
  task_completion_source<> source;
  auto gate = source.task();
  auto g = after(gate, 1);
  auto first = g.next();
  EXPECT_THROW(static_cast<void>(g.next()), invalid_operation);
  source.set_result();
  EXPECT_EQ(*std::move(first).result(), 1);
}

TEST(async_generator, refuses_next_inside_its_own_body) {
  async_generator<int> g;
  auto body = [&]() -> async_generator<int> {
    auto* x = co_await g.next();
    co_yield *x;
  };
  g = body();
  auto next = g.next().as_task();
  EXPECT_TRUE(next.is_faulted());
  EXPECT_NE(message(next.exception()).find("one at a time"), std::string::npos);
}

TEST(async_generator, refuses_with_cancellation_once_it_has_started) {
  auto g = sees(1);
  static_cast<void>(g.next().result());
  EXPECT_THROW(g.with_cancellation({}), invalid_operation);
}

// --------------------------------------------------------------------------------------- contexts

TEST(async_generator, resumes_body_and_consumer_in_the_context_of_each) {
  manual_context ui;
  task_completion_source<> source;
  auto gate = source.task();
  std::vector<synchronization_context*> body_in;
  std::vector<synchronization_context*> consumer_in;
  auto body = [&]() -> async_generator<int> {
    co_await gate;
    body_in.push_back(synchronization_context::current());
    co_yield 1;
  };
  auto consume = [&](async_generator<int> g) -> task<> {
    static_cast<void>(co_await g.next());
    consumer_in.push_back(synchronization_context::current());
  };
  task<> done;
  {
    const synchronization_context::scope here(ui);
    done = consume(body());
  }
  source.set_result();
  EXPECT_TRUE(body_in.empty());
  ui.run_one();
  EXPECT_EQ(body_in, std::vector<synchronization_context*>{&ui});
  EXPECT_EQ(consumer_in, std::vector<synchronization_context*>{&ui});  // inline: same context
  EXPECT_TRUE(done.is_completed());
}

// ---------------------------------------------------------------------------------------- threads

TEST(async_generator, is_handed_from_thread_to_thread) {
  for (int round = 0; round < 2000; ++round) {
    auto body = []() -> async_generator<int> {
      for (int i = 0; i < 3; ++i) {
        auto there = run([i] { return i; });
        co_yield co_await std::move(there);
      }
    };
    EXPECT_EQ(all_of(body()).result(), (std::vector<int>{0, 1, 2}));
  }
}

TEST(async_generator, can_be_destroyed_while_another_thread_completes_its_next) {
  const int before = counted::alive;
  for (int round = 0; round < 2000; ++round) {
    task_completion_source<> source;
    auto gate = source.task();
    task<int*> next;
    std::thread completer;
    {
      auto body = [](task<>& until) -> async_generator<int> {
        const counted local;
        co_await until;
        co_yield 1;
      };
      auto g = body(gate);
      next = g.next().as_task();
      completer = std::thread([&] { source.set_result(); });
    }
    completer.join();
    EXPECT_TRUE(next.is_completed());
    EXPECT_EQ(counted::alive, before);
  }
}

}  // namespace
}  // namespace weft
