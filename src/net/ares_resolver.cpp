// The cache of names, and questions on their way: each asked once for all who wait for it. A
// question belongs to the resolver, not to who asked first, so that one who is cancelled takes
// nothing from the others.

#include <weft/base/error.hpp>
#include <weft/base/lock.hpp>
#include <weft/net/dns.hpp>
#include <weft/net/resolve.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/run.hpp>
#include <weft/task/wait_async.hpp>

#include "ares_lookup.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <netdb.h>

namespace weft::net {

namespace detail {

using weft::detail::lock_guard;
using answer_ptr = std::shared_ptr<const dns_answer>;

class dns_core : public std::enable_shared_from_this<dns_core> {
 public:
  explicit dns_core(const dns_settings& s)
      : settings_(std::make_shared<const dns_settings>(s)),
        clock_(s.clock != nullptr ? *s.clock : system_time()) {
    check_servers(s);
  }

  /// The answer if it is kept, else null.
  [[nodiscard]] answer_ptr kept(const std::string& name);
  /// The answer to come.
  [[nodiscard]] task<answer_ptr> ask(const std::string& name);

  void clear() {
    names dropped;
    const lock_guard held(mutex_);
    kept_.swap(dropped);
  }
  [[nodiscard]] std::size_t cached() const {
    const lock_guard held(mutex_);
    return kept_.size();
  }
  void stop() { stop_.request_stop(); }

 private:
  struct entry {
    answer_ptr answer;
    time_point until;
  };
  using names = std::unordered_map<std::string, entry>;
  using source = task_completion_source<answer_ptr>;

  static task<> look_up_and_keep(std::shared_ptr<dns_core> self, std::string name,
                                 std::shared_ptr<source> asked);
  [[nodiscard]] answer_ptr kept_at(const std::string& name, time_point now);
  void keep(const std::string& name, const answer_ptr& answer);
  void make_room(time_point now);

  const std::shared_ptr<const dns_settings> settings_;
  time_provider& clock_;
  std::stop_source stop_;

  mutable weft::detail::lock mutex_;
  names kept_;                                                        // guarded by mutex_
  std::unordered_map<std::string, std::shared_ptr<source>> pending_;  // guarded by mutex_
};

answer_ptr dns_core::kept(const std::string& name) {
  const time_point now = clock_.now();
  const lock_guard held(mutex_);
  return kept_at(name, now);
}

// Pre: mutex_ is held.
answer_ptr dns_core::kept_at(const std::string& name, time_point now) {
  const auto at = kept_.find(name);
  if (at == kept_.end()) {
    return nullptr;
  }
  if (at->second.until <= now) {
    kept_.erase(at);
    return nullptr;
  }
  return at->second.answer;
}

task<answer_ptr> dns_core::ask(const std::string& name) {
  auto made = std::make_shared<source>(
      task_completion_source_options{.run_continuations_asynchronously = true});
  const time_point now = clock_.now();
  {
    const lock_guard held(mutex_);
    // The answer may have come since `kept` was asked; a question leaves `pending_` after that.
    if (answer_ptr here = kept_at(name, now)) {
      return from_result(std::move(here));
    }
    const auto [at, added] = pending_.try_emplace(name, made);
    if (!added) {
      return at->second->task();
    }
  }
  auto answer = made->task();
  // Through `run`: whatever context or scheduler this thread has is not the question's.
  auto work =
      run([self = shared_from_this(), name, made] { return look_up_and_keep(self, name, made); });
  std::move(work).detach();
  return answer;
}

task<> dns_core::look_up_and_keep(std::shared_ptr<dns_core> self, std::string name,
                                  std::shared_ptr<source> asked) {
  answer_ptr answer;
  std::exception_ptr failure;
  try {
    auto looking = look_up(self->settings_, name, self->stop_.get_token());
    answer = co_await std::move(looking);
    self->keep(name, answer);
  } catch (...) {
    failure = std::current_exception();
  }
  {
    const lock_guard held(self->mutex_);
    self->pending_.erase(name);
  }
  if (failure != nullptr) {
    asked->set_exception(failure);
  } else {
    asked->set_result(answer);
  }
}

void dns_core::keep(const std::string& name, const answer_ptr& answer) {
  const bool none = answer->error == EAI_NONAME;
  if (settings_->cache_size == 0 || (answer->error != 0 && !none)) {
    return;
  }
  const auto lives = none ? settings_->negative : std::min(answer->lives, settings_->longest);
  if (lives <= std::chrono::seconds(0)) {
    return;
  }
  const time_point now = clock_.now();
  const lock_guard held(mutex_);
  if (kept_.size() >= settings_->cache_size && !kept_.contains(name)) {
    make_room(now);
  }
  kept_[name] = {answer, now + lives};
}

// Pre: mutex_ is held. O(names), when the cache is full.
void dns_core::make_room(time_point now) {
  std::erase_if(kept_, [now](const auto& one) { return one.second.until <= now; });
  if (kept_.size() >= settings_->cache_size) {
    kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
      return a.second.until < b.second.until;
    }));
  }
}

namespace {

std::vector<address> addresses_of(const dns_answer& answer, const std::string& host) {
  if (answer.error != 0) {
    throw std::system_error(
        answer.error, resolve_category(),
        "weft::net::resolve: cannot resolve '" + host + "' (" + answer.reason + ")");
  }
  return answer.found;
}

task<std::vector<address>> await_answer(task<answer_ptr> pending, std::string host,
                                        std::stop_token stop) {
  auto waiting = std::move(pending).wait_async(std::move(stop));
  const answer_ptr answer = co_await std::move(waiting).configure_await(false);
  co_return addresses_of(*answer, host);
}

std::string key_of(std::string host) {
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return host;
}

}  // namespace
}  // namespace detail

dns_resolver::dns_resolver(const dns_options& options)
    : core_(std::make_shared<detail::dns_core>(options.settings())) {}
dns_resolver::dns_resolver(dns_resolver&&) noexcept = default;
dns_resolver& dns_resolver::operator=(dns_resolver&& other) noexcept {
  std::swap(core_, other.core_);
  return *this;
}
dns_resolver::~dns_resolver() {
  if (core_ != nullptr) {
    core_->stop();
  }
}

task<std::vector<address>> dns_resolver::resolve(std::string host, std::stop_token stop) {
  if (const auto numeric = address::parse(host)) {
    return from_result(std::vector<address>{*numeric});
  }
  if (host.empty() || host.find('\0') != std::string::npos) {
    throw std::invalid_argument("weft::net::resolve: the host is empty or holds a zero byte");
  }
  throw_if_stopped(stop);
  const std::string key = detail::key_of(host);
  if (const auto answer = core_->kept(key)) {
    if (answer->error == 0) {
      return from_result(answer->found);
    }
    return detail::await_answer(from_result(answer), std::move(host), {});
  }
  return detail::await_answer(core_->ask(key), std::move(host), std::move(stop));
}

void dns_resolver::clear() {
  core_->clear();
}

std::size_t dns_resolver::cached() const {
  return core_->cached();
}

namespace detail {

task<std::vector<address>> resolve_by_dns(std::string host, std::stop_token stop) {
  static dns_resolver& shared = *new dns_resolver();  // as the default pool, which outlives main
  return shared.resolve(std::move(host), std::move(stop));
}

}  // namespace detail
}  // namespace weft::net
