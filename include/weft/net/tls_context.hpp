#pragma once
/// `tls_context`: what a TLS client or server trusts and shows; `tls_error`. In `weft::tls`.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace weft::net {

/// Why a TLS connection was refused or ended.
enum class tls_failure : std::uint8_t {
  expired,             ///< the certificate, the revocation list, or the stapled status
  not_yet_valid,       ///< likewise
  self_signed,         ///< and not among what is trusted
  unknown_issuer,      ///< signed by somebody who is not trusted, or whose certificate is missing
  wrong_host,          ///< the certificate is for other names
  revoked,             ///< its issuer has taken it back
  no_revocation_list,  ///< lists are asked for, and the issuer's is missing
  no_status,           ///< its status (OCSP) had to come along and did not
  bad_status,          ///< the status that came along says nothing that can be trusted
  no_certificate,      ///< the peer had to show one and did not
  bad_certificate,     ///< anything else that is wrong with it, or it cannot be read
  refused_by_peer,     ///< the peer sent an alert; the message says which
  truncated,           ///< the connection ended without the peer's saying so
  protocol,            ///< what came is no TLS, or there is no version or cipher in common
};

/// **Throws**: what TLS itself refuses. Its message says what was wrong and what to do.
class tls_error : public std::runtime_error {
 public:
  tls_error(tls_failure kind, const std::string& message)
      : std::runtime_error(message), kind_(kind) {}
  tls_error(const tls_error&) noexcept = default;
  ~tls_error() override;
  [[nodiscard]] tls_failure kind() const noexcept { return kind_; }

 private:
  tls_failure kind_;
};

enum class tls_version : std::uint8_t { tls_1_2, tls_1_3 };

/// Whether the peer must show a certificate that can be verified.
enum class tls_verify : std::uint8_t {
  none,      ///< Not asked for (server), not looked at (client: encrypted, to whomever).
  optional,  ///< Server: may show one; a bad one is refused.
  required,
};

/// What a client wants of the status (OCSP) that a server may send along with its certificate: its
/// authority's word, a few days old at most, that it has not been taken back.
enum class tls_staple : std::uint8_t {
  ignored,   ///< Not asked for.
  checked,   ///< Asked for. What comes must be right; a certificate that says so must come with it.
  required,  ///< No connection without it.
};

namespace detail {

class tls_core;

/// A PEM text, or the path of one, which `reload` reads again.
struct tls_text {
  std::string text;
  bool is_path = false;
};

struct tls_identity {
  tls_text chain;
  tls_text key;
  std::string password;
  std::optional<tls_text> staple;
};

struct tls_settings {
  std::vector<tls_text> trusted;
  std::vector<tls_text> revoked;
  std::vector<tls_identity> identities;
  std::vector<std::string> protocols;
  std::chrono::nanoseconds handshake_timeout = std::chrono::seconds(10);
  tls_version minimum = tls_version::tls_1_2;
  tls_verify verify = tls_verify::none;
  tls_staple staple = tls_staple::checked;
  bool verify_said = false;
  bool trust_system = false;
};

}  // namespace detail

/// What a `tls_context` is made of; each member gives the object back, to be chained. No aggregate
/// on purpose: it may stand as a temporary in a `co_await`.
class tls_options {
 public:
  tls_options() = default;

  /// Certificates of authorities (or single peers), PEM. Where any are given, the system's are not
  /// trusted, unless `trust_system` is called.
  tls_options& trust_pem(std::string certificates) {
    settings_.trusted.push_back({std::move(certificates), false});
    return *this;
  }
  tls_options& trust_file(std::string path) {
    settings_.trusted.push_back({std::move(path), true});
    return *this;
  }
  tls_options& trust_system() {
    settings_.trust_system = true;
    return *this;
  }

