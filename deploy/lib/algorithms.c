/* The algorithms of a released program: those that TLS 1.2 and 1.3, certificates and signed tokens of today ask of OpenSSL, and no others.
 *
 * OpenSSL's library has them in tables, and one call reaches them all: linked as it is, two thirds of what it adds to the program is
 * never run, weak ciphers included. The functions below replace those that hold the tables (providers/defltprov.c, baseprov.c and
 * nullprov.c, crypto/evp/c_allc.c and c_alld.c of OpenSSL 3.0), so the linker leaves the rest out. Their names, and those that they
 * call, are OpenSSL's own but in no header of it: with a library that names them otherwise a release does not link. tests/image/tls.py
 * plays what is here, and sees that the rest is gone. */
#include <openssl/bio.h>
#include <openssl/core_dispatch.h>
#include <openssl/evp.h>
#include <stddef.h>

#define DEFAULT "provider=default"

/* Table of one algorithm; names as OpenSSL's provider gives them, with their object identifiers. */
#define FUNCTIONS(name) extern const OSSL_DISPATCH ossl_##name##_functions[]
#define ALGORITHM(names, functions)                                                                                    \
	{                                                                                                              \
		names, DEFAULT, ossl_##functions##_functions, NULL                                                     \
	}
#define DECODER(names, structure, functions)                                                                           \
	{                                                                                                              \
		names, DEFAULT ",input=der,structure=" structure, ossl_##functions##_decoder_functions, NULL           \
	}
#define END                                                                                                            \
	{                                                                                                              \
		NULL, NULL, NULL, NULL                                                                                 \
	}

#define RSA "RSA:rsaEncryption:1.2.840.113549.1.1.1"
#define RSA_PSS "RSA-PSS:RSASSA-PSS:1.2.840.113549.1.1.10"
#define EC "EC:id-ecPublicKey:1.2.840.10045.2.1"
#define ED25519 "ED25519:1.3.101.112"
#define X25519 "X25519:1.3.101.110"

FUNCTIONS(sha1);
FUNCTIONS(sha256);
FUNCTIONS(sha384);
FUNCTIONS(sha512);
static const OSSL_ALGORITHM digests[] = {
	ALGORITHM("SHA1:SHA-1:SSL3-SHA1:1.3.14.3.2.26", sha1), /* marks of certificates, nothing that is signed */
	ALGORITHM("SHA2-256:SHA-256:SHA256:2.16.840.1.101.3.4.2.1", sha256),
	ALGORITHM("SHA2-384:SHA-384:SHA384:2.16.840.1.101.3.4.2.2", sha384),
	ALGORITHM("SHA2-512:SHA-512:SHA512:2.16.840.1.101.3.4.2.3", sha512),
	END,
};

FUNCTIONS(aes128gcm);
FUNCTIONS(aes256gcm);
FUNCTIONS(chacha20_ossl_poly1305);
FUNCTIONS(aes256ctr);
FUNCTIONS(aes256ecb);
static const OSSL_ALGORITHM ciphers[] = {
	ALGORITHM("AES-128-GCM:id-aes128-GCM:2.16.840.1.101.3.4.1.6", aes128gcm),
	ALGORITHM("AES-256-GCM:id-aes256-GCM:2.16.840.1.101.3.4.1.46", aes256gcm),
	ALGORITHM("ChaCha20-Poly1305", chacha20_ossl_poly1305),
	ALGORITHM("AES-256-CTR", aes256ctr), /* this one and the next: of random numbers */
	ALGORITHM("AES-256-ECB:2.16.840.1.101.3.4.1.41", aes256ecb),
	END,
};

FUNCTIONS(hmac);
static const OSSL_ALGORITHM macs[] = {ALGORITHM("HMAC", hmac), END};

FUNCTIONS(kdf_hkdf);
FUNCTIONS(kdf_tls1_3_kdf);
FUNCTIONS(kdf_tls1_prf);
static const OSSL_ALGORITHM derivations[] = {
	ALGORITHM("HKDF", kdf_hkdf),
	ALGORITHM("TLS13-KDF", kdf_tls1_3_kdf),
	ALGORITHM("TLS1-PRF", kdf_tls1_prf), /* of TLS 1.2, too */
	END,
};

FUNCTIONS(drbg_ctr);
FUNCTIONS(seed_src);
static const OSSL_ALGORITHM randoms[] = {ALGORITHM("CTR-DRBG", drbg_ctr), ALGORITHM("SEED-SRC", seed_src), END};

