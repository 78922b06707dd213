/* One block for the thread that keeps, of the size that is asked for all the time. It is one of malloc's like any other, so that
 * whoever gets it may keep it. Other threads have none, which would be lost at their end. */
#include "net/tls_memory.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdlib.h>

enum { BLOCK = 40, BLOCK_ROOM_MAX = 64 };

static _Thread_local bool keeps;
static _Thread_local void *block;

static void *take(size_t size, const char *file, int line)
{
	void *taken = block;

	if (size != BLOCK || !taken)
		return malloc(size);
	block = NULL;
	return taken;
}

static void give(void *memory, const char *file, int line)
{
	size_t room = block || !keeps ? 0 : malloc_usable_size(memory);

	if (room >= BLOCK && room <= BLOCK_ROOM_MAX)
		block = memory;
	else
		free(memory);
}

static void *resize(void *memory, size_t size, const char *file, int line)
{
	if (size)
		return realloc(memory, size);
	give(memory, file, line);
	return NULL;
}

void tls_memory_keep(void)
{
	keeps = true;
	CRYPTO_set_mem_functions(take, resize, give);
}
