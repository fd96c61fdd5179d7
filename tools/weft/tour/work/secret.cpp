// OpenSSL's base64 and AES.

#include "tour/work/document.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

namespace weft::tour {
namespace {

constexpr std::size_t tag_bytes = 16;

struct closer {
  void operator()(EVP_CIPHER_CTX* cipher) const { ::EVP_CIPHER_CTX_free(cipher); }
};
using cipher = std::unique_ptr<EVP_CIPHER_CTX, closer>;

void check(int result, const char* what) {
  if (result <= 0) {
    throw std::runtime_error(what);
  }
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // a zero at its end
  const int size =
      ::EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string from_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size =
      ::EVP_DecodeBlock(bytes_of(bytes), bytes_of(text), static_cast<int>(text.size()));
  if (size < 0) {
    throw std::runtime_error("this is no base64");
  }
  const std::size_t filled = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(size) - filled);
  return bytes;
}

std::string encrypted(std::string_view bytes, const secret& with) {
  const cipher made(::EVP_CIPHER_CTX_new());
  check(::EVP_EncryptInit_ex(made.get(), ::EVP_aes_256_gcm(), nullptr, with.key.data(),
                             with.nonce.data()),
        "AES: not to be had");
  std::string out(bytes.size() + tag_bytes, '\0');
  int size = 0;
  int rest = 0;
  check(::EVP_EncryptUpdate(made.get(), bytes_of(out), &size, bytes_of(bytes),
                            static_cast<int>(bytes.size())),
        "AES: not encrypted");
  check(::EVP_EncryptFinal_ex(made.get(), bytes_of(out) + size, &rest), "AES: not encrypted");
  check(::EVP_CIPHER_CTX_ctrl(made.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes,
                              bytes_of(out) + bytes.size()),
        "AES: no tag");
  return out;
}

std::string decrypted(std::string_view bytes, const secret& with) {
  if (bytes.size() < tag_bytes) {
    throw std::runtime_error("AES: too short");
  }
  const cipher made(::EVP_CIPHER_CTX_new());
  check(::EVP_DecryptInit_ex(made.get(), ::EVP_aes_256_gcm(), nullptr, with.key.data(),
                             with.nonce.data()),
        "AES: not to be had");
  std::string out(bytes.size() - tag_bytes, '\0');
  std::string tag(bytes.substr(out.size()));
  int size = 0;
  int rest = 0;
  check(::EVP_DecryptUpdate(made.get(), bytes_of(out), &size, bytes_of(bytes),
                            static_cast<int>(out.size())),
        "AES: not decrypted");
  check(::EVP_CIPHER_CTX_ctrl(made.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()),
        "AES: no tag");
  check(::EVP_DecryptFinal_ex(made.get(), bytes_of(out) + size, &rest),
        "AES: the bytes were changed");
  return out;
}

}  // namespace weft::tour
