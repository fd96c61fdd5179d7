// The state word of tasks under the model checker: completion against awaiters that come and go,
// against dropped handles and sources. Results, awaiters and the end of the core are watched for
// races.

#include "model/mutants.hpp"

#include <coroutine>
#include <cstdint>
#include <exception>
#include <string>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define WEFT_MODEL_WATCHES 1  // the links between awaiters
#define weft weft_model_of_task_core
#include "base/assert.cpp"
#include "base/error.cpp"
#include "model/task_stubs.hpp"
#include "task/core.cpp"

namespace {

using namespace weft::detail;  // NOLINT

struct object_head {
  const core_ops* ops;
};

/// A core as an operation has it, with a result that is watched.
struct object : object_head, task_core {
  object() : object_head{&own_ops}, task_core(task_core::kind::external) {}
  ~object() = default;

  static void destroy(task_core* core) noexcept {
    auto* self = static_cast<object*>(core);
    model::require(self->destroyed++ == 0, "the core was destroyed twice");
    self->result.set(0);
    model::retire(core, sizeof(task_core));
  }
  static constexpr core_ops own_ops{&destroy, nullptr, "object"};

  model::plain<int> result{0};
  int destroyed = 0;
};

struct shared;
struct awaiter : job {
  awaiter() : job{&resumed, &action_marker, nullptr} {}
  static void resumed(job* item);

  model::plain<int> frame{0};
  int times = 0;
  shared* all = nullptr;
  bool releases = true;
};

struct shared {
  shared() {
    stub_reported = 0;
    for (awaiter& a : awaiters) {
      a.all = this;
    }
  }
  void complete(outcome how = outcome::value) {
    core.result.set(7);
    core.finish(how);
  }
  void look() { model::require(core.result.get() == 7, "there is no result"); }
  /// As a coroutine that awaits and then drops its handle.
  void await(int i) {
    awaiters[i].frame.set(1);
    if (!core.try_add_awaiter(&awaiters[i])) {
      look();
      core.release_handle();
      ++ended;
    }
  }
  /// As when_any, which takes its awaiter back.
  void await_and_withdraw(int i) {
    awaiters[i].frame.set(1);
    awaiters[i].releases = false;
    if (core.try_add_awaiter(&awaiters[i])) {
      if (core.remove_awaiter(&awaiters[i])) {
        awaiters[i].frame.set(2);  // its frame ends
        model::require(awaiters[i].times == 0, "ran, although it was withdrawn");
        removed = true;
      }
    }
    core.release_handle();
    ++ended;
  }
  void poll() {
    if (core.is_completed()) {
      look();
    }
    core.release_handle();
    ++ended;
  }

