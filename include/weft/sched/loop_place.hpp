#pragma once
/// `loop_place`: a loop that one thread runs, as far as io needs to know it. Internal to weft.

#include <weft/base/atomic.hpp>
#include <weft/sched/idle_driver.hpp>

#include <memory>
#include <utility>

namespace weft {
class synchronization_context;
}  // namespace weft

namespace weft::detail {

/// **Thread-safety**: `driver` by any thread, the rest by the thread that runs the loop.
class loop_place {
 public:
  explicit loop_place(synchronization_context* c) noexcept : context(c) {}
  loop_place(const loop_place&) = delete;
  loop_place& operator=(const loop_place&) = delete;

  /// What the loop waits in, or null: nothing that runs in it has done any I/O yet.
  [[nodiscard]] idle_driver* driver() const noexcept {
    // order: acquire; pairs with release in attach: the driver has been made.
    return driver_.load(std::memory_order_acquire);
  }

  /// From now on the loop waits in `driver`, until it is destroyed; once in its life. Null: there
  /// cannot be one, do not ask again.
  void attach(std::shared_ptr<idle_driver> driver) noexcept {
    kept_ = std::move(driver);
    asked_ = true;
    if (kept_ != nullptr) {
      kept_->attach();
    }
    // order: release; pairs with acquire in driver. A poster that does not see it yet has posted
    // before the loop looks at its queue the next time, which it does before it waits here.
    driver_.store(kept_.get(), std::memory_order_release);
    full_fence();  // store→load pair: the driver, then the loop's queue; against loop::notify
  }
  [[nodiscard]] bool was_asked() const noexcept { return asked_; }

  /// This thread is about to block in weft, where nobody waits in the driver.
  virtual void about_to_block() noexcept = 0;

  synchronization_context* const context;

 protected:
  ~loop_place() = default;

 private:
  atomic<idle_driver*> driver_{nullptr};
  std::shared_ptr<idle_driver> kept_;
  bool asked_ = false;
};

/// The innermost loop that this thread runs, or null.
[[gnu::tls_model("initial-exec")]] extern thread_local constinit loop_place* loop_of_this_thread;

}  // namespace weft::detail
