/// What happens when tasks are used in a way that they do not allow: an error that says what, and
/// where. What the compiler can see is in test/compile_fail; deadlocks are in
/// src/sched/deadlock_test.cpp.

#include <weft/sched.hpp>
#include <weft/sync.hpp>
#include <weft/task.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weft {
namespace {

std::string here(std::source_location place = std::source_location::current()) {
  return "misuse_test.cpp:" + std::to_string(place.line());
}
template <class Error, class F>
std::string what_of(F&& f) {
  try {
    std::forward<F>(f)();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}
template <class Error>
std::string end_of(task<> t) {
  return what_of<Error>([&] { t.wait(); });
}
task<int> number(int n) {
  co_return n;
}
bool says(const std::string& text, const std::string& what, const std::string& place) {
  return text.find(what) != std::string::npos && text.find(place) != std::string::npos;
}

TEST(misuse, second_await_of_a_value_task_names_it) {
  std::string place;
  auto body = [&]() -> task<> {
    value_task<int> v = 5;
    co_await std::move(v);
    place = here(), co_await std::move(v);
  };
  const std::string text = end_of<value_task_consumed>(body());
  EXPECT_TRUE(says(text, "already awaited", place)) << text;
}

TEST(misuse, second_result_of_a_value_task_names_it) {
  value_task<int> v = number(5);
  static_cast<void>(std::move(v).result());
  std::string place;
  const std::string text = what_of<value_task_consumed>(
      [&] { place = here(), static_cast<void>(std::move(v).result()); });
  EXPECT_TRUE(says(text, "already awaited", place)) << text;
}

TEST(misuse, await_of_an_empty_task_names_the_await) {
  std::string place;
  auto body = [&]() -> task<> {
    task<> empty;
    co_await completed_task();
    place = here(), co_await empty;
  };
  const std::string text = end_of<invalid_operation>(body());
  EXPECT_TRUE(says(text, "this task handle is empty", place)) << text;
}

TEST(misuse, await_of_an_empty_task_in_a_lazy_names_the_await) {
  std::string place;
  auto body = [&]() -> lazy<> {
    task<int> empty;
    place = here(), co_await std::move(empty);
  };
  const std::string text = what_of<invalid_operation>([&] { block_on(body()); });
  EXPECT_TRUE(says(text, "this task handle is empty", place)) << text;
}

TEST(misuse, wait_for_an_empty_task_names_the_wait) {
  const task<> empty;
  std::string place;
  const std::string text = what_of<invalid_operation>([&] { place = here(), empty.wait(); });
  EXPECT_TRUE(says(text, "this task handle is empty", place)) << text;
}

TEST(misuse, second_await_of_a_lazy_names_it) {
  std::string place;
  auto child = []() -> lazy<int> { co_return 1; };
  auto body = [&]() -> task<> {
    auto once = child();
    co_await once;
    place = here(), co_await once;
  };
  const std::string text = end_of<invalid_operation>(body());
  EXPECT_TRUE(says(text, "it runs once", place)) << text;
}

TEST(misuse, completing_a_source_twice_names_the_second_time) {
  task_completion_source<int> source;
  source.set_result(1);
  std::string place;
  const auto text = [&](auto&& again) { return what_of<invalid_operation>(again); };
  EXPECT_TRUE(
      says(text([&] { place = here(), source.set_result(2); }), "completed already", place));
  EXPECT_TRUE(
      says(text([&] { place = here(), source.set_canceled(); }), "completed already", place));
  EXPECT_TRUE(says(text([&] { place = here(), source.set_exception(std::runtime_error("late")); }),
                   "completed already", place));
}

TEST(misuse, destroying_a_context_with_work_in_it_names_who_was_to_go_on_there) {
  std::string place;
  task<> left;
  {
    single_thread_context loop;
    loop.run([&] {
      auto body = [&]() -> task<> { place = here(), co_await yield(); };
      left = body();
    });
  }
  const std::string text = end_of<object_disposed>(std::move(left));
  EXPECT_TRUE(says(text, "is to go on in was disposed", place)) << text;
}

TEST(misuse, spawning_into_a_scope_that_has_ended_names_the_spawn) {
  task_scope ended{std::stop_token{}};
  auto wait_for_end = [](task_scope& s) -> task<> {
    s.note_end(completed_task());
    co_await s.all_ended();
  };
  wait_for_end(ended).wait();
  std::string place;
  const std::string text = what_of<invalid_operation>(
      [&] { place = here(), static_cast<void>(ended.spawn(number(1))); });
  EXPECT_TRUE(says(text, "this task_scope has ended", place)) << text;
}

// What is caught inside has its type; the place is added where it leaves the coroutine.
TEST(misuse, is_caught_by_its_type_where_it_happens) {
  auto body = []() -> task<bool> {
    task<> empty;
    bool caught = false;
    try {
      co_await empty;
    } catch (const invalid_operation&) {
      caught = true;
    }
    co_return caught;
  };
  EXPECT_TRUE(body().result());
}

TEST(misuse, of_the_users_own_keeps_its_words) {
  auto body = []() -> task<> {
    throw invalid_operation("mine");
    co_return;
  };
  EXPECT_EQ(end_of<invalid_operation>(body()), "mine");
}

}  // namespace
}  // namespace weft
