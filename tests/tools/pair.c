#include "tools/pair.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

#include "base/alloc.h"

enum { DAYS = 90 };

static void add_name(X509 *certificate, const char *name)
{
	AUTO_FREE char *text = mem_printf("DNS:%s", name);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);

	assert(extension && X509_add_ext(certificate, extension, -1));
	X509_EXTENSION_free(extension);
}

static char *take_text(BIO *bio)
{
	char *bytes, *copy;
	long length = BIO_get_mem_data(bio, &bytes);

	copy = mem_strndup(bytes, (size_t)length);
	BIO_free(bio);
	return copy;
}

void pair_make(struct pair *pair, const char *name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	BIO *chain = BIO_new(BIO_s_mem()), *private = BIO_new(BIO_s_mem());
	X509_NAME *subject = X509_get_subject_name(certificate);
	bool made;

	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), DAYS * 86400L);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(certificate, subject);
	X509_set_pubkey(certificate, key);
	add_name(certificate, name);
	made = X509_sign(certificate, key, EVP_sha256()) && PEM_write_bio_X509(chain, certificate) &&
	       PEM_write_bio_PrivateKey(private, key, NULL, NULL, 0, NULL, NULL);
	assert(made);
	pair->own_chain = take_text(chain);
	pair->own_key = take_text(private);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

void pair_done(struct pair *pair)
{
	mem_free(pair->own_chain);
	mem_free(pair->own_key);
}
