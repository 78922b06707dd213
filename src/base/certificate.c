#include "base/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { PEM_MAX = 128 * 1024 };

/* Else OpenSSL would ask for a password on the terminal. */
static int no_password(char *to, int size, int writes, void *arg)
{
	return -1;
}

static BIO *open_text(const char *pem)
{
	return BIO_new_mem_buf(pem, (int)strnlen(pem, PEM_MAX));
}

/* The first of the chain; NULL: there is none. count: how many there are. */
static X509 *read_first(const char *chain, int *count)
{
	BIO *text = open_text(chain);
	X509 *first = PEM_read_bio_X509(text, NULL, no_password, NULL), *next = first;

	for (*count = 0; next; ++*count) {
		if (next != first)
			X509_free(next);
		next = PEM_read_bio_X509(text, NULL, no_password, NULL);
	}
	BIO_free(text);
	ERR_clear_error();
	return first;
}

static X509 *chain_first(const char *chain, struct error *err)
{
	int count;
	X509 *first = read_first(chain, &count);

	if (first && count <= CERTIFICATE_CHAIN_MAX)
		return first;
	X509_free(first);
	if (first)
		error_set(err, ERROR_REJECTED, "holds %d certificates; a chain has at most %d", count,
			CERTIFICATE_CHAIN_MAX);
	else
		error_set(err, ERROR_REJECTED, "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
	return NULL;
}

static void read_end(const X509 *first, char ends[TIME_TEXT_SIZE])
{
	struct tm end;

	ends[0] = '\0';
	if (ASN1_TIME_to_tm(X509_get0_notAfter(first), &end))
		time_text((int64_t)timegm(&end) * 1000000, ends);
}

static cJSON *read_names(X509 *first)
{
	GENERAL_NAMES *found = X509_get_ext_d2i(first, NID_subject_alt_name, NULL, NULL);
	cJSON *names = cJSON_CreateArray();

	for (int i = 0; i < sk_GENERAL_NAME_num(found); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(found, i);

		if (name->type == GEN_DNS)
			json_add_text(
				names, arena_strndup(json_arena(), (const char *)ASN1_STRING_get0_data(name->d.dNSName),
					       (size_t)ASN1_STRING_length(name->d.dNSName)));
	}
	GENERAL_NAMES_free(found);
	return names;
}

bool certificate_read(const char *chain, struct certificate *certificate, struct error *err)
{
	X509 *first = chain_first(chain, err);

	if (!first)
		return false;
	read_end(first, certificate->ends);
	certificate->names = read_names(first);
	X509_free(first);
	return true;
}

static EVP_PKEY *read_key(const char *pem)
{
	BIO *text = open_text(pem);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, no_password, NULL);

	BIO_free(text);
	ERR_clear_error();
	return key;
}

static bool is_usable(const EVP_PKEY *key)
{
	int kind = EVP_PKEY_base_id(key);

	return kind == EVP_PKEY_EC || (kind == EVP_PKEY_RSA && EVP_PKEY_bits(key) >= CERTIFICATE_BITS_MIN);
}

static bool check_key(X509 *first, const EVP_PKEY *key, struct error *err)
{
	bool fits = key && X509_check_private_key(first, (EVP_PKEY *)key) == 1;

	ERR_clear_error();
	if (!key)
		return error_set(err, ERROR_REJECTED,
			"the key is no private key in PEM, or one with a password; store it without");
	if (!is_usable(key))
		return error_set(err, ERROR_REJECTED, "the key is neither RSA of at least %d bits nor ECDSA",
			CERTIFICATE_BITS_MIN);
	return fits || error_set(err, ERROR_REJECTED, "the key does not belong to the certificate");
}

bool certificate_has_key(const char *chain, const char *key, struct error *err)
{
	X509 *first = chain_first(chain, err);
	EVP_PKEY *private = first ? read_key(key) : NULL;
	bool fits = first && check_key(first, private, err);

	EVP_PKEY_free(private);
	X509_free(first);
	return fits;
}
