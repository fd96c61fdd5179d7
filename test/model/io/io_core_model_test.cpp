// What the backends of the reactor share, under the model checker: requests that are submitted,
// cancelled, closed and ended by threads of their own. Each ends once, whoever waits is woken for
// it, and the last reference frees the target behind all uses.

#include "model/mutants.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <coroutine>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#undef WEFT_DEBUG_CHECKS  // ranks of locks are kept by thread, and a model's are fibers of one
#define WEFT_MODEL 1
#define pthread_atfork(...) 0  // its handlers would outlive the model
#define weft weft_model_of_io
#include "base/assert.cpp"
#include "base/error.cpp"
#include "base/event_count.cpp"
#include "base/lock.cpp"
#include "io/io_core.cpp"
#include "model/context_stubs.hpp"
#include "model/task_stubs.hpp"
#include "task/core.cpp"

namespace weft::detail {

// No request of this model needs a thread.
blocking_pool::blocking_pool(unsigned threads, done_function done, void* context) noexcept
    : max_threads_(threads), done_(done), context_(context) {
  static_cast<void>(max_threads_);
  static_cast<void>(done_);
  static_cast<void>(context_);
}
void blocking_pool::stop() noexcept {}
bool blocking_pool::withdraw(io_request&) noexcept {
  std::abort();
}
resting_threads blocking_pool::resting() const noexcept {
  std::abort();
}
bool blocking_pool::start_thread() noexcept {
  std::abort();
}

/// A backend as simple as can be: a request stands in its target's list until something comes. It
/// has the name of one that targets know.
class epoll_reactor final : public io_core {
 public:
  epoll_reactor() : io_core(0) {}

  void submit(io_request& r) noexcept override { static_cast<void>(admit(r)); }
  /// Something comes for the first of those who wait.
  void arrive(io_target& t) {
    io_request* first = nullptr;
    {
      const lock_guard locked(t.mutex_);
      first = t.first_[0];
      if (first == nullptr) {
        return;
      }
      t.unlink(*first);
    }
    post_finished(*first, 1);
  }
  void wait(job_list& ready, std::int64_t) noexcept override {
    if (announce_sleep()) {
      futex_wait(signalled_, 0);
    }
    // order: relaxed; the model's own: as the eventfd is read.
    signalled_.store(0, std::memory_order_relaxed);
    end_wait();
    finish_posted(ready);
  }
  [[nodiscard]] io_backend backend() const noexcept override { return io_backend::epoll; }
  void take_over(io_request&) noexcept override { std::abort(); }

 private:
  void signal() noexcept override {
    // order: relaxed; the model's own.
    signalled_.store(1, std::memory_order_relaxed);
    futex_wake_one(signalled_);
  }
  void cancel_linked(io_request& r) noexcept override {
    r.target->unlink(r);
    post_finished(r, -ECANCELED);
  }
  void cancel_unlinked(io_request&) noexcept override { std::abort(); }
  void retire(io_target* target) noexcept override { delete target; }

  atomic<std::uint32_t> signalled_{0};
};

}  // namespace weft::detail

namespace {

using namespace weft::detail;  // NOLINT

struct target : io_target {
  using io_target::io_target;
  static void* operator new(std::size_t bytes) { return std::malloc(bytes); }
  static void operator delete(void* memory, std::size_t bytes) { stub_free(memory, bytes); }
};

/// A target with two references: the handle's and the request's.
struct shared {
  shared() : only(*this) { of->add_reference(); }

  struct request : io_request {
    explicit request(shared& s) : io_request(io_op::receive, &on_done), all(s) { target = s.of; }
    static void on_done(io_request& r, job_list&) noexcept {
      auto& self = static_cast<request&>(r);
      model::require(self.submitted.get() == 1, "what came before it was submitted is not seen");
      model::require(self.all.ended++ == 0, "ended twice");
      self.target->release();
    }
    shared& all;
    model::plain<int> submitted{0};
  };
  void submit() {
    only.submitted.set(1);
    backend.submit(only);
  }
  void wait() {
    while (ended == 0) {
      job_list ready;
      backend.wait(ready, -1);
    }
  }
  void let_go() { of->release(); }
  void arrive() {
    backend.arrive(*of);
    let_go();
  }
  void cancel() {
    backend.cancel(only, io_cancel::stop);
    let_go();
  }
  void expect(bool freed) {
    model::require(ended == 1, "a request was lost");
    model::require(stub_memory::freed().size() == (freed ? 1U : 0U), "the target was not freed");
  }

  stub_memory memory;
  epoll_reactor backend;
  target* of = new target(backend, -1);
  request only;
  int ended = 0;
};

/// Its request waits already; so many users let go of the target besides it.
template <int Users>
struct submitted : shared {
  submitted() {
    for (int more = 1; more < Users; ++more) {
      of->add_reference();
    }
    submit();
  }
};

model::result ended_by_what_comes(const model::options& chosen) {
  return model::explore<submitted<1>>(
      chosen, {[](shared& s) { s.wait(); }, [](shared& s) { s.arrive(); }}, [](shared& s) {
        s.expect(true);
        model::require(s.only.result == 1, "what came was lost");
      });
}
/// The token of a request may be requested before it is submitted, meanwhile, or behind.
model::result cancelled_while_it_is_submitted(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { s.wait(); }, [](shared& s) { s.submit(); }, [](shared& s) { s.cancel(); }},
      [](shared& s) {
        s.expect(true);
        model::require(s.only.result == -ECANCELED, "ended by nobody");
      });
}
model::result cancelled_while_it_ends(const model::options& chosen) {
  return model::explore<submitted<2>>(
      chosen,
      {[](shared& s) { s.wait(); }, [](shared& s) { s.arrive(); }, [](shared& s) { s.cancel(); }},
      [](shared& s) { s.expect(true); });
}
/// By its owner, or by its deadline.
template <io_cancel Reason>
model::result closed_while_it_is_submitted(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.wait(); }, [](shared& s) { s.submit(); },
                                 [](shared& s) {
                                   Reason == io_cancel::closed ? s.of->close() : s.of->expire();
                                   s.let_go();
                                 }},
                                [](shared& s) {
                                  s.expect(true);
                                  model::require(
                                      s.only.reason.load(std::memory_order_relaxed) == Reason,
                                      "ended without a reason");
                                });
}

TEST(io_core_model, needs_each_order) {
  model::expect_all_killed(
      "io_core", {"io_core", "io_target", "lock::release"},
      {{"ended by what comes", &ended_by_what_comes, {.preemptions = 2, .stale_reads = 1}},
       {"cancelled while it is submitted",
        &cancelled_while_it_is_submitted,
        {.preemptions = 1, .stale_reads = 1}},
       {"cancelled while it ends", &cancelled_while_it_ends, {.preemptions = 1, .stale_reads = 1}},
       {"closed while it is submitted",
        &closed_while_it_is_submitted<io_cancel::closed>,
        {.preemptions = 1, .stale_reads = 1}},
       {"expired while it is submitted",
        &closed_while_it_is_submitted<io_cancel::deadline>,
        {.preemptions = 1, .stale_reads = 1}}});
}

}  // namespace
