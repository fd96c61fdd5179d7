// Contexts: certificates, keys and trust, read from PEM and kept until the next `reload`.
//
// A context is read into a *generation*, with one SSL_CTX for each few threads, since connections
// that share one contend for its counters (OpenSSL 3.0). Ticket keys are the generation's, so a
// server that reloads resumes no session of before. Servers keep no sessions (tickets hold them);
// clients keep theirs here rather than in SSL_CTX, by host and port.
//
// Rejected: the library's exit handler, which takes its tables away while threads of the default
// pool still run; SSL_CTX's own session cache, which locks; callbacks that decide about trust.

#include <weft/base/cpu_quota.hpp>
#include <weft/task/thread_state.hpp>
#include <weft/time/time_provider.hpp>

#include "tls_openssl.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace weft::net::detail {

using weft::detail::lock_guard;

namespace {

constexpr int ticket_bytes = 80;     // OpenSSL's: a name, a key for HMAC and one for AES
constexpr unsigned most_shards = 8;  // SSL_CTX a context; each is some 10 KiB

void start_library() {
  static const int once = OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, nullptr);
  if (once != 1) {
    throw tls_error(tls_failure::protocol, "tls: the OpenSSL library does not start");
  }
}

}  // namespace

// --- reading PEM ---

bio_ptr open_text(const tls_text& from, const char* what) {
  ERR_clear_error();
  errno = 0;
  bio_ptr opened(from.is_path
                     ? BIO_new_file(from.text.c_str(), "rb")
                     : BIO_new_mem_buf(from.text.data(), static_cast<int>(from.text.size())));
  if (opened == nullptr) {
    throw std::system_error(errno != 0 ? errno : ENOENT, std::generic_category(),
                            std::string("tls: cannot read the ") + what + " '" + from.text + "'");
  }
  return opened;
}

std::string described(const tls_text& from, const char* what) {
  return std::string("the ") + what + (from.is_path ? " in '" + from.text + "'" : "");
}

namespace {

// All that `read` finds in a text; at least one.
template <class Pointer, class Read>
std::vector<Pointer> read_all(const tls_text& from, const char* what, Read read) {
  const bio_ptr in = open_text(from, what);
  std::vector<Pointer> found;
  while (auto* one = read(in.get())) {
    found.emplace_back(one);
  }
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (found.empty() || ERR_GET_REASON(error) != PEM_R_NO_START_LINE) {
    throw tls_error(tls_failure::bad_certificate,
                    "tls: cannot understand " + described(from, what) + ": " +
                        (found.empty() && ERR_GET_REASON(error) == PEM_R_NO_START_LINE
                             ? std::string("it holds none in PEM form")
                             : reason_of(error)));
  }
  return found;
}

std::vector<x509_ptr> read_certificates(const tls_text& from) {
  return read_all<x509_ptr>(from, "certificate", [](BIO* in) {
    return PEM_read_bio_X509(in, nullptr, nullptr, const_cast<char*>(""));
  });
}

int give_password(char* into, int size, int, void* from) {
  const auto& password = *static_cast<const std::string*>(from);
  const int n = std::min(size, static_cast<int>(password.size()));
  std::memcpy(into, password.data(), static_cast<std::size_t>(n));
  return n;
}

key_ptr read_key(const tls_identity& from) {
  const bio_ptr in = open_text(from.key, "key");
  key_ptr key(PEM_read_bio_PrivateKey(in.get(), nullptr, &give_password,
                                      const_cast<std::string*>(&from.password)));
  if (key == nullptr) {
    const std::string reason = reason_of(ERR_peek_last_error());
    ERR_clear_error();
    throw tls_error(tls_failure::bad_certificate,
                    "tls: cannot understand " + described(from.key, "key") + " (" + reason +
                        "): it must be in PEM form, and its password right");
  }
  return key;
}

}  // namespace

void throw_refused(const char* what) {
  const std::string reason = reason_of(ERR_peek_last_error());
  ERR_clear_error();
  throw tls_error(tls_failure::bad_certificate,
                  std::string("tls: OpenSSL refuses ") + what + ": " + reason);
}

identity::identity(const tls_identity& from)
    : key(read_key(from)), chain(checked(sk_X509_new_null())) {
  auto all = read_certificates(from.chain);
  leaf = std::move(all.front());
  for (auto at = all.begin() + 1; at != all.end(); ++at) {
    if (sk_X509_push(chain.get(), at->get()) == 0) {
      throw std::bad_alloc();
    }
    (void)at->release();
  }
  if (X509_check_private_key(leaf.get(), key.get()) != 1) {
    ERR_clear_error();
    throw tls_error(tls_failure::bad_certificate,
                    "tls: " + described(from.chain, "certificate") + " and " +
                        described(from.key, "key") +
                        " do not belong together: the file must begin with the key's own "
                        "certificate");
  }
  if (from.staple) {
    status = read_staple(*from.staple, leaf.get());
  }
}

// --- tls_generation ---

