#include <weft/base/error.hpp>

#include <gtest/gtest.h>

namespace {

using weft::aggregate_exception;

std::exception_ptr error(const char* message) {
  return std::make_exception_ptr(std::runtime_error(message));
}

static_assert(std::is_nothrow_copy_constructible_v<weft::operation_canceled>);
static_assert(std::is_nothrow_copy_constructible_v<weft::aggregate_exception>);
static_assert(std::is_nothrow_copy_constructible_v<weft::deadlock_error>);
static_assert(std::is_base_of_v<weft::invalid_operation, weft::object_disposed>);
static_assert(std::is_base_of_v<weft::invalid_operation, weft::channel_closed>);
static_assert(std::is_base_of_v<weft::invalid_operation, weft::value_task_consumed>);
static_assert(std::is_base_of_v<std::logic_error, weft::invalid_operation>);

TEST(operation_canceled, carries_the_token_that_asked) {
  std::stop_source source;
  const weft::operation_canceled canceled(source.get_token());
  EXPECT_EQ(canceled.token(), source.get_token());
  EXPECT_STREQ(canceled.what(), "weft: the operation was canceled");
  EXPECT_FALSE(weft::operation_canceled().token().stop_possible());
}

TEST(throw_if_stopped, throws_only_once_a_stop_was_requested) {
  std::stop_source source;
  weft::throw_if_stopped({});
  weft::throw_if_stopped(source.get_token());
  source.request_stop();
  try {
    weft::throw_if_stopped(source.get_token());
    FAIL() << "did not throw";
  } catch (const weft::operation_canceled& canceled) {
    EXPECT_EQ(canceled.token(), source.get_token());
  }
}

TEST(deadlock_error, names_thread_and_both_places) {
  const auto blocking = std::source_location::current();
  const auto awaiting = std::source_location::current();
  const weft::deadlock_error found("closed chain", 42, blocking, awaiting);
  EXPECT_STREQ(found.what(), "closed chain");
  EXPECT_EQ(found.thread(), 42u);
  EXPECT_EQ(found.blocking_place().line(), blocking.line());
  EXPECT_EQ(found.awaiting_place().line(), awaiting.line());
}

TEST(object_disposed, names_what_was_disposed) {
  EXPECT_STREQ(weft::object_disposed("thread_pool").what(),
               "weft: thread_pool was disposed; do not use it any more");
}

TEST(aggregate_exception, lists_the_messages_of_its_errors) {
  const aggregate_exception all({error("first"), std::make_exception_ptr(3)});
  EXPECT_STREQ(all.what(),
               "weft: one or more errors occurred: (first) (an exception that is no "
               "std::exception)");
}

TEST(aggregate_exception, may_be_empty) {
  const aggregate_exception none(std::vector<std::exception_ptr>{});
  EXPECT_TRUE(none.exceptions().empty());
  EXPECT_STREQ(none.what(), "weft: one or more errors occurred");
  EXPECT_TRUE(none.flatten().exceptions().empty());
}

TEST(aggregate_exception, refuses_a_null_error) {
  EXPECT_THROW(aggregate_exception({error("a"), nullptr}), std::invalid_argument);
}

TEST(aggregate_exception, shares_its_errors_with_its_copies) {
  aggregate_exception copy({error("b")});
  {
    const aggregate_exception all({error("a")});
    copy = all;
    EXPECT_EQ(&copy.exceptions(), &all.exceptions());
    copy = static_cast<const aggregate_exception&>(copy);
  }
  EXPECT_EQ(weft::detail::message_of(copy.exceptions().at(0)), "a");
}

TEST(aggregate_exception, flattens_nested_ones_outer_errors_first) {
  const aggregate_exception inner({error("inner 1"), error("inner 2")});
  const aggregate_exception middle({std::make_exception_ptr(inner), error("middle")});
  const aggregate_exception outer({std::make_exception_ptr(middle), error("outer")});
  std::string order;
  const aggregate_exception flat = outer.flatten();
  for (const auto& e : flat.exceptions()) {
    order += weft::detail::message_of(e) + ",";
  }
  EXPECT_EQ(order, "outer,middle,inner 1,inner 2,");
}

TEST(aggregate_exception, flattens_a_very_deep_nest_without_recursion) {
  std::exception_ptr nested = error("core");
  for (int depth = 0; depth < 2000; ++depth) {
    nested = std::make_exception_ptr(aggregate_exception("a", {nested, error("x")}));
    if (depth % 10 == 0) {  // keep the messages short: only the last levels nest theirs
      nested = std::make_exception_ptr(aggregate_exception("cut", {nested}).flatten());
    }
  }
  const aggregate_exception flat = aggregate_exception({nested}).flatten();
  EXPECT_EQ(flat.exceptions().size(), 2001u);
}

TEST(aggregate_exception, handle_throws_what_was_not_handled) {
  const aggregate_exception all({error("mine"), error("other"), error("mine")});
  int seen = 0;
  try {
    all.handle([&](std::exception_ptr e) {
      ++seen;
      return weft::detail::message_of(e) == "mine";
    });
    FAIL() << "did not throw";
  } catch (const aggregate_exception& rest) {
    ASSERT_EQ(rest.exceptions().size(), 1u);
    EXPECT_EQ(weft::detail::message_of(rest.exceptions()[0]), "other");
  }
  EXPECT_EQ(seen, 3);
}

TEST(aggregate_exception, handle_is_silent_when_all_were_handled) {
  const aggregate_exception all({error("a"), error("b")});
  EXPECT_NO_THROW(all.handle([](std::exception_ptr) { return true; }));
}

TEST(message_of, answers_for_null) {
  EXPECT_EQ(weft::detail::message_of(nullptr), "no exception");
}

}  // namespace
