#include "sqlite_connection.hpp"

#include <weft/base/error.hpp>

#include <algorithm>
#include <array>
#include <climits>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <utility>
#include <variant>

#include <sqlite3.h>

namespace weft::db::detail {
namespace {

// Virtual machine steps between two looks at the stop request: well below a millisecond.
constexpr int steps_between_looks = 2000;
// A statement longer than this is made by a program for one use, and is not kept.
constexpr std::size_t longest_kept_sql = 16 * 1024;
// Milliseconds between two tries for a lock that another process holds; the last one repeats.
// SQLite's own.
constexpr std::array<int, 12> lock_delays = {1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100};

error_kind kind_of(int code) noexcept {
  switch (code & 0xff) {
    case SQLITE_ERROR:
      return error_kind::statement;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return error_kind::busy;
    case SQLITE_FULL:
      return error_kind::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return error_kind::corrupt;
    case SQLITE_READONLY:
      return error_kind::read_only;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return error_kind::cannot_open;
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
      return error_kind::arguments;
    default:
      return error_kind::other;
  }
}

constraint constraint_of(int extended) noexcept {
  switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
      return constraint::unique;
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return constraint::primary_key;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return constraint::foreign_key;
    case SQLITE_CONSTRAINT_NOTNULL:
      return constraint::not_null;
    case SQLITE_CONSTRAINT_CHECK:
      return constraint::check;
    default:
      return constraint::other;
  }
}

/// Without white space, comments and semicolons in front.
std::string_view skip_blank(std::string_view sql) noexcept {
  while (!sql.empty()) {
    if (std::strchr(" \t\r\n\f;", sql.front()) != nullptr && sql.front() != '\0') {
      sql.remove_prefix(1);
    } else if (sql.starts_with("--")) {
      sql.remove_prefix(std::min(sql.find('\n'), sql.size()));
    } else if (sql.starts_with("/*")) {
      const std::size_t end = sql.find("*/", 2);
      sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 2);
    } else {
      break;
    }
  }
  return sql;
}

bool begins_with_word(std::string_view sql, std::string_view word) noexcept {
  return sql.size() >= word.size() &&
         std::equal(word.begin(), word.end(), sql.begin(),
                    [](char w, char c) { return w == (c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); });
}

value value_of(sqlite3_value* given) {
  const auto bytes = static_cast<std::size_t>(sqlite3_value_bytes(given));
  switch (sqlite3_value_type(given)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_value_int64(given)};
    case SQLITE_FLOAT:
      return sqlite3_value_double(given);
    case SQLITE_TEXT:
      return std::string_view(reinterpret_cast<const char*>(sqlite3_value_text(given)), bytes);
    case SQLITE_BLOB:
      return std::span(static_cast<const std::byte*>(sqlite3_value_blob(given)), bytes);
    default:
      return nullptr;
  }
}