SSL_CTX* tls_generation::context() const noexcept {
  auto at = reinterpret_cast<std::uintptr_t>(&weft::detail::this_thread());
  at = (at * 0x9E3779B97F4A7C15U) >> 48;  // the upper half mixes all bits (Knuth 6.4)
  return contexts_[at % contexts_.size()].get();
}

tls_generation::tls_generation(tls_core::role what, const tls_settings& from)
    : handshake_timeout(from.handshake_timeout),
      is_client(what == tls_core::role::client),
      staple_(from.staple) {
  const tls_verify how = !from.verify_said && is_client ? tls_verify::required : from.verify;
  verifies = how != tls_verify::none;
  if (handshake_timeout <= std::chrono::nanoseconds::zero() && handshake_timeout != infinite) {
    throw std::invalid_argument("tls: handshake_timeout is positive, or weft::infinite");
  }
  if (!is_client && from.identities.empty()) {
    throw std::invalid_argument(
        "tls: a server needs a certificate: tls_options::certificate_file or certificate_pem");
  }
  if (!is_client && verifies && from.trusted.empty() && !from.trust_system) {
    throw std::invalid_argument(
        "tls: a server that verifies its clients must say whose certificates it trusts: "
        "tls_options::trust_file");
  }
  if (is_client && from.identities.size() > 1) {
    throw std::invalid_argument("tls: a client has one certificate at most");
  }
  for (const std::string& name : from.protocols) {
    if (name.empty() || name.size() > 255) {
      throw std::invalid_argument("tls: the name of a protocol (ALPN) has 1 to 255 bytes");
    }
    protocols_ += static_cast<char>(name.size());
    protocols_ += name;
  }
  for (const tls_identity& one : from.identities) {
    identities_.emplace_back(one);
  }
  if (verifies) {
    read_trust(from);
  }
  std::array<unsigned char, ticket_bytes> tickets{};
  if (RAND_bytes(tickets.data(), ticket_bytes) != 1) {
    throw_refused("to make random keys");
  }
  const unsigned shards = std::clamp(weft::detail::usable_cpus(), 1U, most_shards);
  for (unsigned i = 0; i < shards; ++i) {
    contexts_.push_back(make_context(from, tickets.data()));
    set_verify(contexts_.back().get(), how);
  }
}

void tls_generation::read_trust(const tls_settings& from) {
  trust_.reset(checked(X509_STORE_new()));
  if (from.trust_system || from.trusted.empty()) {
    if (X509_STORE_set_default_paths(trust_.get()) != 1) {
      throw_refused("the system's certificates");
    }
  }
  // What is trusted on purpose is, though it is no root.
  unsigned long flags = from.trusted.empty() ? 0 : X509_V_FLAG_PARTIAL_CHAIN;
  for (const tls_text& one : from.trusted) {
    for (x509_ptr& certificate : read_certificates(one)) {
      if (X509_STORE_add_cert(trust_.get(), certificate.get()) != 1) {
        throw_refused("a trusted certificate");
      }
      authorities_.push_back(std::move(certificate));
    }
  }
  for (const tls_text& one : from.revoked) {
    flags |= X509_V_FLAG_CRL_CHECK;
    for (const crl_ptr& list : read_all<crl_ptr>(one, "revocation list", [](BIO* in) {
           return PEM_read_bio_X509_CRL(in, nullptr, nullptr, nullptr);
         })) {
      if (X509_STORE_add_crl(trust_.get(), list.get()) != 1) {
        throw_refused("a revocation list");
      }
    }
  }
  X509_STORE_set_flags(trust_.get(), flags);
}

