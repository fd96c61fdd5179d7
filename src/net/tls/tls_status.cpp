// The status of certificates (OCSP), stapled: sent along by the server, so that no client asks the
// authority, which would be told whom it visits and could hold it up.
//
// A response counts when the certificate's issuer has signed it, or somebody whom the issuer has
// charged with it, when it is about this certificate, and at this time. Anything else refuses the
// connection (RFC 6066, section 8), as does the absence of one where the certificate itself demands
// it (RFC 7633).
//
// Rejected: asking the authority ourselves. It costs a round trip to a third party at each first
// handshake, and is no protection when its silence must be taken for consent.

#include "tls_openssl.hpp"

#include <array>
#include <ctime>
#include <string>
#include <utility>

namespace weft::net::detail {
namespace {

constexpr long clock_skew = 300;         // seconds that the two clocks may differ
constexpr long longest_open = 86'400;    // seconds that a response without an end is good for
constexpr std::size_t largest = 65'536;  // bytes of a response: a certificate or two, and a status

ocsp_ptr parse(const void* der, std::size_t size) {
  const auto* at = static_cast<const unsigned char*>(der);
  ocsp_ptr parsed(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(size)));
  ERR_clear_error();
  return parsed;
}

// What it says about a certificate.
struct word {
  int status;
  int reason;
  ASN1_GENERALIZEDTIME* from;
  ASN1_GENERALIZEDTIME* until;  // null: open
};

word word_of(OCSP_SINGLERESP* single) {
  word found{V_OCSP_CERTSTATUS_UNKNOWN, -1, nullptr, nullptr};
  ASN1_GENERALIZEDTIME* revoked = nullptr;
  found.status =
      OCSP_single_get0_status(single, &found.reason, &revoked, &found.from, &found.until);
  return found;
}

bool is_about(OCSP_SINGLERESP* single, X509* leaf, X509* issuer) {
  const OCSP_CERTID* const id = OCSP_SINGLERESP_get0_id(single);
  ASN1_OBJECT* hash = nullptr;
  OCSP_id_get0_info(nullptr, &hash, nullptr, nullptr, const_cast<OCSP_CERTID*>(id));
  const EVP_MD* const by = EVP_get_digestbyobj(hash);
  if (by == nullptr) {
    return false;
  }
  const certid_ptr wanted(OCSP_cert_to_id(by, leaf, issuer));
  return wanted != nullptr && OCSP_id_cmp(const_cast<OCSP_CERTID*>(id), wanted.get()) == 0;
}

bool is_serial(OCSP_SINGLERESP* single, X509* leaf) {
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial,
                    const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single)));
  return ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(leaf)) == 0;
}

template <class Predicate>
OCSP_SINGLERESP* find(OCSP_BASICRESP* in, Predicate fits) {
  for (int i = 0; i < OCSP_resp_count(in); ++i) {
    if (OCSP_SINGLERESP* const one = OCSP_resp_get0(in, i); fits(one)) {
      return one;
    }
  }
  return nullptr;
}

bool is_timely(const word& said) {
  const bool fine = OCSP_check_validity(said.from, said.until, clock_skew,
                                        said.until == nullptr ? longest_open : -1) == 1;
  ERR_clear_error();
  return fine;
}

bool is_over(const word& said) {
  return said.until != nullptr ? X509_cmp_current_time(said.until) < 0
                               : X509_cmp_current_time(said.from) < 0;
}

problem status_problem(tls_failure kind, std::string text) {
  return {kind, "'s status (OCSP) " + std::move(text)};
}

problem untimely(const word& said) {
  if (!is_over(said)) {
    return status_problem(tls_failure::not_yet_valid, "is of the future, " + shown(said.from) +
                                                          "; or this machine's clock is wrong");
  }
  return status_problem(tls_failure::expired,
                        (said.until != nullptr ? "expired on " + shown(said.until)
                                               : "is of " + shown(said.from) + " and too old") +
                            "; the server must fetch another; or this machine's clock is wrong");
}

// Who signed the leaf, of those that came or are trusted; null: nobody that we know, as when the
// leaf itself is trusted.
X509* issuer_of(X509* leaf, STACK_OF(X509) * chain) {
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* const one = sk_X509_value(chain, i);
    if (X509_check_issued(one, leaf) == X509_V_OK) {
      return one;
    }
  }
  return nullptr;
}

// RFC 7633: the certificate is not to be shown without a status.
bool must_staple(X509* leaf) {
  constexpr long status_request = 5;
  auto* const features =
      static_cast<TLS_FEATURE*>(X509_get_ext_d2i(leaf, NID_tlsfeature, nullptr, nullptr));
  bool found = false;
  for (int i = 0; i < sk_ASN1_INTEGER_num(features); ++i) {
    found |= ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == status_request;
  }
  TLS_FEATURE_free(features);
  return found;
}

