#pragma once
/// The page of a user, from a database, a file and a web service, in three ways. Used by the tour
/// and by the service.

#include <weft/db.hpp>
#include <weft/http.hpp>
#include <weft/task.hpp>

#include "resources/resources.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::tour {

enum class step : std::uint8_t { user, picture, feed };

struct page_services {
  db::database users;
  http::client http;
  const resources* outside = nullptr;
};

/// Opens the database and the connections, so that no measurement pays for it.
[[nodiscard]] task<page_services> open_services(const resources& outside);

// One step each. They mark their beginning and end in the trace, if a session runs: see
// `page_trace.hpp`.
[[nodiscard]] task<std::string> get_user(page_services& s, std::size_t id);
[[nodiscard]] task<std::string> get_picture(page_services& s, std::size_t id);
[[nodiscard]] task<std::string> get_feed(page_services& s, std::size_t id);

/// Blocks this thread for each step: a query's result, a plain read, plain sockets.
[[nodiscard]] std::string load_page_blocking(page_services& s, std::size_t id);
/// Awaits each step before it starts the next.
[[nodiscard]] task<std::string> load_page_one_by_one(page_services& s, std::size_t id);
/// Starts the steps, then awaits them all.
[[nodiscard]] task<std::string> load_page_together(page_services& s, std::size_t id);

}  // namespace weft::tour
