// The protocol of one connection, from bytes to bytes, and what its failures mean.
//
// A BIO of our own stands between OpenSSL and two strings, what came and what is to be sent, so
// that an idle connection holds no more than a small buffer and its SSL object.

#include "tls_engine.hpp"

#include <weft/base/error.hpp>
#include <weft/net/address.hpp>

#include "tls_openssl.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <utility>

namespace weft::net {

tls_error::~tls_error() = default;

namespace detail {

std::string reason_of(unsigned long code) {
  const char* const text = ERR_reason_error_string(code);
  return text != nullptr ? text : "error " + std::to_string(code);
}

namespace {

constexpr std::size_t small_input = 4096;      // bytes; what an idle connection waits with
constexpr std::size_t large_input = 32768;     // two records
constexpr std::size_t most_encrypted = 65536;  // bytes at a time

std::string text_of(BIO* out) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  return std::string(data, static_cast<std::size_t>(std::max(size, 0L)));
}

}  // namespace

std::string subject_of(X509* certificate) {
  const bio_ptr out(checked(BIO_new(BIO_s_mem())));
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0,
                     XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return text_of(out.get());
}

std::string shown(const ASN1_TIME* when) {
  std::tm at{};
  char text[32] = "?";
  if (ASN1_TIME_to_tm(when, &at) == 1) {
    (void)std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &at);
  }
  return text;
}

namespace {

// The first few of the names that a certificate is for.
std::string names_of(X509* certificate) {
  constexpr int most = 5;
  std::string list;
  const names_ptr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  const int count = names != nullptr ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count && i < most; ++i) {
    const GENERAL_NAME* const one = sk_GENERAL_NAME_value(names.get(), i);
    std::string name;
    if (one->type == GEN_DNS) {
      name.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName)),
                  static_cast<std::size_t>(ASN1_STRING_length(one->d.dNSName)));
    } else if (one->type == GEN_IPADD && ASN1_STRING_length(one->d.iPAddress) == 4) {
      std::array<std::uint8_t, 4> bytes{};
      std::memcpy(bytes.data(), ASN1_STRING_get0_data(one->d.iPAddress), 4);
      name = address::v4(bytes).to_string();
    } else {
      continue;
    }
    list += (list.empty() ? "" : ", ") + name;
  }
  return list.empty() ? "none" : list + (count > most ? ", …" : "");
}

// --- what is wrong with a certificate ---

struct verdict {
  int code;
  tls_failure kind;
  const char* advice;
};

constexpr verdict verdicts[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, tls_failure::expired,
     "its owner must renew it; or this machine's clock is wrong"},
    {X509_V_ERR_CERT_NOT_YET_VALID, tls_failure::not_yet_valid,
     "wait until then; or this machine's clock is wrong"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, tls_failure::self_signed,
     "if you know it to be right, trust it with tls_options::trust_file"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, tls_failure::self_signed,
     "if you know its authority to be right, trust it with tls_options::trust_file"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, tls_failure::unknown_issuer,
     "trust its authority with tls_options::trust_file, or let the peer send the certificates in "
     "between"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, tls_failure::unknown_issuer,
     "trust its authority with tls_options::trust_file, or let the peer send the certificates in "
     "between"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, tls_failure::unknown_issuer,
     "trust its authority with tls_options::trust_file, or let the peer send the certificates in "
     "between"},
    {X509_V_ERR_HOSTNAME_MISMATCH, tls_failure::wrong_host,
     "connect by one of its names, or let the server show one for this name"},
    {X509_V_ERR_IP_ADDRESS_MISMATCH, tls_failure::wrong_host,
     "connect by one of its names, or let the server show one for this address"},
    {X509_V_ERR_CERT_REVOKED, tls_failure::revoked,
     "its key may be in wrong hands: its owner needs a new one"},
    {X509_V_ERR_UNABLE_TO_GET_CRL, tls_failure::no_revocation_list,
     "add the list of its issuer with tls_options::revocation_file"},
    {X509_V_ERR_CRL_HAS_EXPIRED, tls_failure::expired,
     "fetch a newer revocation list, then tls_context::reload"},
    {X509_V_ERR_CRL_NOT_YET_VALID, tls_failure::not_yet_valid,
     "the revocation list is of the future; or this machine's clock is wrong"},
};

}  // namespace

problem judge(int code, X509* certificate, const std::string& host) {
  problem found{tls_failure::bad_certificate,
                std::string(" is refused: ") + X509_verify_cert_error_string(code)};
  for (const verdict& v : verdicts) {
    if (v.code == code) {
      found.kind = v.kind;
      if (certificate != nullptr && v.kind == tls_failure::wrong_host) {
        found.text = " is not for '" + host + "' but for: " + names_of(certificate);
      } else if (certificate != nullptr && code == X509_V_ERR_CERT_HAS_EXPIRED) {
        found.text = " expired on " + shown(X509_get0_notAfter(certificate));
      } else if (certificate != nullptr && code == X509_V_ERR_CERT_NOT_YET_VALID) {
        found.text = " is not valid before " + shown(X509_get0_notBefore(certificate));
      }
      found.text += std::string("; ") + v.advice;
    }
  }
  if (certificate != nullptr) {
    found.text = " '" + subject_of(certificate) + "'" + found.text;
  }
  return found;
}

