#pragma once
/// What every kind of database implements (`engine`), and what it is given to do (`request`).

#include <weft/base/atomic.hpp>
#include <weft/base/intrusive_list.hpp>
#include <weft/db/detail/row.hpp>
#include <weft/db/error.hpp>
#include <weft/task/operation.hpp>
#include <weft/task/task.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace weft::db::detail {

class engine;

enum class request_kind : std::uint8_t { open, statement, begin, commit, rollback, close };

/// Something that a database shall do, made by `database` and completed once by its engine.
///
/// The engine moves it from phase to phase under its own lock; a requested stop comes to
/// `engine::cancel`.
class request : public weft::detail::list_hook<> {
 public:
  enum class phase : std::uint8_t {
    fresh,      ///< Not with the engine yet.
    queued,     ///< In one of the engine's queues.
    running,    ///< A connection works on it.
    delivered,  ///< Being completed: no longer the engine's.
  };

  request(std::shared_ptr<engine> to, request_kind what, std::uint64_t transaction,
          std::stop_token stop) noexcept;
  request(const request&) = delete;
  request& operator=(const request&) = delete;

  // Constant once it has been submitted.
  const std::shared_ptr<engine> to;
  const request_kind what;
  const std::uint64_t transaction;  ///< 0: none.
  const std::stop_token stop;
  std::string sql;
  std::vector<value> arguments;
  bool wants_rows =
      true;  ///< False: a number of changed rows will do, and the text may be several statements.
  std::chrono::steady_clock::time_point since;

  // Guarded by the engine's lock.
  phase where = phase::fresh;
  void* runner =
      nullptr;  ///< The connection that works on it; while queued whatever the engine likes.

  /// Somebody wants it to end. Read by the connection while it works.
  [[nodiscard]] bool is_canceled() const noexcept {
    // order: relaxed; a hint to end early, nothing is read because of it.
    return canceled_.load(std::memory_order_relaxed);
  }
  void note_canceled() noexcept {
    // order: relaxed; as in is_canceled.
    canceled_.store(true, std::memory_order_relaxed);
  }

  // For the engine, on the connection's thread.
  /// Forgets the rows of an attempt that is made again.
  virtual void begin_rows() noexcept {}
  /// Takes a row. False: it needs no more. Throws `error` when the row does not fit.
  virtual bool take_row(const row&) { return false; }

  /// Completes it: `count` is the number of rows changed, or whatever the kind gives. It is gone
  /// afterwards.
  void succeed(std::int64_t count) noexcept;
  void fail(std::exception_ptr error) noexcept;
  void fail_canceled() noexcept;

  /// Hands it to its engine; to be called once, by who made it.
  void submit() noexcept;

 protected:
  ~request() = default;
  /// Both append the awaiters to `ready`.
  virtual void deliver(weft::detail::job_list& ready, std::int64_t count) = 0;
  virtual void deliver_error(weft::detail::job_list& ready, std::exception_ptr error) noexcept = 0;
  [[nodiscard]] virtual const void* subject() const noexcept = 0;  ///< Its core, for the trace.

 private:
  struct on_stop {
    request* self;
    void operator()() const noexcept;
  };
  void trace_end() const noexcept;

  weft::detail::atomic<bool> canceled_{false};
  std::optional<std::stop_callback<on_stop>> on_stop_;
};

/// One database: its connections, and the queues before them.
/// **Thread-safety**: all members.
class engine : public std::enable_shared_from_this<engine> {
 public:
  engine() = default;
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  virtual ~engine() = default;

  /// The label of its events, a literal ("sqlite").
  [[nodiscard]] virtual const char* name() const noexcept = 0;
  /// Completes it some time, never inside the call save when it cannot even be queued.
  virtual void submit(request& r) noexcept = 0;
  /// Its stop was requested: completes it with `operation_canceled` if it has not begun, else asks
  /// its connection to end it.
  virtual void cancel(request& r) noexcept = 0;
  /// The last handle has gone: what is queued is done, then the connections are closed.
  virtual void release() noexcept = 0;
};

