// A key without a provider is made with what OpenSSL 3.0 deprecates.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "small_key.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

EVP_PKEY *small_key_new(void)
{
    EVP_PKEY *key = EVP_PKEY_new();
    RSA *rsa = RSA_new();
    BIGNUM *modulus = BN_new(), *exponent = BN_new();
    if (key != NULL && rsa != NULL && modulus != NULL && exponent != NULL && BN_one(modulus) && BN_one(exponent)
        && RSA_set0_key(rsa, modulus, exponent, NULL)) {
        modulus = exponent = NULL;
        if (EVP_PKEY_assign_RSA(key, rsa))
            return key;
    }
    BN_free(modulus);
    BN_free(exponent);
    RSA_free(rsa);
    EVP_PKEY_free(key);
    return NULL;
}
