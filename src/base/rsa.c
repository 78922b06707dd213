#include "base/rsa.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/alloc.h"

enum { BITS_MIN = 1024, PEM_MAX = 64 * 1024 };

struct rsa_key {
	EVP_PKEY *own_key;
	bool private;
};

/* Else OpenSSL would ask for a password on the terminal. */
static int no_password(char *to, int size, int writes, void *arg)
{
	return -1;
}

static EVP_PKEY *read_pem(const char *pem, bool private)
{
	BIO *text = BIO_new_mem_buf(pem, (int)strnlen(pem, PEM_MAX));
	EVP_PKEY *key = private ? PEM_read_bio_PrivateKey(text, NULL, no_password, NULL)
	                        : PEM_read_bio_PUBKEY(text, NULL, no_password, NULL);
	BIO_free(text);
	ERR_clear_error();
	return key;
}

static struct rsa_key *key_read(const char *pem, bool private, struct error *err)
{
	EVP_PKEY *own_key = read_pem(pem, private);
	bool good = own_key && EVP_PKEY_base_id(own_key) == EVP_PKEY_RSA && EVP_PKEY_bits(own_key) >= BITS_MIN;

	if (!good) {
		EVP_PKEY_free(own_key);
		error_set(err, ERROR_REJECTED, "not a%s RSA key in PEM of at least %d bits%s",
			private ? " private" : " public", BITS_MIN, private ? ", without a password" : "");
		return NULL;
	}
	struct rsa_key *key = mem_alloc(sizeof(*key));
	*key = (struct rsa_key){.own_key = own_key, .private = private};
	return key;
}

struct rsa_key *rsa_private_read(const char *pem, struct error *err)
{
	return key_read(pem, true, err);
}

struct rsa_key *rsa_public_read(const char *pem, struct error *err)
{
	return key_read(pem, false, err);
}

void rsa_key_free(struct rsa_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->own_key);
	mem_free(key);
}

bool rsa_sign(const struct rsa_key *key, const void *bytes, size_t length, struct str *signature)
{
	unsigned char made[EVP_MAX_MD_SIZE + 16 * 1024 / 8];
	size_t size = sizeof(made);
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	assert(key->private);
	bool good = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key->own_key) == 1 &&
	            EVP_DigestSign(context, made, &size, bytes, length) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good && str_add(signature, (const char *)made, size);
}

bool rsa_verify(const struct rsa_key *key, const void *bytes, size_t length, const struct str *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	bool good = context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->own_key) == 1 &&
	            EVP_DigestVerify(
			    context, (const unsigned char *)str_text(signature), signature->length, bytes, length) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}