/// What all copies of a `database` share; the last one lets the engine go.
class engine_handle {
 public:
  explicit engine_handle(std::shared_ptr<engine> e) noexcept : engine_(std::move(e)) {}
  engine_handle(const engine_handle&) = delete;
  engine_handle& operator=(const engine_handle&) = delete;
  ~engine_handle() { engine_->release(); }
  [[nodiscard]] const std::shared_ptr<engine>& get() const noexcept { return engine_; }

 private:
  const std::shared_ptr<engine> engine_;
};

/// What an operation keeps until it completes, and how its rows become its result.
enum class fetch : std::uint8_t { one, optional, all, count };

template <class T, fetch How>
struct fetched;
template <class T>
struct fetched<T, fetch::one> {
  using type = T;
};
template <class T>
struct fetched<T, fetch::optional> {
  using type = std::optional<T>;
};
template <class T>
struct fetched<T, fetch::all> {
  using type = std::vector<T>;
};
template <>
struct fetched<void, fetch::count> {
  using type = std::int64_t;
};

/// A statement on its way, and its task.
template <class T, fetch How>
class statement_operation final
    : public weft::detail::operation<typename fetched<T, How>::type, statement_operation<T, How>>,
      public request {
 public:
  using result = typename fetched<T, How>::type;

  statement_operation(std::shared_ptr<engine> e, std::uint64_t tx, std::stop_token s)
      : weft::detail::operation<result, statement_operation>("database"),
        request(std::move(e), request_kind::statement, tx, std::move(s)) {}

  void begin_rows() noexcept override {
    rows_ = {};
    reader_ = {};
  }
  bool take_row(const row& from) override {
    if constexpr (How == fetch::all) {
      rows_.push_back(reader_.read(from));
      return true;
    } else {
      if (!rows_.has_value()) {
        rows_.emplace(reader_.read(from));
      }
      return false;
    }
  }

 private:
  void deliver(weft::detail::job_list& ready, std::int64_t) override {
    if constexpr (How == fetch::one) {
      if (!rows_.has_value()) {
        throw row_not_found(this->sql);
      }
      this->complete_into(ready, *std::move(rows_));
    } else {
      this->complete_into(ready, std::move(rows_));
    }
  }
  void deliver_error(weft::detail::job_list& ready, std::exception_ptr error) noexcept override {
    this->fail_into(ready, std::move(error));
  }
  const void* subject() const noexcept override {
    return static_cast<const weft::detail::task_core*>(this);
  }

  std::conditional_t<How == fetch::all, std::vector<T>, std::optional<T>> rows_;
  [[no_unique_address]] row_reader<T> reader_;
};

/// All else gives a number: rows changed, or that of a transaction.
template <>
class statement_operation<void, fetch::count> final
    : public weft::detail::operation<std::int64_t, statement_operation<void, fetch::count>>,
      public request {
 public:
  statement_operation(std::shared_ptr<engine> e, std::uint64_t tx, std::stop_token s,
                      request_kind k = request_kind::statement)
      : weft::detail::operation<std::int64_t, statement_operation>("database"),
        request(std::move(e), k, tx, std::move(s)) {
    wants_rows = false;
  }
  bool take_row(const row&) override { return true; }

 private:
  void deliver(weft::detail::job_list& ready, std::int64_t count) override {
    this->complete_into(ready, count);
  }
  void deliver_error(weft::detail::job_list& ready, std::exception_ptr error) noexcept override {
    this->fail_into(ready, std::move(error));
  }
  const void* subject() const noexcept override {
    return static_cast<const weft::detail::task_core*>(this);
  }
};
using control_operation = statement_operation<void, fetch::count>;

/// Opens, begins, commits, rolls back or closes.
[[nodiscard]] task<std::int64_t> control(std::shared_ptr<engine> e, request_kind kind,
                                         std::uint64_t transaction, std::stop_token stop);

}  // namespace weft::db::detail
