#ifndef SMALL_KEY_H
#define SMALL_KEY_H

#include <openssl/types.h>

// A public key of RSA that is no key, to stand in a certificate instead of a real one. It belongs to no provider: a
// certificate takes it without a walk through all encoders and decoders, which takes a millisecond. NULL when libcrypto
// fails. Safe to share between threads once it is made.
EVP_PKEY *small_key_new(void);

#endif
