#pragma once
/// What only SQLite has: options, and SQL functions written in C++. Link weft::sqlite.

#include <weft/db/database.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace weft::db {

enum class sqlite_mode : std::uint8_t {
  create,     ///< Read and write; made when missing (`mode=rwc`).
  existing,   ///< Read and write; must be there (`mode=rw`).
  read_only,  ///< `mode=ro`.
};

/// When a commit is safe from a power cut. None of them loses anything when only the program dies.
enum class sqlite_synchronous : std::uint8_t {
  off,     ///< The file may be damaged by a power cut.
  normal,  ///< The last commits may be missing after one.
  full,    ///< Each commit is on the disk when its task completes.
};

/// How `open` opens SQLite. Each can be given in the address as well, which then has the last word:
/// `sqlite:orders.db?mode=ro&readers=8&busy_timeout=2s&statements=64&synchronous=normal&journal=wal|delete`.
/// In the path `%3F` stands for `?` and `%25` for `%`.
class sqlite_options {
 public:
  sqlite_options();
  sqlite_options(const sqlite_options&);
  sqlite_options(sqlite_options&&) noexcept;
  sqlite_options& operator=(const sqlite_options&);
  sqlite_options& operator=(sqlite_options&&) noexcept;
  ~sqlite_options();

  sqlite_mode mode = sqlite_mode::create;
  /// Connections that only read, each on a thread of its own that starts when needed. 0: reads go
  /// where the writes go, as they always do for `:memory:`.
  unsigned readers = 4;
  /// How long a statement waits for locks of other processes, or behind a transaction of this one.
  std::chrono::milliseconds busy_timeout{5000};
  /// Prepared statements kept by each connection, the least recently used going first.
  unsigned cached_statements = 64;
  sqlite_synchronous synchronous = sqlite_synchronous::full;
  /// Readers and the writer do not wait for each other. Off: a rollback journal, for file systems
  /// without shared memory.
  bool write_ahead_log = true;

  /// Makes `f` callable from SQL as `name(…)`, with as many arguments as `f` has; they and its
  /// result are of the types that a column can hold, `std::optional` for NULL. An exception out of
  /// it ends the statement with its message.
  /// **Completes on**: `f` runs on the threads of the database, on several at a time; a stop
  /// request does not interrupt it.
  /// **Throws** `std::invalid_argument` for an empty name or more than 100 arguments.
  template <class F>
  sqlite_options& create_function(std::string name, F f);

  /// Internal: a function of SQL.
  struct function {
    std::string name;
    int arity;
    std::function<value(std::span<const value>)> call;
  };
  [[nodiscard]] const std::vector<function>& functions() const noexcept { return functions_; }

 private:
  void add(std::string name, std::size_t arity, std::function<value(std::span<const value>)> call);

  std::vector<function> functions_;
};

/// As `open(url)`, which needs `sqlite:` in front here as well, with options.
[[nodiscard]] task<database> open(std::string url, sqlite_options options,
                                  std::stop_token stop = {});

namespace detail {

/// A single value as a row, so that it is read as columns are.
class value_row final : public row {
 public:
  value_row(const value& v, std::string_view name) noexcept : value_(v), name_(name) {}
  [[nodiscard]] std::size_t size() const noexcept override { return 1; }
  [[nodiscard]] std::string_view name(std::size_t) const override { return name_; }
  [[nodiscard]] std::string_view sql() const noexcept override { return {}; }
  [[nodiscard]] column_kind kind(std::size_t) const noexcept override {
    return static_cast<column_kind>(value_.data().index());
  }
  [[nodiscard]] bool boolean(std::size_t) const override { return std::get<bool>(value_.data()); }
  [[nodiscard]] std::int64_t integer(std::size_t) const override {
    return std::get<std::int64_t>(value_.data());
  }
  [[nodiscard]] double real(std::size_t) const override { return std::get<double>(value_.data()); }
  [[nodiscard]] std::string_view text(std::size_t) const override {
    return std::get<std::string>(value_.data());
  }
  [[nodiscard]] std::span<const std::byte> blob(std::size_t) const override {
    return std::get<weft::db::blob>(value_.data());
  }

 private:
  const value& value_;
  std::string_view name_;
};

template <class Signature>
struct signature_of;
template <class R, class... A>
struct signature_of<std::function<R(A...)>> {
  using result = R;
  using arguments = std::tuple<std::remove_cvref_t<A>...>;
};

template <class F, class Arguments, std::size_t... I>
value call_with(F& f, const std::string& name, std::span<const value> given,
                std::index_sequence<I...>) {
  static_cast<void>(name), static_cast<void>(given);
  return value(f(read_column<std::tuple_element_t<I, Arguments>>(value_row(given[I], name), 0)...));
}

}  // namespace detail

template <class F>
sqlite_options& sqlite_options::create_function(std::string name, F f) {
  using signature = detail::signature_of<decltype(std::function(f))>;
  using arguments = typename signature::arguments;
  constexpr std::size_t arity = std::tuple_size_v<arguments>;
  auto call = [name, f = std::move(f)](std::span<const value> given) mutable {
    return detail::call_with<F, arguments>(f, name, given, std::make_index_sequence<arity>());
  };
  add(std::move(name), arity, std::move(call));
  return *this;
}

}  // namespace weft::db
