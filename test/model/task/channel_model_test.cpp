// Channels under the model checker, with their real locks, lists of waiters and task cores: each
// item is read once and as it was written, nobody waits beside an item or beside room, nobody is
// completed twice, and the last handle frees what is left.

#include "model/mutants.hpp"
#include "model/stop_callback.hpp"

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_channel
#include <weft/channel/detail/channel_core.hpp>

#include "base/assert.cpp"
#include "base/brief_lock.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "channel/channel_base.cpp"
#include "model/task_stubs.hpp"
#include "task/core.cpp"

namespace weft::detail {
void count_ender(std::int64_t) noexcept {}
void post_ready(job_list ready) noexcept {
  runtime().hand_over(ready);
}
// Of misuse and of errors, which are none of this.
void throw_already_completed(const std::source_location&) {
  model::stop("the completion ended twice");
}
std::exception_ptr abandoned_source_error() {
  return nullptr;
}
std::exception_ptr task_handle::exception() const {
  return nullptr;
}
}  // namespace weft::detail

namespace {

using weft::channel_closed;
using weft::operation_canceled;
using weft::detail::brief_guard;
using weft::detail::channel_core;

/// What goes through the channel: written where it is made, moved and destroyed, for the model to
/// watch.
class item {
 public:
  explicit item(int number) : number_(number) { model::note_made(this); }
  item(item&& other) noexcept : number_(other.number()) {
    model::note_made(this);
    model::note_written(this);
  }
  item& operator=(item&&) = delete;
  ~item() { model::note_written(this); }

  [[nodiscard]] int number() const {
    model::note_read(this);
    return number_;
  }

 private:
  int number_;
};

using channel = channel_core<item>;
constexpr std::size_t unbounded = channel::unbounded;

/// A channel whose handles are counted as users' are: `let_go` each.
template <std::size_t Capacity>
struct shared {
  void write(int number) { weft::detail::stub_await(of->write(item(number), {})); }
  void try_write(int number) {
    if (!of->try_write(item(number))) {
      ++refused;
    }
  }
  void read() { note(weft::detail::stub_await(of->read({}))); }
  /// Until the writers are done.
  void read_all() {
    while (weft::detail::stub_await(of->wait_to_read({}))) {
      while (std::optional<item> got = of->try_read()) {
        note(*got);
      }
    }
  }
  void read_unless_canceled() {
    try {
      note(weft::detail::stub_await(of->read(stop.get_token())));
    } catch (const operation_canceled&) {
      ++given_up;
    } catch (const channel_closed&) {
      ++given_up;
    }
  }
  void write_unless_canceled(int number) {
    try {
      weft::detail::stub_await(of->write(item(number), stop.get_token()));
    } catch (const operation_canceled&) {
      ++given_up;
    }
  }
  void note(const item& got) {
    const int number = got.number();
    model::require(number == 1 || number == 2, "what was never written was read");
    model::require((seen & number) == 0, "read twice");
    seen |= number;
  }
  void let_go() { of->release_reference(); }
  [[nodiscard]] std::size_t left() { return of->count(); }

  weft::detail::stub_memory memory;
  channel* of = new channel(Capacity, weft::channel_full_mode::wait, false, nullptr);
  std::stop_source stop;
  int seen = 0;  // of items 1 and 2, by bits
  int refused = 0;
  int given_up = 0;
};

model::result a_reader_waits(const model::options& chosen) {
  using state = shared<unbounded>;
  return model::explore<state>(chosen, {[](state& s) { s.read(); }, [](state& s) { s.write(1); }},
                               [](state& s) {
                                 model::require(s.seen == 1, "the item was lost");
                                 s.let_go();
                               });
}

/// With room for one, a writer waits for the reader.
template <std::size_t Capacity>
model::result two_written_two_read(const model::options& chosen) {
  using state = shared<Capacity>;
  return model::explore<state>(chosen,
                               {[](state& s) {
                                  s.read();
                                  s.read();
                                },
                                [](state& s) { s.write(1); }, [](state& s) { s.write(2); }},
                               [](state& s) {
                                 model::require(s.seen == 3, "an item was lost");
                                 s.let_go();
                               });
}

model::result read_to_the_end(const model::options& chosen) {
  using state = shared<unbounded>;
  return model::explore<state>(chosen,
                               {[](state& s) { s.read_all(); },
                                [](state& s) {
                                  s.write(1);
                                  s.write(2);
                                  model::require(s.of->try_complete(nullptr), "ended by nobody");
                                }},
                               [](state& s) {
                                 model::require(s.seen == 3, "an item was lost");
                                 model::require(s.of->completion().is_completed(),
                                                "all is read, and the completion has not ended");
                                 s.let_go();
                               });
}

/// One item for two: a canceled read took none.
model::result a_read_is_canceled(const model::options& chosen) {
  using state = shared<unbounded>;
  return model::explore<state>(
      chosen,
      {[](state& s) { s.read_unless_canceled(); }, [](state& s) { s.write(1); },
       [](state& s) { s.stop.request_stop(); }},
      [](state& s) {
        model::require((s.seen == 1) != (s.given_up == 1), "canceled, and with the item");
        model::require(s.left() == (s.seen == 1 ? 0U : 1U), "the item was lost");
        s.let_go();
      });
}

model::result a_write_is_canceled(const model::options& chosen) {
  using state = shared<1>;
  return model::explore<state>(
      chosen,
      {[](state& s) {
         s.write(1);
         s.write_unless_canceled(2);
       },
       [](state& s) { s.read(); }, [](state& s) { s.stop.request_stop(); }},
      [](state& s) {
        model::require(s.seen == 1, "the item was lost, or came late");
        model::require(s.left() + static_cast<std::size_t>(s.given_up) == 1,
                       "canceled, and written");
        s.let_go();
      });
}

/// No room at all: the item goes from hand to hand.
model::result a_rendezvous(const model::options& chosen) {
  using state = shared<0>;
  return model::explore<state>(chosen, {[](state& s) { s.read(); }, [](state& s) { s.write(1); }},
                               [](state& s) {
                                 model::require(s.seen == 1, "the item was lost");
                                 s.let_go();
                               });
}

/// Two handles: whoever drops the last one destroys an item that the other one wrote.
model::result dropped_with_an_item(const model::options& chosen) {
  struct state : shared<unbounded> {
    state() { of->add_reference(); }
  };
  return model::explore<state>(chosen,
                               {[](state& s) {
                                  s.try_write(1);
                                  s.let_go();
                                },
                                [](state& s) { s.let_go(); }},
                               [](state&) {});
}

TEST(channel_model, needs_each_order) {
  model::expect_all_killed(
      "channel", {"channel_base", "channel_core", "channel_operation", "brief_lock", "item_queue"},
      {{"a reader waits", &a_reader_waits, {.preemptions = 2, .stale_reads = 1}},
       {"two written, two read",
        &two_written_two_read<unbounded>,
        {.preemptions = 1, .stale_reads = 1}},
       {"read to the end", &read_to_the_end, {.preemptions = 1, .stale_reads = 1}},
       {"a read is canceled", &a_read_is_canceled, {.preemptions = 1, .stale_reads = 1}},
       {"a writer waits", &two_written_two_read<1>, {.preemptions = 1, .stale_reads = 1}},
       {"a write is canceled", &a_write_is_canceled, {.preemptions = 1, .stale_reads = 1}},
       {"a rendezvous", &a_rendezvous, {.preemptions = 2, .stale_reads = 1}},
       {"dropped with an item", &dropped_with_an_item, {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
