// Private to this folder: owners for OpenSSL's objects, so that no early return leaks one.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace doudi::crypto {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
template <class T, auto release>
using Handle = std::unique_ptr<T, Release<release>>;

using BioHandle = Handle<BIO, BIO_free_all>;
using BigNumberHandle = Handle<BIGNUM, BN_clear_free>;
using CertificateHandle = Handle<X509, X509_free>;
using CipherHandle = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using DigestHandle = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using ExtensionHandle = Handle<X509_EXTENSION, X509_EXTENSION_free>;
using IntegerHandle = Handle<ASN1_INTEGER, ASN1_INTEGER_free>;
using KdfHandle = Handle<EVP_KDF, EVP_KDF_free>;
using KdfContextHandle = Handle<EVP_KDF_CTX, EVP_KDF_CTX_free>;
using KeyHandle = Handle<EVP_PKEY, EVP_PKEY_free>;
using SessionHandle = Handle<SSL, SSL_free>;
using SettingsHandle = Handle<SSL_CTX, SSL_CTX_free>;

}  // namespace doudi::crypto
