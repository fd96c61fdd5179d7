#pragma once
/// `world`: one run of a simulation. It takes the place of pool, timers, clock and blocking on its
/// thread, and knows every coroutine that waits. README.md has the design.

#include <weft/base/atomic.hpp>
#include <weft/base/lock.hpp>
#include <weft/sched/thread_pool.hpp>
#include <weft/task/detail/simulated_place.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/suspension.hpp>
#include <weft/testkit/report.hpp>
#include <weft/time/timer_service.hpp>

#include "chooser.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::testkit::detail {

using weft::detail::job;
using weft::detail::promise_base;
using weft::detail::suspension;

/// How a run ended.
struct run_result {
  failure how = failure::none;
  std::string message;
  std::exception_ptr error;
  std::vector<choice> choices;
  std::vector<std::uint32_t> trace;  ///< What happened at each turn, as a number.
  std::size_t turns = 0;
  std::size_t awaits = 0;
};

class world final : public weft::detail::simulated_place {
 public:
  world(const options& how, chooser& decides, std::uint64_t seed);
  ~world() override;

  /// Runs `body` to its end, or to where nothing goes on. With `cancel_at`, the source is asked to
  /// stop behind that await. Afterwards `is_quiet` tells whether the world may be destroyed.
  void run(weft::detail::function_ref<task<>()> body, std::stop_source* stop,
           std::int64_t cancel_at);
  [[nodiscard]] run_result& result() noexcept { return result_; }
  /// Nothing is left that refers to it.
  [[nodiscard]] bool is_quiet() noexcept;

  /// The first failure counts.
  void fail(failure how, std::string message, std::exception_ptr error = nullptr);
  [[nodiscard]] std::uint32_t choose(std::uint32_t n, std::uint32_t one_in);
  [[nodiscard]] std::uint64_t random() noexcept { return numbers_.next(); }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const noexcept;

  /// Of this thread, or null.
  [[nodiscard]] static world* current() noexcept;

  // simulated_place
  void queue(job* item, task_scheduler* where) noexcept override;
  void suspended(suspension& s) noexcept override;
  bool resumes(suspension& s) noexcept override;
  bool resumes_inline(const suspension& s) noexcept override;
  bool block(weft::detail::function_ref<bool()> done, std::int64_t timeout_ns, bool is_loop,
             std::source_location place) override;
  void drain(task_scheduler* where) override;

 private:
  struct entry {
    job* item;
    task_scheduler* where;
    std::uint32_t task;
    bool has_yielded;
  };
  struct task_info {
    std::uint64_t signature;
    std::uint64_t parent;
    std::uint32_t children = 0;
  };
  struct waiting {
    std::uint32_t task;
    std::uint64_t number;
  };
  struct saved_thread;

  [[nodiscard]] std::uint32_t new_task();
  [[nodiscard]] std::uint32_t task_of(const promise_base* promise);
  /// One turn, or the clock to the next timer. False: nothing can go on.
  bool step();
  void take_turn(std::size_t index);
  [[nodiscard]] std::size_t pick_ready(bool or_return);
  [[nodiscard]] bool advance_clock(std::int64_t until_ns);
  void execute(const entry& e);
  void conclude(const task<>& root);
  void note(std::uint64_t what);
  [[nodiscard]] std::string describe_waiting();
  [[nodiscard]] std::string describe_one(const suspension& s);
  void look_for_foreigners();
  void report_foreigner(const char* did) noexcept;

  // Constant after construction:
  const options how_;
  chooser& decides_;
  weft::detail::runtime_table table_{};
  std::unique_ptr<thread_pool> pool_;  // the default one

  // Of its thread:
  random_numbers numbers_;
  std::optional<weft::detail::timer_service> timers_;
  std::vector<entry> ready_;  // oldest first
  std::vector<candidate> candidates_;
  std::vector<task_info> tasks_;
  std::unordered_map<const suspension*, waiting> waiting_;
  std::vector<std::pair<const promise_base*, std::uint32_t>> running_;  // in this turn
  std::uint32_t current_ = 0;  // the task that has the turn
  std::uint64_t numbered_ = 0;
  std::int64_t cancel_at_ = -1;
  bool cancel_due_ = false;
  bool root_ended_ = false;
  bool abandoned_ = false;  // a failure after which nothing more is run
  int depth_ = 0;           // of turns inside each other, because one blocks
  std::optional<task<>> root_;
  run_result result_;

  // Of any thread:
  weft::detail::lock foreign_lock_;
  std::string foreign_message_;  // guarded by foreign_lock_
  weft::detail::atomic<bool> foreign_{false};
};

}  // namespace weft::testkit::detail
