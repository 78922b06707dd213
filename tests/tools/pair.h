/* A certificate and its key for tests: ECDSA P-256, signed by itself, new each time. */
#pragma once

struct pair {
	char *own_chain, *own_key; /* PEM */
};

/* name: the one DNS name it is for. */
void pair_make(struct pair *pair, const char *name);
void pair_done(struct pair *pair);