struct result_setter {
  sqlite3_context* to;
  void operator()(std::nullptr_t) const { sqlite3_result_null(to); }
  void operator()(bool b) const { sqlite3_result_int(to, b ? 1 : 0); }
  void operator()(std::int64_t number) const { sqlite3_result_int64(to, number); }
  void operator()(double number) const { sqlite3_result_double(to, number); }
  void operator()(const std::string& text) const {
    sqlite3_result_text64(to, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  void operator()(const blob& bytes) const {
    bytes.empty() ? sqlite3_result_zeroblob(to, 0)
                  : sqlite3_result_blob64(to, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  }
};

/// Gives what SQLite answers.
struct binder {
  sqlite3_stmt* to;
  int at;
  int operator()(std::nullptr_t) const { return sqlite3_bind_null(to, at); }
  int operator()(bool b) const { return sqlite3_bind_int(to, at, b ? 1 : 0); }
  int operator()(std::int64_t number) const { return sqlite3_bind_int64(to, at, number); }
  int operator()(double number) const { return sqlite3_bind_double(to, at, number); }
  // The arguments stay where they are until the statement is reset.
  int operator()(const std::string& text) const {
    return sqlite3_bind_text64(to, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  int operator()(const blob& bytes) const {
    return bytes.empty() ? sqlite3_bind_zeroblob(to, at, 0)
                         : sqlite3_bind_blob64(to, at, bytes.data(), bytes.size(), SQLITE_STATIC);
  }
};

}  // namespace

/// What SQLite calls.
struct sqlite_callbacks {
  static int is_canceled(void* self) noexcept {
    return static_cast<sqlite_connection*>(self)->is_canceled() ? 1 : 0;
  }
  static int wait_for_lock(void* self, int attempt) noexcept {
    return static_cast<sqlite_connection*>(self)->wait_for_lock(attempt) ? 1 : 0;
  }
  static void call_function(sqlite3_context* context, int count, sqlite3_value** given) noexcept {
    const auto& f = *static_cast<const sqlite_options::function*>(sqlite3_user_data(context));
    try {
      std::vector<value> arguments;
      arguments.reserve(static_cast<std::size_t>(count));
      for (int i = 0; i < count; ++i) {
        arguments.push_back(value_of(given[i]));
      }
      std::visit(result_setter{context}, f.call(arguments).data());
    } catch (const std::exception& e) {
      const std::string message = f.name + "(): " + e.what();
      sqlite3_result_error(context, message.c_str(), -1);
    } catch (...) {
      const std::string message = f.name + "() threw something that is no std::exception";
      sqlite3_result_error(context, message.c_str(), -1);
    }
  }
};

/// A statement while it runs: reset afterwards, or finalized if it is not kept.
class sqlite_connection::in_use {
 public:
  in_use(sqlite3_stmt* statement, bool kept, std::string_view text) noexcept
      : statement_(statement), text_(text), kept_(kept) {}
  in_use(const in_use&) = delete;
  in_use& operator=(const in_use&) = delete;
  ~in_use() {
    if (kept_) {
      sqlite3_reset(statement_);
      sqlite3_clear_bindings(statement_);
    } else {
      sqlite3_finalize(statement_);
    }
  }
  [[nodiscard]] sqlite3_stmt* get() const noexcept { return statement_; }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] bool only_reads() const noexcept { return sqlite3_stmt_readonly(statement_) != 0; }

 private:
  sqlite3_stmt* statement_;
  std::string_view text_;
  bool kept_;
};

/// Whose stop request counts meanwhile.
class sqlite_connection::on_behalf_of {
 public:
  on_behalf_of(sqlite_connection& self, const request* r) noexcept
      : self_(self), former_(std::exchange(self.current_, r)) {}
  on_behalf_of(const on_behalf_of&) = delete;
  on_behalf_of& operator=(const on_behalf_of&) = delete;
  ~on_behalf_of() { self_.current_ = former_; }

 private:
  sqlite_connection& self_;
  const request* former_;
};

class sqlite_connection::rows final : public row {
 public:
  explicit rows(const in_use& of) noexcept : statement_(of.get()), sql_(of.text()) {}

  [[nodiscard]] std::size_t size() const noexcept override {
    return static_cast<std::size_t>(sqlite3_column_count(statement_));
  }
  [[nodiscard]] std::string_view name(std::size_t column) const override {
    const char* name = sqlite3_column_name(statement_, static_cast<int>(column));
    return name == nullptr ? std::string_view() : std::string_view(name);
  }
  [[nodiscard]] std::string_view sql() const noexcept override { return sql_; }
  [[nodiscard]] column_kind kind(std::size_t column) const noexcept override {
    switch (sqlite3_column_type(statement_, static_cast<int>(column))) {
      case SQLITE_INTEGER:
        return column_kind::integer;
      case SQLITE_FLOAT:
        return column_kind::real;
      case SQLITE_TEXT:
        return column_kind::text;
      case SQLITE_BLOB:
        return column_kind::blob;
      default:
        return column_kind::null;
    }
  }
  [[nodiscard]] bool boolean(std::size_t column) const override { return integer(column) != 0; }
  [[nodiscard]] std::int64_t integer(std::size_t column) const override {
    return sqlite3_column_int64(statement_, static_cast<int>(column));
  }
  [[nodiscard]] double real(std::size_t column) const override {
    return sqlite3_column_double(statement_, static_cast<int>(column));
  }
  [[nodiscard]] std::string_view text(std::size_t column) const override {
    const auto* at =
        reinterpret_cast<const char*>(sqlite3_column_text(statement_, static_cast<int>(column)));
    return {at, at == nullptr ? 0 : bytes(column)};
  }
  [[nodiscard]] std::span<const std::byte> blob(std::size_t column) const override {
    const auto* at =
        static_cast<const std::byte*>(sqlite3_column_blob(statement_, static_cast<int>(column)));
    return {at, at == nullptr ? 0 : bytes(column)};
  }

 private:
  [[nodiscard]] std::size_t bytes(std::size_t column) const noexcept {
    return static_cast<std::size_t>(sqlite3_column_bytes(statement_, static_cast<int>(column)));
  }
  sqlite3_stmt* statement_;
  std::string_view sql_;
};

sqlite_connection::sqlite_connection(std::shared_ptr<const sqlite_settings> settings, role r,
                                     const request& by)
    : settings_(std::move(settings)), role_(r), current_(&by) {
  const sqlite_mode mode = settings_->options.mode;
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= mode == sqlite_mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (mode == sqlite_mode::create && role_ == role::writer) {
    flags |= SQLITE_OPEN_CREATE;
  }
  const int code = sqlite3_open_v2(settings_->path.c_str(), &handle_, flags, nullptr);
  try {
    if (code != SQLITE_OK) {
      const int reason = handle_ == nullptr ? 0 : sqlite3_system_errno(handle_);
      throw error(kind_of(code),
                  "sqlite: cannot open '" + settings_->path +
                      "': " + (handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_)) +
                      (reason == 0 ? "" : std::string(" (") + std::strerror(reason) + ")") +
                      ", code " + std::to_string(code),
                  {}, code);
    }
    configure();
  } catch (...) {
    close();
    throw;
  }
  current_ = nullptr;
}

sqlite_connection::~sqlite_connection() {
  close();
}

void sqlite_connection::close() noexcept {
  for (const cached& c : cache_) {
    sqlite3_finalize(c.statement);
  }
  cache_.clear();
  by_sql_.clear();
  sqlite3_close(handle_);
  handle_ = nullptr;
}

void sqlite_connection::configure() {
  sqlite3_busy_handler(handle_, &sqlite_callbacks::wait_for_lock, this);
  sqlite3_progress_handler(handle_, steps_between_looks, &sqlite_callbacks::is_canceled, this);
  add_functions();
  execute("PRAGMA foreign_keys = ON");
  switch (settings_->options.synchronous) {
    case sqlite_synchronous::off:
      execute("PRAGMA synchronous = OFF");
      break;
    case sqlite_synchronous::normal:
      execute("PRAGMA synchronous = NORMAL");
      break;
    case sqlite_synchronous::full:
      execute("PRAGMA synchronous = FULL");
      break;
  }
  if (role_ == role::reader) {
    execute("PRAGMA query_only = ON");
  } else if (settings_->options.mode != sqlite_mode::read_only && !settings_->in_memory()) {
    if (settings_->options.write_ahead_log) {
      use_write_ahead_log();
    } else {
      execute("PRAGMA journal_mode = DELETE");
    }
  }
  execute("SELECT count(*) FROM sqlite_schema");  // reads the file: is it a database at all?
}

/// SQLite does not call the busy handler for this change.
void sqlite_connection::use_write_ahead_log() {
  for (int attempt = 0;; ++attempt) {
    const int code = sqlite3_exec(handle_, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) {
      return;
    }
    if ((code & 0xff) != SQLITE_BUSY || !wait_for_lock(attempt)) {
      fail(code, "PRAGMA journal_mode = WAL");
    }
  }
}

void sqlite_connection::add_functions() {
  for (const sqlite_options::function& f : settings_->options.functions()) {
    const int code = sqlite3_create_function_v2(
        handle_, f.name.c_str(), f.arity, SQLITE_UTF8, const_cast<sqlite_options::function*>(&f),
        &sqlite_callbacks::call_function, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
      fail(code, "create_function " + f.name);
    }
  }
}

void sqlite_connection::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    fail(code, sql);
  }
}