namespace {

// --- the BIO ---

int bio_read(BIO* bio, char* into, std::size_t size, std::size_t* got) {
  auto& c = *static_cast<tls_connection*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *got = std::min(size, c.in_end - c.in_begin);
  if (*got == 0) {
    if (!c.in_ended) {
      BIO_set_retry_read(bio);
    }
    return 0;
  }
  std::memcpy(into, c.in.data() + c.in_begin, *got);
  c.in_begin += *got;
  return 1;
}

int bio_write(BIO* bio, const char* from, std::size_t size, std::size_t* taken) {
  auto& c = *static_cast<tls_connection*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  try {
    c.out.append(from, size);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  *taken = size;
  return 1;
}

long bio_control(BIO* bio, int what, long, void*) {
  const auto& c = *static_cast<tls_connection*>(BIO_get_data(bio));
  return what == BIO_CTRL_FLUSH || (what == BIO_CTRL_EOF && c.in_ended) ? 1 : 0;
}

BIO* make_bio(tls_connection& c) {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = checked(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "weft"));
    BIO_meth_set_read_ex(made, &bio_read);
    BIO_meth_set_write_ex(made, &bio_write);
    BIO_meth_set_ctrl(made, &bio_control);
    return made;
  }();
  BIO* const bio = checked(BIO_new(method));
  BIO_set_data(bio, &c);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace

// --- failures of a connection ---

void tls_connection::fail(const char* during) {
  const unsigned long code = ERR_peek_error();
  failure.emplace(explained(code, during));
  ERR_clear_error();
  throw *failure;
}

tls_error tls_connection::explained(unsigned long code, const char* during) const {
  const std::string begin = std::string("tls: ") + during + " with " + peer() + ": ";
  const int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && certificate) {
    return tls_error(certificate->kind, begin + "its certificate" + certificate->text);
  }
  if (reason == SSL_R_INVALID_STATUS_RESPONSE && certificate) {
    return tls_error(certificate->kind, begin + "its certificate" + certificate->text);
  }
  if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
    return tls_error(tls_failure::no_certificate,
                     begin + "it must show a certificate and has none; give it one");
  }
  if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING || (code == 0 && in_ended)) {
    return tls_error(tls_failure::truncated,
                     begin +
                         "the connection ended though the peer had not said that it is "
                         "complete (close_notify); what came may be cut short: ask again");
  }
  if (reason > SSL_AD_REASON_OFFSET) {
    return tls_error(
        tls_failure::refused_by_peer,
        begin + "the peer refuses us, with the alert '" +
            SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET) +
            "'; look at our certificate, name, protocols and versions, and at the peer's log");
  }
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_RECORD_LENGTH_MISMATCH:
    case SSL_R_UNEXPECTED_MESSAGE:
      return tls_error(tls_failure::protocol, begin + "what came is no TLS (" + reason_of(code) +
                                                  "); is it the right port?");
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_SHARED_CIPHER:
      return tls_error(tls_failure::protocol, begin + "no version or cipher in common (" +
                                                  reason_of(code) +
                                                  "); the other side is too old or too strict");
    default:
      return tls_error(tls_failure::protocol, begin + (code != 0 ? reason_of(code) : "it broke"));
  }
}

// --- tls_engine ---

tls_engine::tls_engine(const std::shared_ptr<tls_core>& core, std::string host, std::string session)
    : connection_(std::make_unique<tls_connection>()) {
  tls_connection& c = *connection_;
  c.generation = core->current();
  if (!host.empty() && host.back() == '.') {
    host.pop_back();
  }
  c.host = std::move(host);
  ERR_clear_error();
  c.ssl.reset(SSL_new(c.generation->context()));
  if (c.ssl == nullptr) {
    throw_refused("a new connection");
  }
  SSL* const ssl = c.ssl.get();
  SSL_set_app_data(ssl, &c);
  BIO* const bio = make_bio(c);
  SSL_set_bio(ssl, bio, bio);
  if (!c.generation->is_client) {
    SSL_set_accept_state(ssl);
    return;
  }
  SSL_set_connect_state(ssl);
  if ((c.generation->verifies && c.host.empty()) || c.host.find('\0') != std::string::npos) {
    throw std::invalid_argument("tls: a client needs the name of the host that it verifies");
  }
  const bool by_address = address::parse(c.host).has_value();
  const bool named = c.host.empty() || by_address || SSL_set_tlsext_host_name(ssl, c.host.c_str());
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int expected = by_address
                           ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), c.host.c_str())
                           : SSL_set1_host(ssl, c.host.c_str());
  if (!named || expected != 1) {
    throw_refused("the host's name");
  }
  c.session = std::move(session);
  if (const session_ptr kept = c.generation->sessions.take(c.session)) {
    SSL_set_session(ssl, kept.get());
  }
}

