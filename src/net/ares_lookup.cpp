// One question: a channel of c-ares of its own, driven by one coroutine.
//
// c-ares tells which sockets it wants to read or write (watched_sockets); a round waits for any of
// them, or for the library's next time-out, on our reactor, and then lets it go on. A channel is
// used by one thread at a time, so the library needs no lock; and ends with its question, so that
// cancelling is destroying. The sockets are the library's to close: the reactor waits on
// duplicates.
//
// Rejected: one channel for all, under a lock, with its rounds woken by every new question: it
// saves reading /etc/resolv.conf (some 50 µs) for each question that the cache cannot answer.

#include "ares_lookup.hpp"

#include <weft/io/operation.hpp>
#include <weft/io/target.hpp>
#include <weft/task/when_any.hpp>
#include <weft/time/delay.hpp>

#include "socket.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <utility>

#include <ares.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/time.h>
#include <unistd.h>

namespace weft::net::detail {

namespace {

using weft::detail::frame_new;
using weft::detail::io_handle;
using weft::detail::io_op;
using weft::detail::io_operation;
using weft::detail::io_target;
using weft::detail::job_list;
using weft::detail::target_ref;

class readiness_operation final : public io_operation<void, readiness_operation> {
 public:
  readiness_operation(io_target& t, io_op what) noexcept
      : io_operation("resolve", "socket", what, t.owner()), held_(&t) {
    t.add_reference();
    target = &t;
  }
  void on_result(job_list& ready) noexcept {
    end();
    if (result < 0) {
      fail_with(ready, result, "weft::net::dns_resolver");
    } else {
      complete_into(ready);
    }
  }

 private:
  target_ref<io_target> held_;
};

struct watched_socket {
  ares_socket_t socket = ARES_SOCKET_BAD;
  bool read = false;
  bool write = false;
  io_handle target;
};

/// A channel with its one question.
class question {
 public:
  explicit question(const dns_settings& s) : answer_(std::make_shared<dns_answer>()) {
    static const int once = ares_library_init(ARES_LIB_INIT_ALL);
    ares_options o{};
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    o.timeout = static_cast<int>(
        std::min<std::int64_t>(s.timeout.count(), std::numeric_limits<int>::max() / 64));
    o.tries = s.tries;
    o.sock_state_cb = &question::on_socket;
    o.sock_state_cb_data = this;
    char only_servers[] = "b";
    if (!s.servers.empty()) {
      mask |= ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS;
      o.lookups = only_servers;
    }
    int status = once != ARES_SUCCESS ? once : ares_init_options(&channel_, &o, mask);
    if (status == ARES_SUCCESS && !s.servers.empty()) {
      std::string list;
      for (const std::string& one : s.servers) {
        list += (list.empty() ? "" : ",") + one;
      }
      status = ares_set_servers_ports_csv(channel_, list.c_str());
    }
    if (status != ARES_SUCCESS) {
      fail(status);
    }
  }
  question(const question&) = delete;
  question& operator=(const question&) = delete;
  ~question() {
    if (channel_ != nullptr) {
      ares_destroy(channel_);
    }
  }

  void ask(const std::string& host) {
    if (done_) {
      return;
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &question::on_answer, this);
  }

  [[nodiscard]] bool is_done() const noexcept { return done_; }
  [[nodiscard]] std::shared_ptr<const dns_answer> answer() const { return answer_; }
  void fail(int status);

  /// What to wait for: each ends when the library can go on, or when the token asks.
  [[nodiscard]] std::vector<task<>> waits(const std::stop_token& stop);
  /// Lets the library go on.
  void go_on();

 private:
  static void on_socket(void* self, ares_socket_t socket, int read, int write);
  static void on_answer(void* self, int status, int timeouts, ares_addrinfo* result);
  void take(const ares_addrinfo& result);