std::optional<std::int64_t> sqlite_connection::run(request& r) {
  const on_behalf_of scope(*this, &r);
  if (sqlite3_stmt* known = recall(r.sql)) {
    in_use statement(known, true, r.sql);
    return run_one(r, statement);
  }
  std::string_view rest = skip_blank(r.sql);
  if (rest.empty()) {
    throw error(error_kind::statement, "sqlite: there is no statement in '" + r.sql + "'");
  }
  sqlite3_stmt* compiled = compile(rest, r.sql.size() <= longest_kept_sql);
  if (!skip_blank(rest).empty()) {
    sqlite3_finalize(compiled);
    return role_ == role::reader ? std::nullopt : std::optional(run_script(r));
  }
  if (role_ == role::reader && sqlite3_stmt_readonly(compiled) == 0) {
    sqlite3_finalize(compiled);
    return std::nullopt;
  }
  in_use statement(compiled, remember(r.sql, compiled), r.sql);
  return run_one(r, statement);
}

std::int64_t sqlite_connection::run_script(request& r) {
  if (!r.arguments.empty() || r.wants_rows) {
    throw error(r.wants_rows ? error_kind::statement : error_kind::arguments,
                r.wants_rows ? "sqlite: a query is one statement, these are several"
                             : "sqlite: several statements at once take no arguments",
                r.sql);
  }
  std::int64_t changed = 0;
  for (std::string_view rest = skip_blank(r.sql); !rest.empty(); rest = skip_blank(rest)) {
    const std::string_view from = rest;
    in_use statement(compile(rest, false), false, from.substr(0, from.size() - rest.size()));
    changed += run_one(r, statement);
  }
  return changed;
}

