#include <weft/task/async_generator.hpp>

#include <weft/base/assert.hpp>
#include <weft/base/error.hpp>

#include <utility>

namespace weft::detail {

void throw_next_in_progress() {
  throw invalid_operation(
      "weft: the previous next() of this async_generator has not completed; await it first, one at "
      "a time");
}
void throw_generator_started() {
  throw invalid_operation(
      "weft: with_cancellation came too late: this async_generator has started. Call it before the "
      "first next()");
}
std::exception_ptr next_canceled() {
  return std::make_exception_ptr(operation_canceled());
}

/// One token that follows two.
struct generator_token::linked {
  struct forward {
    std::stop_source* to;
    void operator()() const noexcept { to->request_stop(); }
  };
  linked(std::stop_token a, std::stop_token b)
      : first(std::move(a), forward{&source}), second(std::move(b), forward{&source}) {}

  std::stop_source source;
  std::stop_callback<forward> first;
  std::stop_callback<forward> second;
  std::unique_ptr<linked, free_linked> former;  // feeds `first`
};

void generator_token::free_linked::operator()(linked* both) const noexcept {
  delete both;
}

void generator_token::add(std::stop_token stop) {
  if (parameter_ == nullptr || !stop.stop_possible() || stop == *parameter_) {
    return;
  }
  if (!parameter_->stop_possible()) {
    *parameter_ = std::move(stop);
    return;
  }
  std::unique_ptr<linked, free_linked> both(new linked(*parameter_, std::move(stop)));
  *parameter_ = both->source.get_token();
  both->former = std::move(linked_);
  linked_ = std::move(both);
}

std::uintptr_t generator_base::abandon() noexcept {
  if (is_idle()) {
    return idle;
  }
  // order: acq_rel; pairs with end_turn, whoever comes second frees the frame.
  const std::uintptr_t former = turn_.exchange(abandoned, std::memory_order_acq_rel);
  WEFT_CHECK(former != in_call, "an async_generator was destroyed inside its own body");
  return former;
}

}  // namespace weft::detail
