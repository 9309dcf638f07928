// EC P-256 certificates by OpenSSL: an authority and one leaf that it signs.
#include "tests/unit/http/test_identity.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "shared/base/result.hpp"

namespace doudi::http::test {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;

struct Issuer {
  X509* certificate;
  EVP_PKEY* key;
};

void extend(X509* certificate, const Issuer& issuer, int type, const char* value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer.certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> extension(X509V3_EXT_conf_nid(nullptr, &context, type, value));
  ensure(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

Certificate issue(EVP_PKEY* key, const char* name, const Issuer* issuer) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), issuer ? 2 : 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  const Issuer self{certificate.get(), key};
  const Issuer& signer = issuer ? *issuer : self;
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer.certificate));
  extend(certificate.get(), signer, NID_basic_constraints, issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
  if (issuer) extend(certificate.get(), signer, NID_subject_alt_name, "IP:127.0.0.1");
  ensure(X509_sign(certificate.get(), signer.key, EVP_sha256()) > 0, "signature");
  return certificate;
}

template <class Write>
std::string to_pem(Write write) {
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  ensure(write(bio.get()) == 1, "PEM");
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string certificate_pem(X509* certificate) {
  return to_pem([certificate](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

}  // namespace

TestIdentity make_identity() {
  const Key ca_key(EVP_EC_gen("P-256"));
  const Key server_key(EVP_EC_gen("P-256"));
  const auto ca = issue(ca_key.get(), "Doudi test authority", nullptr);
  const Issuer issuer{ca.get(), ca_key.get()};
  const auto leaf = issue(server_key.get(), "127.0.0.1", &issuer);
  TestIdentity identity;
  identity.ca_pem = certificate_pem(ca.get());
  identity.server.certificate_chain_pem = certificate_pem(leaf.get()) + identity.ca_pem;
  identity.server.private_key_pem = to_pem([&server_key](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, server_key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return identity;
}

}  // namespace doudi::http::test
