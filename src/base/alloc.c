/* Memory: the wrapper that ends the process when there is none, and arenas. An arena is a chain of blocks, the newest
 * first. What is handed out is cleared then: most of a block never is. */
#include "base/alloc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_ALIGN = 16, ARENA_FIRST_BLOCK = 4096, ARENA_LARGEST_STEP = 256 * 1024 };

struct arena_block {
	struct arena_block *own_next;
	size_t size, used;
	_Alignas(ARENA_ALIGN) unsigned char bytes[];
};

struct arena {
	struct arena_block *own_blocks;
	size_t used;
};

/* Counts for tests; nothing reads them to decide. */
static struct mem_count counted;

void mem_none(size_t size)
{
	fprintf(stderr, "out of memory: %zu bytes\n", size);
	exit(EXIT_FAILURE);
}

static void *memory_or_exit(void *memory, size_t size)
{
	if (memory == NULL)
		mem_none(size);
	return memory;
}

static void count(size_t size)
{
	counted.allocations++;
	counted.bytes += size;
}

void *mem_alloc(size_t size)
{
	count(size);
	return memory_or_exit(calloc(1, size > 0 ? size : 1), size);
}

void *mem_resize(void *memory, size_t size)
{
	if (memory == NULL)
		return mem_alloc(size);
	counted.bytes += size;
	return memory_or_exit(realloc(memory, size > 0 ? size : 1), size);
}

void *mem_copy(const void *from, size_t size)
{
	count(size);
	void *memory = memory_or_exit(malloc(size > 0 ? size : 1), size);
	if (size > 0)
		memcpy(memory, from, size);
	return memory;
}

char *mem_strdup(const char *text)
{
	return text != NULL ? mem_copy(text, strlen(text) + 1) : NULL;
}

char *mem_strndup(const char *text, size_t length)
{
	char *copy = mem_alloc(length + 1);
	memcpy(copy, text, strnlen(text, length));
	return copy;
}

char *mem_printf(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	assert(length >= 0);
	char *text = mem_alloc((size_t)length + 1);
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}

void mem_free(void *memory)
{
	if (memory == NULL)
		return;
	assert(counted.allocations > 0);
	counted.allocations--;
	free(memory);
}

struct mem_count mem_counted(void)
{
	return counted;
}

void mem_free_scope(void *pointer_to_pointer)
{
	mem_free(*(void **)pointer_to_pointer);
}

void arena_free_scope(struct arena **arena)
{
	arena_free(*arena);
}

static struct arena_block *block_new(size_t size, struct arena_block *own_next)
{
	struct arena_block *block = memory_or_exit(malloc(sizeof(*block) + size), size);
	count(sizeof(*block) + size);
	block->size = size;
	block->used = 0;
	block->own_next = own_next;
	return block;
}

struct arena *arena_new(void)
{
	struct arena *arena = mem_alloc(sizeof(*arena));
	arena->own_blocks = block_new(ARENA_FIRST_BLOCK, NULL);
	return arena;
}

/* Frees all blocks but the first one made. */
static void free_later_blocks(struct arena *arena)
{
	while (arena->own_blocks->own_next != NULL) {
		struct arena_block *next = arena->own_blocks->own_next;
		mem_free(arena->own_blocks);
		arena->own_blocks = next;
	}
}

void arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	free_later_blocks(arena);
	mem_free(arena->own_blocks);
	mem_free(arena);
}

void arena_reset(struct arena *arena)
{
	free_later_blocks(arena);
	arena->own_blocks->used = 0;
	arena->used = 0;
}

/* A block at least twice the newest one, up to a step: few blocks for large units of work, little waste for small ones. */
static void add_block(struct arena *arena, size_t needed)
{
	size_t size = arena->own_blocks->size * 2;
	if (size > ARENA_LARGEST_STEP)
		size = ARENA_LARGEST_STEP;
	arena->own_blocks = block_new(size > needed ? size : needed, arena->own_blocks);
}

static size_t aligned(size_t size)
{
	return size > 0 ? (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN : ARENA_ALIGN;
}

static void *take(struct arena *arena, size_t size)
{
	assert(size <= SIZE_MAX / 2);
	size_t needed = aligned(size);
	if (arena->own_blocks->size - arena->own_blocks->used < needed)
		add_block(arena, needed);
	struct arena_block *block = arena->own_blocks;
	void *memory = block->bytes + block->used;
	block->used += needed;
	arena->used += size;
	return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return memset(take(arena, size), 0, size);
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return text != NULL ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	size_t copied = strnlen(text, length);
	char *copy = take(arena, copied + 1);
	memcpy(copy, text, copied);
	copy[copied] = '\0';
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	struct arena_block *block = arena->own_blocks;
	char *text = (char *)block->bytes + block->used;
	size_t room = block->size - block->used;
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, room, format, arguments);
	va_end(arguments);
	assert(length >= 0);
	bool fits = aligned((size_t)length + 1) <= room;
	text = take(arena, (size_t)length + 1);
	if (fits) /* it stands there already */
		return text;
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
