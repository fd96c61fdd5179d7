// The word through which everything reaches the default instance, under the model checker: whoever
// finds an instance finds it set up, and nobody starts another one because simulations begin and
// end meanwhile.

#include "model/mutants.hpp"

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define WEFT_MODEL_RUNTIME 1
#define weft weft_model_of_runtime
#include "base/assert.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "model/task_stubs.hpp"
#include "task/core.cpp"
#include "task/run.cpp"

namespace weft::detail {
void start_long_running(job*) {
  std::abort();
}
std::vector<std::exception_ptr> task_handle::exceptions() const {
  std::abort();
}

inline runtime_table stub_tables[2] = {};  ///< One that is set by hand, and one that is started.
inline int stub_started = 0;
const runtime_table* start_runtime() noexcept {
  ++stub_started;
  return &stub_tables[1];
}
}  // namespace weft::detail

namespace {

using namespace weft::detail;  // NOLINT

struct shared {
  shared() {
    stub_started = 0;
    simulations = 0;  // an execution that failed may have left some
  }
  void set() {
    made.set(7);
    exchange_runtime(&stub_tables[0]);
  }
  void use() {
    if (&runtime() == &stub_tables[0]) {
      model::require(made.get() == 7, "the instance is not set up yet");
    }
  }
  stub_memory memory;
  model::plain<int> made{0};
};

model::result set_while_simulations_come_and_go(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { s.set(); },
       [](shared&) {
         begin_simulating();
         end_simulating();
       },
       [](shared& s) { s.use(); }},
      [](shared&) { model::require(&runtime() == &stub_tables[0], "the instance was lost"); });
}
model::result found_while_simulations_come_and_go(const model::options& chosen) {
  struct state : shared {
    state() { set(); }
  };
  return model::explore<state>(chosen,
                               {[](state&) {
                                  begin_simulating();
                                  begin_simulating();
                                  end_simulating();
                                  end_simulating();
                                },
                                [](state& s) { s.use(); }},
                               [](state&) {
                                 model::require(stub_started == 0, "started a second time");
                                 model::require(&runtime() == &stub_tables[0],
                                                "the instance was lost");
                               });
}

TEST(runtime_model, needs_each_order) {
  model::expect_all_killed("runtime",
                           {"runtime", "find_runtime", "exchange_runtime", "begin_simulating",
                            "end_simulating", "lock::release"},
                           {{"set while simulations come and go",
                             &set_while_simulations_come_and_go,
                             {.preemptions = 2, .stale_reads = 1}},
                            {"found while simulations come and go",
                             &found_while_simulations_come_and_go,
                             {.preemptions = 2, .stale_reads = 2}}});
}

}  // namespace
