#pragma once
/// `single_thread_context`: a loop that one thread runs, like that of a user interface.

#include <weft/base/handler.hpp>
#include <weft/task/synchronization_context.hpp>
#include <weft/task/when_all.hpp>

#include <memory>

namespace weft {

namespace detail {
class loop;
class loop_place;

/// Keeps a function until its task has ended; what that throws is reported.
template <class F, class T>
task<> keep_until_ended(std::unique_ptr<F> /*function*/, task<T> running) {
  co_await std::move(running).configure_await(false);
}
}  // namespace detail

/// A context whose work is run by the thread that calls `run`, one piece after another, in the
/// order of posting. Sockets, pipes and the like that are read and written in the loop wait in it
/// too: the thread sleeps in the kernel, and what has come goes on without another thread.
/// **Thread-safety**: `post`, `stop` and construction from any thread; one thread runs it at a
/// time.
/// **Lifetime**: coroutines that still wait to resume here when it is destroyed get
/// `object_disposed` on the pool.
/// **Source**: WPF's Dispatcher and AsyncContext of Nito.AsyncEx.
class single_thread_context final : public synchronization_context {
 public:
  using error_handler = handler<std::exception_ptr>;

  single_thread_context();
  ~single_thread_context() override;

  void post(work w) override;
  /// In place when this thread runs the loop, else posted and waited for.
  void send(work w) override;

  /// Runs `f` in the loop, and the loop on this thread until f's task (if it gives one) has ended.
  /// **Returns** its result; **Throws** what it threw, and what a piece of posted work threw unless
  /// there is a handler; in that case f and its task go on when the loop is run again.
  template <class F>
    requires std::invocable<F&>
  decltype(auto) run(F f) {
    const running here(*this);
    const detail::occupation occupied(anchor());
    if constexpr (awaitable<std::invoke_result_t<F&>>) {
      auto keep = std::make_unique<F>(std::move(f));  // lambda coroutines refer to their closure
      auto task = detail::as_task((*keep)());
      try {
        run_until(task.checked());
      } catch (...) {  // out of posted work: f's task goes on when the loop does
        static_cast<void>(detail::keep_until_ended(std::move(keep), std::move(task)));
        throw;
      }
      return std::move(task).result();
    } else {
      return f();
    }
  }
  /// Runs the loop on this thread until `stop`.
  void run();
  /// Makes `run()` return after the piece that runs now. What is left stays queued.
  void stop();
  /// Called with what escapes from posted work; null: it comes out of `run`. **Returns** the former
  /// handler.
  error_handler on_unhandled_exception(error_handler next) noexcept;

  void post_job(detail::job* item) override;

 private:
  // For as long as it lives, this thread runs the loop.
  class running {
   public:
    explicit running(single_thread_context& c) noexcept;
    running(const running&) = delete;
    running& operator=(const running&) = delete;
    ~running();

   private:
    detail::loop& loop_;
    scope current_;
    detail::loop_place* outer_;
  };
  void run_until(detail::task_core& core);
  std::unique_ptr<detail::loop> loop_;
};

}  // namespace weft
