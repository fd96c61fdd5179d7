#pragma once
/// `make_job`: a closure as a job.

#include <weft/base/frame_allocator.hpp>
#include <weft/base/job.hpp>
#include <weft/task/async_void.hpp>
#include <weft/task/detail/flow.hpp>

#include <type_traits>
#include <utility>

namespace weft::detail {

template <class F>
struct closure_job : job {
  explicit closure_job(F f) : job{&run_it, &drop_it, nullptr}, body(std::move(f)) {}
  static void run_it(job* self) noexcept {
    auto* mine = static_cast<closure_job*>(self);
    F running(std::move(mine->body));
    const kept_flow flow(std::move(mine->flow));
    frame_delete(mine);
    try {
      flow.run(running);
    } catch (...) {  // nobody waits for it: as an exception out of a thread
      report_unhandled(nullptr, std::current_exception());
    }
  }
  static void drop_it(job* self) noexcept { frame_delete(static_cast<closure_job*>(self)); }
  F body;
  kept_flow flow;
};

/// A job that calls `f` once, with the values of `async_local`s that are current now. An exception
/// out of it goes to `on_unhandled_exception`.
/// **Cost**: one pooled object.
template <class F>
[[nodiscard]] job* make_job(F f) {
  return frame_new<closure_job<F>>(std::move(f));
}

}  // namespace weft::detail
