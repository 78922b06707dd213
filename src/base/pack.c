/* Packs are raw deflate streams: length and words are known to whoever keeps them. */
#include "base/pack.h"

#include <assert.h>
#include <zlib.h>

#include "base/alloc.h"

enum {
	RAW_WINDOW = -15,
	LEVEL = 3, /* as fast as the fastest here, and a third smaller */
	MEMORY_LEVEL = 8,
	WORDS_MAX = 32768,
};

static void *allocate(void *arg, unsigned count, unsigned size)
{
	return mem_alloc((size_t)count * size);
}

static void release(void *arg, void *memory)
{
	mem_free(memory);
}

struct packer {
	z_stream deflater, inflater;
	void *own_room; /* where a pack is written before its size is known */
	size_t room;    /* its bytes */
};

struct packer *packer_new(void)
{
	struct packer *packer = mem_alloc(sizeof(*packer));
	z_stream fresh = {.zalloc = allocate, .zfree = release};
	int result;

	packer->deflater = packer->inflater = fresh;
	result = deflateInit2(&packer->deflater, LEVEL, Z_DEFLATED, RAW_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
	assert(result == Z_OK);
	result = inflateInit2(&packer->inflater, RAW_WINDOW);
	assert(result == Z_OK);
	return packer;
}

void packer_free(struct packer *packer)
{
	if (!packer)
		return;
	deflateEnd(&packer->deflater);
	inflateEnd(&packer->inflater);
	mem_free(packer->own_room);
	mem_free(packer);
}

/* The last ones are the ones that a window holds. */
static const Bytef *last_words(const void *words, size_t length, unsigned *used)
{
	size_t skipped = length > WORDS_MAX ? length - WORDS_MAX : 0;

	*used = (unsigned)(length - skipped);
	return (const Bytef *)words + skipped;
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

void *pack_make(
	struct packer *packer, const void *bytes, size_t length, const void *words, size_t words_length, size_t *packed)
{
	z_stream *stream = &packer->deflater;
	unsigned used;
	const Bytef *known = last_words(words, words_length, &used);
	int result = deflateReset(stream);
	size_t bound = deflateBound(stream, length);

	assert(result == Z_OK);
	if (words && used)
		deflateSetDictionary(stream, known, used);
	stream->next_in = (Bytef *)bytes; /* zlib reads it only */
	stream->avail_in = (unsigned)length;
	stream->next_out = room(packer, bound);
	stream->avail_out = (unsigned)bound;
	result = deflate(stream, Z_FINISH);
	assert(result == Z_STREAM_END);
	*packed = stream->total_out;
	return mem_copy(packer->own_room, *packed);
}

void *pack_open(
	struct packer *packer, const void *pack, size_t packed, const void *words, size_t words_length, size_t length)
{
	z_stream *stream = &packer->inflater;
	unsigned used;
	const Bytef *known = last_words(words, words_length, &used);
	void *bytes = mem_alloc(length);
	int result = inflateReset(stream);

	assert(result == Z_OK);
	if (words && used)
		inflateSetDictionary(stream, known, used);
	stream->next_in = (Bytef *)pack;
	stream->avail_in = (unsigned)packed;
	stream->next_out = bytes;
	stream->avail_out = (unsigned)length;
	result = inflate(stream, Z_FINISH);
	assert(result == Z_STREAM_END && stream->total_out == length);
	return bytes;
}
