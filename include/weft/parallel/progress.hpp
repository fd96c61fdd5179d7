#pragma once
/// `progress<T>`: reports of long work, brought to where it was started.

#include <weft/base/work.hpp>
#include <weft/task/synchronization_context.hpp>

#include <concepts>
#include <memory>
#include <utility>

namespace weft {

namespace detail {
/// Through the context; to the default pool if there is none.
void post_report(synchronization_context* context, work w);
}  // namespace detail

/// Where work tells how far it is. **Source**: System.IProgress.
template <class T>
class progress_target {
 public:
  progress_target() = default;
  progress_target(const progress_target&) = delete;
  progress_target& operator=(const progress_target&) = delete;
  virtual ~progress_target() = default;
  /// **Thread-safety**: from any thread, also several at the same time.
  virtual void report(T value) = 0;
};

/// Calls a function for each report in the synchronization context that was current when this was
/// made; without one, on the default pool, where reports may overtake each other. `report` does not
/// wait for it.
/// **Lifetime**: reports that are on their way when this is destroyed still arrive; the context
/// must live until they have. **Source**: System.Progress.
template <class T>
class progress final : public progress_target<T> {
 public:
  /// **Throws**: what `callback` throws goes where exceptions of work posted there go.
  template <class F>
    requires std::invocable<F&, const T&>
  explicit progress(F callback)
      : context_(synchronization_context::current()),
        handler_(std::make_shared<handler_of<F>>(std::move(callback))) {}

  void report(T value) override {
    detail::post_report(
        context_, work([handler = handler_, value = std::move(value)] { handler->call(value); }));
  }

 private:
  struct handler {
    handler() = default;
    handler(const handler&) = delete;
    handler& operator=(const handler&) = delete;
    virtual ~handler() = default;
    virtual void call(const T& value) = 0;
  };
  template <class F>
  struct handler_of final : handler {
    explicit handler_of(F with) : f(std::move(with)) {}
    void call(const T& value) override { static_cast<void>(f(value)); }
    F f;
  };

  synchronization_context* const context_;
  const std::shared_ptr<handler> handler_;
};

}  // namespace weft
