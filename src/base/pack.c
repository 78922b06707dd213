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
	LARGE = 300,            /* bytes of a pack that is to be better */
	LARGE_GOOD = 40,
	TABLE_LOG = 12,
	NAME_MIN = 4,
	/* Bytes that UTF-8 never has: one for each name, and one before those that are meant as they are. */
	FIRST_NAME = 0xf8,
	AS_IT_IS = FIRST_NAME + PACK_NAMES,
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
	void *own_room;           /* where a pack is written before its size is known */
	size_t room;              /* its bytes */
	unsigned char *own_short; /* bytes with their names left out */
	size_t short_room;
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
	mem_free(packer->own_short);
	mem_free(packer);
}

/* Left to itself zstd makes of few words a table three times as large as that of many, and of many one that is no better than half of it. */
static ZSTD_CDict *dictionary_new(const struct words *words)
{
	ZSTD_compressionParameters parameters = ZSTD_getCParams(LEVEL, 0, WORDS_MAX);

	parameters.hashLog = TABLE_LOG;
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

/* Sees to it that there are at least so many bytes. */
static void *room(void *own_room, size_t *room, size_t size)
{
	if (*room < size) {
		mem_free(own_room);
		own_room = mem_alloc(size);
		*room = size;
	}
	return own_room;
}

/* --- names --- */

/* What is looked for. */
struct searched {
	const char *name[PACK_NAMES];
	size_t length[PACK_NAMES];
	uint32_t head[PACK_NAMES];           /* its first bytes, NAME_MIN of them */
	unsigned char begins[UINT8_MAX + 1]; /* 0, AS_IT_IS, or a bit for each name that begins with the byte */
};

static uint32_t head_of(const void *bytes)
{
	uint32_t head;

	memcpy(&head, bytes, sizeof(head));
	return head;
}

static void search_begin(struct searched *searched, const struct pack_names *names)
{
	*searched = (struct searched){0};
	for (int i = 0; i < PACK_NAMES && names; i++) {
		const char *name = names->names[i];

		searched->name[i] = name;
		searched->length[i] = name ? strlen(name) : 0;
		if (searched->length[i] < NAME_MIN)
			continue;
		searched->head[i] = head_of(name);
		searched->begins[(unsigned char)*name] |= (unsigned char)(1 << i);
	}
	memset(searched->begins + FIRST_NAME, AS_IT_IS, AS_IT_IS - FIRST_NAME + 1);
}

/* Which name the bytes begin with; PACK_NAMES: none. */
static int name_at(const struct searched *searched, unsigned candidates, const unsigned char *bytes, size_t length)
{
	uint32_t head = length >= NAME_MIN ? head_of(bytes) : 0;
	int i = 0;

	for (; i < PACK_NAMES; i++) {
		const char *name = candidates >> i & 1 && searched->head[i] == head ? searched->name[i] : NULL;

		if (name && searched->length[i] <= length && memcmp(bytes, name, searched->length[i]) == 0)
			break;
	}
	return i;
}

/* Into own_short, which has room; how many bytes. */
static size_t leave_names_out(
	unsigned char *out, const struct pack_names *names, const unsigned char *bytes, size_t length)
{
	unsigned char *start = out;
	size_t done = 0; /* bytes that are written */
	struct searched searched;

	search_begin(&searched, names);
	for (size_t at = 0; at < length;) {
		unsigned char begins = searched.begins[bytes[at]];
		int name = PACK_NAMES;

		if (begins && begins != AS_IT_IS)
			name = name_at(&searched, begins, bytes + at, length - at);
		if (name == PACK_NAMES && begins != AS_IT_IS) {
			at++;
			continue;
		}
		memcpy(out, bytes + done, at - done);
		out += at - done;
		done = at;
		if (name < PACK_NAMES) {
			*out++ = (unsigned char)(FIRST_NAME + name);
			done = at += searched.length[name];
		} else {
			*out++ = AS_IT_IS;
			at++;
		}
	}
	memcpy(out, bytes + done, length - done);
	return (size_t)(out - start) + length - done;
}

/* Fills exactly `room` bytes: other names than those that were left out are a programming error, and write nowhere else. */
static void put_names_in(
	unsigned char *out, size_t room, const struct pack_names *names, const unsigned char *bytes, size_t length)
{
	const unsigned char *end = out + room;

	for (size_t at = 0; at < length; at++) {
		bool plain = bytes[at] < FIRST_NAME || bytes[at] >= AS_IT_IS;
		const char *name = plain ? NULL : names->names[bytes[at] - FIRST_NAME];

		at += bytes[at] == AS_IT_IS;
		assert((size_t)(end - out) >= (name ? strlen(name) : 1));
		if (!name)
			*out++ = bytes[at];
		for (; name && *name; name++)
			*out++ = (unsigned char)*name;
	}
	assert(out == end);
}

/* --- packs --- */

struct pack *pack_make(
	struct packer *packer, int sort, const struct pack_names *names, const void *bytes, size_t length)
{
	struct words *words = &packer->words[sort];
	size_t bound, packed, left;
	struct pack *pack;

	assert(sort < PACK_SORTS && length <= 1U << 29);
	packer->own_short = room(packer->own_short, &packer->short_room, 2 * length + 1);
	left = leave_names_out(packer->own_short, names, bytes, length);
	bound = ZSTD_compressBound(left);
	packer->own_room = room(packer->own_room, &packer->room, bound);
	ZSTD_CCtx_refCDict(packer->own_maker, words->own_dictionary);
	packed = ZSTD_compress2(packer->own_maker, packer->own_room, bound, packer->own_short, left);
	assert(!ZSTD_isError(packed));
	pack = mem_alloc(sizeof(*pack) + packed);
	*pack = (struct pack){.length = (uint32_t)length,
		.packed = (uint32_t)packed,
		.sort = (unsigned)sort & (PACK_SORTS - 1),
		.words = (uint32_t)words->length & ((1U << 30) - 1)};
	memcpy(pack->bytes, packer->own_room, packed);
	if (is_lesson(words, left, packed))
		learn(words, packer->own_short, left);
	return pack;
}

void *pack_open(struct packer *packer, const struct pack_names *names, const struct pack *pack)
{
	void *bytes = mem_alloc(pack->length);
	size_t left, most = 2 * (size_t)pack->length + 1;

	packer->own_short = room(packer->own_short, &packer->short_room, most);
	left = ZSTD_decompress_usingDict(packer->own_opener, packer->own_short, most, pack->bytes, pack->packed,
		packer->words[pack->sort].own_bytes, pack->words);
	assert(!ZSTD_isError(left));
	put_names_in(bytes, pack->length, names, packer->own_short, left);
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
