// Statuses of certificates that come with them: what is believed, and what refuses a connection.

#include <weft/net/tls.hpp>
#include <weft/net/unix.hpp>

#include "support/certificates.hpp"
#include "support/driven_reactor.hpp"
#include "support/ocsp.hpp"

#include <array>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace weft::net {
namespace {

using weft::detail::testing::certificates;
using weft::detail::testing::ocsp_refusal;
using weft::detail::testing::ocsp_response;
using weft::detail::testing::on_backend;
using weft::detail::testing::status_said;

std::string path(const std::string& file) {
  return certificates::get().path(file);
}
tls_options shows(const std::string& file) {
  return tls_options().certificate_file(path(file), path("leaf.key"));
}
tls_options trusts() {
  return tls_options().trust_file(path("ca.pem"));
}

// The authority says that the certificate is good.
status_said said(const std::string& file = "localhost.pem") {
  return {path(file), path("ca.pem"), path("ca.pem"), path("ca.key")};
}

// Shakes hands, and gives the client's end. Throws what that throws.
tls_stream connect(const tls_options& client, const tls_context& server) {
  auto [one, other] = unix_stream::pair();
  auto serving = tls_stream::server(std::move(other), server);
  tls_stream made;
  try {
    made = tls_stream::client(std::move(one), "localhost", tls_context::client(client)).result();
  } catch (...) {
    try {
      std::move(serving).result();
    } catch (const tls_error&) {
    } catch (const std::system_error&) {
    }
    throw;
  }
  const tls_stream peer = std::move(serving).result();
  return made;
}
tls_stream connect(const tls_options& client, const tls_options& server) {
  return connect(client, tls_context::server(server));
}

template <class F>
tls_failure failure_of(F attempt, const std::string& part) {
  try {
    attempt();
  } catch (const tls_error& e) {
    EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();
    return e.kind();
  }
  ADD_FAILURE() << "nothing was refused";
  return tls_failure::protocol;
}

using tls_status = on_backend;

TEST_P(tls_status, that_is_good_is_believed) {
  const auto required = trusts().staple(tls_staple::required);
  EXPECT_TRUE(
      connect(required, shows("localhost.pem").staple_der(ocsp_response(said()))).is_open());
  status_said other = said();
  other.sha1 = false;
  other.open = true;
  EXPECT_TRUE(connect(required, shows("localhost.pem").staple_der(ocsp_response(other))).is_open());
  status_said bare = said();
  bare.bare = true;
  EXPECT_TRUE(connect(required, shows("localhost.pem").staple_der(ocsp_response(bare))).is_open());
  status_said charged = said();
  charged.by = path("responder.pem");
  charged.key = path("leaf.key");
  EXPECT_TRUE(
      connect(required, shows("localhost.pem").staple_der(ocsp_response(charged))).is_open());
  EXPECT_TRUE(connect(trusts().staple(tls_staple::required).revocation_file(path("crl2.pem")),
                      shows("localhost.pem").staple_der(ocsp_response(charged)))
                  .is_open());
}

TEST_P(tls_status, of_a_certificate_that_was_taken_back_refuses_it) {
  status_said revoked = said("revoked.pem");
  revoked.status = V_OCSP_CERTSTATUS_REVOKED;
  const auto server = tls_context::server(shows("revoked.pem").staple_der(ocsp_response(revoked)));
  EXPECT_EQ(failure_of([&] { connect(trusts(), server); }, "is 'revoked' (keyCompromise)"),
            tls_failure::revoked);
  EXPECT_TRUE(connect(trusts().staple(tls_staple::ignored), server).is_open());
  EXPECT_TRUE(connect(tls_options().verify(tls_verify::none), server).is_open());
}

TEST_P(tls_status, that_cannot_be_trusted_refuses_the_certificate) {
  status_said unknown = said();
  unknown.status = V_OCSP_CERTSTATUS_UNKNOWN;
  status_said forged = said();  // by somebody whom the authority has not charged with it
  forged.by = path("client.pem");
  forged.key = path("leaf.key");
  status_said strange = said();
  strange.by = path("stranger-ca.pem");
  strange.key = path("wrong.key");
  status_said other_issuer = said();
  other_issuer.issuer = path("stranger-ca.pem");
  status_said bare = said();
  bare.bare = true;
  std::string broken = ocsp_response(bare);
  broken[broken.size() - 3] = static_cast<char>(broken[broken.size() - 3] ^ 1);
  const struct {
    std::string response;
    const char* says;
  } cases[] = {{ocsp_response(unknown), "is 'unknown'"},
               {ocsp_response(forged), "is not signed by its issuer, nor for it"},
               {ocsp_response(strange), "is not signed by its issuer, nor for it"},
               {ocsp_response(other_issuer), "that of another certificate"},
               {broken, "is not signed by its issuer, nor for it"}};
  for (const auto& c : cases) {
    const auto server = tls_context::server(shows("localhost.pem").staple_der(c.response));
    EXPECT_EQ(failure_of([&] { connect(trusts(), server); }, c.says), tls_failure::bad_status);
    // And the server hears of it.
    auto [one, other] = unix_stream::pair();
    auto serving = tls_stream::server(std::move(other), server);
    EXPECT_THROW(
        (void)tls_stream::client(std::move(one), "localhost", tls_context::client(trusts()))
            .result(),
        tls_error);
    EXPECT_EQ(
        failure_of([&] { (void)std::move(serving).result(); }, "bad certificate status response"),
        tls_failure::refused_by_peer);
  }
}

TEST_P(tls_status, that_is_missing_refuses_where_it_must_be_there) {
  EXPECT_TRUE(connect(trusts(), shows("localhost.pem")).is_open());
  EXPECT_EQ(
      failure_of([&] { connect(trusts().staple(tls_staple::required), shows("localhost.pem")); },
                 "tls_options::staple_file"),
      tls_failure::no_status);
  EXPECT_EQ(failure_of([&] { connect(trusts(), shows("must.pem")); }, "though it must"),
            tls_failure::no_status);
  EXPECT_TRUE(
      connect(trusts(), shows("must.pem").staple_der(ocsp_response(said("must.pem")))).is_open());
}

TEST_P(tls_status, of_a_certificate_that_is_trusted_itself_is_no_matter_unless_required) {
  const auto server = tls_context::server(shows("localhost.pem").staple_der(ocsp_response(said())));
  const auto pinned = [] { return tls_options().trust_file(path("localhost.pem")); };
  EXPECT_TRUE(connect(pinned(), server).is_open());
  EXPECT_EQ(failure_of([&] { connect(pinned().staple(tls_staple::required), server); },
                       "its issuer is not known"),
            tls_failure::bad_status);
}

TEST_P(tls_status, goes_with_the_certificate_that_is_shown) {
  const auto server =
      tls_context::server(tls_options()
                              .certificate_file(path("other.pem"), path("leaf.key"))
                              .staple_der(ocsp_response(said("other.pem")))
                              .certificate_file(path("localhost.pem"), path("leaf.key"))
                              .staple_der(ocsp_response(said())));
  EXPECT_TRUE(connect(trusts().staple(tls_staple::required), server).is_open());
}

TEST_P(tls_status, of_a_session_that_is_resumed_came_before) {
  const auto server = tls_context::server(shows("localhost.pem").staple_der(ocsp_response(said())));
  const auto client = tls_context::client(trusts().staple(tls_staple::required));
  for (const bool resumed : {false, true}) {
    auto [one, other] = unix_stream::pair();
    auto serving = tls_stream::server(std::move(other), server);
    tls_stream c = tls_stream::client(std::move(one), "localhost", client).result();
    tls_stream s = std::move(serving).result();
    s.write_all("x").result();  // tickets come with the first data
    std::array<char, 1> into{};
    c.read_exactly(into).result();
    EXPECT_EQ(c.is_resumed(), resumed);
  }
}

TEST_P(tls_status, is_read_again_by_reload) {
  const std::string file = path(GetParam() == weft::detail::io_backend::uring ? "st-u" : "st-e");
  const auto put = [&](const std::string& response) {
    std::ofstream(file, std::ios::binary) << response;
  };
  put(ocsp_response(said("must.pem")));
  auto server = tls_context::server(shows("must.pem").staple_file(file));
  EXPECT_TRUE(connect(trusts(), server).is_open());
  status_said revoked = said("must.pem");
  revoked.status = V_OCSP_CERTSTATUS_REVOKED;
  put(ocsp_response(revoked));
  server.reload();
  EXPECT_EQ(failure_of([&] { connect(trusts(), server); }, "revoked"), tls_failure::revoked);
  put("nothing");
  EXPECT_EQ(failure_of([&] { server.reload(); }, "openssl ocsp -respout"), tls_failure::bad_status);
  EXPECT_EQ(failure_of([&] { connect(trusts(), server); }, "revoked"), tls_failure::revoked);
}

WEFT_FOR_BOTH_BACKENDS(tls_status);

TEST(tls_staple_options, refuse_what_makes_no_sense) {
  EXPECT_THROW((void)tls_options().staple_der("x"), std::invalid_argument);
  const auto refused = [](const std::string& response, const std::string& part) {
    return failure_of(
        [&] { (void)tls_context::server(shows("localhost.pem").staple_der(response)); }, part);
  };
  EXPECT_EQ(refused("", "holds none in DER form"), tls_failure::bad_status);
  EXPECT_EQ(refused(std::string(1 << 20, 'x'), "holds none in DER form"), tls_failure::bad_status);
  EXPECT_EQ(refused(ocsp_refusal(OCSP_RESPONSE_STATUS_TRYLATER), "holds none in DER form"),
            tls_failure::bad_status);
  EXPECT_EQ(refused(ocsp_response(said("other.pem")), "is not about the certificate"),
            tls_failure::bad_status);
  status_said late = said();
  late.from = -7200;
  late.until = -3600;
  EXPECT_EQ(refused(ocsp_response(late), "expired on 20"), tls_failure::expired);
  status_said open = said();
  open.from = -200'000;
  open.open = true;
  EXPECT_EQ(refused(ocsp_response(open), "too old"), tls_failure::expired);
  status_said early = said();
  early.from = 3600;
  early.until = 7200;
  EXPECT_EQ(refused(ocsp_response(early), "is of the future"), tls_failure::not_yet_valid);
  EXPECT_THROW((void)tls_context::server(shows("localhost.pem").staple_file("/no/such/file")),
               std::system_error);
}

}  // namespace
}  // namespace weft::net
