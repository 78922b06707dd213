/* Packing what is kept for long and looked at seldom: zlib with words in common, which make small texts much smaller. */
#pragma once

#include <stddef.h>

/* What packing and opening work with, about 300 KB; for many packs. */
struct packer;
struct packer *packer_new(void);
void packer_free(struct packer *packer); /* NULL is fine */

/* Bytes, packed with words that both sides know (at most 32 KiB of them are used; NULL: none). The result is owned by the
 * caller, its size in *packed. */
void *pack_make(struct packer *packer, const void *bytes, size_t length, const void *words, size_t words_length,
	size_t *packed);

/* The length bytes that pack_make was given with the same words, owned by the caller. What was packed here can't be broken:
 * anything else is a programming error. */
void *pack_open(
	struct packer *packer, const void *pack, size_t packed, const void *words, size_t words_length, size_t length);
