// A web API and a client that asks it: typed route parameters, JSON in and out, 404, graceful stop.
// needs: http
#include <weft/http.hpp>
#include <weft/json.hpp>
#include <weft/task.hpp>

#include <cstdio>
#include <map>
#include <mutex>
#include <string>

struct user {
  int id = 0;
  std::string name;
};
WEFT_JSON(user, id, name)

weft::task<> ask(std::string base) {
  weft::http::client client;  // made once: it keeps its connections

  const auto ann = co_await client.get_json<user>(base + "/api/users/1");
  std::printf("user 1 is %s\n", ann.name.c_str());

  const user bo{2, "Bo"};
  auto posted = client.post_json(base + "/api/users", bo);
  const auto& answer = co_await posted;
  std::printf("created: %d at %s\n", answer.status(),
              std::string(answer.headers().get("Location").value_or("?")).c_str());

  auto missing = client.get(base + "/api/users/99");
  std::printf("user 99: %s\n", (co_await missing).body().c_str());
}

int main() {
  std::map<int, user> users{{1, {1, "Ann"}}};
  std::mutex mutex;  // handlers run side by side; it is never held across a co_await

  weft::http::server server;
  server.get("/api/users/{id:int}",
             [&](weft::http::request& r) -> weft::task<weft::http::response> {
               const std::scoped_lock held(mutex);
               const auto found = users.find(r.param<int>("id"));
               if (found == users.end()) {
                 co_return weft::http::not_found();
               }
               co_return weft::http::ok(found->second);
             });
  server.post("/api/users", [&](weft::http::request& r) -> weft::task<weft::http::response> {
    auto added = co_await r.json<user>();  // what is no user is answered 400, saying where
    const std::scoped_lock held(mutex);
    users[added.id] = added;
    co_return weft::http::created("/api/users/" + std::to_string(added.id), added);
  });

  weft::block_on(server.start());
  weft::block_on(ask("http://127.0.0.1:" + std::to_string(server.port())));
  weft::block_on(server.stop());  // requests in flight end first
}