FUNCTIONS(ecdh_keyexch);
FUNCTIONS(x25519_keyexch);
static const OSSL_ALGORITHM exchanges[] = {ALGORITHM("ECDH", ecdh_keyexch), ALGORITHM(X25519, x25519_keyexch), END};

FUNCTIONS(rsa_signature);
FUNCTIONS(ecdsa_signature);
FUNCTIONS(ed25519_signature);
static const OSSL_ALGORITHM signatures[] = {
	ALGORITHM(RSA, rsa_signature), ALGORITHM("ECDSA", ecdsa_signature), ALGORITHM(ED25519, ed25519_signature), END};

FUNCTIONS(rsa_asym_cipher);
static const OSSL_ALGORITHM encryptions[] = {
	ALGORITHM(RSA, rsa_asym_cipher), END}; /* TLS 1.2 with servers that know no better */

FUNCTIONS(rsa_keymgmt);
FUNCTIONS(rsapss_keymgmt);
FUNCTIONS(ec_keymgmt);
FUNCTIONS(ed25519_keymgmt);
FUNCTIONS(x25519_keymgmt);
static const OSSL_ALGORITHM keys[] = {
	ALGORITHM(RSA, rsa_keymgmt),
	ALGORITHM(RSA_PSS, rsapss_keymgmt),
	ALGORITHM(EC, ec_keymgmt),
	ALGORITHM(ED25519, ed25519_keymgmt),
	ALGORITHM(X25519, x25519_keymgmt),
	END,
};

FUNCTIONS(PrivateKeyInfo_der_to_rsa_decoder);
FUNCTIONS(SubjectPublicKeyInfo_der_to_rsa_decoder);
FUNCTIONS(type_specific_keypair_der_to_rsa_decoder);
FUNCTIONS(RSA_der_to_rsa_decoder);
FUNCTIONS(PrivateKeyInfo_der_to_rsapss_decoder);
FUNCTIONS(SubjectPublicKeyInfo_der_to_rsapss_decoder);
FUNCTIONS(PrivateKeyInfo_der_to_ec_decoder);
FUNCTIONS(SubjectPublicKeyInfo_der_to_ec_decoder);
FUNCTIONS(type_specific_no_pub_der_to_ec_decoder);
FUNCTIONS(EC_der_to_ec_decoder);
FUNCTIONS(PrivateKeyInfo_der_to_ed25519_decoder);
FUNCTIONS(SubjectPublicKeyInfo_der_to_ed25519_decoder);
FUNCTIONS(SubjectPublicKeyInfo_der_to_der_decoder);
FUNCTIONS(pem_to_der_decoder);
static const OSSL_ALGORITHM decoders[] = {
	DECODER(RSA, "PrivateKeyInfo", PrivateKeyInfo_der_to_rsa),
	DECODER(RSA, "SubjectPublicKeyInfo", SubjectPublicKeyInfo_der_to_rsa),
	DECODER(RSA, "type-specific", type_specific_keypair_der_to_rsa),
	DECODER(RSA, "rsa", RSA_der_to_rsa),
	DECODER(RSA_PSS, "PrivateKeyInfo", PrivateKeyInfo_der_to_rsapss),
	DECODER(RSA_PSS, "SubjectPublicKeyInfo", SubjectPublicKeyInfo_der_to_rsapss),
	DECODER(EC, "PrivateKeyInfo", PrivateKeyInfo_der_to_ec),
	DECODER(EC, "SubjectPublicKeyInfo", SubjectPublicKeyInfo_der_to_ec),
	DECODER(EC, "type-specific", type_specific_no_pub_der_to_ec),
	DECODER(EC, "ec", EC_der_to_ec),
	DECODER(ED25519, "PrivateKeyInfo", PrivateKeyInfo_der_to_ed25519),
	DECODER(ED25519, "SubjectPublicKeyInfo", SubjectPublicKeyInfo_der_to_ed25519),
	DECODER("DER", "SubjectPublicKeyInfo", SubjectPublicKeyInfo_der_to_der),
	{"DER", DEFAULT ",input=pem", ossl_pem_to_der_decoder_functions, NULL},
	END,
};