  object core;
  awaiter awaiters[3];
  int ended = 0;
  bool removed = false;
};

void awaiter::resumed(job* item) {
  auto* self = static_cast<awaiter*>(item);
  model::require(self->times++ == 0, "resumed twice");
  model::require(self->frame.get() == 1, "resumed before it was ready");
  if (self->releases) {
    self->all->look();
    self->all->core.release_handle();
    ++self->all->ended;
  }
}

template <int Handles>
struct with_handles : shared {
  with_handles() {
    for (int i = 1; i < Handles; ++i) {
      core.add_handle();
    }
  }
  void end() const {
    model::require(ended == Handles, "an awaiter was forgotten");
    model::require(core.destroyed == 1, "the core was not destroyed");
  }
};

using one = with_handles<1>;
using two = with_handles<2>;

model::result awaited(const model::options& chosen) {
  return model::explore<one>(chosen, {[](one& s) { s.complete(); }, [](one& s) { s.await(0); }},
                             [](one& s) { s.end(); });
}

/// By the coroutine that has the only handle, inside its awaiter: completed without a
/// read-modify-write.
model::result awaited_by_its_owner(const model::options& chosen) {
  return model::explore<one>(chosen,
                             {[](one& s) { s.complete(); },
                              [](one& s) {
                                s.core.expect_only_awaiter();
                                s.await(0);
                              }},
                             [](one& s) { s.end(); });
}

/// The same, where another handle was there until now, or still is.
model::result awaited_by_its_last_owner(const model::options& chosen) {
  return model::explore<two>(chosen,
                             {[](two& s) { s.complete(); }, [](two& s) { s.await_and_withdraw(0); },
                              [](two& s) {
                                s.core.expect_only_awaiter();
                                s.await(1);
                              }},
                             [](two& s) { s.end(); });
}

model::result awaited_twice(const model::options& chosen) {
  return model::explore<two>(
      chosen,
      {[](two& s) { s.complete(); }, [](two& s) { s.await(0); }, [](two& s) { s.await(1); }},
      [](two& s) { s.end(); });
}

model::result dropped(const model::options& chosen) {
  return model::explore<one>(chosen,
                             {[](one& s) { s.complete(outcome::fault); },
                              [](one& s) {
                                s.core.release_handle();
                                ++s.ended;
                              }},
                             [](one& s) {
                               s.end();
                               model::require(stub_reported == 1, "an exception was lost");
                             });
}

model::result observed(const model::options& chosen) {
  return model::explore<two>(chosen,
                             {[](two& s) { s.complete(outcome::fault); },
                              [](two& s) {
                                if (s.core.is_completed() && s.core.how() == outcome::fault) {
                                  s.look();
                                  s.core.mark_observed();
                                  s.removed = true;
                                }
                                s.core.release_handle();
                                ++s.ended;
                              },
                              [](two& s) { s.poll(); }},
                             [](two& s) {
                               s.end();
                               model::require(stub_reported == (s.removed ? 0 : 1),
                                              "reported, although it was observed, or lost");
                             });
}

model::result withdrawn(const model::options& chosen) {
  return model::explore<two>(chosen,
                             {[](two& s) { s.complete(); }, [](two& s) { s.await_and_withdraw(0); },
                              [](two& s) { s.await(1); }},
                             [](two& s) {
                               s.end();
                               model::require(s.removed || s.awaiters[0].times <= 1,
                                              "it was neither run nor withdrawn");
                             });
}

/// Two take their awaiters back from the middle and the end of the list, whose first stays.
struct registered : shared {
  registered() {
    for (awaiter& a : awaiters) {
      a.frame.set(1);
      a.releases = false;
      model::require(core.try_add_awaiter(&a), "completed before anybody did it");
    }
  }
  void withdraw(int i) {
    if (core.remove_awaiter(&awaiters[i])) {
      awaiters[i].frame.set(2);
      back[i] = 1;
    }
  }
  int back[3] = {};
};
model::result two_withdrawn(const model::options& chosen) {
  return model::explore<registered>(
      chosen,
      {[](registered& s) { s.withdraw(0); }, [](registered& s) { s.withdraw(1); },
       [](registered& s) { s.complete(); }},
      [](registered& s) {
        for (int i = 0; i < 3; ++i) {
          model::require(s.awaiters[i].times + s.back[i] == 1,
                         "neither run nor withdrawn, or both");
        }
        s.core.release_handle();
      });
}

/// Who finds that its handle is the only one moves the value out.
model::result taken_by_the_last(const model::options& chosen) {
  return model::explore<two>(chosen,
                             {[](two& s) { s.complete(); }, [](two& s) { s.poll(); },
                              [](two& s) {
                                if (s.core.succeeded()) {
                                  s.look();
                                  if (s.core.is_only_handle()) {
                                    s.core.result.set(8);
                                  } else if (s.core.is_only_handle_besides_source()) {
                                    s.core.result.set(9);
                                  }
                                }
                                s.core.release_handle();
                                ++s.ended;
                              }},
                             [](two& s) { s.end(); });
}

/// The outcome alone is looked at, of a core that may have failed.
model::result asked_how(const model::options& chosen) {
  return model::explore<one>(chosen,
                             {[](one& s) { s.complete(outcome::fault); },
                              [](one& s) {
                                if (s.core.how() == outcome::fault) {
                                  s.look();
                                }
                                s.core.release_handle();
                                ++s.ended;
                              }},
                             [](one& s) { s.end(); });
}

struct with_source : shared {
  with_source() {
    core.attach_source();
    core.add_handle();
  }
};

model::result completed_by_a_source(const model::options& chosen) {
  return model::explore<with_source>(
      chosen,
      {[](with_source& s) {
         s.complete();
         s.core.release_source();
       },
       [](with_source& s) { s.poll(); }},
      [](with_source& s) { model::require(s.core.destroyed == 1, "the core was not destroyed"); });
}

/// The value is moved out by the only handle, while a source is there that may have looked.
model::result taken_beside_a_source(const model::options& chosen) {
  struct state : with_source {
    state() { core.add_handle(); }
  };
  return model::explore<state>(
      chosen,
      {[](state& s) { s.complete(); }, [](state& s) { s.poll(); },
       [](state& s) {
         if (s.core.succeeded() && s.core.is_only_handle_besides_source()) {
           s.core.result.set(8);
         }
         s.core.release_handle();
       }},
      [](state& s) {
        model::require(s.core.destroyed == 0, "destroyed, although a source is there");
      });
}

/// A core in the frame of a coroutine, laid out as compilers do.
struct frame_head {
  void (*run)(job*);
  void (*drop)(job*);
};
struct coroutine : frame_head, promise_base, task_core {
  coroutine() : frame_head{nullptr, &destroy}, task_core(task_core::kind::coroutine) {
    published_ = true;
    add_handle();
  }
  static void destroy(job* frame) {
    auto* self = reinterpret_cast<coroutine*>(frame);
    model::require(self->destroyed++ == 0, "the frame was destroyed twice");
    self->result.set(0);
    model::retire(static_cast<task_core*>(self), sizeof(task_core));
  }
  void poll() {
    if (is_completed()) {
      model::require(result.get() == 7, "there is no result");
    }
    release_handle();
  }
  model::plain<int> result{0};
  int destroyed = 0;
};
static_assert(sizeof(frame_head) == promise_base::offset_in_frame);

/// A coroutine that has suspended and ends, while its handles go.
model::result coroutine_dropped(const model::options& chosen) {
  return model::explore<coroutine>(
      chosen,
      {[](coroutine& s) {
         s.result.set(7);
         s.finish(outcome::value);
       },
       [](coroutine& s) { s.poll(); }, [](coroutine& s) { s.release_handle(); }},
      [](coroutine& s) { model::require(s.destroyed == 1, "the frame was not destroyed"); });
}

TEST(task_core_model, needs_each_order) {
  model::expect_all_killed(
      "task_core", {"task_core"},
      {{"awaited", &awaited},
       {"awaited twice", &awaited_twice, {.preemptions = 2}},
       {"awaited by its owner", &awaited_by_its_owner},
       {"awaited by its last owner", &awaited_by_its_last_owner, {.preemptions = 2}},
       {"dropped", &dropped},
       {"observed", &observed, {.preemptions = 2}},
       {"withdrawn", &withdrawn, {.preemptions = 2, .stale_reads = 2}},
       {"two withdrawn", &two_withdrawn, {.preemptions = 2, .stale_reads = 1}},
       {"asked how", &asked_how},
       {"coroutine dropped", &coroutine_dropped},
       {"taken by the last", &taken_by_the_last, {.preemptions = 2}},
       {"completed by a source", &completed_by_a_source},
       {"taken beside a source", &taken_beside_a_source, {.preemptions = 2}}});
}

}  // namespace
