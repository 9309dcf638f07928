// The district's own certificate authority and the server certificates it signs. A district without a public
// name has no public authority either: tablets pin this one by its fingerprint when they enrol.
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "shared/crypto/crypto.hpp"
#include "shared/crypto/openssl_handle.hpp"

namespace doudi::crypto {
namespace {

constexpr std::size_t kSerialSize = 16;

KeyHandle make_key() {
  KeyHandle key(EVP_EC_gen("P-256"));
  ensure(key != nullptr, "P-256 is available");
  return key;
}

void set_serial(X509* certificate) {
  Bytes serial = random_bytes(kSerialSize);
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x7fU) | 0x40U);  // positive, and always 16 bytes
  const BigNumberHandle number(BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
  const IntegerHandle value(BN_to_ASN1_INTEGER(number.get(), nullptr));
  ensure(value != nullptr && X509_set_serialNumber(certificate, value.get()) == 1, "a serial number is set");
}

void set_validity(X509* certificate, Instant not_before, std::chrono::days lifetime) {
  const auto start = static_cast<time_t>(not_before.ms / 1'000);
  const auto end = static_cast<time_t>((not_before + std::chrono::milliseconds(lifetime)).ms / 1'000);
  const bool good = ASN1_TIME_set(X509_getm_notBefore(certificate), start) != nullptr &&
                    ASN1_TIME_set(X509_getm_notAfter(certificate), end) != nullptr;
  ensure(good, "the validity is set");
}

void set_common_name(X509* certificate, std::string_view common_name) {
  X509_NAME* const name = X509_get_subject_name(certificate);
  const Bytes text = to_bytes(as_bytes(common_name));
  const int done = X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text.data(),
                                              static_cast<int>(text.size()), -1, 0);
  ensure(done == 1, "a common name has 1 to 64 characters");
}

CertificateHandle make_certificate(EVP_PKEY* key, std::string_view common_name, Instant not_before,
                                   std::chrono::days lifetime) {
  CertificateHandle certificate(X509_new());
  ensure(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1,
         "a certificate is made");
  set_serial(certificate.get());
  set_validity(certificate.get(), not_before, lifetime);
  set_common_name(certificate.get(), common_name);
  ensure(X509_set_pubkey(certificate.get(), key) == 1, "the public key is set");
  return certificate;
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& text) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, &context, id, text.c_str()));
  ensure(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1,
         "a certificate extension is set");
}

void sign_certificate(X509* certificate, EVP_PKEY* key) {
  ensure(X509_sign(certificate, key, EVP_sha256()) > 0, "a certificate is signed");
}

std::string memory_text(BIO* memory) {
  char* start = nullptr;
  const long size = BIO_get_mem_data(memory, &start);
  return {start, static_cast<std::size_t>(size)};
}

BioHandle reader(ByteView pem) {
  return BioHandle(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

CertificateHandle read_certificate(std::string_view pem) {
  const BioHandle memory = reader(as_bytes(pem));
  return CertificateHandle(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
}

Certificate to_pem(X509* certificate, EVP_PKEY* key) {
  const BioHandle public_part(BIO_new(BIO_s_mem()));
  const BioHandle private_part(BIO_new(BIO_s_secmem()));
  const bool good =
      PEM_write_bio_X509(public_part.get(), certificate) == 1 &&
      PEM_write_bio_PrivateKey(private_part.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
  ensure(good, "a certificate and its key are written as PEM");
  char* start = nullptr;
  const long size = BIO_get_mem_data(private_part.get(), &start);
  return {memory_text(public_part.get()), Secret(as_bytes({start, static_cast<std::size_t>(size)}))};
}

std::string alternative_names(const std::vector<std::string>& names) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:*";
  std::string text;
  for (const std::string& name : names) {
    ensure(!name.empty() && name.find_first_not_of(kAllowed) == std::string::npos,
           "a server name is a DNS name or an address");
    const Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> address(a2i_IPADDRESS(name.c_str()));
    if (!text.empty()) text += ",";
    text += (address != nullptr ? "IP:" : "DNS:") + name;
  }
  return text;
}

}  // namespace

Certificate make_authority(std::string_view common_name, Instant not_before, std::chrono::days lifetime) {
  const KeyHandle key = make_key();
  const CertificateHandle certificate = make_certificate(key.get(), common_name, not_before, lifetime);
  X509* const self = certificate.get();
  X509_set_issuer_name(self, X509_get_subject_name(self));
  add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(self, self, NID_subject_key_identifier, "hash");
  sign_certificate(self, key.get());
  return to_pem(self, key.get());
}

Certificate make_server_certificate(const Certificate& authority, const std::vector<std::string>& names,
                                    Instant not_before, std::chrono::days lifetime) {
  ensure(!names.empty(), "a server certificate names its server");
  const CertificateHandle issuer = read_certificate(authority.certificate_pem);
  const BioHandle issuer_key_text = reader(authority.private_key_pem.view());
  const KeyHandle issuer_key(PEM_read_bio_PrivateKey(issuer_key_text.get(), nullptr, nullptr, nullptr));
  ensure(issuer != nullptr && issuer_key != nullptr, "the authority has its certificate and key");
  const KeyHandle key = make_key();
  const CertificateHandle certificate =
      make_certificate(key.get(), names.front().substr(0, 64), not_before, lifetime);
  X509* const leaf = certificate.get();
  X509_set_issuer_name(leaf, X509_get_subject_name(issuer.get()));
  add_extension(leaf, issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(leaf, issuer.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(leaf, issuer.get(), NID_ext_key_usage, "serverAuth");
  add_extension(leaf, issuer.get(), NID_subject_key_identifier, "hash");
  add_extension(leaf, issuer.get(), NID_authority_key_identifier, "keyid:always");
  add_extension(leaf, issuer.get(), NID_subject_alt_name, alternative_names(names));
  sign_certificate(leaf, issuer_key.get());
  return to_pem(leaf, key.get());
}

Result<Hash> certificate_fingerprint(std::string_view pem) {
  const CertificateHandle certificate = read_certificate(pem);
  Hash hash{};
  unsigned size = 0;
  if (certificate == nullptr || X509_digest(certificate.get(), EVP_sha256(), hash.data(), &size) != 1) {
    return Error{"tls.bad_certificate", "The text holds no certificate in PEM form."};
  }
  return hash;
}

}  // namespace doudi::crypto
