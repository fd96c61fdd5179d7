#pragma once
/// What goes wrong with a database: `error`, and those of its kinds that programs tell apart.

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace weft::db {

enum class error_kind : std::uint8_t {
  other,
  bad_url,      ///< `open` does not understand the address.
  cannot_open,  ///< Missing, not permitted, a directory.
  statement,    ///< The SQL: syntax, an unknown table or column.
  arguments,    ///< Not as many as the statement has parameters, or too large.
  column,     ///< The row does not fit the C++ type: a column is missing, NULL, or of another type.
  not_found,  ///< `row_not_found`.
  constraint,   ///< `constraint_violation`.
  busy,         ///< Somebody else kept the database locked for longer than the busy time-out.
  full,         ///< The disk or the database is full.
  read_only,    ///< Writing to what was opened, or is stored, for reading only.
  corrupt,      ///< The file is damaged, or no database.
  transaction,  ///< The transaction has been rolled back by the database, or has ended.
};

/// Any failure of a database.
/// `what()`: `weft: sqlite: no such table: usres (SQL logic error, code 1); in: SELECT * FROM
/// usres`.
class error : public std::runtime_error {
 public:
  /// `sql` is kept shortened. `code` is the database's own number, 0 when the failure is weft's.
  error(error_kind kind, const std::string& message, std::string_view sql = {}, int code = 0);
  error(const error&) noexcept;
  error& operator=(const error&) noexcept;
  ~error() override;

  [[nodiscard]] error_kind kind() const noexcept { return kind_; }
  [[nodiscard]] int code() const noexcept { return code_; }
  /// The beginning of the statement; empty when there was none.
  [[nodiscard]] const std::string& sql() const noexcept { return *sql_; }

 private:
  std::shared_ptr<const std::string> sql_;
  int code_;
  error_kind kind_;
};

/// `query_one` found no row.
class row_not_found : public error {
 public:
  explicit row_not_found(std::string_view sql);
  row_not_found(const row_not_found&) noexcept;
  row_not_found& operator=(const row_not_found&) noexcept;
  ~row_not_found() override;
};

enum class constraint : std::uint8_t { other, unique, primary_key, foreign_key, not_null, check };

/// The statement would have broken a rule of the schema, and has changed nothing.
class constraint_violation : public error {
 public:
  constraint_violation(constraint which, const std::string& message, std::string_view sql,
                       int code);
  constraint_violation(const constraint_violation&) noexcept;
  constraint_violation& operator=(const constraint_violation&) noexcept;
  ~constraint_violation() override;

  [[nodiscard]] constraint which() const noexcept { return which_; }

 private:
  constraint which_;
};

}  // namespace weft::db
