#include <weft/sync/async_condition.hpp>

#include <weft/base/assert.hpp>

namespace weft {

async_condition::~async_condition() {
  WEFT_ASSERT(queue_.empty(), "an async_condition was destroyed while coroutines wait for it",
              queue_.users().c_str());
}

void async_condition::check(const async_mutex::guard& held) {
  if (!held.owns_lock()) {
    throw invalid_operation("weft: async_condition: wait needs a guard that holds its mutex");
  }
}

value_task<void> async_condition::next_notification(std::stop_token stop,
                                                    std::source_location place) {
  if (stop.stop_requested()) {
    return from_canceled<void>(std::move(stop));
  }
  detail::brief_guard held(queue_.guard);
  return detail::wait_in<void, "async_condition">(queue_, held, std::move(stop), place);
}

void async_condition::notify_one() {
  detail::intrusive_list<detail::waiter_base> taken;
  {
    detail::brief_guard held(queue_.guard);
    if (queue_.waiters.empty()) {
      return;
    }
    queue_.take_front(taken);
  }
  detail::complete_all(taken);
}

void async_condition::notify_all() {
  detail::intrusive_list<detail::waiter_base> taken;
  {
    detail::brief_guard held(queue_.guard);
    queue_.take_all(taken);
  }
  detail::complete_all(taken);
}

}  // namespace weft
