#include "tour/work/document.hpp"
#include "tour/work/picture.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace weft::tour {
namespace {

TEST(base64, gives_back_bytes_of_every_length) {
  std::string bytes;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes) << i;
    bytes += static_cast<char>(i * 29);
  }
  EXPECT_EQ(to_base64("weft"), "d2VmdA==");
}

TEST(base64, of_other_text_is_an_error) {
  EXPECT_THROW(static_cast<void>(from_base64("****")), std::runtime_error);
}

TEST(secret, is_read_with_its_key_only) {
  const secret key{{1}, {2}};
  const std::string sent = encrypted("a letter", key);
  EXPECT_EQ(decrypted(sent, key), "a letter");
  EXPECT_EQ(sent.find("letter"), std::string::npos);
  EXPECT_THROW(static_cast<void>(decrypted(sent, secret{{9}, {2}})), std::runtime_error);
}

TEST(secret, that_was_changed_is_an_error) {
  const secret key{{1}, {2}};
  std::string sent = encrypted("a letter", key);
  sent[0] = static_cast<char>(sent[0] ^ 1);
  EXPECT_THROW(static_cast<void>(decrypted(sent, key)), std::runtime_error);
  EXPECT_THROW(static_cast<void>(decrypted("short", key)), std::runtime_error);
}

TEST(pdf, holds_the_picture) {
  const std::string pdf = to_pdf(to_base64(to_jpeg(drawn_landscape(1, 32, 32))));
  EXPECT_TRUE(pdf.starts_with("%PDF"));
  EXPECT_NE(pdf.find("DCTDecode"), std::string::npos);  // a JPEG, as it is
}

TEST(pdf, of_no_picture_is_an_error) {
  EXPECT_THROW(static_cast<void>(to_pdf(to_base64("no picture"))), std::runtime_error);
}

}  // namespace
}  // namespace weft::tour
