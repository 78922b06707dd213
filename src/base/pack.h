/* Packing what is kept for long and looked at seldom: zstd with words in common, which make small texts much smaller. A packer
 * learns its words itself, for each sort of what it packs: what packs badly is unlike all that came before, and what comes later may be
 * like it. */
#pragma once

#include <stddef.h>

enum { PACK_SORTS = 4, PACK_NAMES = 5 };

/* What is a name of one alone stands in its bytes again and again, and between what all have in common: packed, one byte stands for it.
 * Loans; what is NULL or shorter than four bytes is packed as it is. */
struct pack_names {
	const char *names[PACK_NAMES];
};

/* What packing and opening work with, a few hundred KB; for many packs. */
struct packer;
struct packer *packer_new(void);
void packer_free(struct packer *packer); /* NULL is fine */

struct pack; /* mem_free() ends it; only its packer can open it */

/* At most 512 MiB. sort: a number below PACK_SORTS, the same for what is alike. names: NULL for none. The result is owned by the caller. */
struct pack *pack_make(
	struct packer *packer, int sort, const struct pack_names *names, const void *bytes, size_t length);
/* The bytes that pack_make was given, owned by the caller; names: those that it was given, too. What was packed here can't be broken:
 * anything else is a programming error. */
void *pack_open(struct packer *packer, const struct pack_names *names, const struct pack *pack);
size_t pack_length(const struct pack *pack); /* of the bytes that were packed */
size_t pack_size(const struct pack *pack);   /* of the pack itself */