  ares_channel channel_ = nullptr;
  std::vector<watched_socket> sockets_;
  bool done_ = false;
  std::shared_ptr<dns_answer> answer_;
};

void question::on_socket(void* self, ares_socket_t socket, int read, int write) {
  auto& all = static_cast<question*>(self)->sockets_;
  auto at = std::find_if(all.begin(), all.end(),
                         [socket](const watched_socket& w) { return w.socket == socket; });
  if (read == 0 && write == 0) {
    if (at != all.end()) {
      all.erase(at);
    }
    return;
  }
  if (at == all.end()) {
    at = all.insert(all.end(), watched_socket());
    at->socket = socket;
  }
  at->read = read != 0;
  at->write = write != 0;
}

std::vector<task<>> question::waits(const std::stop_token& stop) {
  std::vector<task<>> all;
  timeval longest{1, 0};
  timeval next{};
  const timeval* const due = ares_timeout(channel_, &longest, &next);
  all.push_back(
      delay(std::chrono::seconds(due->tv_sec) + std::chrono::microseconds(due->tv_usec), stop));
  for (watched_socket& w : sockets_) {
    if (!w.target) {
      descriptor twin(::fcntl(w.socket, F_DUPFD_CLOEXEC, 0));
      if (twin.get() < 0) {
        throw_system(errno, "weft::net::resolve");
      }
      w.target = io_handle(new io_target(weft::detail::default_reactor(), twin.get()));
      (void)twin.take();
    }
    for (const io_op what : {io_op::wait_readable, io_op::wait_writable}) {
      if (what == io_op::wait_readable ? w.read : w.write) {
        all.push_back(
            readiness_operation::start(frame_new<readiness_operation>(*w.target, what), stop)
                .as_task());
      }
    }
  }
  return all;
}

void question::go_on() {
  struct ready {
    ares_socket_t read;
    ares_socket_t write;
  };
  std::vector<ready> found;
  for (const watched_socket& w : sockets_) {
    const auto can = [&w](bool wanted, io_op what) {
      return wanted && w.target && weft::detail::perform_now(*w.target, what, nullptr, 0) == 0
                 ? w.socket
                 : ARES_SOCKET_BAD;
    };
    found.push_back({can(w.read, io_op::wait_readable), can(w.write, io_op::wait_writable)});
  }
  for (const ready& one : found) {
    if (!done_ && (one.read != ARES_SOCKET_BAD || one.write != ARES_SOCKET_BAD)) {
      ares_process_fd(channel_, one.read, one.write);
    }
  }
  if (!done_) {
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // time-outs
  }
}

void question::on_answer(void* self, int status, int, ares_addrinfo* result) {
  auto& q = *static_cast<question*>(self);
  if (q.done_) {
    ares_freeaddrinfo(result);
    return;
  }
  if (status == ARES_SUCCESS && result != nullptr) {
    q.take(*result);
  } else {
    q.fail(status);
  }
  if (result != nullptr) {
    ares_freeaddrinfo(result);
  }
  q.done_ = true;
}

void question::take(const ares_addrinfo& result) {
  int lives = std::numeric_limits<int>::max();
  for (const auto* at = result.nodes; at != nullptr; at = at->ai_next) {
    if (at->ai_family == AF_INET || at->ai_family == AF_INET6) {
      const address one = from_system(*at->ai_addr).first;
      if (std::find(answer_->found.begin(), answer_->found.end(), one) == answer_->found.end()) {
        answer_->found.push_back(one);
      }
      lives = std::min(lives, at->ai_ttl);
    }
  }
  for (const auto* at = result.cnames; at != nullptr; at = at->next) {
    lives = std::min(lives, at->ttl);
  }
  answer_->lives = std::chrono::seconds(std::max(lives, 0));
  if (answer_->found.empty()) {
    fail(ARES_ENODATA);
  }
}

void question::fail(int status) {
  done_ = true;
  answer_->reason = ares_strerror(status);
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
    case ARES_ENONAME:
      answer_->error = EAI_NONAME;
      break;
    case ARES_ENOMEM:
      answer_->error = EAI_MEMORY;
      break;
    default:
      answer_->error = EAI_AGAIN;
  }
}

}  // namespace

void check_servers(const dns_settings& settings) {
  if (settings.timeout <= std::chrono::milliseconds(0) || settings.tries < 1) {
    throw std::invalid_argument("dns_options: the time-out and the number of tries are positive");
  }
  if (settings.servers.empty()) {
    return;
  }
  const question one(settings);
  if (one.is_done()) {
    throw std::invalid_argument(
        "dns_options: a server is given as \"192.0.2.1\" or with a port, "
        "\"192.0.2.1:53\": '" +
        settings.servers.front() + "' (" + one.answer()->reason + ")");
  }
}

task<std::shared_ptr<const dns_answer>> look_up(std::shared_ptr<const dns_settings> settings,
                                                std::string host, std::stop_token stop) {
  question asked(*settings);
  asked.ask(host);
  while (!asked.is_done()) {
    if (stop.stop_requested()) {
      asked.fail(ARES_ECANCELLED);
      break;
    }
    std::stop_source round;
    auto waits = asked.waits(round.get_token());
    {
      const std::stop_callback on_stop(stop, [&round] { round.request_stop(); });
      auto first = when_any(waits);
      co_await std::move(first).configure_await(false);
    }
    round.request_stop();
    for (task<>& one : waits) {
      co_await one.configure_await(configure_await_options::suppress_throwing);
    }
    asked.go_on();
  }
  co_return asked.answer();
}

}  // namespace weft::net::detail
