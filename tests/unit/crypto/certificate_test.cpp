// The district's authority and its server certificates, judged by OpenSSL's own verifier.
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <catch2/catch_test_macros.hpp>

#include "shared/crypto/crypto.hpp"
#include "shared/crypto/openssl_handle.hpp"

namespace doudi::crypto {
namespace {

constexpr Instant kStart{1'700'000'000'000};
constexpr std::chrono::days kYear{365};
using StoreHandle = Handle<X509_STORE, X509_STORE_free>;
using StoreContextHandle = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;

CertificateHandle parse(std::string_view pem) {
  const BioHandle memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CertificateHandle certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
  REQUIRE(certificate != nullptr);
  return certificate;
}

enum class NameKind { dns, address };

// X509_V_OK, or why `leaf` is not a server called `name` under `authority` at `at`.
int verdict(const Certificate& authority, const Certificate& leaf, const std::string& name, NameKind kind,
            Instant at) {
  const CertificateHandle root = parse(authority.certificate_pem);
  const CertificateHandle server = parse(leaf.certificate_pem);
  const StoreHandle store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), root.get());
  const StoreContextHandle context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), server.get(), nullptr);
  X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(rules, static_cast<time_t>(at.ms / 1'000));
  X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT);
  if (kind == NameKind::dns) X509_VERIFY_PARAM_set1_host(rules, name.c_str(), name.size());
  if (kind == NameKind::address) X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str());
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

TEST_CASE("a server certificate verifies under its authority for each of its names") {
  const Certificate authority = make_authority("Doudi 测试县", kStart, kYear * 10);
  const Certificate leaf =
      make_server_certificate(authority, {"district.example", "127.0.0.1", "::1"}, kStart, kYear);
  const Instant later = kStart + std::chrono::days{100};
  CHECK(verdict(authority, leaf, "district.example", NameKind::dns, later) == X509_V_OK);
  CHECK(verdict(authority, leaf, "127.0.0.1", NameKind::address, later) == X509_V_OK);
  CHECK(verdict(authority, leaf, "::1", NameKind::address, later) == X509_V_OK);
  CHECK(verdict(authority, leaf, "other.example", NameKind::dns, later) == X509_V_ERR_HOSTNAME_MISMATCH);
  CHECK(verdict(authority, leaf, "127.0.0.2", NameKind::address, later) == X509_V_ERR_IP_ADDRESS_MISMATCH);
}

TEST_CASE("a server certificate is valid between its two dates only") {
  const Certificate authority = make_authority("Doudi", kStart, kYear * 10);
  const Certificate leaf = make_server_certificate(authority, {"district.example"}, kStart, kYear);
  const auto at = [&](std::chrono::seconds after) {
    return verdict(authority, leaf, "district.example", NameKind::dns, kStart + after);
  };
  CHECK(at(std::chrono::seconds{-1}) == X509_V_ERR_CERT_NOT_YET_VALID);
  CHECK(at(std::chrono::seconds{0}) == X509_V_OK);
  CHECK(at(kYear + std::chrono::seconds{1}) == X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_CASE("another authority of the same name does not vouch for a server") {
  const Certificate authority = make_authority("Doudi", kStart, kYear);
  const Certificate impostor = make_authority("Doudi", kStart, kYear);
  const Certificate leaf = make_server_certificate(authority, {"district.example"}, kStart, kYear);
  CHECK(verdict(impostor, leaf, "district.example", NameKind::dns, kStart) != X509_V_OK);
}

TEST_CASE("a server certificate is no authority") {
  const Certificate authority = make_authority("Doudi", kStart, kYear);
  const Certificate leaf = make_server_certificate(authority, {"district.example"}, kStart, kYear);
  const Certificate forged = make_server_certificate(leaf, {"bank.example"}, kStart, kYear);
  CHECK(X509_check_ca(parse(authority.certificate_pem).get()) == 1);
  CHECK(X509_check_ca(parse(leaf.certificate_pem).get()) == 0);
  CHECK(verdict(leaf, forged, "bank.example", NameKind::dns, kStart) != X509_V_OK);
}

TEST_CASE("certificates carry their private keys and serial numbers of their own") {
  const Certificate authority = make_authority("Doudi", kStart, kYear);
  const Certificate first = make_server_certificate(authority, {"a.example"}, kStart, kYear);
  const Certificate second = make_server_certificate(authority, {"a.example"}, kStart, kYear);
  const CertificateHandle certificate = parse(first.certificate_pem);
  const ByteView pem = first.private_key_pem.view();
  const BioHandle memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const KeyHandle key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
  REQUIRE(key != nullptr);
  CHECK(X509_check_private_key(certificate.get(), key.get()) == 1);
  CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(certificate.get()),
                         X509_get0_serialNumber(parse(second.certificate_pem).get())) != 0);
}

TEST_CASE("a fingerprint names one certificate") {
  const Certificate authority = make_authority("Doudi", kStart, kYear);
  const auto fingerprint = certificate_fingerprint(authority.certificate_pem);
  REQUIRE(fingerprint.ok());
  const CertificateHandle certificate = parse(authority.certificate_pem);
  Bytes der(static_cast<std::size_t>(i2d_X509(certificate.get(), nullptr)));
  std::uint8_t* at = der.data();
  i2d_X509(certificate.get(), &at);
  CHECK(*fingerprint == sha256(der));
  CHECK(*certificate_fingerprint(authority.certificate_pem + authority.certificate_pem) == *fingerprint);
}

TEST_CASE("text that is no certificate has no fingerprint") {
  for (const std::string_view text :
       {"", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    const auto fingerprint = certificate_fingerprint(text);
    REQUIRE_FALSE(fingerprint.ok());
    CHECK(fingerprint.error().code == "tls.bad_certificate");
  }
}

}  // namespace
}  // namespace doudi::crypto
