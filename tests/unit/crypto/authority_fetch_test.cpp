// The first contact of a new tablet, against real TLS servers, honest and not.
#include <openssl/ssl.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/crypto/tls_listener.hpp"

namespace doudi::crypto::test {
namespace {

constexpr Instant kStart{1'700'000'000'000};
constexpr std::chrono::milliseconds kPatience{20'000};

struct District {
  Certificate authority = make_authority("Doudi", kStart, std::chrono::days{3650});
  Certificate leaf = make_server_certificate(authority, {"127.0.0.1"}, kStart, std::chrono::days{365});
  [[nodiscard]] Hash fingerprint() const {
    return certificate_fingerprint(authority.certificate_pem).value();
  }
};

std::string code_of(const Result<std::string>& result) {
  return result.ok() ? "ok" : result.error().code;
}

TEST_CASE("the authority that the enrolment code names is fetched from the chain") {
  const District district;
  const TlsListener listener(Behaviour::shake_hands, district.leaf, {district.authority.certificate_pem});
  const Hash fingerprint = district.fingerprint();
  for (const std::size_t size : {10U, 16U, 32U}) {
    const auto pem =
        fetch_pinned_authority("127.0.0.1", listener.port(), ByteView(fingerprint).first(size), kPatience);
    REQUIRE(code_of(pem) == "ok");
    CHECK(*pem == district.authority.certificate_pem);
  }
}

TEST_CASE("a server of another authority is not believed") {
  const District district;
  const District impostor;
  const TlsListener listener(Behaviour::shake_hands, impostor.leaf, {impostor.authority.certificate_pem});
  CHECK(code_of(fetch_pinned_authority("127.0.0.1", listener.port(), district.fingerprint(), kPatience)) ==
        "tls.unknown_authority");
}

TEST_CASE("a server that keeps its authority to itself is not believed") {
  const District district;
  const TlsListener listener(Behaviour::shake_hands, district.leaf, {});
  CHECK(code_of(fetch_pinned_authority("127.0.0.1", listener.port(), district.fingerprint(), kPatience)) ==
        "tls.unknown_authority");
}

TEST_CASE("a fingerprint that is too short to be safe, or too long to be one, matches nothing") {
  const District district;
  const TlsListener listener(Behaviour::shake_hands, district.leaf, {district.authority.certificate_pem});
  const Hash fingerprint = district.fingerprint();
  const ByteView short_prefix = ByteView(fingerprint).first(9);
  Bytes long_prefix = to_bytes(fingerprint);
  long_prefix.push_back(0);
  CHECK(code_of(fetch_pinned_authority("127.0.0.1", listener.port(), short_prefix, kPatience)) ==
        "tls.unknown_authority");
  CHECK(code_of(fetch_pinned_authority("127.0.0.1", listener.port(), long_prefix, kPatience)) ==
        "tls.unknown_authority");
  CHECK(code_of(fetch_pinned_authority("127.0.0.1", listener.port(), {}, kPatience)) ==
        "tls.unknown_authority");
}

TEST_CASE("a server below TLS 1.3 is not spoken to") {
  const District district;
  const TlsListener listener(Behaviour::shake_hands, district.leaf, {district.authority.certificate_pem},
                             TLS1_2_VERSION);
  CHECK_FALSE(fetch_pinned_authority("127.0.0.1", listener.port(), district.fingerprint(), kPatience).ok());
}

TEST_CASE("a closed port, a silent server and one that hangs up are unreachable") {
  const District district;
  const Hash fingerprint = district.fingerprint();
  const TlsListener silent(Behaviour::say_nothing, district.leaf, {});
  const TlsListener hasty(Behaviour::hang_up, district.leaf, {});
  CHECK(code_of(fetch_pinned_authority("127.0.0.1", closed_port(), fingerprint, kPatience)) ==
        "net.unreachable");
  CHECK(code_of(fetch_pinned_authority("127.0.0.1", hasty.port(), fingerprint, kPatience)) ==
        "net.unreachable");
  constexpr std::chrono::milliseconds kShort{200};
  CHECK(code_of(fetch_pinned_authority("127.0.0.1", silent.port(), fingerprint, kShort)) ==
        "net.unreachable");
}

}  // namespace
}  // namespace doudi::crypto::test
