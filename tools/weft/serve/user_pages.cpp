#include "serve/user_pages.hpp"

#include <weft/base/atomic.hpp>
#include <weft/fs.hpp>
#include <weft/parallel.hpp>
#include <weft/sched.hpp>

#include "tour/measure.hpp"
#include "tour/primes.hpp"

#include <fmt/format.h>

namespace weft::serve {
namespace {

constexpr int last_user = 9;
constexpr int primes_below = 400'000;

constexpr const char* welcome =
    "weft's demo service. The page of a user comes from a SQLite file, a file and a web service;\n"
    "the first and the last take 200 ms each.\n"
    "\n"
    "  /async/users/1      the three started together: 200 ms, no thread waits\n"
    "  /sync/users/1       one after another, on a thread that is blocked: 400 ms\n"
    "  /parallel/users/1   computes, on one core and on all\n"
    "\n"
    "Users are 1 to 9.\n";

std::string feed_path(int id) {
  return fmt::format("/feed/{}", id);
}

constexpr const char* query = "SELECT stored(id) FROM users WHERE id = ?";

bool is_user(int id) noexcept {
  return id >= 1 && id <= last_user;
}

http::response no_such_user(int id) {
  return http::not_found(fmt::format("there is no user {}: they are 1 to {}", id, last_user));
}

std::size_t count_on_all_cores() {
  detail::atomic<std::size_t> count{0};
  parallel_for(
      0, primes_below, [] { return std::size_t{0}; },
      [](int n, parallel_loop_state&, std::size_t mine) {
        return mine + (tour::is_prime(n) ? 1U : 0U);
      },
      [&](std::size_t mine) {
        // order: relaxed; a sum, read after the loop has joined.
        count.fetch_add(mine, std::memory_order_relaxed);
      });
  // order: relaxed; as above.
  return count.load(std::memory_order_relaxed);
}

}  // namespace

task<> user_pages::open(const tour::resources& outside, user_pages& made) {
  auto opening = tour::open_services(outside);
  made.services_ = co_await std::move(opening);
  for (int id = 1; id <= last_user; ++id) {
    auto writing = fs::write_all_text(made.profile_path(id), fmt::format("profile of user {}", id));
    co_await std::move(writing);
  }
}

std::string user_pages::profile_path(int id) const {
  return fmt::format("{}/profile{}", services_.outside->where().folder, id);
}

http::response user_pages::load_blocking(int id) {
  const tour::stopwatch watch;
  user_page page;
  page.id = id;
  page.user = services_.users.query_one<std::string>(query, id).result();
  page.profile = tour::blocking_read(profile_path(id));
  page.feed = tour::blocking_get(services_.outside->where().http_port, feed_path(id));
  page.took_ms = watch.ms();
  return http::ok(page);
}

task<http::response> user_pages::load_async(int id) {
  const tour::stopwatch watch;
  auto user = services_.users.query_one<std::string>(query, id);
  auto profile = fs::read_all_text(profile_path(id));
  auto feed = services_.http.get_string(services_.outside->url(feed_path(id)));
  co_await when_all(user, profile, feed);
  user_page page;
  page.id = id;
  page.user = user.result();
  page.profile = profile.result();
  page.feed = feed.result();
  page.took_ms = watch.ms();
  co_return http::ok(page);
}

task<http::response> user_pages::compute(int id) {
  user_figures figures;
  figures.id = id;
  // Computing belongs on the pool, but not inside a handler that others wait behind: `run` lets
  // them pass.
  auto computing = run([&figures] {
    figures.one_core_ms =
        tour::timed_ms([&] { figures.primes = tour::count_primes(0, primes_below); });
    figures.all_cores_ms = tour::timed_ms([&] { figures.primes = count_on_all_cores(); });
  });
  co_await std::move(computing);
  co_return http::ok(figures);
}

void user_pages::add_routes(http::server& server) {
  server.get("/", [](http::request&) -> task<http::response> { co_return http::ok(welcome); });
  server.get("/sync/users/{id:int}", [this](http::request& r) -> task<http::response> {
    const int id = r.param<int>("id");
    if (!is_user(id)) {
      co_return no_such_user(id);
    }
    // Announced, so that the pool lends this worker's place to another thread meanwhile.
    co_return blocking([&] { return load_blocking(id); });
  });
  server.get("/async/users/{id:int}", [this](http::request& r) -> task<http::response> {
    const int id = r.param<int>("id");
    if (!is_user(id)) {
      co_return no_such_user(id);
    }
    co_return co_await load_async(id);
  });
  server.get("/parallel/users/{id:int}", [this](http::request& r) -> task<http::response> {
    const int id = r.param<int>("id");
    if (!is_user(id)) {
      co_return no_such_user(id);
    }
    co_return co_await compute(id);
  });
}

}  // namespace weft::serve
