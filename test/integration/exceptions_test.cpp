/// Exceptions are never lost: on every path each one that is thrown comes out somewhere, to who
/// waits, to who looks, or to a handler; and in one of these ways only. Each carries a number.

#include <weft/channel.hpp>
#include <weft/parallel.hpp>
#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "support/ledger.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testing::ledger;
using testing::numbered;
using testing::take_all;
using testing::takes;

/// When it is thrown: inside the call, after giving way, on the pool, by a timer.
enum class when { now, later, elsewhere, in_time };
constexpr when moments[] = {when::now, when::later, when::elsewhere, when::in_time};

task<int> fails_with(std::size_t number, when w) {
  if (w == when::later) {
    co_await yield();
  } else if (w == when::elsewhere) {
    auto inner = run([number] { throw numbered(number); });
    co_await inner;
  } else if (w == when::in_time) {
    auto due = delay(1ms);
    co_await due;
  }
  throw numbered(number);
}
/// Its number counts from the call on.
task<int> fails(when w) {
  return fails_with(ledger::next(), w);
}
std::vector<task<int>> several(when w) {
  std::vector<task<int>> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(fails(w));
  }
  return all;
}
/// Runs `path` for every moment, several times.
void expect_none_lost(const char* name, void (*path)(when)) {
  for (const when w : moments) {
    const ledger all;
    for (int i = 0; i < 10; ++i) {
      path(w);
    }
    ledger::expect_all(std::string(name) + ", moment " + std::to_string(static_cast<int>(w)));
  }
}

TEST(exceptions_are_never_lost, by_an_await) {
  expect_none_lost("await", [](when w) {
    auto body = [](when moment) -> task<> {
      try {
        co_await fails(moment);
      } catch (...) {
        ledger::took_this();
      }
    };
    body(w).wait();
  });
}

TEST(exceptions_are_never_lost, by_several_awaits_of_one_task) {
  expect_none_lost("several awaits", [](when w) {
    auto shared = fails(w).share();
    auto body = [](shared_task<int> t) -> task<> {
      try {
        co_await t;
      } catch (...) {
        ledger::took_this();
      }
    };
    auto first = body(shared);
    auto second = body(shared);
    wait_all(first, second);
  });
}

TEST(exceptions_are_never_lost, by_blocking) {
  expect_none_lost("wait", [](when w) { takes([w] { fails(w).wait(); }); });
  expect_none_lost("result", [](when w) { takes([w] { fails(w).result(); }); });
  expect_none_lost("block_on", [](when w) { takes([w] { block_on(fails(w)); }); });
  expect_none_lost("wait_all", [](when w) {
    auto all = several(w);
    takes([&] { wait_all(all); });
    for (const auto& t : all) {
      take_all(t);
    }
  });
  expect_none_lost("wait_any", [](when w) {
    auto all = several(w);
    EXPECT_LT(wait_any(all), all.size());
  });
}

TEST(exceptions_are_never_lost, by_a_limit_that_passes_first) {
  expect_none_lost("wait with a limit", [](when w) {
    auto t = fails(w);
    try {
      static_cast<void>(t.wait(100us));
    } catch (...) {
      ledger::took_this();
    }
  });
  expect_none_lost("wait_async", [](when w) {
    auto body = [](when moment) -> task<> {
      auto t = fails(moment);
      try {
        co_await t.wait_async(100us);
      } catch (const timeout_error&) {
      } catch (...) {
        ledger::took_this();
      }
    };
    body(w).wait();
  });
}

TEST(exceptions_are_never_lost, by_when_all) {
  expect_none_lost("when_all", [](when w) {
    auto all = when_all(fails(w), fails(w), fails(w));
    EXPECT_THROW(all.wait(), numbered);
    take_all(all);
  });
  expect_none_lost("when_all of a range", [](when w) {
    auto all = when_all(several(w));
    EXPECT_THROW(all.wait(), numbered);
    take_all(all);
  });
  expect_none_lost("a dropped when_all", [](when w) { auto all = when_all(several(w)); });
}

TEST(exceptions_are_never_lost, by_when_any) {
  expect_none_lost("when_any", [](when w) {
    auto all = several(w);
    auto first = when_any(all);
    takes([&] { all[first.result()].result(); });
  });
}

TEST(exceptions_are_never_lost, by_when_each) {
  expect_none_lost("when_each", [](when w) {
    auto body = [](when moment) -> task<> {
      auto each = when_each(several(moment));
      task<int>* t = co_await each.next();
      while (t != nullptr) {
        ledger::took(t->exception());
        t = co_await each.next();
      }
    };
    body(w).wait();
  });
  expect_none_lost("when_each left half-way", [](when w) {
    auto body = [](when moment) -> task<> {
      auto each = when_each(several(moment));
      const task<int>* t = co_await each.next();
      ledger::took(t->exception());
    };
    body(w).wait();
  });
}

async_void handles(when w) {
  co_await fails(w);
}

