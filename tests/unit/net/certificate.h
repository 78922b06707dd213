/* Certificates for tests of TLS: an authority of our own, and what it signs. */
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"

struct identity {
	X509 *own_certificate;
	EVP_PKEY *own_key;
	char *own_certificate_pem, *own_key_pem;
};

static inline char *pem_take(BIO *own_bio)
{
	char *bytes;
	long length = BIO_get_mem_data(own_bio, &bytes);
	char *text = mem_strndup(bytes, (size_t)length);
	BIO_free(own_bio);
	return text;
}

static inline void certificate_extend(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

static inline void certificate_name(X509 *certificate, const char *name, X509 *issuer)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(issuer != NULL ? issuer : certificate));
}

/* authority NULL: a new authority. alternative: "DNS:...", NULL: none. */
static inline struct identity identity_new(const char *name, const char *alternative, const struct identity *authority)
{
	static long serial;
	struct identity made = {.own_certificate = X509_new(), .own_key = EVP_EC_gen("P-256")};
	X509_set_version(made.own_certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(made.own_certificate), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(made.own_certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(made.own_certificate), 3600);
	X509_set_pubkey(made.own_certificate, made.own_key);
	certificate_name(made.own_certificate, name, authority != NULL ? authority->own_certificate : NULL);
	certificate_extend(
		made.own_certificate, NID_basic_constraints, authority != NULL ? "CA:FALSE" : "critical,CA:TRUE");
	if (alternative != NULL)
		certificate_extend(made.own_certificate, NID_subject_alt_name, alternative);
	X509_sign(made.own_certificate, authority != NULL ? authority->own_key : made.own_key, EVP_sha256());
	BIO *certificate = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(certificate, made.own_certificate);
	PEM_write_bio_PrivateKey(key, made.own_key, NULL, NULL, 0, NULL, NULL);
	made.own_certificate_pem = pem_take(certificate);
	made.own_key_pem = pem_take(key);
	return made;
}

static inline void identity_done(struct identity *identity)
{
	X509_free(identity->own_certificate);
	EVP_PKEY_free(identity->own_key);
	mem_free(identity->own_certificate_pem);
	mem_free(identity->own_key_pem);
}
