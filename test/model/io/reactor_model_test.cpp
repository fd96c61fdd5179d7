// Where the default reactor comes from, under the model checker: whoever asks finds nobody to give
// it, or somebody who is set up.

#include "model/mutants.hpp"

#include <algorithm>
#include <condition_variable>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_reactor
#include "base/assert.cpp"
#include "base/error.cpp"
#include "io/reactor.cpp"
#include "model/task_stubs.hpp"
#include "task/core.cpp"

namespace weft::detail {

// Backends, which nothing here asks for.
std::unique_ptr<reactor> make_uring_reactor(int&) {
  std::abort();
}
std::unique_ptr<reactor> make_epoll_reactor(int&) {
  std::abort();
}
std::shared_ptr<reactor> make_uring_loop() {
  std::abort();
}
std::shared_ptr<reactor> make_epoll_loop() {
  std::abort();
}
bool in_forked_child() noexcept {
  return false;
}
thread_local constinit loop_place* loop_of_this_thread = nullptr;

}  // namespace weft::detail

namespace {

using namespace weft::detail;  // NOLINT

struct shared {
  shared() { asked = this; }

  static reactor& provide() {
    model::require(asked->made.get() == 7, "who gives it is not set up yet");
    alignas(16) static char place[16];
    return reinterpret_cast<reactor&>(place);  // never used
  }
  void set() {
    made.set(7);
    set_reactor_provider(&provide);
  }
  static void ask() {
    try {
      static_cast<void>(default_reactor());
    } catch (const weft::invalid_operation&) {  // nobody gives it yet
    }
  }
  /// Takes what there is out, and uses it.
  static void take() {
    if (const reactor_provider former = set_reactor_provider(nullptr)) {
      static_cast<void>(former());
    }
  }
  static inline shared* asked = nullptr;
  model::plain<int> made{0};
};

model::result asked_while_it_is_set(const model::options& chosen) {
  return model::explore<shared>(
      chosen, {[](shared& s) { s.set(); }, [](shared&) { shared::ask(); }}, [](shared&) {});
}
model::result replaced_while_it_is_set(const model::options& chosen) {
  return model::explore<shared>(
      chosen, {[](shared& s) { s.set(); }, [](shared&) { shared::take(); }}, [](shared&) {});
}

TEST(reactor_model, needs_each_order) {
  model::expect_all_killed(
      "reactor", {"default_reactor", "set_reactor_provider"},
      {{"asked while it is set", &asked_while_it_is_set, {.preemptions = 2, .stale_reads = 1}},
       {"replaced while it is set", &replaced_while_it_is_set, {.preemptions = 2}}});
}

}  // namespace