TEST(exceptions_are_never_lost, by_async_void) {
  expect_none_lost("async_void", [](when w) { handles(w); });
  expect_none_lost("async_void in a context", [](when w) {
    single_thread_context ui;
    ui.on_unhandled_exception([](std::exception_ptr e) { ledger::took(e); });
    ui.run([w]() -> task<> {
      handles(w);
      while (!ledger::is_complete()) {
        co_await yield();
      }
    });
  });
}

TEST(exceptions_are_never_lost, by_detach) {
  expect_none_lost("detach", [](when w) { fails(w).detach(); });
  expect_none_lost("detach with a handler",
                   [](when w) { fails(w).detach([](std::exception_ptr e) { ledger::took(e); }); });
  expect_none_lost("dropped", [](when w) { auto t = fails(w); });
  expect_none_lost("dropped copies", [](when w) {
    auto t = fails(w).share();
    auto copy = t;
  });
  expect_none_lost("dropped value_task", [](when w) { auto t = value_task<int>(fails(w)); });
}

TEST(exceptions_are_never_lost, by_continue_with) {
  expect_none_lost("continue_with", [](when w) {
    auto t = fails(w);
    auto after = t.continue_with([](task<int>& antecedent) {
      ledger::took(antecedent.exception());
      throw numbered(ledger::next());
    });
    takes([&] { after.result(); });
  });
  expect_none_lost("a continuation that looks away, dropped", [](when w) {
    auto t = fails(w);
    const std::size_t number = ledger::next();
    auto after = t.continue_with([number](task<int>&) { throw numbered(number); });
  });
  expect_none_lost("a continuation that does not run", [](when w) {
    auto t = fails(w);
    auto after = t.continue_with([](task<int>&) {},
                                 task_continuation_options{.only_on_ran_to_completion = true});
    EXPECT_THROW(after.wait(), operation_canceled);
  });
}

TEST(exceptions_are_never_lost, by_a_scope) {
  expect_none_lost("with_scope", [](when w) {
    auto body = [w](task_scope& s) -> task<> {
      for (int i = 0; i < 3; ++i) {
        s.spawn([w] { return fails(w); });
      }
      co_await fails(w);
    };
    auto all = with_scope(body);
    EXPECT_THROW(all.wait(), numbered);
    take_all(all);
  });
}

TEST(exceptions_are_never_lost, by_a_source) {
  expect_none_lost("source", [](when) {
    task_completion_source<> source;
    auto t = source.task();
    source.set_exception(std::vector{std::make_exception_ptr(numbered(ledger::next())),
                                     std::make_exception_ptr(numbered(ledger::next()))});
  });
}

TEST(exceptions_are_never_lost, by_a_channel) {
  expect_none_lost("completed before", [](when) {
    auto c = channel<int>::unbounded();
    c.writer().complete(std::make_exception_ptr(numbered(ledger::next())));
    takes([&] { c.reader().read().result(); });
  });
  expect_none_lost("completed while one reads, one waits and one iterates", [](when) {
    auto c = channel<int>::bounded(1);
    auto reads = c.reader().read().as_task();
    auto waits = c.reader().wait_to_read().as_task();
    auto items = c.reader().read_all();
    auto iterates = items.next().as_task();
    c.writer().complete(std::make_exception_ptr(numbered(ledger::next())));
    takes([&] { reads.result(); });
    takes([&] { waits.result(); });
    takes([&] { iterates.result(); });
    takes([&] { c.reader().completion().wait(); });
  });
}

async_generator<int> gives_one(when w) {
  co_yield 1;
  co_yield co_await fails(w);
}

TEST(exceptions_are_never_lost, by_a_generator) {
  expect_none_lost("generator", [](when w) {
    auto body = [](when moment) -> task<> {
      auto g = gives_one(moment);
      co_await g.next();
      try {
        co_await g.next();
      } catch (...) {
        ledger::took_this();
      }
    };
    body(w).wait();
  });
  expect_none_lost("generator dropped while it runs", [](when w) {
    auto g = gives_one(w);
    static_cast<void>(g.next().result());
    auto on_its_way = g.next();
  });
}

TEST(exceptions_are_never_lost, by_callbacks_of_a_cancellation) {
  expect_none_lost("cancel", [](when) {
    cancellation_source c;
    auto first = c.on_cancel([] { throw numbered(ledger::next()); });
    auto second = c.on_cancel([] { throw numbered(ledger::next()); });
    takes([&] { c.cancel(); });
  });
  expect_none_lost("cancel_async", [](when) {
    cancellation_source c;
    auto first = c.on_cancel([] { throw numbered(ledger::next()); });
    auto second = c.on_cancel([] { throw numbered(ledger::next()); });
    takes([&] { c.cancel_async().wait(); });
  });
}

TEST(exceptions_are_never_lost, by_a_parallel_loop) {
  expect_none_lost("parallel_for", [](when) {
    takes([] { parallel_for(0, 100, [](auto) { throw numbered(ledger::next()); }); });
  });
  expect_none_lost("parallel_for_each_async", [](when w) {
    const std::vector<int> items{1, 2, 3};
    auto all =
        parallel_for_each_async(items, [w](int, std::stop_token) -> task<> { co_await fails(w); });
    EXPECT_THROW(all.wait(), std::exception);
    take_all(all);
  });
}

}  // namespace
}  // namespace weft
