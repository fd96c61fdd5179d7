#pragma once
/// `std::stop_callback` for models, whose threads are fibers of one thread. The library's own takes
/// a callback that another fiber runs for one that destroys itself, and does not wait for it; this
/// one waits, and orders what the library's does. Include it before anything of weft's.

#include <cstdint>
#include <stop_token>
#include <utility>

#include <model/checker.hpp>

namespace std {  // NOLINT: `std::stop_callback` below is meant to be found

template <class Callback>
class stub_stop_callback {
 public:
  stub_stop_callback(stop_token token, Callback callback)
      : callback_(std::move(callback)), inner_((stub_registered(), std::move(token)), run_{this}) {}
  stub_stop_callback(const stub_stop_callback&) = delete;
  stub_stop_callback& operator=(const stub_stop_callback&) = delete;
  ~stub_stop_callback() {
    // No switch between this look and the end of `inner_`, unless somebody else runs it.
    if (running_by_ < 0 || running_by_ == model::thread_number()) {
      return;
    }
    while ((state_.load(memory_order_acquire) & ended) == 0) {
      model::futex_wait(state_.location(), begun);
    }
  }

 private:
  static constexpr uint32_t begun = 1;
  static constexpr uint32_t ended = 2;
  struct run_ {
    stub_stop_callback* self;
    void operator()() const noexcept { self->stub_run(); }
  };
  void stub_registered() { state_.store(begun, memory_order_release); }
  void stub_run() noexcept {
    bool gone = false;
    gone_ = &gone;
    running_by_ = model::thread_number();
    static_cast<void>(state_.fetch_or(begun, memory_order_acq_rel));  // reads the newest
    Callback copy(callback_);                                         // it may destroy this
    copy();
    if (gone) {
      return;
    }
    gone_ = nullptr;
    state_.fetch_or(ended, memory_order_acq_rel);
    model::futex_wake(state_.location(), true);
  }
  struct tells {
    stub_stop_callback* self;
    ~tells() {
      if (self->gone_ != nullptr) {
        *self->gone_ = true;
      }
    }
  };

  int running_by_ = -1;
  bool* gone_ = nullptr;
  tells tells_{this};
  // The library's state is there before the callback; so is what an atomic_ref is of.
  uint32_t word_ = 0;
  model::atomic_ref<uint32_t> state_{word_};
  Callback callback_;
  stop_callback<run_> inner_;
};
template <class Callback>
stub_stop_callback(stop_token, Callback) -> stub_stop_callback<Callback>;

}  // namespace std

#define stop_callback stub_stop_callback
