#include "tls_algorithms.h"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdlib.h>
#include <string.h>

// The default provider, loaded into the default library context. It does all the work.
static OSSL_PROVIDER *source;

// What is offered of the operations in question; the others pass through as they are. Each algorithm that is left out
// shortens the walks. Written once, by tls_algorithms_context.
static OSSL_ALGORITHM *decoders, *key_types, *ciphers, *digests, *macs, *kdfs;

// The key of a certificate is a SubjectPublicKeyInfo. Private keys are read elsewhere.
static int reads_public_keys(const OSSL_ALGORITHM *algorithm)
{
    return strstr(algorithm->property_definition, "structure=SubjectPublicKeyInfo") != NULL;
}

// The first name of the algorithm is in a list that ends with NULL; one that ends with `*` stands for what begins so.
static int is_named(const OSSL_ALGORITHM *algorithm, const char *const *names)
{
    size_t length = strcspn(algorithm->algorithm_names, ":");
    for (; *names != NULL; names++) {
        size_t wanted = strlen(*names);
        if ((*names)[wanted - 1] == '*' ? strncmp(algorithm->algorithm_names, *names, wanted - 1) == 0
                                         : wanted == length && strncmp(algorithm->algorithm_names, *names, length) == 0)
            return 1;
    }
    return 0;
}

static int is_tls_key_type(const OSSL_ALGORITHM *algorithm)
{
    static const char *const names[] = {"RSA", "RSA-PSS", "EC", "DH", "DHX", "DSA", "X25519", "X448", "ED25519", "ED448", "HMAC", NULL};
    return is_named(algorithm, names);
}

static int is_tls_cipher(const OSSL_ALGORITHM *algorithm)
{
    static const char *const names[] = {
        "NULL", "AES-128-CBC*", "AES-256-CBC*", "AES-128-GCM", "AES-256-GCM", "AES-128-CCM", "AES-256-CCM", "AES-128-ECB", "AES-256-ECB",
        "AES-128-CTR", "AES-256-CTR", "CAMELLIA-128-CBC", "CAMELLIA-256-CBC", "ARIA-128-GCM", "ARIA-256-GCM", "ChaCha20*", "DES-EDE3-CBC", NULL};
    return is_named(algorithm, names);
}

// Of certificates' signatures as well.
static int is_tls_digest(const OSSL_ALGORITHM *algorithm)
{
    static const char *const names[] = {"MD5", "MD5-SHA1", "SHA1", "SHA2-*", "SHA3-*", "SHAKE-256", "RIPEMD-160", "NULL", NULL};
    return is_named(algorithm, names);
}

static int is_tls_mac(const OSSL_ALGORITHM *algorithm)
{
    static const char *const names[] = {"HMAC", NULL};
    return is_named(algorithm, names);
}

static int is_tls_kdf(const OSSL_ALGORITHM *algorithm)
{
    static const char *const names[] = {"HKDF", "TLS13-KDF", "TLS1-PRF", NULL};
    return is_named(algorithm, names);
}

static OSSL_ALGORITHM *selection(int operation, int (*wanted)(const OSSL_ALGORITHM *))
{
    int no_cache = 0;
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(source, operation, &no_cache);
    size_t count = 0, kept = 0;
    while (all != NULL && all[count].algorithm_names != NULL)
        count++;
    OSSL_ALGORITHM *chosen = calloc(count + 1, sizeof *chosen);
    for (size_t i = 0; chosen != NULL && i < count; i++)
        if (wanted(&all[i]))
            chosen[kept++] = all[i];
    return chosen;
}

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
    (void)provider;
    *no_cache = 0;
    switch (operation) {
    case OSSL_OP_DECODER: return decoders;
    case OSSL_OP_KEYMGMT: return key_types;
    case OSSL_OP_CIPHER: return ciphers;
    case OSSL_OP_DIGEST: return digests;
    case OSSL_OP_MAC: return macs;
    case OSSL_OP_KDF: return kdfs;
    case OSSL_OP_ENCODER:
    case OSSL_OP_STORE: return NULL;
    default: return OSSL_PROVIDER_query_operation(source, operation, no_cache);
    }
}

// The groups and protocol versions that libssl asks about.
static int capabilities(void *provider, const char *capability, OSSL_CALLBACK *callback, void *argument)
{
    (void)provider;
    return OSSL_PROVIDER_get_capabilities(source, capability, callback, argument);
}

static const OSSL_DISPATCH functions[] = {
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
    {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))capabilities},
    {0, NULL},
};

static int initialize(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core, const OSSL_DISPATCH **out, void **context)
{
    (void)handle;
    (void)core;
    *out = functions;
    // The algorithms expect their own provider's context.
    *context = OSSL_PROVIDER_get0_provider_ctx(source);
    return 1;
}

OSSL_LIB_CTX *tls_algorithms_context(int legacy)
{
    source = OSSL_PROVIDER_load(NULL, "default");
    if (source == NULL)
        return NULL;
    decoders = selection(OSSL_OP_DECODER, reads_public_keys);
    key_types = selection(OSSL_OP_KEYMGMT, is_tls_key_type);
    ciphers = selection(OSSL_OP_CIPHER, is_tls_cipher);
    digests = selection(OSSL_OP_DIGEST, is_tls_digest);
    macs = selection(OSSL_OP_MAC, is_tls_mac);
    kdfs = selection(OSSL_OP_KDF, is_tls_kdf);
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    if (decoders == NULL || key_types == NULL || ciphers == NULL || digests == NULL || macs == NULL || kdfs == NULL || context == NULL
        || OSSL_PROVIDER_add_builtin(context, "dmscope-tls", initialize) != 1
        || OSSL_PROVIDER_load(context, "dmscope-tls") == NULL)
        return NULL;
    if (legacy)
        OSSL_PROVIDER_load(context, "legacy");
    return context;
}
