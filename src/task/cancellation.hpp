#pragma once
/// The state that a `cancellation_source` shares with its registrations and its timer.

#include <weft/base/lock.hpp>
#include <weft/task/cancellation.hpp>
#include <weft/task/detail/flow.hpp>

#include <list>
#include <vector>

namespace weft::detail {

/// What `cancel_after` keeps; defined in time.
class cancellation_timer {
 public:
  virtual ~cancellation_timer() = default;
};

class cancellation_state;

/// What a request gathers from the sources that are linked to the token and are canceled by it.
struct cancel_gathering {
  std::vector<std::exception_ptr> errors;
  /// Their callbacks are for the pool: they wait here, requested.
  std::vector<std::shared_ptr<cancellation_state>> deferred;
  bool defers = false;
};

class cancellation_state : public std::enable_shared_from_this<cancellation_state> {
 public:
  [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }
  [[nodiscard]] bool requested() const noexcept { return source_.stop_requested(); }
  void cancel();
  /// The first half of `cancel`; false when it had been begun before.
  [[nodiscard]] bool request(cancel_gathering& gathered);
  /// The second half: calls the callbacks. **Throws** what they threw and what was gathered.
  void call_back(cancel_gathering& gathered);
  void link(std::stop_token token);
  /// 0: it has been called here.
  [[nodiscard]] std::uint64_t add(work f);
  void remove(std::uint64_t id) noexcept;
  void set_timer(std::unique_ptr<cancellation_timer> timer);

 private:
  struct callback {
    std::uint64_t id;
    work f;
    kept_flow flow;
  };
  struct link_action {
    std::weak_ptr<cancellation_state> state;
    void operator()() const noexcept;
  };
  using link_callback = std::stop_callback<link_action>;

  std::stop_source source_;
  lock lock_;
  // Guarded by lock_:
  std::vector<callback> callbacks_;
  std::uint64_t next_id_ = 1;
  std::list<std::unique_ptr<link_callback>> links_;
  std::unique_ptr<cancellation_timer> timer_;
  std::uint64_t running_ = 0;  // id of the callback that runs now
  std::uint32_t running_thread_ = 0;
  bool begun_ = false;
  atomic<std::uint32_t> generation_{0};  // changes when a callback has ended
};

}  // namespace weft::detail
