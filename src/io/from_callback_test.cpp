#include <weft/io/from_callback.hpp>

#include <weft/task.hpp>

#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace weft {
namespace {

// A C API: one operation at a time, answered when `answer` is called.
struct c_api {
  void (*function)(int value, void* context) = nullptr;
  void* context = nullptr;

  void start(void (*f)(int, void*), void* c) {
    function = f;
    context = c;
  }
  void answer(int value) { function(value, context); }
};

void on_answer(int value, void* context) {
  callback<int>::from(context).set_result(value);
}

task<int> ask(c_api& api, std::stop_token stop = {}) {
  return from_callback<int>([&api](callback<int> done) { api.start(on_answer, done.release()); },
                            std::move(stop));
}

TEST(from_callback, completes_with_what_the_callback_is_given) {
  c_api api;
  task<int> asked = ask(api);
  EXPECT_FALSE(asked.is_completed());
  std::thread foreign([&] { api.answer(42); });
  EXPECT_EQ(asked.result(), 42);
  foreign.join();
}

TEST(from_callback, may_be_called_back_inside_the_call) {
  EXPECT_EQ(from_callback<int>([](callback<int> done) { done.set_result(1); }).result(), 1);
  from_callback([](callback<> done) { done.set_result(); }).wait();
}

TEST(from_callback, never_goes_on_inside_the_callback) {
  c_api api;
  std::thread::id here;
  auto waiting = [](c_api* from, std::thread::id* where) -> task<> {
    co_await ask(*from);
    *where = std::this_thread::get_id();
  }(&api, &here);
  api.answer(1);
  waiting.wait();
  EXPECT_NE(here, std::this_thread::get_id());
}

TEST(from_callback, fails_with_what_the_callback_or_the_start_says) {
  auto failing = from_callback<int>(
      [](callback<int> done) { done.set_exception(std::runtime_error("no answer")); });
  EXPECT_THROW(failing.wait(), std::runtime_error);
  auto refused =
      from_callback<int>([](callback<int>) { throw std::invalid_argument("not started"); });
  EXPECT_THROW(refused.wait(), std::invalid_argument);
  auto dropped = from_callback<int>([](callback<int>) {});
  EXPECT_THROW(dropped.wait(), invalid_operation);
}

TEST(from_callback, ends_at_once_when_its_token_asks_and_ignores_what_comes_later) {
  c_api api;
  std::stop_source source;
  task<int> asked = ask(api, source.get_token());
  source.request_stop();
  EXPECT_THROW(asked.wait(), operation_canceled);
  EXPECT_TRUE(asked.is_canceled());
  api.answer(1);  // its state is still there
}

TEST(from_callback, lets_the_foreign_side_end_it_when_that_can_cancel) {
  c_api api;
  std::stop_source source;
  bool cancelled = false;
  task<int> asked = from_callback<int>(
      [&](callback<int> done) {
        api.start(
            [](int value, void* context) {
              auto back = callback<int>::from(context);
              value < 0 ? back.set_canceled() : back.set_result(value);
            },
            done.release());
      },
      [&] { cancelled = true; }, source.get_token());
  source.request_stop();
  EXPECT_TRUE(cancelled);
  EXPECT_FALSE(asked.is_completed());
  api.answer(-1);
  EXPECT_THROW(asked.wait(), operation_canceled);
}

TEST(from_callback, does_not_start_what_was_stopped_before) {
  std::stop_source source;
  source.request_stop();
  bool started = false;
  auto asked = from_callback([&](callback<>) { started = true; }, source.get_token());
  EXPECT_THROW(asked.wait(), operation_canceled);
  EXPECT_FALSE(started);
}

TEST(from_callback, survives_a_stop_that_races_with_the_answer) {
  for (int i = 0; i < 200; ++i) {
    c_api api;
    std::stop_source source;
    task<int> asked = ask(api, source.get_token());
    std::thread stopping([&] { source.request_stop(); });
    api.answer(7);
    stopping.join();
    try {
      EXPECT_EQ(asked.result(), 7);
    } catch (const operation_canceled&) {
      EXPECT_TRUE(asked.is_canceled());
    }
  }
}

TEST(callback, is_used_once) {
  task<std::string> asked = from_callback<std::string>([](callback<std::string> done) {
    callback<std::string> moved = std::move(done);
    moved.set_result("once");
    EXPECT_THROW(moved.set_result("twice"), invalid_operation);
    EXPECT_THROW(done.set_result("moved from"), invalid_operation);
  });
  EXPECT_EQ(asked.result(), "once");
}

TEST(from_callback, owns_what_its_start_captures) {
  auto owned = std::make_unique<int>(3);
  c_api api;
  auto start = [kept = std::move(owned), &api](callback<int> done) mutable {
    api.start(on_answer, done.release());
  };
  task<int> asked = from_callback<int>(std::move(start));
  api.answer(3);
  EXPECT_EQ(asked.result(), 3);
}

}  // namespace
}  // namespace weft
