#ifndef TLS_ALGORITHMS_H
#define TLS_ALGORITHMS_H

#include <openssl/types.h>

// A library context for SSL_CTXs, with no more algorithms than TLS asks for: libssl 3.0 walks through every decoder and
// key type there is for each certificate that a peer shows, which is most of what reading it costs. The algorithms are
// the default provider's own. The legacy provider's come besides where `legacy` is not 0. NULL when libcrypto fails.
// Called once; the context lives as long as the process.
OSSL_LIB_CTX *tls_algorithms_context(int legacy);

#endif