  /// The certificate that we show, with those between it and its authority behind it, and its key.
  /// A server may have several: the first whose names cover what the client asks for (SNI), else
  /// the first.
  tls_options& certificate_pem(std::string chain, std::string key, std::string password = {}) {
    settings_.identities.push_back(
        {{std::move(chain), false}, {std::move(key), false}, std::move(password), std::nullopt});
    return *this;
  }
  tls_options& certificate_file(std::string chain, std::string key, std::string password = {}) {
    settings_.identities.push_back(
        {{std::move(chain), true}, {std::move(key), true}, std::move(password), std::nullopt});
    return *this;
  }

  /// The status (OCSP response, DER, as `openssl ocsp -respout` writes it) that goes to clients
  /// with the certificate given last. It stays valid for days: fetch another and
  /// `tls_context::reload` in time; one that has expired is sent no more.
  /// **Throws** `std::invalid_argument` before the first certificate.
  tls_options& staple_der(std::string response) { return staple({std::move(response), false}); }
  tls_options& staple_file(std::string path) { return staple({std::move(path), true}); }

  /// What a client that verifies wants of it: `checked` unless said otherwise.
  tls_options& staple(tls_staple how) {
    settings_.staple = how;
    return *this;
  }

  /// Revocation lists (CRL), PEM. Once one is given, the list of each peer's issuer is required.
  tls_options& revocation_pem(std::string lists) {
    settings_.revoked.push_back({std::move(lists), false});
    return *this;
  }
  tls_options& revocation_file(std::string path) {
    settings_.revoked.push_back({std::move(path), true});
    return *this;
  }

  /// The peer's certificate. Clients: `required` unless said otherwise; servers: `none`.
  tls_options& verify(tls_verify how) {
    settings_.verify = how;
    settings_.verify_said = true;
    return *this;
  }
  /// Application protocols (ALPN), best first: "h2", "http/1.1". A server without one in common
  /// with the client refuses it.
  tls_options& alpn(std::vector<std::string> protocols) {
    settings_.protocols = std::move(protocols);
    return *this;
  }
  tls_options& minimum_version(tls_version lowest) {
    settings_.minimum = lowest;
    return *this;
  }
  /// How long a handshake may take; `weft::infinite`: as long as it likes. 10 s unless said.
  tls_options& handshake_timeout(std::chrono::nanoseconds limit) {
    settings_.handshake_timeout = limit;
    return *this;
  }

  [[nodiscard]] const detail::tls_settings& settings() const noexcept { return settings_; }

 private:
  tls_options& staple(detail::tls_text response);

  detail::tls_settings settings_;
};

/// Made once and used for many connections: it holds certificates, and the sessions that clients
/// resume. Cheap to copy; copies are the same context.
/// **Throws** `tls_error` for certificates and keys that cannot be read or do not belong together,
/// `std::system_error` for files, `std::invalid_argument` for options that make no sense.
/// **Thread-safety**: all members.
/// **Cost**: making one reads files and blocks the thread while it does.
/// **Source**: RFC 8446, RFC 5246; SslServerAuthenticationOptions and
/// SslClientAuthenticationOptions with SslStreamCertificateContext. Differs: no callback decides
/// about trust.
class tls_context {
 public:
  /// Verifies the server's certificate and name, against what the system trusts unless `options`
  /// say otherwise.
  [[nodiscard]] static tls_context client(const tls_options& options = {});
  /// **Pre**: `options` have a certificate.
  [[nodiscard]] static tls_context server(const tls_options& options);

  /// Reads the files again; connections made from now on use what they hold. When it throws, all
  /// stays as it was. Sessions of before are not resumed.
  void reload();
  /// The same with other options.
  void reload(const tls_options& options);

  [[nodiscard]] const std::shared_ptr<detail::tls_core>& core() const noexcept { return core_; }

 private:
  explicit tls_context(std::shared_ptr<detail::tls_core> core) noexcept : core_(std::move(core)) {}
  std::shared_ptr<detail::tls_core> core_;
};

}  // namespace weft::net
