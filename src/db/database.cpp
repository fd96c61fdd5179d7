#include <weft/db/database.hpp>

#include <weft/base/error.hpp>

#include "backends.hpp"

namespace weft::db {

namespace detail {

engine& checked(const std::shared_ptr<engine_handle>& handle) {
  if (handle == nullptr) [[unlikely]] {
    throw invalid_operation("weft: this database handle is empty: db::open makes one");
  }
  return *handle->get();
}

task<database> open_engine(std::shared_ptr<engine> made, std::stop_token stop) {
  database opened(std::make_shared<engine_handle>(made));
  auto done = control(std::move(made), request_kind::open, 0, std::move(stop));
  co_await std::move(done).configure_await(false);
  co_return opened;
}

}  // namespace detail

task<database> open(std::string url, std::stop_token stop) {
  const std::size_t colon = url.find(':');
  const std::string scheme = url.substr(0, colon);
  detail::open_function* opener = nullptr;
  if (colon != std::string::npos && scheme == "sqlite") {
    opener = &detail::open_sqlite;
    if (opener == nullptr) {
      throw error(
          error_kind::bad_url,
          "this program is built without SQLite: link all of weft::sqlite to open '" + url + "'");
    }
  }
  if (opener == nullptr) {
    throw error(error_kind::bad_url,
                "'" + url +
                    "' names no kind of database: it must begin with 'sqlite:', "
                    "as in 'sqlite:orders.db' or 'sqlite::memory:'");
  }
  auto opening = opener(std::move(url), std::move(stop));
  co_return co_await std::move(opening).configure_await(false);
}

task<> database::close() const {
  auto done = detail::control(detail::checked(handle_).shared_from_this(),
                              detail::request_kind::close, 0, {});
  return [](task<std::int64_t> closing) -> task<> {
    co_await std::move(closing).configure_await(false);
  }(std::move(done));
}

}  // namespace weft::db
