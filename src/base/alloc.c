/* Memory. Arenas are chains of blocks, each bigger than the one before, so that a large unit of work needs few of them. */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mem_count counted;

static void *checked(void *memory, size_t size)
{
	if (!memory) {
		fprintf(stderr, "out of memory: %zu bytes asked for\n", size);
		abort();
	}
	counted.bytes += size;
	return memory;
}

void *mem_alloc(size_t size)
{
	counted.allocations++;
	return checked(calloc(1, size ? size : 1), size);
}

void *mem_resize(void *memory, size_t size)
{
	counted.allocations += memory == NULL;
	return checked(realloc(memory, size ? size : 1), size);
}

void *mem_copy(const void *from, size_t size)
{
	return memcpy(mem_alloc(size), from, size);
}

char *mem_strdup(const char *text)
{
	return text ? mem_copy(text, strlen(text) + 1) : NULL;
}

char *mem_strndup(const char *text, size_t length)
{
	char *copy = mem_alloc(length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *mem_printf(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	counted.allocations++;
	return checked(text, text ? strlen(text) : 0);
}

void mem_free(void *memory)
{
	counted.allocations -= memory != NULL;
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

/* --- arenas --- */

enum { BLOCK_FIRST = 4096, BLOCK_LAST = 256 * 1024, ALIGNMENT = 16 };

struct block {
	struct block *next; /* older */
	size_t size, used;
	_Alignas(16) char bytes[];
};

struct arena {
	struct block *newest;
	size_t handed_out;
};

static struct block *block_new(size_t size, struct block *next)
{
	struct block *block = mem_resize(NULL, sizeof(*block) + size);

	block->next = next;
	block->size = size;
	block->used = 0;
	return block;
}

struct arena *arena_new(void)
{
	struct arena *arena = mem_alloc(sizeof(*arena));

	arena->newest = block_new(BLOCK_FIRST, NULL);
	return arena;
}

void arena_reset(struct arena *arena)
{
	struct block *block = arena->newest;

	while (block->next) {
		struct block *older = block->next;
		mem_free(block);
		block = older;
	}
	block->used = 0;
	arena->newest = block;
	arena->handed_out = 0;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	arena_reset(arena);
	mem_free(arena->newest);
	mem_free(arena);
}

void arena_free_scope(struct arena **arena)
{
	arena_free(*arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	struct block *block = arena->newest;
	void *memory;

	if (block->size - block->used < rounded) {
		size_t grown = block->size * 2 < BLOCK_LAST ? block->size * 2 : BLOCK_LAST;

		block = arena->newest = block_new(grown > rounded ? grown : rounded, block);
	}
	memory = block->bytes + block->used;
	block->used += rounded;
	arena->handed_out += size;
	return memset(memory, 0, size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments, again;
	int length;
	char *text;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	text = arena_alloc(arena, (size_t)(length > 0 ? length : 0) + 1);
	vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

size_t arena_used(const struct arena *arena)
{
	return arena->handed_out;
}
