#pragma once
/// The one file that names OpenSSL: what tls_generation.cpp and tls_engine.cpp share of it.

#include <weft/base/lock.hpp>
#include <weft/net/tls_context.hpp>

#include "tls_engine.hpp"

#include <chrono>
#include <ctime>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace weft::net::detail {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
inline void free_certificates(STACK_OF(X509) * all) noexcept {
  sk_X509_pop_free(all, X509_free);
}
inline void free_names(GENERAL_NAMES* all) noexcept {
  GENERAL_NAMES_free(all);
}

using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using crl_ptr = std::unique_ptr<X509_CRL, freed_by<X509_CRL_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using ocsp_ptr = std::unique_ptr<OCSP_RESPONSE, freed_by<OCSP_RESPONSE_free>>;
using basic_ptr = std::unique_ptr<OCSP_BASICRESP, freed_by<OCSP_BASICRESP_free>>;
using certid_ptr = std::unique_ptr<OCSP_CERTID, freed_by<OCSP_CERTID_free>>;
using chain_ptr = std::unique_ptr<STACK_OF(X509), freed_by<free_certificates>>;
using store_ptr = std::unique_ptr<X509_STORE, freed_by<X509_STORE_free>>;
using context_ptr = std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>>;
using session_ptr = std::unique_ptr<SSL_SESSION, freed_by<SSL_SESSION_free>>;
using names_ptr = std::unique_ptr<GENERAL_NAMES, freed_by<free_names>>;

template <class T>
T* checked(T* made) {
  if (made == nullptr) {
    throw std::bad_alloc();
  }
  return made;
}

/// What an error of the library says.
[[nodiscard]] std::string reason_of(unsigned long code);
/// Throws what the library's queue of errors says of its refusal.
[[noreturn]] void throw_refused(const char* what);

/// A status that a server sends with its certificate.
struct staple {
  std::string response;              // DER
  std::optional<std::time_t> until;  // from then on it is sent no more
};

/// A certificate with its key and those between it and its authority.
struct identity {
  explicit identity(const tls_identity& from);
  key_ptr key;
  chain_ptr chain;
  x509_ptr leaf;
  std::optional<staple> status;
};

/// What is wrong with a peer's certificate.
struct problem {
  tls_failure kind;
  std::string text;
};
[[nodiscard]] problem judge(int code, X509* certificate, const std::string& host);

/// What an authority says about a certificate of ours.
/// **Throws** `tls_error` when that is nothing, or another one, or no longer valid.
[[nodiscard]] staple read_staple(const tls_text& from, X509* leaf);
/// What is wrong with the status that came, or did not come, with the server's certificate.
/// **Pre**: the certificate is verified.
[[nodiscard]] std::optional<problem> judge_staple(SSL* ssl, bool required);

[[nodiscard]] std::string shown(const ASN1_TIME* when);
[[nodiscard]] std::string subject_of(X509* certificate);
[[nodiscard]] bio_ptr open_text(const tls_text& from, const char* what);
/// "the `what` in 'its file'".
[[nodiscard]] std::string described(const tls_text& from, const char* what);

/// What a client may resume.
class tls_sessions {
 public:
  void put(const std::string& key, SSL_SESSION* taken_over) {
    entry dropped;
    entry added{key, session_ptr(taken_over)};
    const weft::detail::lock_guard held(mutex_);
    if (kept_.size() == most) {
      dropped = std::move(kept_.front());
      kept_.pop_front();
    }
    kept_.push_back(std::move(added));
  }

  /// The newest, or null. One of TLS 1.3 is used once (RFC 8446, C.4).
  session_ptr take(const std::string& key) {
    const weft::detail::lock_guard held(mutex_);
    for (auto at = kept_.rbegin(); at != kept_.rend(); ++at) {
      if (at->key == key) {
        if (SSL_SESSION_get_protocol_version(at->session.get()) < TLS1_3_VERSION) {
          SSL_SESSION_up_ref(at->session.get());
          return session_ptr(at->session.get());
        }
        session_ptr found = std::move(at->session);
        kept_.erase(std::next(at).base());
        return found;
      }
    }
    return nullptr;
  }

 private:
  static constexpr std::size_t most = 256;  // of all hosts
  struct entry {
    std::string key;
    session_ptr session;
  };
  weft::detail::lock mutex_;
  std::deque<entry> kept_;  // guarded by mutex_; the oldest in front
};

/// Certificates, keys and trust as they were read once.
class tls_generation {
 public:
  tls_generation(tls_core::role what, const tls_settings& from);

  /// The one that this thread shares with few others.
  [[nodiscard]] SSL_CTX* context() const noexcept;

  tls_sessions sessions;
  std::chrono::nanoseconds handshake_timeout;
  bool is_client;
  bool verifies;

 private:
  void read_trust(const tls_settings& from);
  context_ptr make_context(const tls_settings& from, const unsigned char* tickets);
  void set_verify(SSL_CTX* c, tls_verify how) const;
  void set_identities(SSL_CTX* c);
  void set_protocols(SSL_CTX* c);
  void set_status(SSL_CTX* c);

  static int on_verify(int fine, X509_STORE_CTX* store);
  static int on_session(SSL* ssl, SSL_SESSION* session);
  static int on_protocols(SSL* ssl, const unsigned char** chosen, unsigned char* size,
                          const unsigned char* offered, unsigned int offered_size, void* self);
  static int on_certificate(SSL* ssl, void* self);
  static int on_status(SSL* ssl, void* self);         // of the server's, that has come
  static int on_status_wanted(SSL* ssl, void* self);  // of ours

  store_ptr trust_;
  std::vector<x509_ptr> authorities_;
  std::vector<identity> identities_;
  tls_staple staple_;
  std::string protocols_;  // each with its length before it
  std::vector<context_ptr> contexts_;
};

/// A connection's object of the library, and the bytes on both its sides.
struct tls_connection {
  std::shared_ptr<tls_generation> generation;
  std::unique_ptr<SSL, freed_by<SSL_free>> ssl;
  std::string host;
  std::string session;  // empty: none is kept
  std::optional<problem> certificate;
  std::optional<tls_error> failure;
  bool said_end = false;

  std::string in;  // from in_begin to in_end: not yet taken
  std::size_t in_begin = 0;
  std::size_t in_end = 0;
  std::size_t last_received = 0;
  bool in_ended = false;
  std::string out;

  [[noreturn]] void fail(const char* during);
  [[nodiscard]] tls_error explained(unsigned long code, const char* during) const;
  void check() const {
    if (failure) {
      throw *failure;
    }
  }
  [[nodiscard]] std::string peer() const { return host.empty() ? "the peer" : "'" + host + "'"; }
};

}  // namespace weft::net::detail
