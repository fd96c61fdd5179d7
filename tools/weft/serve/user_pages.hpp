#pragma once
/// The routes of the demo service: the page of a user, made in three ways.

#include <weft/http.hpp>
#include <weft/json.hpp>

#include "resources/page.hpp"

#include <cstddef>
#include <string>

namespace weft::serve {

/// What the service answers with.
struct user_page {
  int id = 0;
  std::string user;
  std::string profile;
  std::string feed;
  double took_ms = 0;
};
WEFT_JSON(user_page, id, user, profile, feed, took_ms)

struct user_figures {
  int id = 0;
  std::size_t primes = 0;  ///< Below a bound, as work for the cores.
  double one_core_ms = 0;
  double all_cores_ms = 0;
};
WEFT_JSON(user_figures, id, primes, one_core_ms, all_cores_ms)

/// Where a page comes from: a SQLite file, a file for each user, and a web service of another
/// process.
class user_pages {
 public:
  /// Writes the users' files. **Lifetime**: `outside` outlives it, and it outlives the server.
  [[nodiscard]] static task<> open(const tour::resources& outside, user_pages& made);

  /// Adds `/`, `/sync/users/{id:int}`, `/async/users/{id:int}` and `/parallel/users/{id:int}`.
  void add_routes(http::server& server);

 private:
  [[nodiscard]] http::response load_blocking(int id);
  [[nodiscard]] task<http::response> load_async(int id);
  [[nodiscard]] task<http::response> compute(int id);
  [[nodiscard]] std::string profile_path(int id) const;

  tour::page_services services_;
};

}  // namespace weft::serve
