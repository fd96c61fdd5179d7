#pragma once
/// `database`: a pool of connections to one database. `transaction`: several statements as one.

#include <weft/db/detail/request.hpp>
#include <weft/task/run.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::db {

class database;
class transaction;

/// Opens a database: `sqlite:orders.db`, `sqlite::memory:`; `weft/db/sqlite.hpp` tells what may
/// follow.
/// **Throws** `db::error`: `bad_url`, `cannot_open`, `corrupt`, `busy`.
/// **Completes on** a worker of the default pool.
[[nodiscard]] task<database> open(std::string url, std::stop_token stop = {});

namespace detail {
[[nodiscard]] task<database> open_engine(std::shared_ptr<engine> made, std::stop_token stop);
[[nodiscard]] engine& checked(const std::shared_ptr<engine_handle>& handle);
template <class Result>
class transaction_body;
}  // namespace detail

/// What can be asked of a database and of a transaction. Every statement starts at the call, on a
/// thread of the database's, never on a worker of the pool; arguments are bound, never pasted into
/// the text.
///
/// `T` is a number, bool, enum, `std::string`, `db::blob`, `db::value`, a `std::optional` of one
/// (NULL), a `std::tuple` of columns by position, or a struct with `WEFT_JSON` by the columns'
/// names.
/// **Throws** (out of the task) `db::error` and its kinds; `operation_canceled`; at the call
/// `std::out_of_range` for an argument above 2^63 - 1, `invalid_operation` for an empty handle.
/// **Completes on** a worker of the default pool.
/// **Cancellation**: by the token of `with`. What has not begun never begins; what runs is
/// interrupted.
/// **Thread-safety**: all members, from any thread.
/// **Lifetime**: text and arguments are copied or moved in; tasks do not refer to this object.
template <class Self>
class statements {
 public:
  /// The first row. **Throws** `row_not_found` when there is none.
  template <readable T, parameter... Args>
  [[nodiscard]] task<T> query_one(std::string sql, Args&&... args) const {
    return start<T, detail::fetch::one>(std::move(sql), std::forward<Args>(args)...);
  }
  /// The first row, if there is one.
  template <readable T, parameter... Args>
  [[nodiscard]] task<std::optional<T>> query_optional(std::string sql, Args&&... args) const {
    return start<T, detail::fetch::optional>(std::move(sql), std::forward<Args>(args)...);
  }
  /// All rows.
  template <readable T, parameter... Args>
  [[nodiscard]] task<std::vector<T>> query(std::string sql, Args&&... args) const {
    return start<T, detail::fetch::all>(std::move(sql), std::forward<Args>(args)...);
  }
  /// Gives the number of rows inserted, updated or deleted. Several statements, separated by
  /// semicolons, are possible where there are no arguments; each is a transaction of its own.
  template <parameter... Args>
  [[nodiscard]] task<std::int64_t> execute(std::string sql, Args&&... args) const {
    return start<void, detail::fetch::count>(std::move(sql), std::forward<Args>(args)...);
  }
  /// The same database or transaction, with a token for all that is asked through it.
  [[nodiscard]] Self with(std::stop_token stop) const {
    Self other(static_cast<const Self&>(*this));
    static_cast<statements&>(other).stop_ = std::move(stop);
    return other;
  }

 protected:
  statements() noexcept = default;
  explicit statements(std::shared_ptr<detail::engine_handle> handle, std::uint64_t transaction = 0,
                      std::stop_token stop = {}) noexcept
      : handle_(std::move(handle)), transaction_(transaction), stop_(std::move(stop)) {}

  std::shared_ptr<detail::engine_handle> handle_;
  std::uint64_t transaction_ = 0;
  std::stop_token stop_;

 private:
  template <class T, detail::fetch How, class... Args>
  task<typename detail::fetched<T, How>::type> start(std::string sql, Args&&... args) const {
    std::vector<value> values;
    values.reserve(sizeof...(Args));
    (values.emplace_back(std::forward<Args>(args)), ...);
    using operation = detail::statement_operation<T, How>;
    auto* made = weft::detail::frame_new<operation>(detail::checked(handle_).shared_from_this(),
                                                    transaction_, stop_);
    task<typename detail::fetched<T, How>::type> end(made->core());
    made->sql = std::move(sql);
    made->arguments = std::move(values);
    made->submit();
    return end;
  }
};

