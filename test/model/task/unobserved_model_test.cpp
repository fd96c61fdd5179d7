// Exceptions that nobody takes, under the model checker: one that goes to a context is thrown
// there, or reported once when the context ends before; the handler that is told may be replaced
// meanwhile, and is destroyed behind its last call.

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
#define WEFT_MODEL_REPORTS 1
#define weft weft_model_of_unobserved
#include "base/assert.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "model/context_stubs.hpp"
#include "model/task_stubs.hpp"
#include "task/context.cpp"
#include "task/core.cpp"
#include "task/unobserved.cpp"

namespace weft::detail {
std::string describe(const std::source_location&) {
  return "a coroutine";
}
}  // namespace weft::detail

namespace {

using namespace weft::detail;  // NOLINT
using weft::on_unhandled_exception;
using weft::on_unobserved_exception;
using weft::unobserved_exception;

/// A context that keeps what is posted for a thread of its own.
struct one_place : weft::synchronization_context {
  void post(weft::work w) override {
    if (refuses) {
      throw std::runtime_error("meant to refuse");
    }
    kept = std::move(w);
    posted.stub_say(1);
  }
  weft::work stub_take() {
    posted.stub_hear();
    return std::move(kept);
  }
  bool refuses = false;
  weft::work kept;
  stub_word posted;
};

struct shared {
  shared() {
    install(0);
    on_unhandled_exception([this](std::exception_ptr) { ++unhandled; });
  }
  ~shared() {
    on_unobserved_exception(nullptr);
    on_unhandled_exception(nullptr);
  }

  /// A handler, which no thread may call any more once it is destroyed.
  struct teller {
    teller(shared& s, int i) : all(&s), which(i) {}
    teller(teller&& other) noexcept : all(std::exchange(other.all, nullptr)), which(other.which) {}
    teller(const teller&) = delete;
    teller& operator=(const teller&) = delete;
    ~teller() {
      if (all != nullptr) {
        all->gone[which].set(1);
      }
    }
    void operator()(unobserved_exception& lost) const {
      model::require(all->gone[which].get() == 0, "told after it was destroyed");
      model::require(all->thrown.get() == 7, "what came before the exception is not seen");
      lost.set_observed();
      ++all->told;
    }
    shared* all;
    int which;
  };
  void install(int i) { on_unobserved_exception(teller(*this, i)); }

  /// An `async_void` ends so.
  void leave_async_void() {
    posted = 1;
    thrown.set(7);
    report_unhandled(&context, std::make_exception_ptr(std::runtime_error("meant to get lost")));
  }
  void lose() {
    thrown.set(7);
    report_unobserved(std::make_exception_ptr(std::runtime_error("meant to get lost")), "a test");
  }
  void run_what_was_posted() {
    weft::work taken = context.stub_take();
    try {
      taken();
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
  void expect(int times_told, int times_caught, int times_unhandled) {
    model::require(told == times_told, "not reported once");
    model::require(caught == times_caught, "not thrown in its context");
    model::require(unhandled == times_unhandled, "not taken for unhandled");
    model::require(stub_memory::freed().size() == posted, "what was posted was not freed once");
  }

  stub_memory memory;
  model::plain<int> thrown{0};
  model::plain<int> gone[2];
  int told = 0;
  int caught = 0;
  int unhandled = 0;
  std::size_t posted = 0;
  one_place context;
};

model::result thrown_in_its_context(const model::options& chosen) {
  return model::explore<shared>(
      chosen, {[](shared& s) { s.leave_async_void(); }, [](shared& s) { s.run_what_was_posted(); }},
      [](shared& s) { s.expect(0, 1, 0); });
}
/// Thrown away uncalled, before or after `post` has returned.
model::result dropped_by_its_context(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.leave_async_void(); },
                                 [](shared& s) { static_cast<void>(s.context.stub_take()); }},
                                [](shared& s) { s.expect(1, 0, 0); });
}
model::result refused_by_its_context(const model::options& chosen) {
  struct state : shared {
    state() { context.refuses = true; }
  };
  return model::explore<state>(chosen, {[](state& s) { s.leave_async_void(); }},
                               [](state& s) { s.expect(0, 0, 1); });
}
/// Its handler goes while it is told; whoever lets go of it last destroys it.
model::result told_to_one_that_goes(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.lose(); }, [](shared& s) { s.install(1); }},
                                [](shared& s) { s.expect(1, 0, 0); });
}

TEST(unobserved_model, needs_each_order) {
  model::expect_all_killed(
      "unobserved", {"posted_error", "handler::", "handler_slot", "lock::release"},
      {{"thrown in its context", &thrown_in_its_context, {.preemptions = 2, .stale_reads = 1}},
       {"dropped by its context", &dropped_by_its_context, {.preemptions = 2, .stale_reads = 1}},
       {"refused by its context", &refused_by_its_context, {.preemptions = 2, .stale_reads = 1}},
       {"told to one that goes", &told_to_one_that_goes, {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
