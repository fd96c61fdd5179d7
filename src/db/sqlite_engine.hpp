#pragma once
/// The threads and queues of a SQLite database; src/db/README.md has the design.

#include "sqlite_connection.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weft::db::detail {

class sqlite_engine final : public engine {
 public:
  explicit sqlite_engine(sqlite_settings settings);
  ~sqlite_engine() override;

  [[nodiscard]] const char* name() const noexcept override { return "sqlite"; }
  void submit(request& r) noexcept override;
  void cancel(request& r) noexcept override;
  void release() noexcept override;

 private:
  using queue = weft::detail::intrusive_list<request>;
  using guard = std::unique_lock<std::mutex>;
  using role = sqlite_connection::role;
  enum class refusal : std::uint8_t { none, canceled, disposed, ended, no_thread };

  /// A queue and the threads that serve it.
  struct lane {
    role what;
    unsigned most;
    queue waiting{};
    std::condition_variable ready{};
    std::size_t length = 0;
    unsigned threads = 0;
    unsigned idle = 0;
  };

  [[nodiscard]] lane& lane_for(const request& r) noexcept;
  [[nodiscard]] refusal enqueue(request& r, lane& l);        // pre: locked
  void push(request& r, queue& to, lane* counted) noexcept;  // pre: locked
  [[nodiscard]] bool start_thread(lane& l) noexcept;         // pre: locked

  void serve(lane& l) noexcept;
  [[nodiscard]] request* next(lane& l, guard& lock);
  [[nodiscard]] bool may_leave(const lane& l) const noexcept;
  void wait_behind_transaction(lane& l, guard& lock);
  void leave(lane& l) noexcept;

  void carry_out(request& r, lane& l, std::unique_ptr<sqlite_connection>& connection) noexcept;
  [[nodiscard]] std::int64_t perform(request& r, sqlite_connection& connection);
  [[nodiscard]] std::int64_t begin(request& r, sqlite_connection& connection);
  void end(request& r, sqlite_connection& connection);
  [[nodiscard]] std::int64_t write(request& r, sqlite_connection& connection);
  void end_transaction() noexcept;
  void hand_to_writer(request& r) noexcept;

  static void refuse(request& r, refusal why) noexcept;

  // Constant after construction.
  const std::shared_ptr<const sqlite_settings> settings_;

  // Owned by the writer's thread.
  std::string broken_;  ///< Why the open transaction is over although nobody has ended it; empty:
                        ///< it is not.

  // Guarded by mutex_.
  std::mutex mutex_;
  lane writer_;
  lane readers_;
  queue in_transaction_;           ///< For the open transaction.
  std::uint64_t transaction_ = 0;  ///< The open one; 0: none.
  std::uint64_t last_transaction_ = 0;
  std::chrono::steady_clock::time_point began_;
  queue closing_requests_;
  bool refusing_ = false;  ///< Closed on purpose: nothing new.
  bool closing_ = false;   ///< Threads end when they find nothing to do.
};

}  // namespace weft::db::detail