/// A transaction while its body runs; see `database::transaction`. Copies stand for the same one.
/// Afterwards, and once the database has rolled it back by itself, statements throw `db::error` of
/// kind `transaction`.
class transaction : public statements<transaction> {
 private:
  friend class statements<transaction>;
  template <class Result>
  friend class detail::transaction_body;
  transaction(std::shared_ptr<detail::engine_handle> handle, std::uint64_t number,
              std::stop_token stop) noexcept
      : statements(std::move(handle), number, std::move(stop)) {}
};

/// A pool of connections, as a handle: copies are cheap and stand for the same pool. When the last
/// one goes, what has been asked for is still done; then the connections are closed. Empty when
/// default-constructed.
class database : public statements<database> {
 public:
  database() noexcept = default;

  [[nodiscard]] bool valid() const noexcept { return handle_ != nullptr; }

  /// Calls `body(transaction&)`, which gives a task or another awaitable, between BEGIN and COMMIT,
  /// and gives its result. When it throws or is canceled, everything is rolled back and its
  /// exception comes out. SQLite: writes wait for each other, so the body's reads are of the newest
  /// state; statements that the body asks of the database instead of the transaction wait for its
  /// end, and fail with `busy` after the busy time-out.
  /// **Cancellation**: by the token of `with`, which goes to the transaction's statements as well;
  /// a body that has ended is committed.
  /// **Lifetime**: `body` is kept until the end.
  /// **Throws** what the body throws, else what BEGIN or COMMIT does: `error` of kind `busy`,
  /// `full` …
  template <class F>
    requires std::invocable<F&, weft::db::transaction&> &&
             awaitable<std::invoke_result_t<F&, weft::db::transaction&>>
  [[nodiscard]] auto transaction(F body) const {
    using awaited = std::invoke_result_t<F&, weft::db::transaction&>;
    using result = std::remove_cvref_t<await_result<awaited>>;
    static_cast<void>(detail::checked(handle_));
    return detail::transaction_body<result>::run(handle_, stop_, std::move(body));
  }

  /// Takes nothing more (`object_disposed`), does what has been asked for, closes the connections;
  /// done then. Not needed before the last handle goes, but the file is in nobody's hands any more
  /// when it is done.
  [[nodiscard]] task<> close() const;

 private:
  friend class statements<database>;
  friend task<database> detail::open_engine(std::shared_ptr<detail::engine>, std::stop_token);
  explicit database(std::shared_ptr<detail::engine_handle> handle) noexcept
      : statements(std::move(handle)) {}
};

namespace detail {

template <class Result>
class transaction_body {
 public:
  template <class F>
  static task<Result> run(std::shared_ptr<engine_handle> handle, std::stop_token stop, F body) {
    // Named, so that g++ 12 destroys it once.
    auto begun = control(handle->get(), request_kind::begin, 0, stop);
    const auto number = static_cast<std::uint64_t>(co_await std::move(begun));
    weft::db::transaction tx(handle, number, std::move(stop));
    std::exception_ptr failed;
    std::optional<weft::detail::stored<Result>> result;
    try {
      if constexpr (std::is_void_v<Result>) {
        co_await body(tx);
        result.emplace();
      } else {
        result.emplace(co_await body(tx));
      }
    } catch (...) {
      failed = std::current_exception();
    }
    auto ended =
        control(handle->get(), failed == nullptr ? request_kind::commit : request_kind::rollback,
                number, {});
    if (failed != nullptr) {
      try {
        co_await std::move(ended).configure_await(false);
      } catch (const error&) {  // what the body threw says more
      }
      std::rethrow_exception(failed);
    }
    co_await std::move(ended).configure_await(false);
    if constexpr (!std::is_void_v<Result>) {
      co_return *std::move(result);
    }
  }
};

}  // namespace detail
}  // namespace weft::db
