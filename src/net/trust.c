/* A store of OpenSSL that begins empty, with one more place to look a subject up: our index of the file. What was found stays in
 * the store. A file that has changed gets a new store and a new index; who has the old one keeps it. */
#include "net/trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"

enum { CERTIFICATES_MAX = 10000 };

struct entry {
	unsigned long subject; /* hash */
	long offset;           /* in the file */
};

/* Belongs to a look-up, and so to its store. */
struct bundle {
	char *own_file;
	struct entry *own_entries;
	size_t count;
};

struct trust {
	char *own_file;
	X509_LOOKUP_METHOD *own_method;
	X509_STORE *own_store; /* NULL: the file was not read yet */
	struct stat seen;      /* of the file, when it was */
};

static void file_drop(FILE **file)
{
	if (*file)
		fclose(*file);
}

static void bio_drop(BIO **bio)
{
	BIO_free(*bio);
}

#define AUTO_FILE __attribute__((cleanup(file_drop)))
#define AUTO_BIO __attribute__((cleanup(bio_drop)))

/* The next certificate's bytes, of OPENSSL_malloc; NULL at the end. What is broken is passed over. */
static unsigned char *next_certificate(BIO *bio, long *length)
{
	unsigned char *bytes = NULL;
	while (!PEM_bytes_read_bio(&bytes, length, NULL, PEM_STRING_X509, bio, NULL, NULL)) {
		if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
			break;
	}
	return bytes;
}

/* Goes so many DER elements deep: *at is then the first one inside, and *end behind the last. */
static bool der_enter(const unsigned char **at, const unsigned char **end, int depth)
{
	long length;
	int tag, class;
	for (; depth > 0; depth--) {
		if (ASN1_get_object(at, &length, &tag, &class, *end - *at) & 0x80)
			return false;
		*end = *at + length;
	}
	return *at < *end;
}

/* Goes behind so many DER elements. */
static bool der_pass(const unsigned char **at, const unsigned char *end, int count)
{
	long length;
	int tag, class;
	for (; count > 0; count--) {
		if (ASN1_get_object(at, &length, &tag, &class, end - *at) & 0x80)
			return false;
		*at += length;
	}
	return true;
}

/* Of a certificate, whose outermost parts are: {{[0] version, serial, algorithm, issuer, validity, subject, ...}, ...}. */
static X509_NAME *subject_of(const unsigned char *bytes, long length)
{
	const unsigned char *at = bytes, *end = bytes + length;
	if (!der_enter(&at, &end, 2))
		return NULL;
	bool has_version = *at == (V_ASN1_CONTEXT_SPECIFIC | V_ASN1_CONSTRUCTED);
	if (!der_pass(&at, end, has_version ? 5 : 4))
		return NULL;
	return d2i_X509_NAME(NULL, &at, end - at);
}

static void bundle_add(struct bundle *bundle, long offset, const unsigned char *bytes, long length)
{
	X509_NAME *subject = subject_of(bytes, length);
	if (!subject)
		return;
	bundle->own_entries = mem_resize(bundle->own_entries, (bundle->count + 1) * sizeof(*bundle->own_entries));
	bundle->own_entries[bundle->count++] = (struct entry){X509_NAME_hash(subject), offset};
	X509_NAME_free(subject);
}

static void bundle_free(struct bundle *bundle)
{
	mem_free(bundle->own_file);
	mem_free(bundle->own_entries);
	mem_free(bundle);
}

static struct bundle *bundle_read(const char *name)
{
	AUTO_FILE FILE *file = fopen(name, "re");
	AUTO_BIO BIO *bio = file ? BIO_new_fp(file, BIO_NOCLOSE) : NULL;
	struct bundle *bundle = mem_alloc(sizeof(*bundle));
	bundle->own_file = mem_strdup(name);
	ERR_set_mark();
	while (bio && bundle->count < CERTIFICATES_MAX) {
		long offset = ftell(file), length;
		unsigned char *bytes = next_certificate(bio, &length);
		if (!bytes)
			break;
		bundle_add(bundle, offset, bytes, length);
		OPENSSL_free(bytes);
	}
	ERR_pop_to_mark();
	return bundle;
}

/* NULL: the file is another one by now. */
static X509 *certificate_at(const struct bundle *bundle, long offset)
{
	AUTO_FILE FILE *file = fopen(bundle->own_file, "re");
	AUTO_BIO BIO *bio = file ? BIO_new_fp(file, BIO_NOCLOSE) : NULL;
	long length;
	if (!bio || fseek(file, offset, SEEK_SET) != 0)
		return NULL;
	ERR_set_mark();
	unsigned char *bytes = next_certificate(bio, &length);
	const unsigned char *at = bytes;
	X509 *certificate = bytes ? d2i_X509(NULL, &at, length) : NULL;
	OPENSSL_free(bytes);
	ERR_pop_to_mark();
	return certificate;
}

/* All certificates of the subject go into the store, for OpenSSL chooses among them; it is told the first one. It takes one
 * reference of its own to that, beside the one it is told with: hence the second X509_free. */
static int on_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *subject, X509_OBJECT *found)
{
	const struct bundle *bundle = X509_LOOKUP_get_method_data(lookup);
	unsigned long hash = X509_NAME_hash(subject);
	int count = 0;
	for (size_t i = 0; type == X509_LU_X509 && i < bundle->count; i++) {
		const struct entry *entry = &bundle->own_entries[i];
		X509 *certificate = entry->subject == hash ? certificate_at(bundle, entry->offset) : NULL;
		if (certificate && X509_NAME_cmp(X509_get_subject_name(certificate), subject) == 0 &&
			X509_STORE_add_cert(X509_LOOKUP_get_store(lookup), certificate) && count++ == 0) {
			X509_OBJECT_set1_X509(found, certificate);
			X509_free(certificate);
		}
		X509_free(certificate);
	}
	return count > 0;
}

static void on_lookup_free(X509_LOOKUP *lookup)
{
	bundle_free(X509_LOOKUP_get_method_data(lookup));
}

/* NULL: the file has no certificate. An intermediate authority in it is trusted like a root, as curl does. */
static X509_STORE *store_read(const struct trust *trust)
{
	struct bundle *bundle = bundle_read(trust->own_file);
	if (bundle->count == 0) {
		bundle_free(bundle);
		return NULL;
	}
	X509_STORE *store = X509_STORE_new();
	X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
	X509_LOOKUP_set_method_data(X509_STORE_add_lookup(store, trust->own_method), bundle);
	return store;
}

struct trust *trust_new(const char *file)
{
	struct trust *trust = mem_alloc(sizeof(*trust));
	*trust = (struct trust){.own_file = mem_strdup(file), .own_method = X509_LOOKUP_meth_new("bundle")};
	X509_LOOKUP_meth_set_get_by_subject(trust->own_method, on_subject);
	X509_LOOKUP_meth_set_free(trust->own_method, on_lookup_free);
	return trust;
}

void trust_free(struct trust *trust)
{
	if (!trust)
		return;
	X509_STORE_free(trust->own_store);
	X509_LOOKUP_meth_free(trust->own_method);
	mem_free(trust->own_file);
	mem_free(trust);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool trust_give(struct trust *trust, void *context)
{
	struct stat now;
	if (stat(trust->own_file, &now) != 0)
		return false;
	if (!trust->own_store || !is_same_file(&now, &trust->seen)) {
		X509_STORE_free(trust->own_store);
		trust->own_store = store_read(trust);
		trust->seen = now;
	}
	if (trust->own_store)
		SSL_CTX_set1_cert_store(context, trust->own_store);
	return trust->own_store;
}
