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

/* The last ones are the ones that a window holds. */
static const Bytef *last_words(const void *words, size_t length, unsigned *used)
{
	size_t skipped = length > WORDS_MAX ? length - WORDS_MAX : 0;

	*used = (unsigned)(length - skipped);
	return (const Bytef *)words + skipped;
}

void *pack_make(const void *bytes, size_t length, const void *words, size_t words_length, size_t *packed)
{
	z_stream stream = {.zalloc = allocate, .zfree = release};
	unsigned used;
	const Bytef *known = last_words(words, words_length, &used);
	int result = deflateInit2(&stream, LEVEL, Z_DEFLATED, RAW_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
	size_t bound = deflateBound(&stream, length);
	void *pack = mem_alloc(bound);

	assert(result == Z_OK);
	if (words && used)
		deflateSetDictionary(&stream, known, used);
	stream.next_in = (Bytef *)bytes; /* zlib reads it only */
	stream.avail_in = (unsigned)length;
	stream.next_out = pack;
	stream.avail_out = (unsigned)bound;
	result = deflate(&stream, Z_FINISH);
	assert(result == Z_STREAM_END);
	*packed = stream.total_out;
	deflateEnd(&stream);
	return mem_resize(pack, *packed);
}

void *pack_open(const void *pack, size_t packed, const void *words, size_t words_length, size_t length)
{
	z_stream stream = {.zalloc = allocate, .zfree = release};
	unsigned used;
	const Bytef *known = last_words(words, words_length, &used);
	void *bytes = mem_alloc(length);
	int result = inflateInit2(&stream, RAW_WINDOW);

	assert(result == Z_OK);
	if (words && used)
		inflateSetDictionary(&stream, known, used);
	stream.next_in = (Bytef *)pack;
	stream.avail_in = (unsigned)packed;
	stream.next_out = bytes;
	stream.avail_out = (unsigned)length;
	result = inflate(&stream, Z_FINISH);
	assert(result == Z_STREAM_END && stream.total_out == length);
	inflateEnd(&stream);
	return bytes;
}
