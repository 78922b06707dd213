/* Counts what a program takes from the heap: loaded before its C library (LD_PRELOAD), it adds one to a number in the file that
 * TFLB_ALLOCATIONS names for every malloc, calloc, realloc and aligned allocation, whichever library asks. The file is a shared
 * mapping of eight bytes, so the number can be read while the program runs. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

int posix_memalign(void **memory, size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);

static _Atomic uint64_t before_the_file;
static _Atomic uint64_t *count = &before_the_file;

__attribute__((constructor)) static void open_file(void)
{
	const char *path = getenv("TFLB_ALLOCATIONS");
	int file = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	void *shared = MAP_FAILED;

	if (file >= 0 && ftruncate(file, sizeof(*count)) == 0)
		shared = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (file >= 0)
		close(file);
	if (shared != MAP_FAILED)
		count = shared;
}

static void add_one(void)
{
	atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

void *malloc(size_t size)
{
	add_one();
	return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	add_one();
	return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size)
{
	add_one();
	return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
	add_one();
	return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	void *taken = memalign(alignment, size);

	if (!taken)
		return ENOMEM;
	*memory = taken;
	return 0;
}
