#pragma once
/// One connection to SQLite: the only place that names its C API.

#include <weft/db/sqlite.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace weft::db::detail {

/// What all connections of a database are opened with.
struct sqlite_settings {
  std::string path;  ///< ":memory:" for one in memory.
  sqlite_options options;
  [[nodiscard]] bool in_memory() const noexcept { return path == ":memory:"; }
};

/// What `url` says, over `options`. **Throws** `error` of kind `bad_url`.
[[nodiscard]] sqlite_settings parse_sqlite_url(const std::string& url, sqlite_options options);

/// **Thread-safety**: belongs to one thread, save `interrupt`.
class sqlite_connection {
 public:
  enum class role : std::uint8_t { writer, reader };

  /// Opens it. `by` is the request on whose behalf: its stop ends waiting for locks. **Throws**
  /// `error`.
  sqlite_connection(std::shared_ptr<const sqlite_settings> settings, role r, const request& by);
  sqlite_connection(const sqlite_connection&) = delete;
  sqlite_connection& operator=(const sqlite_connection&) = delete;
  ~sqlite_connection();

  /// Runs the statement or statements of `r`, giving it the rows; gives how many rows were changed.
  /// Nothing, on a reader only: it would write, and nothing has been done.
  /// **Throws** `error`, `operation_canceled`, and what `take_row` throws.
  std::optional<std::int64_t> run(request& r);

  void begin(const request& r);
  void commit(const request& r);
  void rollback() noexcept;
  /// Between BEGIN and the end, which SQLite may also make by itself.
  [[nodiscard]] bool in_transaction() const noexcept;

  /// From any thread: ends what runs, or the waiting for a lock, if its request is canceled.
  void interrupt() noexcept;

 private:
  class rows;
  class in_use;
  class on_behalf_of;
  struct cached {
    std::string sql;
    sqlite3_stmt* statement;
  };
  using cache = std::list<cached>;

  void configure();
  void use_write_ahead_log();
  void add_functions();
  void execute(const char* sql);
  std::int64_t run_one(request& r, in_use& statement);
  void step_through(request& r, in_use& statement);
  void bind(const request& r, in_use& statement);
  std::int64_t run_script(request& r);
  [[nodiscard]] sqlite3_stmt* compile(std::string_view& rest, bool keep);
  [[nodiscard]] sqlite3_stmt* recall(const std::string& sql);
  [[nodiscard]] bool remember(const std::string& sql, sqlite3_stmt* statement);
  [[noreturn]] void fail(int code, std::string_view sql);
  [[nodiscard]] bool wait_for_lock(int attempt);
  void throw_if_canceled() const;
  [[nodiscard]] bool is_canceled() const noexcept;
  void close() noexcept;

  const std::shared_ptr<const sqlite_settings> settings_;
  const role role_;
  sqlite3* handle_ = nullptr;
  const request* current_ = nullptr;  ///< On whose behalf it works now.
  std::chrono::steady_clock::time_point waiting_since_;

  cache cache_;  ///< Most recently used first.
  std::unordered_map<std::string_view, cache::iterator> by_sql_;

  std::mutex wait_mutex_;
  std::condition_variable interrupted_;

  friend struct sqlite_callbacks;
};

}  // namespace weft::db::detail
