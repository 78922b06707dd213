/* Words are only ever added, and a pack says how many of them its maker knew: so all packs can be opened for ever. */
#include "base/pack.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zstd.h>

#include "base/alloc.h"

enum {
	LEVEL = 1,
	WORDS_MAX = 64 * 1024,
	LESSON_MIN = 64,        /* bytes; less is not worth a lesson */
	LESSON_MAX = 32 * 1024, /* nobody alone fills all of the room */
	GOOD = 8,               /* so many times smaller needs no lesson */
};

struct pack {
	uint32_t length, packed;
	uint32_t words; /* bytes of them that were known */
	unsigned char bytes[];
};

struct packer {
	ZSTD_CCtx *own_maker;
	ZSTD_DCtx *own_opener;
	unsigned char *own_words;
	size_t words;
	void *own_room; /* where a pack is written before its size is known */
	size_t room;    /* its bytes */
};

struct packer *packer_new(void)
{
	struct packer *packer = mem_alloc(sizeof(*packer));

	packer->own_maker = ZSTD_createCCtx();
	packer->own_opener = ZSTD_createDCtx();
	packer->own_words = mem_alloc(WORDS_MAX);
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
	mem_free(packer->own_words);
	mem_free(packer->own_room);
	mem_free(packer);
}

static void learn(struct packer *packer, const void *bytes, size_t length)
{
	size_t result;

	memcpy(packer->own_words + packer->words, bytes, length);
	packer->words += length;
	result = ZSTD_CCtx_loadDictionary(packer->own_maker, packer->own_words, packer->words);
	assert(!ZSTD_isError(result));
}

static bool is_lesson(const struct packer *packer, size_t length, size_t packed)
{
	return length >= LESSON_MIN && length <= LESSON_MAX && length <= WORDS_MAX - packer->words &&
	       packed * GOOD > length;
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

struct pack *pack_make(struct packer *packer, const void *bytes, size_t length)
{
	size_t bound = ZSTD_compressBound(length);
	size_t packed = ZSTD_compress2(packer->own_maker, room(packer, bound), bound, bytes, length);
	struct pack *pack;

	assert(!ZSTD_isError(packed) && length <= 1U << 30);
	pack = mem_alloc(sizeof(*pack) + packed);
	*pack = (struct pack){.length = (uint32_t)length, .packed = (uint32_t)packed, .words = (uint32_t)packer->words};
	memcpy(pack->bytes, packer->own_room, packed);
	if (is_lesson(packer, length, packed))
		learn(packer, bytes, length);
	return pack;
}

void *pack_open(struct packer *packer, const struct pack *pack)
{
	void *bytes = mem_alloc(pack->length);
	size_t length = ZSTD_decompress_usingDict(
		packer->own_opener, bytes, pack->length, pack->bytes, pack->packed, packer->own_words, pack->words);

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
