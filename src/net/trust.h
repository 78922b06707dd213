/* Whom the system trusts: the certificates of one file of PEM, of which a program meets one or two. OpenSSL would keep all 140
 * of them parsed for each user of the file, 850 KB that take 20 ms to make. Here each is known by its subject's hash, and
 * parsed when a chain asks for that subject. */
#pragma once

#include <stdbool.h>

struct trust;

struct trust *trust_new(const char *file); /* copied; read when it is first needed */
void trust_free(struct trust *trust);      /* when the contexts that it was given to are gone */

/* context, an SSL_CTX, from now on trusts what the file holds, as it is now. false: the file has no certificate. */
bool trust_give(struct trust *trust, void *context);