/// Outside a transaction a statement that changes rows and gives them back is put into one: what it
/// has changed shall not stay when a row of it does not fit what the caller wants.
std::int64_t sqlite_connection::run_one(request& r, in_use& statement) {
  r.begin_rows();
  bind(r, statement);
  const std::int64_t before = sqlite3_total_changes64(handle_);
  const bool guarded = !statement.only_reads() && r.wants_rows && r.transaction == 0 &&
                       sqlite3_column_count(statement.get()) > 0 &&
                       !begins_with_word(skip_blank(statement.text()), "PRAGMA");
  if (!guarded) {
    step_through(r, statement);
  } else {
    execute("BEGIN IMMEDIATE");
    try {
      step_through(r, statement);
      sqlite3_reset(statement.get());
      execute("COMMIT");
    } catch (...) {
      sqlite3_reset(statement.get());
      rollback();
      throw;
    }
  }
  return sqlite3_total_changes64(handle_) == before ? 0 : sqlite3_changes64(handle_);
}

void sqlite_connection::step_through(request& r, in_use& statement) {
  const rows current(statement);
  const bool may_stop = statement.only_reads();
  for (bool more = true;;) {
    throw_if_canceled();
    const int code = sqlite3_step(statement.get());
    if (code == SQLITE_DONE) {
      return;
    }
    if (code != SQLITE_ROW) {
      fail(code, statement.text());
    }
    more = more && r.take_row(current);
    if (!more && may_stop) {
      return;
    }
  }
}

void sqlite_connection::bind(const request& r, in_use& statement) {
  const int wanted = sqlite3_bind_parameter_count(statement.get());
  if (std::cmp_not_equal(wanted, r.arguments.size())) {
    throw error(error_kind::arguments,
                "sqlite: the statement has " + std::to_string(wanted) + " parameters, given are " +
                    std::to_string(r.arguments.size()) + " arguments",
                r.sql);
  }
  for (int i = 0; i < wanted; ++i) {
    const value& argument = r.arguments[static_cast<std::size_t>(i)];
    if (const double* number = std::get_if<double>(&argument.data());
        number != nullptr && std::isnan(*number)) {
      throw error(error_kind::arguments,
                  "sqlite: argument " + std::to_string(i + 1) +
                      " is not a number (NaN), which it "
                      "would store as NULL",
                  r.sql);
    }
    const int code = std::visit(binder{statement.get(), i + 1}, argument.data());
    if (code != SQLITE_OK) {
      fail(code, r.sql);
    }
  }
}

