#pragma once
/// `parallel_loop_state`: how a body ends its loop early.

#include <cstdint>
#include <optional>

namespace weft {

namespace detail {
class loop_core;
}

/// Given to the bodies that take one. **Lifetime**: the call of the body.
/// **Source**: System.Threading.Tasks.ParallelLoopState.
class parallel_loop_state {
 public:
  explicit parallel_loop_state(detail::loop_core& loop) noexcept : loop_(&loop) {}
  parallel_loop_state(const parallel_loop_state&) = delete;
  parallel_loop_state& operator=(const parallel_loop_state&) = delete;

  /// No further iteration is started. **Throws** `invalid_operation` after `break_loop`.
  void stop();
  /// No iteration above this one is started; those below still run. **Throws** `invalid_operation`
  /// after `stop`.
  void break_loop();
  [[nodiscard]] bool is_stopped() const noexcept;
  /// Another iteration has thrown.
  [[nodiscard]] bool is_exceptional() const noexcept;
  [[nodiscard]] std::optional<std::int64_t> lowest_break_iteration() const noexcept;
  /// The loop has been stopped, canceled, broken below this iteration, or another one has thrown.
  [[nodiscard]] bool should_exit_current_iteration() const noexcept;

  /// Internal: the offset of the iteration that runs now.
  void enter(std::uint64_t offset) noexcept { offset_ = offset; }

 private:
  detail::loop_core* loop_;
  std::uint64_t offset_ = 0;
};

}  // namespace weft
