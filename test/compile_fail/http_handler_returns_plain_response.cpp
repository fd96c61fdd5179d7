// A handler gives a task; a plain response would hide that it runs on a worker.
// expect: weft: a handler returns task<http::response>
#include <weft/http/server.hpp>
#include <weft/task.hpp>

void routes(weft::http::server& server) {
#ifdef WEFT_COMPILE_OK
  server.get("/", [](weft::http::request&) { return weft::from_result(weft::http::ok("hello")); });
#else
  server.get("/", [](weft::http::request&) { return weft::http::ok("hello"); });
#endif
}
