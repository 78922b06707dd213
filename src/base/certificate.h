/* Certificates and their private keys, as PEM: what a front that speaks TLS shows to clients. */
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"

enum { CERTIFICATE_CHAIN_MAX = 5, CERTIFICATE_BITS_MIN = 2048 /* of an RSA key */ };

struct certificate {
	char ends[TIME_TEXT_SIZE]; /* when the first of the chain ends, RFC 3339 */
	cJSON *names;              /* array of the DNS names it is for, in the arena; empty: none */
};

/* Reads a chain, the server's own certificate first. false and err (class REJECTED, and nothing of the text in it) when it is none. */
bool certificate_read(const char *chain, struct certificate *certificate, struct error *err);
/* Is key the private key of the chain's first certificate, and one that Compute Engine takes? The same errors. */
bool certificate_has_key(const char *chain, const char *key, struct error *err);
