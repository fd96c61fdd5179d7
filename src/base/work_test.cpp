#include <weft/base/work.hpp>

#include <weft/base/function_ref.hpp>

#include <array>
#include <memory>
#include <optional>

#include <gtest/gtest.h>

namespace {

using weft::work;
using weft::detail::function_ref;

static_assert(sizeof(work) == 4 * sizeof(void*));
static_assert(std::is_nothrow_move_constructible_v<work> && !std::is_copy_constructible_v<work>);
static_assert(!std::is_constructible_v<work, int>);

TEST(work, is_empty_when_default_constructed) {
  work none;
  EXPECT_FALSE(none);
  EXPECT_THROW(none(), weft::invalid_operation);
  EXPECT_FALSE(work(nullptr));
}

TEST(work, runs_once_and_is_empty_then) {
  int ran = 0;
  work w([&] { ++ran; });
  EXPECT_TRUE(w);
  w();
  EXPECT_EQ(ran, 1);
  EXPECT_FALSE(w);
  EXPECT_THROW(w(), weft::invalid_operation);
}

template <std::size_t Size>
void moves_and_destroys() {
  auto token = std::make_shared<int>(0);
  auto closure = [token, fill = std::array<char, Size>{}] { *token += 1 + fill[0]; };
  work first(std::move(closure));
  EXPECT_EQ(token.use_count(), 2);
  work second(std::move(first));
  EXPECT_FALSE(first);
  work third;
  third = std::move(second);
  EXPECT_EQ(token.use_count(), 2);
  third();
  EXPECT_EQ(*token, 1);
  EXPECT_EQ(token.use_count(), 1);

  {
    work dropped([token, fill = std::array<char, Size>{}] { *token += 1 + fill[0]; });
  }
  EXPECT_EQ(*token, 1);
  EXPECT_EQ(token.use_count(), 1);
}

TEST(work, moves_and_destroys_a_small_closure) {
  moves_and_destroys<1>();
}
TEST(work, moves_and_destroys_a_large_closure) {
  moves_and_destroys<100>();
}
TEST(work, moves_and_destroys_a_huge_closure) {
  moves_and_destroys<20'000>();
}

TEST(work, destroys_what_it_held_when_it_is_assigned) {
  auto token = std::make_shared<int>(0);
  work w([token] {});
  w = work([] {});
  EXPECT_EQ(token.use_count(), 1);
  w = nullptr;
  EXPECT_FALSE(w);
}

TEST(work, takes_closures_that_cannot_be_copied) {
  int got = 0;
  work w([&got, owned = std::make_unique<int>(5)] { got = *owned; });
  w();
  EXPECT_EQ(got, 5);
}

TEST(work, takes_closures_that_are_over_aligned) {
  struct alignas(64) wide {
    explicit wide(bool& a) : aligned(a) {}
    bool& aligned;
    void operator()() const { aligned = reinterpret_cast<std::uintptr_t>(this) % 64 == 0; }
  };
  bool aligned = false;
  work w{wide(aligned)};
  work moved(std::move(w));
  moved();
  EXPECT_TRUE(aligned);
}

TEST(work, takes_functions) {
  static int ran;
  ran = 0;
  work w(+[] { ++ran; });
  w();
  EXPECT_EQ(ran, 1);
}

TEST(work, ignores_a_result) {
  work w([] { return 3; });
  w();
  EXPECT_FALSE(w);
}

TEST(work, may_be_destroyed_by_what_it_runs) {
  std::optional<work> w;
  auto token = std::make_shared<int>(0);
  w.emplace([&w, token] {
    w.reset();
    *token = 1;
  });
  (*w)();
  EXPECT_EQ(*token, 1);
  w.emplace([&w, token, fill = std::array<char, 100>{}] {
    w.reset();
    *token = 2 + fill[0];
  });
  (*w)();
  EXPECT_EQ(*token, 2);
  EXPECT_EQ(token.use_count(), 1);
}

TEST(work, passes_an_exception_on_and_destroys_its_closure) {
  auto token = std::make_shared<int>(0);
  work small([token] { throw std::runtime_error("x"); });
  work large([token, fill = std::array<char, 100>{}] {
    throw std::runtime_error("x" + std::string(1, fill[0]));
  });
  EXPECT_THROW(small(), std::runtime_error);
  EXPECT_THROW(large(), std::runtime_error);
  EXPECT_EQ(token.use_count(), 1);
}

int doubled(int x) {
  return 2 * x;
}

TEST(function_ref, calls_closures_and_functions) {
  int offset = 1;
  auto add = [&](int x) { return x + offset; };
  function_ref<int(int)> f(add);
  EXPECT_EQ(f(2), 3);
  offset = 5;
  EXPECT_EQ(f(2), 7);
  f = function_ref<int(int)>(doubled);
  EXPECT_EQ(f(2), 4);
}

TEST(function_ref, drops_the_result_when_none_is_wanted) {
  int ran = 0;
  auto count = [&] { return ++ran; };
  function_ref<void()> f(count);
  f();
  EXPECT_EQ(ran, 1);
}

}  // namespace