tls_engine::~tls_engine() {
  if (!connection_->failure && SSL_is_init_finished(connection_->ssl.get()) != 0) {
    // Else the session would not be resumed: the library holds an end without close_notify against
    // it.
    SSL_set_shutdown(connection_->ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
}

tls_engine::outcome tls_engine::handshake() {
  tls_connection& c = *connection_;
  c.check();
  ERR_clear_error();
  const int result = SSL_do_handshake(c.ssl.get());
  if (result == 1) {
    return outcome::done;
  }
  if (SSL_get_error(c.ssl.get(), result) == SSL_ERROR_WANT_READ) {
    return outcome::wants_input;
  }
  c.fail("handshake");
}

tls_engine::progress tls_engine::decrypt(void* into, std::size_t size) {
  tls_connection& c = *connection_;
  c.check();
  ERR_clear_error();
  std::size_t n = 0;
  const int result = SSL_read_ex(c.ssl.get(), into, size, &n);
  if (result == 1) {
    return {outcome::done, n};
  }
  switch (SSL_get_error(c.ssl.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {outcome::wants_input, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {outcome::ended, 0};
    default:
      c.fail("reading");
  }
}

std::size_t tls_engine::encrypt(const void* from, std::size_t size) {
  tls_connection& c = *connection_;
  c.check();
  if (c.said_end) {
    throw invalid_operation(
        "weft: writing to a tls_stream after shutdown_write: the peer was told that no more comes");
  }
  size = std::min(size, most_encrypted);
  std::size_t done = 0;
  while (done < size) {
    ERR_clear_error();
    std::size_t n = 0;
    if (SSL_write_ex(c.ssl.get(), static_cast<const char*>(from) + done, size - done, &n) != 1) {
      c.fail("writing");
    }
    done += n;
  }
  return done;
}

void tls_engine::close_notify() {
  tls_connection& c = *connection_;
  if (!c.failure && !std::exchange(c.said_end, true) && SSL_is_init_finished(c.ssl.get()) != 0) {
    ERR_clear_error();
    (void)SSL_shutdown(c.ssl.get());
    ERR_clear_error();
  }
}

std::span<char> tls_engine::room() {
  tls_connection& c = *connection_;
  if (c.in_begin != 0) {
    std::memmove(c.in.data(), c.in.data() + c.in_begin, c.in_end - c.in_begin);
    c.in_end -= std::exchange(c.in_begin, 0);
  }
  const bool was_full = c.last_received != 0 && c.in_end + c.last_received >= c.in.size();
  if (c.in.size() - c.in_end < small_input / 2 || (was_full && c.in.size() < large_input)) {
    c.in.resize(std::max(c.in.size() * 2, small_input));
  } else if (c.in_end == 0 && c.in.size() > small_input && c.last_received < small_input / 2) {
    std::string(small_input, '\0').swap(c.in);
  }
  return {c.in.data() + c.in_end, c.in.size() - c.in_end};
}

void tls_engine::received(std::size_t n) noexcept {
  connection_->in_end += n;
  connection_->last_received = n;
}

void tls_engine::input_ended() noexcept {
  connection_->in_ended = true;
}

bool tls_engine::has_output() const noexcept {
  return !connection_->out.empty();
}

void tls_engine::take_output(std::string& into) noexcept {
  connection_->out.swap(into);
}

std::chrono::nanoseconds tls_engine::handshake_timeout() const noexcept {
  return connection_->generation->handshake_timeout;
}

const std::string& tls_engine::host() const noexcept {
  return connection_->host;
}

tls_version tls_engine::version() const {
  return SSL_version(connection_->ssl.get()) >= TLS1_3_VERSION ? tls_version::tls_1_3
                                                               : tls_version::tls_1_2;
}

std::string tls_engine::cipher() const {
  return SSL_get_cipher_name(connection_->ssl.get());
}

std::string tls_engine::application_protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(connection_->ssl.get(), &name, &size);
  return size == 0 ? std::string() : std::string(reinterpret_cast<const char*>(name), size);
}

std::string tls_engine::server_name() const {
  const char* const name = SSL_get_servername(connection_->ssl.get(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : "";
}

bool tls_engine::is_resumed() const {
  return SSL_session_reused(connection_->ssl.get()) == 1;
}

std::string tls_engine::peer_certificate() const {
  X509* const shown = SSL_get0_peer_certificate(connection_->ssl.get());
  if (shown == nullptr) {
    return {};
  }
  const bio_ptr out(checked(BIO_new(BIO_s_mem())));
  PEM_write_bio_X509(out.get(), shown);
  return text_of(out.get());
}

std::string tls_engine::peer_subject() const {
  X509* const shown = SSL_get0_peer_certificate(connection_->ssl.get());
  return shown == nullptr ? std::string() : subject_of(shown);
}

}  // namespace detail
}  // namespace weft::net
