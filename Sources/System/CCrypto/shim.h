#pragma once
// SHA256_Init and its like are called deprecated in favour of EVP, which is no faster, and needs an allocation a thread.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// A stack of certificates is a type that macros make, which Swift does not see: here it is without a type.
static inline void *ccrypto_stack_new(void) {
    return sk_X509_new_null();
}

// The stack takes no part in owning the certificate.
static inline int ccrypto_stack_push(void *stack, X509 *certificate) {
    return sk_X509_push((STACK_OF(X509) *)stack, certificate) > 0;
}

static inline void ccrypto_stack_free(void *stack) {
    sk_X509_free((STACK_OF(X509) *)stack);
}

static inline int ccrypto_check_begin(X509_STORE_CTX *context, X509_STORE *roots, X509 *leaf, void *others) {
    return X509_STORE_CTX_init(context, roots, leaf, (STACK_OF(X509) *)others);
}

// EVP_DigestVerify… hide behind macros of several names in some versions.
static inline int ccrypto_verify_rsa_sha256(
    EVP_PKEY *key, const void *signature, size_t signature_count, const void *message, size_t message_count) {
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context) return 0;
    int good = EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1
        && EVP_DigestVerify(
               context, (const unsigned char *)signature, signature_count, (const unsigned char *)message,
               message_count) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

// Seconds since 1970; 0 where the time is no time.
static inline long long ccrypto_seconds(const ASN1_TIME *time) {
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    int good = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time);
    ASN1_TIME_free(epoch);
    return good ? (long long)days * 86400 + seconds : 0;
}
