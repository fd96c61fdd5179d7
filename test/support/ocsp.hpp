#pragma once
/// Statuses of certificates (OCSP responses), made by OpenSSL's own functions: of any time, by
/// anybody, about anything.

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace weft::detail::testing {

/// What a response says. Times are seconds from now.
struct status_said {
  std::string about;   // file of the certificate
  std::string issuer;  // and of who signed it
  std::string by;      // file of the certificate of who says it
  std::string key;     // and of its key
  int status = V_OCSP_CERTSTATUS_GOOD;
  long from = -60;
  long until = 3600;
  bool open = false;  // no end
  bool sha1 = true;   // of the certificate's name; else SHA-256
  bool bare = false;  // the signer's certificate does not go along
};

template <class T, class Read>
T* read_pem(const std::string& path, Read read) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(path.c_str(), "r"), &std::fclose);
  T* const made = in != nullptr ? read(in.get(), nullptr, nullptr, nullptr) : nullptr;
  if (made == nullptr) {
    throw std::runtime_error("cannot read " + path);
  }
  return made;
}

/// DER.
inline std::string ocsp_response(const status_said& said) {
  using certificate = std::unique_ptr<X509, decltype(&X509_free)>;
  const auto load = [](const std::string& path) {
    return certificate(read_pem<X509>(path, &PEM_read_X509), &X509_free);
  };
  const certificate about = load(said.about);
  const certificate issuer = load(said.issuer);
  const certificate by = load(said.by);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      read_pem<EVP_PKEY>(said.key, &PEM_read_PrivateKey), &EVP_PKEY_free);
  const std::unique_ptr<OCSP_BASICRESP, decltype(&OCSP_BASICRESP_free)> basic(OCSP_BASICRESP_new(),
                                                                              &OCSP_BASICRESP_free);
  const std::unique_ptr<OCSP_CERTID, decltype(&OCSP_CERTID_free)> id(
      OCSP_cert_to_id(said.sha1 ? EVP_sha1() : EVP_sha256(), about.get(), issuer.get()),
      &OCSP_CERTID_free);
  using time = std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)>;
  const time from(X509_gmtime_adj(nullptr, said.from), &ASN1_TIME_free);
  const time until(X509_gmtime_adj(nullptr, said.until), &ASN1_TIME_free);
  const bool revoked = said.status == V_OCSP_CERTSTATUS_REVOKED;
  OCSP_basic_add1_status(
      basic.get(), id.get(), said.status, revoked ? OCSP_REVOKED_STATUS_KEYCOMPROMISE : 0,
      revoked ? from.get() : nullptr, from.get(), said.open ? nullptr : until.get());
  if (OCSP_basic_sign(basic.get(), by.get(), key.get(), EVP_sha256(), nullptr,
                      said.bare ? OCSP_NOCERTS : 0) != 1) {
    throw std::runtime_error("OpenSSL signs no status");
  }
  const std::unique_ptr<OCSP_RESPONSE, decltype(&OCSP_RESPONSE_free)> whole(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()), &OCSP_RESPONSE_free);
  unsigned char* der = nullptr;
  const int size = i2d_OCSP_RESPONSE(whole.get(), &der);
  std::string made(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return made;
}

/// One that says only why it says nothing.
inline std::string ocsp_refusal(int why) {
  const std::unique_ptr<OCSP_RESPONSE, decltype(&OCSP_RESPONSE_free)> whole(
      OCSP_response_create(why, nullptr), &OCSP_RESPONSE_free);
  unsigned char* der = nullptr;
  const int size = i2d_OCSP_RESPONSE(whole.get(), &der);
  std::string made(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return made;
}

}  // namespace weft::detail::testing
