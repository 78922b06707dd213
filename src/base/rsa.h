/* RSA signatures with SHA-256 (PKCS #1 v1.5), which JWT calls RS256. */
#pragma once

#include "base/error.h"
#include "base/str.h"

struct rsa_key;

/* A private key, PKCS #8 or PKCS #1 in PEM, of at least 1024 bits and without a password. NULL and err (class REJECTED, and nothing
 * of the text in it) when it is none. */
struct rsa_key *rsa_private_read(const char *pem, struct error *err);
/* A public key in PEM; the same rules. */
struct rsa_key *rsa_public_read(const char *pem, struct error *err);
void rsa_key_free(struct rsa_key *key); /* NULL is fine */

/* Adds the signature's bytes; key is a private one. False when signature can't hold them, or there is no memory. */
bool rsa_sign(const struct rsa_key *key, const void *bytes, size_t length, struct str *signature);
bool rsa_verify(const struct rsa_key *key, const void *bytes, size_t length, const struct str *signature);
