#include <weft/http/server.hpp>

#include <weft/base/error.hpp>

#include "server_core.hpp"

#include <stdexcept>
#include <utility>

namespace weft::http {

server::server(server_options options) {
  if (options.max_header_bytes < 256 ||
      options.header_timeout <= std::chrono::nanoseconds::zero() ||
      options.body_timeout <= std::chrono::nanoseconds::zero() ||
      options.write_timeout <= std::chrono::nanoseconds::zero() ||
      options.idle_timeout <= std::chrono::nanoseconds::zero() ||
      options.drain_timeout < std::chrono::nanoseconds::zero()) {
    throw std::invalid_argument(
        "http: server_options: time-outs must be positive and max_header_bytes at least 256");
  }
  core_ = std::make_shared<detail::server_core>(options);
}

server::server(server&&) noexcept = default;

server& server::operator=(server&& other) noexcept {
  std::swap(core_, other.core_);
  return *this;
}

server::~server() {
  if (core_ != nullptr && core_->started) {
    core_->abandon();
  }
}

void server::add(method m, std::string_view pattern, std::unique_ptr<detail::endpoint> target) {
  if (core_->started) {
    throw invalid_operation("weft: routes are added before the http::server is started");
  }
  core_->routes.add(m, pattern, target.get());
  core_->endpoints.push_back(std::move(target));
}

server& server::on_error(error_handler handler) {
  core_->on_error = std::move(handler);
  return *this;
}

server& server::set_context(void* context) {
  core_->context = context;
  return *this;
}

task<> server::start() {
  core_->start();
  co_return;
}

std::uint16_t server::port() const {
  if (!core_->started) {
    throw invalid_operation("weft: an http::server has a port only after start()");
  }
  return core_->port;
}

task<> server::stop() {
  if (!core_->started) {
    return completed_task();
  }
  return core_->stop();
}

namespace {

task<> run_until(std::shared_ptr<detail::server_core> core, std::stop_token stop) {
  core->start();
  task_completion_source<> requested{{.run_continuations_asynchronously = true}};
  auto done = requested.task();
  {
    const std::stop_callback on_stop(stop, [&requested] { requested.try_set_result(); });
    co_await done.configure_await(false);
  }
  auto stopped = core->stop();
  co_await stopped.configure_await(false);
}

}  // namespace

task<> server::run(std::stop_token stop) {
  return run_until(core_, std::move(stop));
}

std::size_t server::connections() const noexcept {
  return core_->connections();
}

}  // namespace weft::http
