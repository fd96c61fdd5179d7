// What several owners share and the last one frees, under the model checker: exceptions that hold
// several, the state behind a foreign callback, the values of `async_local`s. Each is freed once,
// after everybody's last look.

#include "model/mutants.hpp"

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define WEFT_MODEL_FLOWS 1
#define weft weft_model_of_references
#include <weft/io/from_callback.hpp>

#include "base/assert.cpp"
#include "base/error.cpp"
#include "model/context_stubs.hpp"
#include "model/task_stubs.hpp"
#include "task/core.cpp"
#include "task/flow/flow.cpp"

namespace weft::detail {
std::exception_ptr dropped_callback_error() {
  return std::make_exception_ptr(invalid_operation("meant to be dropped"));
}
}  // namespace weft::detail

namespace {

using namespace weft::detail;  // NOLINT
using weft::aggregate_exception;

/// Two copies of one exception.
struct with_errors {
  with_errors() {
    const aggregate_exception made({std::make_exception_ptr(std::runtime_error("one of them"))});
    copies[0].emplace(made);
    copies[1].emplace(made);
  }
  void look_and_drop(int i) {
    model::require(copies[i]->exceptions().size() == 1, "what it holds has gone");
    copies[i].reset();
  }
  std::optional<aggregate_exception> copies[2];
};

model::result of_an_exception(const model::options& chosen) {
  return model::explore<with_errors>(
      chosen,
      {[](with_errors& s) { s.look_and_drop(0); }, [](with_errors& s) { s.look_and_drop(1); }},
      [](with_errors&) {});
}

/// A callback, and the coroutine that waits for it, which its token ends first.
struct with_callback {
  void call_back() { weft::callback<int>::from(state).set_result(7); }
  void give_up() { state->release(); }

  stub_memory memory;
  callback_state<int>* state = frame_new<callback_state<int>>();
};

model::result of_a_callback(const model::options& chosen) {
  return model::explore<with_callback>(
      chosen, {[](with_callback& s) { s.call_back(); }, [](with_callback& s) { s.give_up(); }},
      [](with_callback&) {
        model::require(stub_memory::freed().size() == 2, "the state was not freed");
      });
}

/// The same values on two threads; one of them has left the `async_local` behind.
struct with_flows {
  struct box : flow_box {
    explicit box(with_flows& s) : flow_box(&stub_destroy), all(&s) {}
    static void stub_destroy(flow_box* self) noexcept {
      auto* mine = static_cast<box*>(self);
      mine->used.set(2);
      ++mine->all->destroyed;
    }
    with_flows* all;
    model::plain<int> used{0};
  };
  with_flows() {
    set_in_flow(key, &value);
    copies[0] = share_flow();
    copies[1] = share_flow();
    replace_flow(nullptr);
    release(key);
  }
  void look_and_drop(int i) {
    model::require(value.used.get() == 0, "its value has gone");
    release(copies[i]);
  }

  stub_memory memory;
  flow_key* key = make_flow_key();
  box value{*this};
  flow_values* copies[2] = {};
  int destroyed = 0;
};

model::result of_a_flow(const model::options& chosen) {
  return model::explore<with_flows>(
      chosen,
      {[](with_flows& s) { s.look_and_drop(0); }, [](with_flows& s) { s.look_and_drop(1); }},
      [](with_flows& s) {
        model::require(s.destroyed == 1, "the value was not destroyed once");
        model::require(stub_memory::freed().size() == 2, "the set or its key was not freed");
      });
}

TEST(references_model, needs_each_order) {
  model::expect_all_killed(
      "references", {"aggregate_exception", "callback_state", "drop_from"},
      {{"of an exception", &of_an_exception, {.preemptions = 2, .stale_reads = 1}},
       {"of a callback", &of_a_callback, {.preemptions = 2, .stale_reads = 1}},
       {"of a flow", &of_a_flow, {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
