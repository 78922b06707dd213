/* Words are only ever added, and a pack says how many of its sort's its maker knew: so all packs can be opened for ever. */
#include "base/pack.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#define ZSTD_STATIC_LINKING_ONLY /* for a dictionary that copies no words, with a table of one size */
#include <zstd.h>

#include "base/alloc.h"

enum {
	LEVEL = 1,
	WORDS_MAX = 64 * 1024,
	LESSON_MIN = 64,        /* bytes; less is not worth a lesson */
	LESSON_MAX = 32 * 1024, /* nobody alone fills all of the room */
	GOOD = 4,               /* so many times smaller needs no lesson */
	LARGE = 600,            /* bytes of a pack that is to be better */
	LARGE_GOOD = 20,
};

struct pack {
	uint32_t length, packed;
	uint32_t sort : 2, words : 30; /* bytes of them that were known */
	unsigned char bytes[];
};

/* What packs of one sort have in common. */
struct words {
	unsigned char *own_bytes;
	size_t length;
	ZSTD_CDict *own_dictionary; /* refers to them; NULL: there are none */
};

struct packer {
	ZSTD_CCtx *own_maker;
	ZSTD_DCtx *own_opener;
	struct words words[PACK_SORTS];
	void *own_room; /* where a pack is written before its size is known */
	size_t room;    /* its bytes */
};

struct packer *packer_new(void)
{
	struct packer *packer = mem_alloc(sizeof(*packer));

	packer->own_maker = ZSTD_createCCtx();
	packer->own_opener = ZSTD_createDCtx();
	assert(packer->own_maker && packer->own_opener);
	ZSTD_CCtx_setParameter(packer->own_maker, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(packer->own_maker, ZSTD_c_contentSizeFlag, 0); /* known here */
	return packer;
}

void packer_free(struct packer *packer)
{
	if (!packer)
		return;
	ZSTD_freeCCtx(packer->own_maker);
	ZSTD_freeDCtx(packer->own_opener);
	for (int sort = 0; sort < PACK_SORTS; sort++) {
		ZSTD_freeCDict(packer->words[sort].own_dictionary);
		mem_free(packer->words[sort].own_bytes);
	}
	mem_free(packer->own_room);
	mem_free(packer);
}

/* Left to itself zstd makes of few words a table three times as large as that of many. */
static ZSTD_CDict *dictionary_new(const struct words *words)
{
	ZSTD_compressionParameters parameters = ZSTD_getCParams(LEVEL, 0, WORDS_MAX);

	return ZSTD_createCDict_advanced(
		words->own_bytes, words->length, ZSTD_dlm_byRef, ZSTD_dct_auto, parameters, ZSTD_defaultCMem);
}

static void learn(struct words *words, const void *bytes, size_t length)
{
	ZSTD_freeCDict(words->own_dictionary);
	words->own_bytes = mem_resize(words->own_bytes, words->length + length);
	memcpy(words->own_bytes + words->length, bytes, length);
	words->length += length;
	words->own_dictionary = dictionary_new(words);
	assert(words->own_dictionary);
}

static bool is_lesson(const struct words *words, size_t length, size_t packed)
{
	return length >= LESSON_MIN && length <= LESSON_MAX && length <= WORDS_MAX - words->length &&
	       packed * (packed < LARGE ? GOOD : LARGE_GOOD) > length;
}

/* At least so many bytes to write to. */
static void *room(struct packer *packer, size_t size)
{
	if (packer->room < size) {
		packer->own_room = mem_resize(packer->own_room, size);
		packer->room = size;
	}
	return packer->own_room;
}

struct pack *pack_make(struct packer *packer, int sort, const void *bytes, size_t length)
{
	struct words *words = &packer->words[sort];
	size_t bound = ZSTD_compressBound(length), packed;
	struct pack *pack;

	assert(sort < PACK_SORTS && length <= 1U << 30);
	ZSTD_CCtx_refCDict(packer->own_maker, words->own_dictionary);
	packed = ZSTD_compress2(packer->own_maker, room(packer, bound), bound, bytes, length);
	assert(!ZSTD_isError(packed));
	pack = mem_alloc(sizeof(*pack) + packed);
	*pack = (struct pack){.length = (uint32_t)length,
		.packed = (uint32_t)packed,
		.sort = (unsigned)sort & (PACK_SORTS - 1),
		.words = (uint32_t)words->length & ((1U << 30) - 1)};
	memcpy(pack->bytes, packer->own_room, packed);
	if (is_lesson(words, length, packed))
		learn(words, bytes, length);
	return pack;
}

void *pack_open(struct packer *packer, const struct pack *pack)
{
	void *bytes = mem_alloc(pack->length);
	size_t length = ZSTD_decompress_usingDict(packer->own_opener, bytes, pack->length, pack->bytes, pack->packed,
		packer->words[pack->sort].own_bytes, pack->words);

	assert(length == pack->length);
	return bytes;
}

size_t pack_length(const struct pack *pack)
{
	return pack->length;
}

size_t pack_size(const struct pack *pack)
{
	return sizeof(*pack) + pack->packed;
}
