#include <weft/net/tls_context.hpp>

#include "tls_engine.hpp"

#include <stdexcept>
#include <utility>

namespace weft::net {

tls_options& tls_options::staple(detail::tls_text response) {
  if (settings_.identities.empty()) {
    throw std::invalid_argument(
        "tls: a status is stapled to the certificate given last: call certificate_file or "
        "certificate_pem first");
  }
  settings_.identities.back().staple = std::move(response);
  return *this;
}

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