std::optional<problem> judge_response(const ocsp_ptr& response, X509* leaf, STACK_OF(X509) * chain,
                                      X509_STORE* trust, bool required) {
  if (response == nullptr) {
    return status_problem(tls_failure::bad_status, "cannot be read; the server must fetch another");
  }
  if (const int code = OCSP_response_status(response.get());
      code != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    return status_problem(tls_failure::bad_status, std::string("says nothing but '") +
                                                       OCSP_response_status_str(code) +
                                                       "'; the server must fetch another");
  }
  const basic_ptr basic(OCSP_response_get1_basic(response.get()));
  X509* const issuer = issuer_of(leaf, chain);
  if (issuer == nullptr && !required) {
    return std::nullopt;  // the certificate itself is trusted, whatever its issuer says
  }
  if (basic == nullptr || issuer == nullptr) {
    ERR_clear_error();
    return status_problem(tls_failure::bad_status,
                          "cannot be checked, since its issuer is not known");
  }
  OCSP_SINGLERESP* const single =
      find(basic.get(), [=](OCSP_SINGLERESP* one) { return is_about(one, leaf, issuer); });
  if (single == nullptr) {
    return status_problem(tls_failure::bad_status,
                          "is that of another certificate; the server must fetch its own");
  }
  if (OCSP_basic_verify(basic.get(), chain, trust, OCSP_NOEXPLICIT) != 1) {
    const unsigned long code = ERR_peek_error();
    const std::string reason = code != 0 ? " (" + reason_of(code) + ")" : std::string();
    ERR_clear_error();
    return status_problem(tls_failure::bad_status, "is not signed by its issuer, nor for it" +
                                                       reason + "; the server must fetch another");
  }
  const word said = word_of(single);
  if (!is_timely(said)) {
    return untimely(said);
  }
  if (said.status == V_OCSP_CERTSTATUS_REVOKED) {
    return status_problem(
        tls_failure::revoked,
        std::string("is 'revoked'") +
            (said.reason >= 0 ? std::string(" (") + OCSP_crl_reason_str(said.reason) + ")"
                              : std::string()) +
            "; its key may be in wrong hands: its owner needs a new one");
  }
  if (said.status != V_OCSP_CERTSTATUS_GOOD) {
    return status_problem(
        tls_failure::bad_status,
        "is 'unknown': its issuer knows nothing of it; its owner needs a new one");
  }
  return std::nullopt;
}

}  // namespace

std::optional<problem> judge_staple(SSL* ssl, bool required) {
  X509* const leaf = SSL_get0_peer_certificate(ssl);
  STACK_OF(X509)* const chain = SSL_get0_verified_chain(ssl);
  if (leaf == nullptr || chain == nullptr) {
    return std::nullopt;
  }
  const unsigned char* der = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(ssl, &der);
  std::optional<problem> found;
  if (der == nullptr || size <= 0) {
    if (required || must_staple(leaf)) {
      found = status_problem(tls_failure::no_status,
                             "did not come with it, though it must; the server must staple one "
                             "(tls_options::staple_file)");
    }
  } else {
    found = judge_response(parse(der, static_cast<std::size_t>(size)), leaf, chain,
                           SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)), required);
  }
  if (found) {
    found->text = " '" + subject_of(leaf) + "'" + found->text;
  }
  return found;
}

staple read_staple(const tls_text& from, X509* leaf) {
  const std::string which = "tls: " + described(from, "status (OCSP response)");
  staple made;
  if (from.is_path) {
    const bio_ptr in = open_text(from, "status (OCSP response)");
    std::array<char, 4096> piece{};
    std::size_t n = 0;
    while (made.response.size() <= largest &&
           BIO_read_ex(in.get(), piece.data(), piece.size(), &n) == 1) {
      made.response.append(piece.data(), n);
    }
  } else {
    made.response = from.text;
  }
  const ocsp_ptr response =
      made.response.size() <= largest ? parse(made.response.data(), made.response.size()) : nullptr;
  const basic_ptr basic(response != nullptr ? OCSP_response_get1_basic(response.get()) : nullptr);
  ERR_clear_error();
  if (basic == nullptr) {
    throw tls_error(tls_failure::bad_status,
                    which + " holds none in DER form; write it with openssl ocsp -respout");
  }
  OCSP_SINGLERESP* const single =
      find(basic.get(), [leaf](OCSP_SINGLERESP* one) { return is_serial(one, leaf); });
  if (single == nullptr) {
    throw tls_error(tls_failure::bad_status,
                    which + " is not about the certificate '" + subject_of(leaf) + "'");
  }
  const word said = word_of(single);
  if (!is_timely(said)) {
    const problem late = untimely(said);
    throw tls_error(late.kind, which + ": the certificate" + late.text);
  }
  std::tm end{};
  if (said.until != nullptr && ASN1_TIME_to_tm(said.until, &end) == 1) {
    made.until = ::timegm(&end);
  }
  return made;
}

}  // namespace weft::net::detail
