// Wrappers for what OpenSSL offers as macros only. No logic here: each function is the macro of its name.
#ifndef COPENSSL_SHIMS_H
#define COPENSSL_SHIMS_H

#include <openssl/ssl.h>

#endif
