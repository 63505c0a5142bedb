#include "tls_algorithms.h"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdlib.h>
#include <string.h>

// The default provider, loaded into the default library context. It does all the work.
static OSSL_PROVIDER *source;

// What is offered of the operations that libssl enumerates; the others pass through as they are. Written once, by
// tls_algorithms_context.
static OSSL_ALGORITHM *decoders;
static OSSL_ALGORITHM *key_types;

// The key of a certificate is a SubjectPublicKeyInfo. Private keys are read elsewhere.
static int reads_public_keys(const OSSL_ALGORITHM *algorithm)
{
    return strstr(algorithm->property_definition, "structure=SubjectPublicKeyInfo") != NULL;
}

static int serves_tls(const OSSL_ALGORITHM *algorithm)
{
    static const char *const names[] = {"RSA", "RSA-PSS", "EC", "DH", "DHX", "DSA", "X25519", "X448", "ED25519", "ED448", "HMAC"};
    size_t length = strcspn(algorithm->algorithm_names, ":");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && strncmp(algorithm->algorithm_names, names[i], length) == 0)
            return 1;
    return 0;
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
    key_types = selection(OSSL_OP_KEYMGMT, serves_tls);
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    if (decoders == NULL || key_types == NULL || context == NULL
        || OSSL_PROVIDER_add_builtin(context, "dmscope-tls", initialize) != 1
        || OSSL_PROVIDER_load(context, "dmscope-tls") == NULL)
        return NULL;
    if (legacy)
        OSSL_PROVIDER_load(context, "legacy");
    return context;
}