void sqlite_connection::begin(const request& r) {
  const on_behalf_of scope(*this, &r);
  execute("BEGIN IMMEDIATE");
}

void sqlite_connection::commit(const request& r) {
  const on_behalf_of scope(*this, &r);
  try {
    execute("COMMIT");
  } catch (...) {
    rollback();
    throw;
  }
}

void sqlite_connection::rollback() noexcept {
  const on_behalf_of scope(*this, nullptr);  // a stop request does not keep it from happening
  if (in_transaction()) {
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

bool sqlite_connection::in_transaction() const noexcept {
  return sqlite3_get_autocommit(handle_) == 0;
}

void sqlite_connection::interrupt() noexcept {
  {
    const std::lock_guard lock(wait_mutex_);
    interrupted_.notify_all();
  }
  sqlite3_interrupt(handle_);
}

sqlite3_stmt* sqlite_connection::compile(std::string_view& rest, bool keep) {
  if (rest.size() > INT_MAX) {
    throw error(error_kind::statement, "sqlite: the statement is longer than 2 GiB", rest);
  }
  sqlite3_stmt* made = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(handle_, rest.data(), static_cast<int>(rest.size()),
                                      keep ? SQLITE_PREPARE_PERSISTENT : 0, &made, &tail);
  if (code != SQLITE_OK) {
    fail(code, rest);
  }
  if (made == nullptr) {
    throw error(error_kind::statement, "sqlite: there is no statement here", rest);
  }
  rest.remove_prefix(static_cast<std::size_t>(tail - rest.data()));
  return made;
}

sqlite3_stmt* sqlite_connection::recall(const std::string& sql) {
  const auto found = by_sql_.find(sql);
  if (found == by_sql_.end()) {
    return nullptr;
  }
  cache_.splice(cache_.begin(), cache_, found->second);
  return cache_.front().statement;
}

bool sqlite_connection::remember(const std::string& sql, sqlite3_stmt* statement) {
  const std::size_t room = settings_->options.cached_statements;
  if (room == 0 || sql.size() > longest_kept_sql) {
    return false;
  }
  if (cache_.size() >= room) {
    by_sql_.erase(cache_.back().sql);
    sqlite3_finalize(cache_.back().statement);
    cache_.pop_back();
  }
  cache_.push_front({sql, statement});
  by_sql_.emplace(cache_.front().sql, cache_.begin());
  return true;
}

void sqlite_connection::fail(int code, std::string_view sql) {
  const int primary = code & 0xff;
  if (is_canceled() && (primary == SQLITE_INTERRUPT || primary == SQLITE_BUSY)) {
    throw operation_canceled(current_->stop);
  }
  const std::string message = std::string("sqlite: ") + sqlite3_errmsg(handle_) + " (" +
                              sqlite3_errstr(code) + ", code " + std::to_string(code) + ")";
  if (primary == SQLITE_CONSTRAINT) {
    throw constraint_violation(constraint_of(code), message, sql, code);
  }
  throw error(kind_of(code), message, sql, code);
}

bool sqlite_connection::is_canceled() const noexcept {
  return current_ != nullptr && current_->is_canceled();
}

void sqlite_connection::throw_if_canceled() const {
  if (is_canceled()) [[unlikely]] {
    throw operation_canceled(current_->stop);
  }
}

/// Between two tries for a lock; false: no more of them.
bool sqlite_connection::wait_for_lock(int attempt) {
  const auto now = std::chrono::steady_clock::now();
  if (attempt == 0) {
    waiting_since_ = now;
  }
  const auto end = waiting_since_ + settings_->options.busy_timeout;
  const auto step = static_cast<std::size_t>(attempt);
  const auto next =
      now + std::chrono::milliseconds(lock_delays[std::min(step, lock_delays.size() - 1)]);
  if (now >= end) {
    return false;
  }
  std::unique_lock lock(wait_mutex_);
  interrupted_.wait_until(lock, std::min(next, end), [this] { return is_canceled(); });
  return !is_canceled();
}

}  // namespace weft::db::detail
