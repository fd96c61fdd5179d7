#include "resources/page.hpp"

#include <weft/fs.hpp>

#include "resources/page_trace.hpp"

#include <utility>

#include <fmt/format.h>

namespace weft::tour {
namespace {

std::string render(const std::string& user, const std::string& picture, const std::string& feed) {
  return fmt::format("{}; {}; {}", user, picture, feed);
}

std::int64_t key(std::size_t id) {
  return static_cast<std::int64_t>(id);
}

task<std::string> ask_for_user(page_services& s, std::size_t id) {
  return s.users.query_one<std::string>("SELECT stored(id) FROM users WHERE id = ?", key(id));
}

std::string feed_path(std::size_t id) {
  return fmt::format("/feed/{}", id);
}

}  // namespace

task<page_services> open_services(const resources& outside) {
  page_services s;
  s.outside = &outside;
  auto opened = outside.open_database();
  s.users = co_await std::move(opened);
  co_return s;
}

task<std::string> get_user(page_services& s, std::size_t id) {
  mark_step(id, step::user, step_end::begin);
  auto asked = ask_for_user(s, id);
  std::string user = co_await std::move(asked);
  mark_step(id, step::user, step_end::end);
  co_return user;
}

task<std::string> get_picture(page_services& s, std::size_t id) {
  mark_step(id, step::picture, step_end::begin);
  auto reading = fs::read_all_text(s.outside->picture(id));
  std::string picture = co_await std::move(reading);
  mark_step(id, step::picture, step_end::end);
  co_return picture;
}

task<std::string> get_feed(page_services& s, std::size_t id) {
  mark_step(id, step::feed, step_end::begin);
  auto fetching = s.http.get_string(s.outside->url(feed_path(id)));
  std::string feed = co_await std::move(fetching);
  mark_step(id, step::feed, step_end::end);
  co_return feed;
}

std::string load_page_blocking(page_services& s, std::size_t id) {
  mark_step(id, step::user, step_end::begin);
  const std::string user = ask_for_user(s, id).result();
  mark_step(id, step::user, step_end::end);
  mark_step(id, step::picture, step_end::begin);
  const std::string picture =
      traced_blocking("file", [&] { return blocking_read(s.outside->picture(id)); });
  mark_step(id, step::picture, step_end::end);
  mark_step(id, step::feed, step_end::begin);
  const std::string feed = traced_blocking(
      "http", [&] { return blocking_get(s.outside->where().http_port, feed_path(id)); });
  mark_step(id, step::feed, step_end::end);
  return render(user, picture, feed);
}

task<std::string> load_page_one_by_one(page_services& s, std::size_t id) {
  const std::string user = co_await get_user(s, id);
  const std::string picture = co_await get_picture(s, id);
  const std::string feed = co_await get_feed(s, id);
  co_return render(user, picture, feed);
}

task<std::string> load_page_together(page_services& s, std::size_t id) {
  auto user = get_user(s, id);
  auto picture = get_picture(s, id);
  auto feed = get_feed(s, id);
  co_await when_all(user, picture, feed);
  co_return render(user.result(), picture.result(), feed.result());
}

}  // namespace weft::tour
