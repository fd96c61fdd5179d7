// Names are resolved by getaddrinfo on a blocking thread. That call cannot be stopped, so the state
// that it works on and the operation that somebody awaits are two objects: a token or a dropped
// task lets the awaiter go at once, and the call ends unseen. A program that links weft::dns asks
// name servers itself instead.

#include <weft/net/resolve.hpp>

#include <weft/base/error.hpp>
#include <weft/base/lock.hpp>
#include <weft/io/operation.hpp>
#include <weft/io/reactor.hpp>
#include <weft/net/dns.hpp>
#include <weft/task/runtime_slot.hpp>

#include "socket.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <netdb.h>

namespace weft::net {

namespace {

class gai_category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "getaddrinfo"; }
  [[nodiscard]] std::string message(int code) const override { return ::gai_strerror(code); }
};

using weft::detail::frame_delete;
using weft::detail::frame_new;
using weft::detail::io_cancel;
using weft::detail::io_op;
using weft::detail::io_request;
using weft::detail::job_list;
using weft::detail::lock;
using weft::detail::lock_guard;
using weft::detail::operation;

class resolve_operation;

// The call. Owned by the reactor until done and by the operation until that lets go.
struct resolve_call : io_request {
  resolve_call(std::string name, resolve_operation* awaited)
      : io_request(io_op::call, &resolve_call::on_done), host(std::move(name)), waiting(awaited) {
    invoke = &resolve_call::work;
  }

  static int work(io_request& r) noexcept;
  static void on_done(io_request& r, job_list& ready) noexcept;
  void release() noexcept {
    // order: acq_rel; pairs with itself: the last of the two sees what the other did.
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete this;
    }
  }
  /// The operation, for the one who is to complete it; null for all others.
  [[nodiscard]] resolve_operation* take_waiting() noexcept {
    const lock_guard locked(guard);
    return std::exchange(waiting, nullptr);
  }

  const std::string host;
  std::vector<address> found;
  int gai_error = 0;
  int system_error = 0;
  weft::detail::atomic<int> references{2};
  lock guard;
  resolve_operation* waiting;  // guarded by guard
};

class resolve_operation final : public operation<std::vector<address>, resolve_operation> {
 public:
  resolve_operation(weft::detail::reactor& r, std::string host, std::stop_token stop)
      : operation("resolve"),
        call_(new resolve_call(std::move(host), this)),
        reactor_(&r),
        stop_(std::move(stop)) {}
  ~resolve_operation() {
    callback_.reset();
    call_->release();
  }

  /// **Pre**: the caller holds a handle.
  void begin() noexcept {
    if (stop_.stop_possible()) {
      callback_.emplace(stop_, on_stop{this});
    }
    reactor_->submit(*call_);
  }

  void abandon() noexcept { give_up(std::stop_token()); }

  void finish_with(resolve_call& call, job_list& ready) noexcept {
    callback_.reset();
    if (call.gai_error == 0 && !call.found.empty()) {
      complete_into(ready, std::move(call.found));
      return;
    }
    const std::string what = "weft::net::resolve: cannot resolve '" + call.host + "'";
    if (call.gai_error == EAI_SYSTEM) {
      fail_into(ready, std::make_exception_ptr(
                           std::system_error(call.system_error, std::generic_category(), what)));
    } else {
      const int code = call.gai_error == 0 ? EAI_NONAME : call.gai_error;
      fail_into(ready, std::make_exception_ptr(std::system_error(code, resolve_category(), what)));
    }
  }

 private:
  struct on_stop {
    resolve_operation* self;
    void operator()() const noexcept { self->give_up(self->stop_); }
  };

  void give_up(std::stop_token why) noexcept {
    if (call_->take_waiting() == nullptr) {
      return;
    }
    reactor_->cancel(*call_,
                     io_cancel::abandoned);  // takes it out of the queue if it has not begun
    job_list ready;
    fail_into(ready, std::make_exception_ptr(operation_canceled(std::move(why))));
    weft::detail::runtime().post_all(ready);  // never inside the request
  }

  resolve_call* const call_;
  weft::detail::reactor* const reactor_;
  std::stop_token stop_;
  std::optional<std::stop_callback<on_stop>> callback_;
};

int resolve_call::work(io_request& r) noexcept {
  auto& self = static_cast<resolve_call&>(r);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  self.gai_error = ::getaddrinfo(self.host.c_str(), nullptr, &hints, &list);
  self.system_error = errno;
  if (self.gai_error != 0) {
    return 0;
  }
  try {
    for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
      if (at->ai_family == AF_INET || at->ai_family == AF_INET6) {
        const address one = detail::from_system(*at->ai_addr).first;
        if (std::find(self.found.begin(), self.found.end(), one) == self.found.end()) {
          self.found.push_back(one);
        }
      }
    }
  } catch (const std::bad_alloc&) {
    self.gai_error = EAI_MEMORY;
  }
  ::freeaddrinfo(list);
  return 0;
}

void resolve_call::on_done(io_request& r, job_list& ready) noexcept {
  auto& self = static_cast<resolve_call&>(r);
  if (resolve_operation* const waiting = self.take_waiting()) {
    if (self.result < 0 && self.gai_error == 0) {  // no thread could be had for it
      self.gai_error = EAI_SYSTEM;
      self.system_error = -self.result;
    }
    waiting->finish_with(self, ready);
  }
  self.release();
}

}  // namespace

const std::error_category& resolve_category() noexcept {
  static const gai_category category;
  return category;
}

task<std::vector<address>> detail::resolve_by_system(std::string host, std::stop_token stop) {
  auto* const made = frame_new<resolve_operation>(weft::detail::default_reactor(), std::move(host),
                                                  std::move(stop));
  task<std::vector<address>> handle(made->core());
  made->begin();
  return handle;
}

task<std::vector<address>> resolve(std::string host, std::stop_token stop) {
  if (const auto numeric = address::parse(host)) {
    return weft::detail::completed_with<std::vector<address>>(std::vector<address>{*numeric});
  }
  if (host.empty() || host.find('\0') != std::string::npos) {
    throw std::invalid_argument("weft::net::resolve: the host is empty or holds a zero byte");
  }
  throw_if_stopped(stop);
  return &detail::resolve_by_dns != nullptr
             ? detail::resolve_by_dns(std::move(host), std::move(stop))
             : detail::resolve_by_system(std::move(host), std::move(stop));
}

}  // namespace weft::net
