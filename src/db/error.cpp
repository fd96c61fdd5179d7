#include <weft/db/error.hpp>

#include <cstddef>

namespace weft::db {
namespace {

// Enough to recognise a statement in a log line.
constexpr std::size_t shown_sql = 200;

std::string shortened(std::string_view sql) {
  if (sql.size() <= shown_sql) {
    return std::string(sql);
  }
  std::size_t end = shown_sql;
  while (end > 0 && (static_cast<unsigned char>(sql[end]) & 0xC0u) == 0x80u) {
    --end;  // not in the middle of a character
  }
  return std::string(sql.substr(0, end)) + " …";
}

std::string full_message(const std::string& message, std::string_view sql) {
  return "weft: " + message + (sql.empty() ? std::string() : "; in: " + shortened(sql));
}

}  // namespace

error::error(error_kind kind, const std::string& message, std::string_view sql, int code)
    : std::runtime_error(full_message(message, sql)),
      sql_(std::make_shared<const std::string>(shortened(sql))),
      code_(code),
      kind_(kind) {}
error::error(const error&) noexcept = default;
error& error::operator=(const error&) noexcept = default;
error::~error() = default;

row_not_found::row_not_found(std::string_view sql)
    : error(error_kind::not_found, "query_one found no row", sql) {}
row_not_found::row_not_found(const row_not_found&) noexcept = default;
row_not_found& row_not_found::operator=(const row_not_found&) noexcept = default;
row_not_found::~row_not_found() = default;

constraint_violation::constraint_violation(constraint which, const std::string& message,
                                           std::string_view sql, int code)
    : error(error_kind::constraint, message, sql, code), which_(which) {}
constraint_violation::constraint_violation(const constraint_violation&) noexcept = default;
constraint_violation& constraint_violation::operator=(const constraint_violation&) noexcept =
    default;
constraint_violation::~constraint_violation() = default;

}  // namespace weft::db
