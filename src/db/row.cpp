#include <weft/db/detail/row.hpp>

#include <weft/db/error.hpp>

#include <algorithm>
#include <stdexcept>

namespace weft::db::detail {
namespace {

const char* name_of(column_kind kind) noexcept {
  switch (kind) {
    case column_kind::null:
      return "NULL";
    case column_kind::boolean:
      return "a boolean";
    case column_kind::integer:
      return "an integer";
    case column_kind::real:
      return "a real number";
    case column_kind::text:
      return "text";
    case column_kind::blob:
      return "a blob";
  }
  return "something unknown";
}

std::string column_name(const row& from, std::size_t column) {
  return "column " + std::to_string(column + 1) + " ('" + std::string(from.name(column)) + "')";
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

void throw_mismatch(const row& from, std::size_t column, const char* wanted) {
  const column_kind kind = from.kind(column);
  std::string message =
      column_name(from, column) + " is " + name_of(kind) + ", wanted is " + wanted;
  if (kind == column_kind::null) {
    message += "; read what may be NULL as a std::optional";
  }
  throw error(error_kind::column, message, from.sql());
}

void throw_out_of_range(const row& from, std::size_t column, std::int64_t number,
                        const char* wanted) {
  throw error(error_kind::column,
              column_name(from, column) + " holds " + std::to_string(number) +
                  ", which does not fit into " + wanted,
              from.sql());
}

void throw_too_few_columns(const row& from, std::size_t wanted) {
  throw error(error_kind::column,
              "the result has " + std::to_string(from.size()) + " columns, wanted are " +
                  std::to_string(wanted),
              from.sql());
}

std::size_t find_column(const row& from, std::string_view name) {
  std::size_t found = from.size();
  std::string all;
  for (std::size_t i = 0; i < from.size(); ++i) {
    all += (i == 0 ? "" : ", ") + std::string(from.name(i));
    if (!same_name(from.name(i), name)) {
      continue;
    }
    if (found != from.size()) {
      throw error(
          error_kind::column,
          "the result has several columns '" + std::string(name) + "': name them apart with AS",
          from.sql());
    }
    found = i;
  }
  if (found == from.size()) {
    throw error(error_kind::column,
                "the result has no column '" + std::string(name) + "'; it has: " + all, from.sql());
  }
  return found;
}

bool read_bool(const row& from, std::size_t column) {
  const column_kind kind = from.kind(column);
  if (kind == column_kind::boolean) {
    return from.boolean(column);
  }
  if (kind != column_kind::integer) {
    throw_mismatch(from, column, "a bool");
  }
  const std::int64_t number = from.integer(column);
  if (number != 0 && number != 1) {
    throw_out_of_range(from, column, number, "a bool");
  }
  return number == 1;
}

std::int64_t read_integer(const row& from, std::size_t column) {
  if (from.kind(column) != column_kind::integer) {
    throw_mismatch(from, column, "an integer");
  }
  return from.integer(column);
}

double read_real(const row& from, std::size_t column) {
  switch (from.kind(column)) {
    case column_kind::real:
      return from.real(column);
    case column_kind::integer:
      return static_cast<double>(from.integer(column));
    default:
      throw_mismatch(from, column, "a real number");
  }
}

std::string read_text(const row& from, std::size_t column) {
  if (from.kind(column) != column_kind::text) {
    throw_mismatch(from, column, "text");
  }
  return std::string(from.text(column));
}

blob read_blob(const row& from, std::size_t column) {
  if (from.kind(column) != column_kind::blob) {
    throw_mismatch(from, column, "a blob");
  }
  const auto bytes = from.blob(column);
  return blob(bytes.begin(), bytes.end());
}

value read_value(const row& from, std::size_t column) {
  switch (from.kind(column)) {
    case column_kind::null:
      return nullptr;
    case column_kind::boolean:
      return from.boolean(column);
    case column_kind::integer:
      return from.integer(column);
    case column_kind::real:
      return from.real(column);
    case column_kind::text:
      return from.text(column);
    case column_kind::blob:
      return from.blob(column);
  }
  return nullptr;
}

void throw_integer_too_large(std::uint64_t number) {
  throw std::out_of_range("weft: db: the argument " + std::to_string(number) +
                          " is above the largest number that a database holds, 2^63 - 1");
}

}  // namespace weft::db::detail