context_ptr tls_generation::make_context(const tls_settings& from, const unsigned char* tickets) {
  context_ptr made(SSL_CTX_new(is_client ? TLS_client_method() : TLS_server_method()));
  if (made == nullptr) {
    throw_refused("a new context");
  }
  SSL_CTX* const c = made.get();
  SSL_CTX_set_min_proto_version(
      c, from.minimum == tls_version::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (trust_ != nullptr) {
    SSL_CTX_set1_cert_store(c, trust_.get());
  }
  if (is_client) {
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(c, &tls_generation::on_session);
  } else {
    constexpr unsigned char name[] = "weft";
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(c, name, sizeof name - 1);
    if (SSL_CTX_set_tlsext_ticket_keys(c, const_cast<unsigned char*>(tickets), ticket_bytes) != 1) {
      throw_refused("the keys of tickets");
    }
    for (const x509_ptr& authority : authorities_) {
      SSL_CTX_add_client_CA(c, authority.get());
    }
  }
  set_identities(c);
  set_protocols(c);
  set_status(c);
  return made;
}

void tls_generation::set_verify(SSL_CTX* c, tls_verify how) const {
  const int mode = how == tls_verify::none ? SSL_VERIFY_NONE
                   : how == tls_verify::optional || is_client
                       ? SSL_VERIFY_PEER
                       : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(c, mode, &tls_generation::on_verify);
}

void tls_generation::set_identities(SSL_CTX* c) {
  if (identities_.empty()) {
    return;
  }
  const identity& first = identities_.front();
  if (SSL_CTX_use_cert_and_key(c, first.leaf.get(), first.key.get(), first.chain.get(), 1) != 1) {
    throw_refused("the certificate");
  }
  if (identities_.size() > 1) {
    SSL_CTX_set_cert_cb(c, &tls_generation::on_certificate, this);
  }
}

void tls_generation::set_protocols(SSL_CTX* c) {
  if (protocols_.empty()) {
    return;
  }
  if (!is_client) {
    SSL_CTX_set_alpn_select_cb(c, &tls_generation::on_protocols, this);
  } else if (SSL_CTX_set_alpn_protos(c, reinterpret_cast<const unsigned char*>(protocols_.data()),
                                     static_cast<unsigned>(protocols_.size())) != 0) {
    throw_refused("the application protocols");
  }
}

void tls_generation::set_status(SSL_CTX* c) {
  if (!is_client) {
    SSL_CTX_set_tlsext_status_cb(c, &tls_generation::on_status_wanted);
    SSL_CTX_set_tlsext_status_arg(c, this);
  } else if (verifies && staple_ != tls_staple::ignored) {
    SSL_CTX_set_tlsext_status_type(c, TLSEXT_STATUSTYPE_ocsp);
    SSL_CTX_set_tlsext_status_cb(c, &tls_generation::on_status);
    SSL_CTX_set_tlsext_status_arg(c, this);
  }
}

int tls_generation::on_status(SSL* ssl, void* self) {
  if (SSL_session_reused(ssl) == 1) {
    return 1;  // it came with the first connection of the session
  }
  auto& c = *static_cast<tls_connection*>(SSL_get_app_data(ssl));
  try {
    c.certificate =
        judge_staple(ssl, static_cast<tls_generation*>(self)->staple_ == tls_staple::required);
  } catch (const std::exception& e) {
    c.certificate =
        problem{tls_failure::bad_status, std::string("'s status is refused: ") + e.what()};
  }
  return c.certificate ? 0 : 1;
}

int tls_generation::on_status_wanted(SSL* ssl, void* self) {
  const X509* const shown = SSL_get_certificate(ssl);
  for (const identity& one : static_cast<tls_generation*>(self)->identities_) {
    if (one.leaf.get() != shown || !one.status ||
        (one.status->until && *one.status->until <= std::time(nullptr))) {
      continue;
    }
    const std::string& response = one.status->response;
    void* const copy = OPENSSL_memdup(response.data(), response.size());
    if (copy != nullptr &&
        SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.size())) == 1) {
      return SSL_TLSEXT_ERR_OK;
    }
    OPENSSL_free(copy);
  }
  return SSL_TLSEXT_ERR_NOACK;
}

int tls_generation::on_verify(int fine, X509_STORE_CTX* store) {
  if (fine != 1) {
    auto* const ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto& c = *static_cast<tls_connection*>(SSL_get_app_data(ssl));
    if (!c.certificate) {
      c.certificate =
          judge(X509_STORE_CTX_get_error(store), X509_STORE_CTX_get_current_cert(store), c.host);
    }
  }
  return fine;
}

int tls_generation::on_session(SSL* ssl, SSL_SESSION* session) {
  auto& c = *static_cast<tls_connection*>(SSL_get_app_data(ssl));
  if (c.session.empty() || SSL_SESSION_is_resumable(session) != 1) {
    return 0;
  }
  c.generation->sessions.put(c.session, session);
  return 1;  // the reference is ours
}

int tls_generation::on_protocols(SSL*, const unsigned char** chosen, unsigned char* size,
                                 const unsigned char* offered, unsigned int offered_size,
                                 void* self) {
  const std::string& ours = static_cast<tls_generation*>(self)->protocols_;
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(ours.data()),
                            static_cast<unsigned>(ours.size()), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int tls_generation::on_certificate(SSL* ssl, void* self) {
  const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name != nullptr) {
    for (const identity& one : static_cast<tls_generation*>(self)->identities_) {
      if (X509_check_host(one.leaf.get(), name, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) ==
          1) {
        return SSL_use_cert_and_key(ssl, one.leaf.get(), one.key.get(), one.chain.get(), 1);
      }
    }
  }
  return 1;
}

// --- tls_core ---

tls_core::tls_core(role what, tls_settings settings) : kind(what), settings_(std::move(settings)) {
  start_library();
  generation_ = std::make_shared<tls_generation>(kind, settings_);
}

tls_core::~tls_core() = default;

void tls_core::reload(std::optional<tls_settings> other) {
  tls_settings settings;
  if (other) {
    settings = *std::move(other);
  } else {
    const lock_guard held(mutex_);
    settings = settings_;
  }
  auto made = std::make_shared<tls_generation>(kind, settings);
  const lock_guard held(mutex_);
  std::swap(settings_, settings);
  generation_.swap(made);
}

std::shared_ptr<tls_generation> tls_core::current() const {
  const lock_guard held(mutex_);
  return generation_;
}

}  // namespace weft::net::detail
