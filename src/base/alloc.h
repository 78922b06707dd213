/* Memory: one wrapper that never returns NULL (out of memory ends the process), and arenas for units of work. */
#pragma once

#include <stddef.h>

void *mem_alloc(size_t size);                /* zeroed */
void *mem_resize(void *memory, size_t size); /* like realloc */
void *mem_copy(const void *from, size_t size);
char *mem_strdup(const char *text); /* NULL gives NULL */
char *mem_strndup(const char *text, size_t length);
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void mem_free(void *memory);
/* Ends the process as those above do: a library could not have so many bytes. */
void mem_none(size_t size) __attribute__((noreturn));

/* Number of live allocations and bytes asked for since the start; for tests that count. */
struct mem_count {
	size_t allocations, bytes;
};
struct mem_count mem_counted(void);

/* An arena: allocations that all end together. */
struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *arena);                /* NULL is fine */
void arena_reset(struct arena *arena);               /* everything allocated is gone, the first block stays */
void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned to 16 */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
size_t arena_used(const struct arena *arena); /* bytes handed out */

/* Frees what lives in a scope: AUTO_FREE char *text = mem_strdup(...); */
void mem_free_scope(void *pointer_to_pointer);
void arena_free_scope(struct arena **arena);
#define AUTO_FREE __attribute__((cleanup(mem_free_scope)))
#define AUTO_ARENA __attribute__((cleanup(arena_free_scope)))

/* The visible move of an owned pointer: the source is NULL afterwards. */
#define TAKE(pointer)                                                                                                  \
	({                                                                                                             \
		__typeof__(pointer) *source_ = &(pointer);                                                             \
		__typeof__(pointer) moved_ = *source_;                                                                 \
		*source_ = NULL;                                                                                       \
		moved_;                                                                                                \
	})
