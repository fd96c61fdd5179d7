#include "cancellation.hpp"

#include <weft/task/completion_source.hpp>
#include <weft/task/run.hpp>

#include <stdexcept>
#include <utility>

namespace weft {

cancellation_registration::cancellation_registration(
    std::shared_ptr<detail::cancellation_state> state, std::uint64_t id) noexcept
    : state_(std::move(state)), id_(id) {}
cancellation_registration::cancellation_registration(cancellation_registration&& other) noexcept
    : state_(std::move(other.state_)), id_(std::exchange(other.id_, 0)) {}
cancellation_registration& cancellation_registration::operator=(
    cancellation_registration&& other) noexcept {
  if (this != &other) {
    reset();
    state_ = std::move(other.state_);
    id_ = std::exchange(other.id_, 0);
  }
  return *this;
}
cancellation_registration::~cancellation_registration() {
  reset();
}
void cancellation_registration::reset() noexcept {
  if (state_ != nullptr && id_ != 0) {
    state_->remove(id_);
  }
  state_.reset();
  id_ = 0;
}

cancellation_source::cancellation_source()
    : state_(std::make_shared<detail::cancellation_state>()) {}
cancellation_source::cancellation_source(time_span after) : cancellation_source() {
  if (after.count() == 0) {
    cancel();
  } else {
    cancel_after(after);
  }
}
cancellation_source::cancellation_source(cancellation_source&&) noexcept = default;
cancellation_source& cancellation_source::operator=(cancellation_source&&) noexcept = default;
cancellation_source::~cancellation_source() {
  if (state_ != nullptr) {
    state_->set_timer(nullptr);
  }
}

std::stop_token cancellation_source::token() const {
  return state_->token();
}
bool cancellation_source::is_cancellation_requested() const noexcept {
  return state_->requested();
}
void cancellation_source::cancel() {
  state_->cancel();
}
task<> cancellation_source::cancel_async() {
  detail::cancel_gathering gathered;
  gathered.defers = true;
  if (!state_->request(gathered)) {
    return completed_task();
  }
  gathered.defers = false;
  auto call_back = [state = state_, gathered = std::move(gathered)]() mutable {
    state->call_back(gathered);
  };
  return run(std::move(call_back));
}
void cancellation_source::link(std::stop_token token) {
  state_->link(std::move(token));
}
cancellation_registration cancellation_source::on_cancel(work f) {
  const std::uint64_t id = state_->add(std::move(f));
  return id == 0 ? cancellation_registration() : cancellation_registration(state_, id);
}
bool cancellation_source::try_reset() {
  if (state_->requested()) {
    return false;
  }
  state_->set_timer(nullptr);
  state_ = std::make_shared<detail::cancellation_state>();
  return true;
}

}  // namespace weft
