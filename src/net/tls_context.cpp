#include <weft/net/tls_context.hpp>

#include "tls_engine.hpp"

namespace weft::net {

tls_context tls_context::client(const tls_options& options) {
  return tls_context(
      std::make_shared<detail::tls_core>(detail::tls_core::role::client, options.settings()));
}

tls_context tls_context::server(const tls_options& options) {
  return tls_context(
      std::make_shared<detail::tls_core>(detail::tls_core::role::server, options.settings()));
}

void tls_context::reload() {
  core_->reload(std::nullopt);
}

void tls_context::reload(const tls_options& options) {
  core_->reload(options.settings());
}

}  // namespace weft::net