static const OSSL_ALGORITHM *const tables[] = {
	[OSSL_OP_DIGEST] = digests,
	[OSSL_OP_CIPHER] = ciphers,
	[OSSL_OP_MAC] = macs,
	[OSSL_OP_KDF] = derivations,
	[OSSL_OP_RAND] = randoms,
	[OSSL_OP_KEYMGMT] = keys,
	[OSSL_OP_KEYEXCH] = exchanges,
	[OSSL_OP_SIGNATURE] = signatures,
	[OSSL_OP_ASYM_CIPHER] = encryptions,
	[OSSL_OP_DECODER] = decoders,
};

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_cache)
{
	*no_cache = 0;
	return operation >= 0 && (size_t)operation < sizeof(tables) / sizeof(*tables) ? tables[operation] : NULL;
}

/* --- the provider; what OpenSSL's own does with its context --- */

typedef struct prov_ctx_st PROV_CTX;
int ossl_prov_bio_from_dispatch(const OSSL_DISPATCH *core);
int ossl_prov_seeding_from_dispatch(const OSSL_DISPATCH *core);
PROV_CTX *ossl_prov_ctx_new(void);
void ossl_prov_ctx_free(PROV_CTX *context);
void ossl_prov_ctx_set0_libctx(PROV_CTX *context, OSSL_LIB_CTX *library);
void ossl_prov_ctx_set0_handle(PROV_CTX *context, const OSSL_CORE_HANDLE *handle);
void ossl_prov_ctx_set0_core_bio_method(PROV_CTX *context, BIO_METHOD *method);
BIO_METHOD *ossl_prov_ctx_get0_core_bio_method(PROV_CTX *context);
BIO_METHOD *ossl_bio_prov_init_bio_method(void);
int ossl_prov_get_capabilities(
	void *context, const char *capability, OSSL_CALLBACK *call, void *arg); /* groups of TLS */

static void end(void *context)
{
	BIO_meth_free(ossl_prov_ctx_get0_core_bio_method(context));
	ossl_prov_ctx_free(context);
}

static const OSSL_DISPATCH provider[] = {
	{OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))end},
	{OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
	{OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))ossl_prov_get_capabilities},
	{0, NULL},
};

static OSSL_FUNC_core_get_libctx_fn *library_of(const OSSL_DISPATCH *core)
{
	for (; core->function_id; core++) {
		if (core->function_id == OSSL_FUNC_CORE_GET_LIBCTX)
			return OSSL_FUNC_core_get_libctx(core);
	}
	return NULL;
}

OSSL_provider_init_fn ossl_default_provider_init, ossl_base_provider_init, ossl_null_provider_init;

int ossl_default_provider_init(
	const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core, const OSSL_DISPATCH **out, void **context)
{
	OSSL_FUNC_core_get_libctx_fn *library = library_of(core);
	BIO_METHOD *method;

	if (!library || !ossl_prov_bio_from_dispatch(core) || !ossl_prov_seeding_from_dispatch(core))
		return 0;
	*context = ossl_prov_ctx_new();
	method = ossl_bio_prov_init_bio_method();
	if (!*context || !method) {
		BIO_meth_free(method);
		ossl_prov_ctx_free(*context);
		*context = NULL;
		return 0;
	}
	ossl_prov_ctx_set0_libctx(*context, (OSSL_LIB_CTX *)library(handle));
	ossl_prov_ctx_set0_handle(*context, handle);
	ossl_prov_ctx_set0_core_bio_method(*context, method);
	*out = provider;
	return 1;
}

/* --- what nobody loads --- */

int ossl_base_provider_init(
	const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core, const OSSL_DISPATCH **out, void **context)
{
	return 0;
}

int ossl_null_provider_init(
	const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core, const OSSL_DISPATCH **out, void **context)
{
	return 0;
}

/* --- numbers of algorithms, which certificates and TLS look up --- */

void openssl_add_all_ciphers_int(void);
void openssl_add_all_digests_int(void);

void openssl_add_all_ciphers_int(void)
{
	EVP_add_cipher(EVP_aes_128_gcm());
	EVP_add_cipher(EVP_aes_256_gcm());
	EVP_add_cipher(EVP_chacha20_poly1305());
}

void openssl_add_all_digests_int(void)
{
	EVP_add_digest(EVP_sha1());
	EVP_add_digest(EVP_sha256());
	EVP_add_digest(EVP_sha384());
	EVP_add_digest(EVP_sha512());
}
