// A name that is looked up on a blocking thread, under the model checker: its call ends while the
// token of who waits is requested. The task ends once, and the call is freed once, after the last
// look of both.

#include "model/mutants.hpp"
#include "model/stop_callback.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WEFT_MODEL 1
#define weft weft_model_of_resolve
#include "base/assert.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "model/context_stubs.hpp"
#include "model/task_stubs.hpp"
#include "net/resolve.cpp"
#include "task/core.cpp"

namespace weft::detail {
reactor& default_reactor() {
  std::abort();
}
}  // namespace weft::detail
namespace weft::net {
std::optional<address> address::parse(std::string_view) {
  return std::nullopt;
}
namespace detail {
std::pair<address, std::uint16_t> from_system(const sockaddr&) noexcept {
  std::abort();
}
}  // namespace detail
}  // namespace weft::net

namespace {

using namespace weft::detail;  // NOLINT
using weft::net::address;
using weft::net::resolve_call;
using weft::net::resolve_operation;

/// One call on its way, which cannot be stopped.
struct one_call final : reactor {
  void submit(io_request& request) noexcept override { pending = &request; }
  void cancel(io_request&, io_cancel) noexcept override {}
  [[nodiscard]] io_backend backend() const noexcept override { return io_backend::epoll; }
  void take_over(io_request&) noexcept override { std::abort(); }
  void wait(job_list&, std::int64_t) noexcept override { std::abort(); }
  void wake() noexcept override { std::abort(); }
  void cancel_linked(io_request&) noexcept override { std::abort(); }
  void retire(io_target*) noexcept override { std::abort(); }
  io_request* pending = nullptr;
};

struct shared {
  shared() { of->begin(); }
  void end() {
    auto& call = static_cast<resolve_call&>(*backend.pending);
    call.found.emplace_back();
    job_list ready;
    call.done(call, ready);
    stub_run_all(ready);
  }
  stub_memory memory;
  std::stop_source stop;
  one_call backend;
  resolve_operation* of = frame_new<resolve_operation>(backend, "host", stop.get_token());
  weft::task<std::vector<address>> answer{of->core()};
};

/// By its token, by its owner who goes, or by both.
template <bool Stopped>
model::result given_up_while_it_ends(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   if (Stopped) {
                                     s.stop.request_stop();
                                   }
                                   s.answer = {};
                                 },
                                 [](shared& s) { s.end(); }},
                                [](shared&) {
                                  model::require(stub_memory::freed().size() == 1,
                                                 "the operation was not freed");
                                });
}

TEST(resolve_model, needs_each_order) {
  model::expect_all_killed("resolve", {"net::resolve_call"},
                           {{"stopped while it ends",
                             &given_up_while_it_ends<true>,
                             {.preemptions = 2, .stale_reads = 1}},
                            {"dropped while it ends",
                             &given_up_while_it_ends<false>,
                             {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
