/* A file of certificates, trusted one by one. The judge is OpenSSL's own verification of a chain. */
#include <openssl/err.h>
#include <sys/stat.h>

#include "net/trust.h"
#include "tls.h"

struct fixture {
	struct identity expired, authority, stranger; /* the first two have one name */
	struct identity server, foreign;
	char folder[32], path[64];
	struct trust *trust;
};

static int set_up(void **state)
{
	struct fixture *f = mem_alloc(sizeof(*f));
	identity_make(&f->expired, NULL, "authority", NULL, -1);
	identity_make(&f->authority, NULL, "authority", NULL, 1);
	identity_make(&f->stranger, NULL, "stranger", NULL, 1);
	identity_make(&f->server, &f->authority, "server", "DNS:kube.test", 1);
	identity_make(&f->foreign, &f->stranger, "foreign", "DNS:kube.test", 1);
	strcpy(f->folder, "/tmp/tflb-trust-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/bundle", f->folder);
	f->trust = trust_new(f->path);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	trust_free(f->trust);
	identity_done(&f->expired);
	identity_done(&f->authority);
	identity_done(&f->stranger);
	identity_done(&f->server);
	identity_done(&f->foreign);
	unlink(f->path);
	rmdir(f->folder);
	mem_free(f);
	return 0;
}

/* Writes the file anew, under its name at once. */
static void bundle_write(struct fixture *f, const char *first, const char *second, const char *third)
{
	char fresh[80];
	snprintf(fresh, sizeof(fresh), "%s.new", f->path);
	FILE *file = fopen(fresh, "w");
	assert_non_null(file);
	fprintf(file, "%s\nwords between\n%s%s", first, second, third);
	fclose(file);
	assert_int_equal(rename(fresh, f->path), 0);
}

static SSL_CTX *context_make(struct fixture *f)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	assert_true(trust_give(f->trust, context));
	return context;
}

/* What is wrong with the certificate, in the eyes of who has the context. */
static int verdict(SSL_CTX *context, X509 *certificate)
{
	X509_STORE_CTX *check = X509_STORE_CTX_new();
	X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(context), certificate, NULL);
	X509_verify_cert(check);
	int error = X509_STORE_CTX_get_error(check);
	X509_STORE_CTX_free(check);
	return error;
}

static int parsed(SSL_CTX *context)
{
	return sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(context)));
}

static void test_who_is_in_the_file(void **state)
{
	struct fixture *f = *state;
	bundle_write(f, f->stranger.own_certificate_pem, f->authority.own_certificate_pem, "");
	SSL_CTX *context = context_make(f);
	assert_int_equal(parsed(context), 0);
	assert_int_equal(verdict(context, f->server.certificate), X509_V_OK);
	assert_int_equal(parsed(context), 1);
	assert_int_equal(verdict(context, f->server.certificate), X509_V_OK);
	assert_int_equal(parsed(context), 1);
	assert_int_equal(verdict(context, f->foreign.certificate), X509_V_OK);
	SSL_CTX_free(context);
}

static void test_who_is_not(void **state)
{
	struct fixture *f = *state;
	bundle_write(f, f->authority.own_certificate_pem, "", "");
	SSL_CTX *context = context_make(f);
	assert_int_equal(verdict(context, f->foreign.certificate), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
	SSL_CTX_free(context);
}

/* A name does not tell two authorities apart: the second one may be the right one. */
static void test_two_of_one_name(void **state)
{
	struct fixture *f = *state;
	bundle_write(
		f, f->expired.own_certificate_pem, f->stranger.own_certificate_pem, f->authority.own_certificate_pem);
	SSL_CTX *context = context_make(f);
	assert_int_equal(verdict(context, f->server.certificate), X509_V_OK);
	assert_int_equal(parsed(context), 2);
	SSL_CTX_free(context);
}

static void test_what_is_broken_is_passed_over(void **state)
{
	struct fixture *f = *state;
	static const char broken[] = "-----BEGIN CERTIFICATE-----\nMIIB*&^\n-----END CERTIFICATE-----\n"
				     "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
	bundle_write(f, broken, f->server.own_key_pem, f->authority.own_certificate_pem);
	SSL_CTX *context = context_make(f);
	assert_int_equal(verdict(context, f->server.certificate), X509_V_OK);
	assert_int_equal(ERR_peek_error(), 0);
	SSL_CTX_free(context);
}

/* Every new context sees the file as it is; an older one goes on. */
static void test_a_renewed_file(void **state)
{
	struct fixture *f = *state;
	bundle_write(f, f->authority.own_certificate_pem, "", "");
	SSL_CTX *old = context_make(f);
	assert_int_equal(verdict(old, f->server.certificate), X509_V_OK);
	bundle_write(f, f->stranger.own_certificate_pem, "", "");
	SSL_CTX *fresh = context_make(f);
	assert_int_equal(verdict(fresh, f->server.certificate), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
	assert_int_equal(verdict(fresh, f->foreign.certificate), X509_V_OK);
	assert_int_equal(verdict(old, f->server.certificate), X509_V_OK);
	assert_int_not_equal(verdict(old, f->foreign.certificate), X509_V_OK);
	SSL_CTX_free(old);
	SSL_CTX_free(fresh);
}

static void test_no_file(void **state)
{
	struct fixture *f = *state;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	assert_false(trust_give(f->trust, context));
	bundle_write(f, "nobody", "", "");
	assert_false(trust_give(f->trust, context));
	bundle_write(f, f->authority.own_certificate_pem, "", "");
	assert_true(trust_give(f->trust, context));
	SSL_CTX_free(context);
}

/* The system's own file: each certificate in it is found by its subject. */
static void test_the_systems_file(void **state)
{
	static const char file[] = "/etc/ssl/certs/ca-certificates.crt";
	if (access(file, R_OK) != 0)
		skip();
	struct trust *trust = trust_new(file);
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	assert_true(trust_give(trust, context));
	BIO *bio = BIO_new_file(file, "r");
	X509 *certificate;
	int count = 0;
	while ((certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		X509_STORE_CTX *check = X509_STORE_CTX_new();
		X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(context), NULL, NULL);
		STACK_OF(X509) *found = X509_STORE_CTX_get1_certs(check, X509_get_subject_name(certificate));
		bool same = false;
		for (int i = 0; i < sk_X509_num(found); i++)
			same |= X509_cmp(sk_X509_value(found, i), certificate) == 0;
		assert_true(same);
		sk_X509_pop_free(found, X509_free);
		X509_STORE_CTX_free(check);
		X509_free(certificate);
		count++;
	}
	ERR_clear_error();
	assert_true(count >= 100);
	assert_int_equal(parsed(context), count);
	BIO_free(bio);
	SSL_CTX_free(context);
	trust_free(trust);
}

#define TRUST_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRUST_TEST(test_who_is_in_the_file),
		TRUST_TEST(test_who_is_not),
		TRUST_TEST(test_two_of_one_name),
		TRUST_TEST(test_what_is_broken_is_passed_over),
		TRUST_TEST(test_a_renewed_file),
		TRUST_TEST(test_no_file),
		TRUST_TEST(test_the_systems_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
