#include "client_pool.hpp"

#include <weft/base/error.hpp>
#include <weft/task/when_any.hpp>
#include <weft/time/delay.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::http::detail {

using weft::detail::lock_guard;

lazy<client_pool::turn> client_pool::take_turn(const std::string& host, time_point deadline,
                                               std::stop_token stop) {
  if (max_per_host_ == 0) {
    co_return turn();
  }
  throw_if_stopped(stop);
  const auto granted = std::make_shared<waiter>(
      task_completion_source_options{.run_continuations_asynchronously = true});
  auto mine = granted->task();
  {
    const lock_guard held(mutex_);
    host_state& state = hosts_[host];
    if (state.turns < max_per_host_) {
      ++state.turns;
      co_return turn(this, host);
    }
    state.waiting.push_back(granted);
  }
  std::stop_source enough;
  {
    const std::stop_callback on_stop(stop, [&enough] { enough.request_stop(); });
    auto timer = deadline == time_point::max()
                     ? delay(infinite, enough.get_token())
                     : delay(std::max(deadline - std::chrono::steady_clock::now(),
                                      std::chrono::nanoseconds(0)),
                             enough.get_token());
    auto first = when_any(mine, timer);
    co_await std::move(first).configure_await(false);
  }
  enough.request_stop();
  if (withdraw(host, granted)) {
    throw_if_stopped(stop);
    throw timeout_error("http: all " + std::to_string(max_per_host_) + " connections to " + host +
                        " were busy until the time-out");
  }
  turn got(this, host);  // granted, perhaps at the last moment
  throw_if_stopped(stop);
  co_return got;
}

/// Takes a waiter out of the queue. False: it has been granted its turn.
bool client_pool::withdraw(const std::string& host, const std::shared_ptr<waiter>& who) noexcept {
  const lock_guard held(mutex_);
  auto& waiting = hosts_[host].waiting;
  const auto found = std::find(waiting.begin(), waiting.end(), who);
  if (found == waiting.end()) {
    return false;
  }
  waiting.erase(found);
  return true;
}

void client_pool::give_back_turn(const std::string& host) noexcept {
  std::shared_ptr<waiter> next;
  {
    const lock_guard held(mutex_);
    host_state& state = hosts_[host];
    if (state.waiting.empty()) {
      --state.turns;
      return;
    }
    next = std::move(state.waiting.front());
    state.waiting.pop_front();
  }
  next->set_result();
}

std::unique_ptr<client_connection> client_pool::take(const std::string& host) {
  connections expired;  // closed outside the lock
  const lock_guard held(mutex_);
  const auto found = hosts_.find(host);
  if (found == hosts_.end()) {
    return nullptr;
  }
  host_state& state = found->second;
  take_expired(state, expired);
  if (state.idle.empty()) {
    return nullptr;
  }
  auto connection = std::move(state.idle.back());
  state.idle.pop_back();
  return connection;
}

void client_pool::keep(const std::string& host, std::unique_ptr<client_connection> connection) {
  connections expired;
  connection->last_used = std::chrono::steady_clock::now();
  const lock_guard held(mutex_);
  host_state& state = hosts_[host];
  take_expired(state, expired);
  state.idle.push_back(std::move(connection));
}

/// The oldest stand in front.
void client_pool::take_expired(host_state& host, connections& into) {
  if (idle_timeout_ == infinite) {
    return;
  }
  const auto limit = std::chrono::steady_clock::now() - idle_timeout_;
  auto fresh = std::find_if(host.idle.begin(), host.idle.end(),
                            [&](const auto& connection) { return connection->last_used > limit; });
  into.assign(std::make_move_iterator(host.idle.begin()), std::make_move_iterator(fresh));
  host.idle.erase(host.idle.begin(), fresh);
}

std::size_t client_pool::idle() const noexcept {
  const lock_guard held(mutex_);
  std::size_t n = 0;
  for (const auto& [host, state] : hosts_) {
    n += state.idle.size();
  }
  return n;
}

}  // namespace weft::http::detail
