/* Signatures, with keys made for each case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/rsa.h"

/* PEM texts of a new pair; pkcs1: the private one in the older form. */
static void make_pair(unsigned bits, bool pkcs1, char private[8192], char public[8192])
{
	EVP_PKEY *key = EVP_RSA_gen(bits);
	BIO *out = BIO_new(BIO_s_mem());
	if (pkcs1)
		assert_int_equal(PEM_write_bio_PrivateKey_traditional(out, key, NULL, NULL, 0, NULL, NULL), 1);
	else
		assert_int_equal(PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
	private[BIO_read(out, private, 8191)] = '\0';
	assert_int_equal(PEM_write_bio_PUBKEY(out, key), 1);
	public[BIO_read(out, public, 8191)] = '\0';
	BIO_free(out);
	EVP_PKEY_free(key);
}

static void check_pair(bool pkcs1)
{
	char private[8192], public[8192];
	AUTO_STR struct str signature = STR_INIT(1024);
	make_pair(2048, pkcs1, private, public);
	struct rsa_key *ours = rsa_private_read(private, NULL), *theirs = rsa_public_read(public, NULL);
	assert_non_null(ours);
	assert_non_null(theirs);
	assert_true(rsa_sign(ours, "hello", 5, &signature));
	assert_int_equal(signature.length, 256);
	assert_true(rsa_verify(theirs, "hello", 5, &signature));
	assert_false(rsa_verify(theirs, "hullo", 5, &signature));
	signature.own_text[7] ^= 1;
	assert_false(rsa_verify(theirs, "hello", 5, &signature));
	rsa_key_free(ours);
	rsa_key_free(theirs);
}

static void test_sign_and_verify(void **state)
{
	check_pair(false);
	check_pair(true);
}

static void test_a_signature_that_has_no_room(void **state)
{
	char private[8192], public[8192];
	AUTO_STR struct str signature = STR_INIT(255);
	make_pair(2048, false, private, public);
	struct rsa_key *key = rsa_private_read(private, NULL);
	assert_false(rsa_sign(key, "hello", 5, &signature));
	rsa_key_free(key);
}

static void check_refused(const char *pem)
{
	struct error err = {0};
	assert_null(rsa_private_read(pem, &err));
	assert_int_equal(err.class, ERROR_REJECTED);
	assert_string_equal(err.message, "not a private RSA key in PEM of at least 1024 bits, without a password");
}

static void test_texts_that_are_no_keys(void **state)
{
	char private[8192], public[8192];
	EVP_PKEY *curve = EVP_EC_gen("P-256");
	BIO *out = BIO_new(BIO_s_mem());
	check_refused("");
	check_refused("-----BEGIN PRIVATE KEY-----\nMIIC\n-----END PRIVATE KEY-----\n");
	make_pair(2048, false, private, public);
	check_refused(public);
	private[strlen(private) / 2] = '!';
	check_refused(private);
	make_pair(512, false, private, public);
	check_refused(private);
	assert_int_equal(PEM_write_bio_PrivateKey(out, curve, NULL, NULL, 0, NULL, NULL), 1);
	private[BIO_read(out, private, 8191)] = '\0';
	check_refused(private);
	EVP_PKEY_free(curve);
	BIO_free(out);
}

/* It must not ask on the terminal. */
static void test_a_key_with_a_password(void **state)
{
	char pem[8192];
	EVP_PKEY *key = EVP_RSA_gen(1024);
	BIO *out = BIO_new(BIO_s_mem());
	assert_int_equal(
		PEM_write_bio_PrivateKey(out, key, EVP_aes_128_cbc(), (const unsigned char *)"secret", 6, NULL, NULL),
		1);
	pem[BIO_read(out, pem, 8191)] = '\0';
	check_refused(pem);
	BIO_free(out);
	EVP_PKEY_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sign_and_verify),
		cmocka_unit_test(test_a_signature_that_has_no_room),
		cmocka_unit_test(test_texts_that_are_no_keys),
		cmocka_unit_test(test_a_key_with_a_password),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
